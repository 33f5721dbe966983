"""Every kind of chart, on everything that draws charts: a file, a terminal, a pipe, the
page's messages; and what pw.vis makes charts of.
"""

from __future__ import annotations

import io
import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

import pywebml as pw
from pywebml.cli.report import Report
from pywebml.tab.screen import TabScreen
from pywebml.vis.charts import Bars, Cells, Chart, Heat, Lines, Matrix, Points
from pywebml.vis.screens import Recorder, shown_on
from pywebml.vis.svg import svg
from pywebml.vis.terminal import drawn

ODD = "<a & b>"
CHARTS: dict[str, Chart] = {
    "lines": Lines({ODD: [1.0, math.nan, 3.0], "val_": [2, 2, 2]}, [1, 2, 3], ODD, ODD, ODD),
    "one value": Lines({"": [5.0]}, [1]),
    "points": Points({ODD: [(0, 1), (math.inf, 2), (3, -4)], "b": []}, ODD, ODD, ODD),
    "a curve": Points({"": [(0, 1)], ODD: [(0, 1), (2, math.nan), (3, 4)]}, joined=[ODD]),
    "bars": Bars([ODD, "b", "c"], [-2.0, math.nan, 3.0], ODD, ODD, ODD, [(ODD, "3")]),
    "many bars": Bars([f"name {i}" for i in range(200)], [0.0] * 200),
    "matrix": Matrix([ODD, "b"], [[3, 0], [1, 4]], ODD),
    "heat": Heat([[1.0, math.nan], [2.0, 2.0]], [ODD, "b"], ["c", "d"], ODD, ODD, ODD),
    "large heat": Heat([[float(i * j) for i in range(100)] for j in range(60)],
                       list(map(str, range(100))), list(map(str, range(60)))),
    "cells": Cells([ODD, "n"], [["x", "1"], [ODD, "22"]], ODD, [1]),
}  # fmt: skip


def test_there_is_a_case_of_every_kind() -> None:
    assert {type(chart) for chart in CHARTS.values()} == set(get_args(Chart))


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_everywhere(name: str) -> None:
    chart = CHARTS[name]
    assert len(repr(chart)) < 40  # where it is the last value of a program
    for numbers in (float(v) for e in ET.fromstring(svg(chart)).iter() for v in coordinates(e)):
        assert math.isfinite(numbers)
    for width in (20, 72):
        rows = drawn(chart, width)
        assert rows and all(isinstance(part.text, str) for row in rows for part in row)
    raw = io.BytesIO()
    Report(io.TextIOWrapper(raw, encoding="ascii")).chart(chart)
    sent: list[Any] = []
    TabScreen(sent.append).chart(chart, ("a", "b"))
    (message,) = sent
    assert message["surface"] == {"name": "a", "tab": "b"} and message["words"] == chart.words
    assert json.dumps(message["chart"]) == json.dumps(chart.describe())


def coordinates(element: ET.Element) -> list[str]:
    return [v for k, v in element.attrib.items() if k in ("x", "y", "cx", "cy", "width", "height")]


@pytest.mark.parametrize(
    "data",
    [
        {"values": [{"x": 1, "y": 3}, {"x": 2, "y": 4}]},
        {"values": [[{"x": 1, "y": 3}, {"x": 2, "y": 4}]], "series": [""]},
        [{"x": 1, "y": 3}, {"x": 2, "y": 4}],
        [(1, 3), (2, 4)],
        [3, 4],
        {"": np.array([3, 4])},
        np.array([[1, 3], [2, 4]]),
        pw.tensor([3.0, 4.0]),
    ],
    ids=str,
)
def test_lines_and_points_are_of_whatever_holds_them(data: Any) -> None:
    with shown_on(Recorder()):
        lines = pw.vis.render.linechart("a", data)
        points = pw.vis.render.scatterplot("b", data)
    assert isinstance(lines, Lines) and isinstance(points, Points)
    assert lines.x == [1, 2] and lines.series == {"": [3, 4]}
    assert points.clouds == {"": [(1, 3), (2, 4)]}


def test_several_series_over_their_own_x() -> None:
    data = {"values": [[(0, 1), (2, 3)], [(1, 5)]], "series": ["a", "b"]}
    with shown_on(Recorder()):
        chart = pw.vis.render.linechart("a", data)
    assert isinstance(chart, Lines) and chart.x == [0, 1, 2]
    np.testing.assert_equal(chart.series, {"a": [1, math.nan, 3], "b": [math.nan, 5, math.nan]})


def test_a_heat_map_is_by_x_first_unless_it_is_row_major() -> None:
    data = {"values": [[1, 2, 3], [4, 5, 6]]}
    with shown_on(Recorder()):
        by_x = pw.vis.render.heatmap("a", data)
        by_row = pw.vis.render.heatmap("a", data | {"y_tick_labels": "pq"}, row_major=True)
    assert isinstance(by_x, Heat) and by_x.rows == [[1, 4], [2, 5], [3, 6]]
    assert isinstance(by_row, Heat) and by_row.rows == data["values"]
    assert by_row.down == ["p", "q"] and by_row.across == ["0", "1", "2"]


