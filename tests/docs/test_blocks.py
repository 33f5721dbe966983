"""Every block of code in the documentation runs, is a command that we take, or says why
it cannot.
"""

from __future__ import annotations

import asyncio
import doctest
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documented import PAGES, SHELL, Command, commands
from hosts import ROOT, shared_device
from in_node import run_node

import pywebml as pw
from pywebml.apps.run import evaluate
from pywebml.cli.parser import build_parser
from tools.docs.blocks import PYTHON, Block, blocks

SHOWN = ("text", "json", "html", "toml", "css")
ELSEWHERE = ("cd", "git", "npm", "pre-commit", "mkdocs")  # other people's commands
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("file", PAGES)
def test_a_block_says_what_it_is(file: str) -> None:
    for block in blocks(PAGES[file]):
        assert block.language in (PYTHON, "js", *SHELL, *SHOWN), f"{file}:{block.line}"


def pages_with_python() -> list[str]:
    return [file for file, text in PAGES.items() if any(b.language == PYTHON for b in blocks(text))]


@pytest.mark.parametrize("file", pages_with_python())
def test_the_python_of_a_page_runs(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the top, each block with the names of those before; what they write stays
    here.
    """
    pw.set_device(shared_device("cpu"))
    pw.layers.reset_names()
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__", "pw": pw, "np": np}
    for block in blocks(PAGES[file]):
        if block.language != PYTHON or block.mark == "not run":
            continue
        place = f"{file}:{block.line}"
        if block.text.startswith(">>> "):
            with np.printoptions(precision=4, suppress=True):
                session(block, names, place)
        else:
            asyncio.run(evaluate(block.text, names, place))


def session(block: Block, names: dict[str, Any], place: str) -> None:
    """Runs `>>>` lines; each gives what stands below it."""
    text = block.text + "\n"
    test = doctest.DocTestParser().get_doctest(text, names, place, place, block.line)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=said.append, clear_globs=False)
    assert not said, "".join(said)
    names.update(test.globs)


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.line)
def test_a_command_is_taken(command: Command) -> None:
    """Also one that is only read, or that waits for all tests (test_commands.py)."""
    check(command.words)


def check(words: list[str]) -> None:
    """AssertionError for a command that is not there, or takes other arguments."""
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    program, rest = Path(words[0]).name, words[1:]
    if program == "python" and rest[0] == "-m":
        module = rest[1]
        if module == "pywebml":
            build_parser().parse_args(rest[2:])
        else:
            assert module in ("venv", "pytest", "build", "pip", "http.server", "tools.docs.site")
    elif program == "python":
        assert (ROOT / rest[0]).is_file(), rest[0]
    elif program == "pip":
        extras = re.findall(r"\[([\w,]+)\]", " ".join(rest))
        about = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        for extra in ",".join(extras).split(",") if extras else ():
            assert extra in about["optional-dependencies"], extra
    elif program == "make":
        makefile = (ROOT / "Makefile").read_text("utf-8")
        for target in (word for word in rest if "=" not in word):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    else:
        assert program in ELSEWHERE, f"{program} is none of our commands"


def test_names_of_tensorflow_js_are_its_own() -> None:
    """Those on the left of docs/coming-from/tensorflowjs.md."""
    text = PAGES["docs/coming-from/tensorflowjs.md"]
    names = sorted(set(re.findall(r"`(tf(?:\.\w+)+)`", text)))
    assert len(names) > 50
    missing = run_node("names.cjs", names)
    assert missing == [], json.dumps(missing)
