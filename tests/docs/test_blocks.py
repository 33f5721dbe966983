"""Every block of code in the documentation runs, is a command that we take, or says why
it cannot.
"""

from __future__ import annotations

import asyncio
import doctest
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import ROOT, shared_device
from in_node import run_node

import pywebml as pw
from pywebml.apps.run import evaluate
from pywebml.cli.parser import build_parser
from pywebml.tab.methods import methods_table

sys.path.insert(0, str(ROOT))

from tools.docs import howto
from tools.docs.blocks import PYTHON, Block, blocks

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for folder, pattern in ((ROOT, "*.md"), (ROOT / "examples", "*.md"), (ROOT / "docs", "**/*.md"))
    for path in sorted(folder.glob(pattern))
}
SHELL = ("sh", "")  # a block without a word consists of commands
SHOWN = ("text", "json", "html", "toml", "css")
ELSEWHERE = ("cd", "git", "npm", "pre-commit", "mkdocs")  # other people's commands
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def of(*languages: str) -> Iterator[Any]:
    """(file, block) of a language, those left out that say why."""
    for file, text in {**PAGES, **howto.pages()}.items():
        for block in blocks(text):
            if block.language in languages and block.mark != "not run":
                yield pytest.param(file, block, id=f"{file}:{block.line}")


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


@pytest.mark.parametrize(("file", "block"), list(of(*SHELL)))
def test_commands_are_taken(file: str, block: Block) -> None:
    """Those of a job run in tests/gallery/test_apps.py; here they are read."""
    for line in block.text.replace("\\\n", " ").splitlines():
        for command in re.split(r"\s&&\s", re.sub(r"(^|\s+)#.*", "", line)):
            if words := shlex.split(command):
                check(words)


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


@pytest.mark.parametrize(("file", "block"), list(of("js")))
def test_scripts_are_read_and_what_they_import_is_there(
    file: str, block: Block, tmp_path: Path
) -> None:
    script = tmp_path / "block.mjs"
    script.write_text(block.text, encoding="utf-8")
    done = subprocess.run(["node", "--check", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for names, module in re.findall(r'import \{([^}]+)\} from "\./([^"]+)"', block.text):
        source = (ROOT / "web" / "runtime" / Path(module).name).read_text("utf-8")
        for name in names.split(","):
            assert re.search(rf"export .*\b{name.strip()}\b", source), name
    for method in re.findall(r'worker\.call\("([\w.]+)"', block.text):
        assert method == "ready" or f"`{method}`" in methods_table(), method


def test_names_of_tensorflow_js_are_its_own() -> None:
    """Those on the left of docs/coming-from/tensorflowjs.md."""
    text = PAGES["docs/coming-from/tensorflowjs.md"]
    names = sorted(set(re.findall(r"`(tf(?:\.\w+)+)`", text)))
    assert len(names) > 50
    missing = run_node("names.cjs", names)
    assert missing == [], json.dumps(missing)