def test_metrics_are_those_of_numpy() -> None:
    rng = np.random.default_rng(0)
    labels, said = rng.integers(0, 4, 50), rng.integers(0, 4, 50)
    matrix = np.zeros((5, 5), int)
    np.add.at(matrix, (labels, said), 1)
    counts = pw.vis.metrics.confusion_matrix(labels, said, 5)
    np.testing.assert_equal(counts, matrix)
    assert pw.vis.metrics.accuracy(labels, said) == (labels == said).mean()
    classes = pw.vis.metrics.per_class_accuracy(labels, said, 5)
    assert [c["count"] for c in classes] == np.bincount(labels, minlength=5).tolist()
    assert classes[4]["accuracy"] is None
    weights = rng.random(50)
    heavy = pw.vis.metrics.confusion_matrix(labels, said, weights=weights)
    assert np.isclose(np.sum(heavy), weights.sum())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pw.vis.metrics.accuracy([0, 1], [0]), "1 for 2"),
        (lambda: pw.vis.metrics.accuracy([], []), "0 for 0"),
        (lambda: pw.vis.metrics.accuracy(np.eye(3), np.eye(3)), "argmax"),
        (lambda: pw.vis.metrics.confusion_matrix([0, 5], [0, 1], 3), "got 5"),
        (lambda: pw.vis.metrics.accuracy([0.5], [0]), "0.5"),
        (lambda: pw.vis.render.confusion_matrix("a", [[1, 2]]), "2 names|1 names"),
        (lambda: pw.vis.render.table("a", {"headers": ["x"], "values": [[1, 2]]}), "2 values"),
        (lambda: pw.vis.render.linechart("a", {"x": [math.nan]}), "no finite"),
        (lambda: pw.vis.render.histogram("a", [1], max_bins=0), "got 0"),
        (lambda: pw.vis.show.history("a", {"loss": [1]}, ["acc"]), "'acc'.*loss"),
        (lambda: pw.vis.show.fit_callbacks("a", callbacks=["on_batch"]), "on_batch_end"),
    ],
)
def test_errors_name_what_was_given(call: Any, words: str) -> None:
    with shown_on(TabScreen(lambda message: None)), pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("container", [3, {"title": "a"}, {"name": "a", "style": 1}])
def test_what_is_no_surface_is_refused(container: Any) -> None:
    with pytest.raises(TypeError, match="surface"):
        pw.vis.render.barchart(container, {"a": 1})


def fitted(callbacks: Any, verbose: int = 0) -> None:
    model = pw.Sequential([pw.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.ones((8, 1), "float32")
    model.fit_sync(
        x, x, epochs=3, batch_size=4, validation_split=0.5, verbose=verbose, callbacks=callbacks
    )


def test_a_training_is_drawn_while_it_runs() -> None:
    """On the same surface, one epoch more each time: loss with val_loss, mae with
    val_mae.
    """
    places: list[tuple[Any, int, list[str]]] = []

    class Screen(Recorder):
        def chart(self, chart: Chart, surface: Any = None) -> None:
            assert isinstance(chart, Lines)
            places.append((surface, len(chart.x), list(chart.series)))

    with shown_on(Screen()):
        fitted(pw.vis.show.fit_callbacks({"name": "T", "tab": "B"}))
    names = {"loss": ["loss", "val_loss"], "mae": ["mae", "val_mae"]}
    assert places == [
        ((f"T: {title}", "B"), n, lines) for n in (1, 2, 3) for title, lines in names.items()
    ]


def test_a_training_is_drawn_step_by_step_where_asked() -> None:
    with shown_on(Recorder()) as screen:
        fitted(pw.vis.show.fit_callbacks("T", ["loss"], callbacks=["on_batch_end"]))
    last = screen.shown[-1][1]
    assert len(last.x) == 3 and last.x_label == "batch"  # a step per epoch of four examples


def test_in_a_pipe_it_is_drawn_once_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    fitted(pw.vis.show.fit_callbacks("T", ["loss", "val_loss"]))
    said = capsys.readouterr().out
    assert said.count("T: loss") == 1 and "val_loss" in said and "\x1b" not in said


def test_the_panel_and_pictures_are_files(tmp_path: Path) -> None:
    pw.vis.visor().clear()
    with shown_on(Recorder()):
        chart = pw.vis.render.barchart(
            {"name": ODD, "tab": ODD}, {"a": 1}, file=tmp_path / "bars.svg"
        )
    assert ET.fromstring((tmp_path / "bars.svg").read_text()).tag.endswith("svg")
    page = pw.vis.visor().save(tmp_path / "panel.html").read_text()
    assert "&lt;a &amp; b&gt;" in page and ODD not in page and "<svg" in page
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        with pytest.raises(ImportError, match=r"pywebml\[vis\]"):
            pw.vis.save(chart, tmp_path / "bars.png")
    else:
        for each in CHARTS.values():
            assert pw.vis.save(each, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_heat_map_in_a_terminal_says_what_its_columns_are_where_they_fit() -> None:
    for across, head in ((["a", "b"], "   a   b  "), (["first", "b"], None)):
        rows = ["".join(part.text for part in row) for row in drawn(Heat([[0, 1]], across, ["x"]))]
        assert rows[-2:] == ["x     ████", "  0 (pale) to 1 (dark)"]
        assert rows[:-2] == ([] if head is None else [head])
