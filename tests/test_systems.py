"""Systems that the tests do not run on: what usually breaks on Windows and macOS.

docs/releasing.md says what is tested where.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from elsewhere import CALLS, MODULES, SIGNALS, wrong_name
from hosts import ROOT

from pywebml.host.stores.folders import zip_bytes
from pywebml.site import listing

TEXTS = {"read_text": 0, "write_text": 1}
"""{method: its arguments before the encoding}."""
RUN = {"run", "Popen", "check_output"}
Look = Callable[[ast.AST], Iterator[int]]
LONGEST = 140
"""Letters of a name in the repository, so that Windows' 260 are enough for a path."""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says which files are open")
def test_all_that_is_written_is_written_on_windows_too(tmp_path: Path) -> None:
    """Without fork, fcntl and their like; no folder can be opened, nothing that is open
    or mapped is replaced, texts are ASCII where nobody says otherwise.
    """
    ascii_texts = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests/support")))
    done = subprocess.run(
        [sys.executable, ROOT / "tests/support/elsewhere.py", tmp_path],
        env={**os.environ, **ascii_texts, "PYTHONPATH": paths},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert not outcome["failed"], "\n".join(map(": ".join, outcome["failed"].items()))
    assert outcome["kinds"] > 25


@cache
def sources() -> dict[str, ast.Module]:
    """Our Python files by their paths in the repository."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for folder in ("pywebml", "tools")
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def names_of(folder: Path) -> list[str]:
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(git, cwd=folder, check=True, capture_output=True).stdout
    return [name for name in listed.decode().split("\0") if name]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no checkout")
def test_names_of_the_repository_are_names_everywhere() -> None:
    _expect_names_for_all(names_of(ROOT))


def test_names_of_a_built_page_are_names_everywhere(built_page: Path) -> None:
    files = listing.plain_files(built_page)
    _expect_names_for_all([path.relative_to(built_page).as_posix() for path in files])


def _expect_names_for_all(names: list[str]) -> None:
    """No device of Windows, none of its signs, no two that differ in case alone."""
    assert len(names) > 100
    wrong = {name for name in names if any(map(wrong_name, name.split("/")))}
    assert not wrong
    assert not [name for name in names if len(name) > LONGEST]
    folded = Counter(name.casefold() for name in names)
    assert not [name for name in names if folded[name.casefold()] > 1]


def test_names_that_are_wrong_are_known() -> None:
    for name in ("aux", "CON.txt", "com1", "nul .txt", "a:b", "a?", "end.", "end ", "a\tb"):
        assert wrong_name(name), name
    for name in ("auxiliary", "console.js", ".made-of", "a b", "com10", "..", "é"):
        assert not wrong_name(name), name


def faults(look: Look) -> list[str]:
    """file:line of what a look at a module finds."""
    return [f"{name}:{line}" for name, tree in sources().items() for line in look(tree)]


def calls_of(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """(call, name) of functions and methods."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            yield node, name


def without_encoding(tree: ast.AST) -> Iterator[int]:
    """Texts that are read or written as the system likes; ruff's PLW1514 knows of
    `open`, and of paths where it can tell that they are some.
    """
    for call, name in calls_of(tree):
        words = {keyword.arg for keyword in call.keywords}
        is_text = (name in RUN and "text" in words) or len(call.args) <= TEXTS.get(name, -1)
        if is_text and "encoding" not in words:
            yield call.lineno


def as_this_system_writes_it(tree: ast.AST) -> Iterator[int]:
    """Paths within a folder as text, whose separators are those of the system."""
    inside = [call for call, name in calls_of(tree) if name == "relative_to"]
    shown = [node.value for node in ast.walk(tree) if isinstance(node, ast.FormattedValue)]
    shown += [call.args[0] for call, name in calls_of(tree) if name == "str" and call.args]
    yield from (value.lineno for value in shown if value in inside)


def not_everywhere(tree: ast.AST) -> Iterator[int]:
    """Names that some systems lack, where nothing asks for them before."""
    asked = [
        set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        for node in ast.walk(tree)
        if (isinstance(node, (ast.Try, ast.With)) and "ImportError" in ast.unparse(node))
        or (
            isinstance(node, (ast.If, ast.IfExp))
            and any(
                word in ast.unparse(node.test) for word in ("hasattr", "os.name", "sys.platform")
            )
        )
    ]
    asked = set().union(*asked)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            lacking = {"os": CALLS, "signal": SIGNALS}.get(node.value.id, ())
            if node.attr in lacking and node.lineno not in asked:
                yield node.lineno
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            if {*names} & {*MODULES} and node.lineno not in asked:
                yield node.lineno


def test_texts_have_their_encoding() -> None:
    assert not faults(without_encoding)
    code = "p.read_text()\np.write_text(t)\np.write_text(t, encoding='utf-8')\nrun(a, text=True)\n"
    assert [*without_encoding(ast.parse(code))] == [1, 2, 4]


def test_names_of_files_have_forward_slashes() -> None:
    assert not faults(as_this_system_writes_it)
    code = "str(a.relative_to(b))\nf'{a.relative_to(b)}'\na.relative_to(b).as_posix()\n"
    assert sorted(as_this_system_writes_it(ast.parse(code))) == [1, 2]


def test_what_some_systems_lack_is_asked_for() -> None:
    assert not faults(not_everywhere)
    code = "import fcntl\nos.fork()\nif hasattr(os, 'fork'):\n    os.fork()\nos.replace(a, b)\n"
    assert [*not_everywhere(ast.parse(code))] == [1, 2]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone is the whole system's")
def test_a_time_zone_is_in_no_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    archives = set()
    for zone in ("UTC", "Pacific/Kiritimati", "America/St_Johns"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        archives.add(bytes(zip_bytes({"a.txt": b"text"})))
    monkeypatch.undo()
    time.tzset()
    assert len(archives) == 1
