"""Every example runs through `python -m pywebml run` and says what it should."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hosts import ROOT

from pywebml.cli import main
from pywebml.site import build

FOLDER = ROOT / "examples"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py"))

NUMBER = r"(-?[\d.]+(?:e-?\d+)?)"
SAYS: dict[str, tuple[str, float, float]] = {
    "cart_pole": (rf"steps on average {NUMBER}", 400, 500),
    "classify_a_picture": (rf"in all {NUMBER}", 0.999, 1.001),
    "dates": (rf"Feb 03 2021 is {NUMBER}-02-03", 2021, 2021),
    "digits": (rf"test accuracy {NUMBER}", 0.95, 1.0),
    "embedding_map": (rf"iteration 500 divergence {NUMBER}", 0.5, 1.2),
    "face_points": (rf"off by {NUMBER} %", 1.0, 6.0),
    "fit_a_curve": (rf"loss .* -> {NUMBER}", 0.0, 0.05),  # the noise has a variance of 0.01
    "head": (rf"validation accuracy {NUMBER}", 0.95, 1.0),
    "live_plots": (rf"loss {NUMBER}", 0.0, 0.3),
    "own_layer": (rf"learned \[{NUMBER}, -1\.0\]", 1.99, 2.01),
    "playground": (rf"right on the points \[{NUMBER}\]", 0.98, 1.0),
    "record_once": (rf"loss {NUMBER}", 0.0, 1e-6),
    "rock_paper_scissors": (rf"hands read: {NUMBER}", 9, 9),
    "save_and_load": (rf"largest difference {NUMBER}", 0.0, 0.0),
    "sound": (rf"heard rightly: {NUMBER}", 0.9, 1.0),
    "stripes": (rf"validation accuracy {NUMBER}", 0.9, 1.0),
    "tables": (rf"not seen {NUMBER}", 0.9, 1.0),
    "teach_pictures": (rf"accuracy {NUMBER}", 0.99, 1.0),
    "tensors_and_gradients": (rf"f\(x\) = \[{NUMBER}\]", 2.659, 2.661),  # sin 1 + 2 sin 2
    "time_a_step": (rf"op by op {NUMBER} ms, replayed [\d.]+ ms", 0.0, 1e4),
    "two_inputs": (rf"validation accuracy {NUMBER}", 0.9, 1.0),
    "where_it_looks": (rf"most at row {NUMBER}", 7, 9),  # the rows of the cross
    "write_text": (rf"letters guessed {NUMBER}", 0.97, 1.0),
}
"""What each prints, and between which bounds the number in it is."""


def run(path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pywebml", "run", str(path), "--device", "cpu"],
        cwd=folder,  # what a program writes stays there
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def check_said(name: str, said: str) -> None:
    pattern, low, high = SAYS[name]
    assert "0x" not in said, "an object's address says nothing"
    match = re.search(pattern, said)
    assert match is not None, said
    assert low <= float(match[1]) <= high, said


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_example_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """In this process, since to start one takes longer than most of them."""
    monkeypatch.chdir(tmp_path)  # what a program writes stays there
    assert main(["run", str(FOLDER / f"{name}.py"), "--device", "cpu"]) == 0
    check_said(name, capsys.readouterr().out)


def test_an_example_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    done = run(FOLDER / "head.py", tmp_path)
    assert done.returncode == 0, done.stderr
    check_said("head", done.stdout)


def test_the_page_offers_examples_that_are_there() -> None:
    offered = json.loads((FOLDER / "page.json").read_text(encoding="utf-8"))
    assert offered[0] == "head"
    assert set(offered) <= set(PROGRAMS)
    for name in PROGRAMS:
        assert (FOLDER / f"{name}.py").read_text(encoding="utf-8").startswith("# ")


def test_keras_s_programs_are_a_group_of_their_own() -> None:
    """With names that tell them apart, from each other and from ours."""
    offered = build._examples()
    theirs = [one for one in offered if one["group"] != "Examples"]
    files = {f"keras/{path.stem}" for path in (FOLDER / "keras").glob("*.py")}
    assert {one["file"] for one in theirs} == files and len(theirs) > 10
    assert len({one["name"] for one in offered}) == len(offered)
    for one in theirs:
        assert 3 < len(one["name"]) < 60 and '"' not in one["name"], one["name"]
        assert "import pywebml.keras as keras" in one["source"]


def test_the_readme_s_example_is_the_first() -> None:
    title, program = (FOLDER / "head.py").read_text(encoding="utf-8").split("\n", 1)
    assert title == "# Train a head"
    assert program in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_program_that_fails_says_where(tmp_path: Path) -> None:
    """With its own lines only, and Python's exit code."""
    path = tmp_path / "broken.py"
    path.write_text("import pywebml as pw\n\nraise KeyError('no')\n", encoding="utf-8")
    done = run(path, tmp_path)
    assert done.returncode == 1
    assert "line 3" in done.stderr
    assert "KeyError: 'no'" in done.stderr
    assert "pywebml/apps" not in done.stderr.replace("\\", "/")


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"# coding: latin-1\n", b"\n"])
def test_a_program_is_read_in_the_encoding_that_it_has(
    start: bytes, tmp_path: Path, capsys: Any
) -> None:
    """As Notepad saves it with a mark at its beginning, too."""
    text = "print(len('\u00e9'))\n".encode("latin-1" if b"latin" in start else "utf-8")
    (tmp_path / "x.py").write_bytes(start + text)
    assert main(["run", str(tmp_path / "x.py")]) == 0
    assert capsys.readouterr().out == "1\n"
    (tmp_path / "x.py").write_bytes(b"print('\xff')")
    assert main(["run", str(tmp_path / "x.py")]) == 2
    assert "x.py is not Python that can be read" in capsys.readouterr().err


def test_no_program_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path / "none.py", tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "expected a file of Python" in done.stderr
