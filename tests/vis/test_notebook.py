"""What a notebook shows: a real one, run by a real Jupyter kernel."""

from __future__ import annotations

import os
import re
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from hosts import ROOT

import pywebml as pw
from pywebml.host import markup, notebook
from pywebml.host.progress import Step
from pywebml.vis.charts import Bars, Cells, Lines, Matrix
from pywebml.vis.gallery import Gallery, Tile
from pywebml.vis.screens import NotebookScreen, Picture

CELLS = {
    "start": """
        import numpy as np
        import pywebml as pw
        pw.set_device("cpu")
        pw.set_seed(0)
        x = np.linspace(0, 1, 64, dtype="float32")[:, None]
        model = pw.Sequential([pw.layers.Input((1,)), pw.layers.Dense(1, name="<line>")])
        model.compile("sgd", "mse")
    """,
    "a chart is its call's result": "pw.vis.render.barchart('Animals', {'cats': 3, 'dogs': 2})",
    "charts on a surface": """
        for n in range(3):
            pw.vis.render.linechart("Counted", {"n": range(n + 2)})
    """,
    "a plot": "pw.plot({'loss': [3, 2, 1]}, title='Loss')",
    "awaited": "history = await model.fit(x, 2 * x, epochs=3)",
    "in a thread": "model.fit_sync(x, 2 * x, epochs=2)",
    "live": """
        live = pw.vis.fit_callbacks("Training", ["loss"])
        history = await model.fit(x, 2 * x, epochs=4, callbacks=live, verbose=0)
    """,
    "lines": "history = await model.fit(x, 2 * x, epochs=2, verbose=2)",
    "summary": "model.summary()",
    "model": "model",
    "preview": "pw.data.preview((x.reshape(1, 8, 8, 1), np.array([1])), class_names=['a', '<b>'])",
    "profile": "await pw.profile(lambda: (pw.tensor([1.0]) + 1).exp())",
    "bar": """
        bar = pw.utils.Progbar(3)
        for step in range(3):
            bar.update(step + 1, [("loss", 1.0)])
    """,
    "tensor": "pw.tensor([1.0, 2.0])",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """{cell: what stands below it, a dict by MIME type each}."""
    folder = tmp_path_factory.mktemp("notebook")
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(textwrap.dedent(text)) for text in CELLS.values()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    client = nbclient.NotebookClient(book, timeout=60, resources={"metadata": {"path": folder}})
    client.execute(env=environment)
    assert not list(folder.iterdir()), "a notebook shows, it writes no files"
    return {
        name: [dict(out.get("data") or {"text/plain": out.text}) for out in cell.outputs]
        for name, cell in zip(CELLS, book.cells, strict=True)
    }


def test_charts_are_drawn_once_and_in_their_place(shown: dict[str, Any]) -> None:
    (chart,) = shown["a chart is its call's result"]
    assert "cats: 3" in chart["image/svg+xml"] and chart["text/plain"] == "<Bars 'Animals'>"
    (last,) = shown["charts on a surface"]
    assert last["image/svg+xml"].count("<polyline") == 1
    assert ">2</text>" in last["image/svg+xml"], "the last of three: 0, 1, 2"
    (plot,) = shown["a plot"]
    assert ">Loss</text>" in plot["image/svg+xml"]


def test_a_training_is_one_bar_that_fills(shown: dict[str, Any]) -> None:
    (bar,) = shown["awaited"]
    assert re.search(r'Epoch 3/3 <progress .*value="6" max="6"', bar["text/html"])
    assert " - loss: " in bar["text/html"] and " - loss: " in bar["text/plain"]
    bar, curve = shown["in a thread"]
    assert "Epoch 2/2" in bar["text/html"]
    assert "<svg" in curve["text/html"] and "loss" in curve["text/html"]
    (live,) = shown["live"]
    assert len(points_of(live["image/svg+xml"])) == 4
    assert "Epoch 2/2" in "".join(each["text/plain"] for each in shown["lines"])
    (own,) = shown["bar"]
    assert "3/3 <progress" in own["text/html"] and "loss: 1.0000" in own["text/html"]


def test_models_and_profiles_are_tables(shown: dict[str, Any]) -> None:
    (summary,) = shown["summary"]
    (model,) = shown["model"]
    assert summary["text/html"] == model["text/html"]
    assert "&lt;line&gt; (Dense)" in model["text/html"] and "<line>" not in model["text/html"]
    assert "Trainable params: 2 (8.00 B)" in model["text/html"]
    assert "┏" in summary["text/plain"]
    (profile,) = shown["profile"]
    assert ">exp</td>" in profile["text/html"] and "2 runs" in profile["text/html"]


def test_pictures_are_those_that_somebody_asked_to_see(shown: dict[str, Any]) -> None:
    (preview,) = shown["preview"]
    assert "data:image/png;base64," in preview["image/svg+xml"]
    assert "&lt;b&gt;" in preview["image/svg+xml"]
    assert preview["text/plain"] == "1 picture of 8 x 8 x 1, float32, values 0 ... 1; <b>"
    (tensor,) = shown["tensor"]
    assert list(tensor) == ["text/plain"]


def points_of(svg: str) -> list[str]:
    (line,) = re.findall(r'<polyline [^>]*points="([^"]*)"', svg)
    return line.split()


@pytest.mark.parametrize(
    "thing",
    [
        Lines({"<a>": [1.0, 2.0]}, [0.0, 1.0], "<b>"),
        Bars(["<a>"], [1.0], "<b>"),
        Matrix(["<a>", "b"], [[1, 0], [0, 1]], "<b>"),
        Gallery([Tile(bytes(12), 2, 2, 3, "<a>")], "<b>"),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_drawings_are_svg_whose_style_is_their_own(thing: Any) -> None:
    """Where it stands within a page it must colour nothing else there."""
    drawing = ET.fromstring(thing._repr_svg_())
    texts = [e.text for e in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert "<b>" in texts
    (style,) = drawing.iter("{http://www.w3.org/2000/svg}style")
    rules = re.findall(r"([^{}]+)\{[^{}]*\}", (style.text or "").split("{", 1)[1])
    assert rules and all(rule.strip().startswith(f".{drawing.get('class')}") for rule in rules)


def test_what_cannot_be_drawn_is_said() -> None:
    assert Lines({"a": [float("nan")]}, [0.0])._repr_svg_() is None
    assert set(notebook.bundle_of(Lines({}, []))) == {"text/plain"}


def test_tables_are_escaped_and_cut() -> None:
    cells = Cells(["<a>", "n"], [["<b>\x1b", str(n)] for n in range(1000)], "<t>", right=[1])
    text = cells._repr_html_()
    assert "<caption>&lt;t&gt;</caption>" in text and "\x1b" not in text
    assert text.count("<tr>") == 1 + markup.MOST + 1 and "800 more rows" in text
    assert ">0</td>" in text and ">999</td>" in text and ">500</td>" not in text
    ET.fromstring(text)


def test_a_history_is_a_curve_per_metric() -> None:
    history = pw.callbacks.History()
    for epoch in range(3):
        history.on_epoch_end(epoch, {"loss": 1.0 / (epoch + 1), "each": [0.5, 1.0], "f": 0.5})
        if epoch:  # validated in later epochs only
            history.history.setdefault("val_loss", []).append(0.5)
    text = history._repr_html_()
    assert text.count("<svg") == 2 and ">each<" not in text
    assert pw.callbacks.History()._repr_html_().count("<svg") == 0


def test_a_job_shows_itself_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    monkeypatch.setattr(notebook, "show", lambda thing, name=None: said.append((thing, name)))
    screen = NotebookScreen()
    screen.table(["n"], [[1]], right=[0])
    screen.picture(Picture(bytes(4), 1, 1, "<dark>"))
    screen.shaded("a<", [0.0, 1.0])
    screen.progress(Step("<training>", 1, 4, {"loss": 0.5}))
    screen.progress(Step("reading", 1, 0, words="1 kB"))
    table, picture, shaded, bar, endless = (notebook.bundle_of(thing) for thing, _ in said)
    assert ">1</td>" in table["text/html"]
    assert 'alt="&lt;dark&gt;"' in picture["text/html"] and 'width="8"' in picture["text/html"]
    assert '0.50)">&lt;<' in shaded["text/html"] and shaded["text/plain"] == "a<"
    assert 'value="1" max="4"' in bar["text/html"] and "<training>" not in bar["text/html"]
    assert bar["text/plain"] == "<training> 1/4 - loss: 0.5"
    assert "value=" not in endless["text/html"] and "1 kB" in endless["text/html"]
    assert said[3][1] == "<training>"


def test_a_terminal_of_ipython_gets_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot draw: a chart is written as in any terminal."""
    import IPython
    from IPython.terminal.interactiveshell import TerminalInteractiveShell

    desk = TerminalInteractiveShell.__new__(TerminalInteractiveShell)
    monkeypatch.setattr(IPython, "get_ipython", lambda: desk)
    assert notebook.shell() is None
    with pytest.raises(NotImplementedError):
        Bars(["a"], [1.0])._ipython_display_()


def test_a_model_s_file_is_a_table(tmp_path: Path) -> None:
    model = pw.Sequential([pw.layers.Input((2,)), pw.layers.Dense(1, name="line")])
    model.save(tmp_path / "m.zip")
    text = pw.inspect(tmp_path / "m.zip")._repr_html_()
    assert "line/kernel" in text and "3 parameters" in text
