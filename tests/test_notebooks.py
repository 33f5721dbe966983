"""Every notebook of examples/ runs from top to bottom, and comes to what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hosts import ROOT

import pywebml as pw
from pywebml.apps.run import evaluate
from pywebml.host import notebook
from pywebml.vis.screens import Recorder, shown_on

FOLDER = ROOT / "examples" / "notebooks"
BOOKS = sorted(FOLDER.glob("*.ipynb"))

REACHES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "1_tensors": lambda names: names["waves"].shape == (96, 96),
    "2_variables_and_gradients": lambda names: (
        abs(float(names["slope"]) - 2) < 0.2 and abs(float(names["start"]) + 0.5) < 0.1
    ),
    "3_ops": lambda names: float(names["edges"].mean()) > 0.02,
    "4_layers": lambda names: names["history"].history["accuracy"][-1] > 0.97,
    "5_a_curve": lambda names: names["history"].history["loss"][-1] < 0.025,
    "6_digits": lambda names: names["history"].history["val_accuracy"][-1] > 0.9,
    "7_your_own_pictures": lambda names: names["history"].history["val_accuracy"][-1] > 0.9,
}


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    before, names = pw.get_device(), {"__name__": "__main__"}
    pw.set_device("cpu")

    async def run() -> list[Any]:
        cells = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
        return [await evaluate(source, names, f"cell {i}") for i, source in enumerate(cells, 1)]

    try:
        with shown_on(Recorder()) as screen:
            values = asyncio.run(run())
    finally:
        pw.set_device(before)
    assert REACHES[path.stem](names), {name: names.get(name) for name in ("history", "slope")}
    drawn = [thing for kind, thing in screen.shown if kind in ("chart", "picture")]
    assert len(drawn) >= 2, "a picture per idea"
    for value in values:
        said = notebook.bundle_of(value)
        assert len(said) > 1 or "0x" not in said["text/plain"], "an address says nothing"
    assert not list(tmp_path.iterdir())


def test_all_are_known() -> None:
    assert {path.stem for path in BOOKS} == set(REACHES)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_as_it_was_written(path: Path) -> None:
    """Without outputs; each idea is told before it is shown, and the next one linked."""
    book = read(path)
    nbformat.validate(book)
    first, last = book.cells[0], book.cells[-1]
    assert first.cell_type == "markdown" and first.source.startswith("# ")
    for cell in book.cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None
            assert max(map(len, cell.source.splitlines())) <= 100
    for later in BOOKS[BOOKS.index(path) + 1 :][:1]:
        assert f"]({later.name})" in last.source
