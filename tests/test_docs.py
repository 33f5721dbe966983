"""What is written from the code says what the code has."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hosts import ROOT, shared_device

import pywebml as pw


@pytest.mark.parametrize("name", ["debugging", "advices"])
def test_the_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pw.set_device(shared_device("cpu"))
    monkeypatch.chdir(tmp_path)  # what they save stays there
    path = ROOT / "docs" / f"{name}.md"
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    names = {"pw": pw, "np": np}
    with np.printoptions(precision=4, suppress=True):
        done = doctest.testfile(str(path), False, globs=names, optionflags=options)
    assert done.attempted > 10 and not done.failed


def test_the_lists_of_ops_and_layers_are_current() -> None:
    """If not: python tools/support_tables.py."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "support_tables.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
