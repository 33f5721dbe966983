"""Screens: the same job shown to a test, a pipe and a page."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pywebml.cli.report import Report
from pywebml.host.progress import Step
from pywebml.tab.screen import TabScreen
from pywebml.vis.charts import Lines, Matrix
from pywebml.vis.screens import Picture, Recorder, Screen


def show(screen: Screen) -> None:
    """A job that shows one thing of each kind."""
    screen.line("teaching", "title")
    screen.table(["picture", "p"], [("a.jpg", 0.5)], right=[1])
    screen.chart(Lines({"loss": [3.0, 2.0, 1.0]}, [1, 2, 3], "Loss"))
    screen.chart(Matrix(["up", "down"], [[3, 1], [0, 4]]))
    screen.picture(Picture(bytes(16), 2, 2, "a black square"))
    screen.progress(Step("training", 1, 20, {"loss": 0.5}))


def test_a_recorder_keeps_everything() -> None:
    recorder = Recorder()
    show(recorder)
    kinds = [kind for kind, _ in recorder.shown]
    assert kinds == ["line", "table", "chart", "chart", "picture", "progress"]
    assert recorder.shown[1][1] == [["picture", "p"], ["a.jpg", 0.5]]


def test_a_page_gets_plain_messages() -> None:
    sent: list[Any] = []
    show(TabScreen(sent.append))
    line, table, lines, matrix, picture, step = sent
    assert line == {"line": "teaching", "tone": "title"}
    assert table["table"]["rows"] == [["a.jpg", "0.5"]]
    assert lines["chart"]["series"] == [{"name": "loss", "values": [3.0, 2.0, 1.0]}]
    assert lines["svg"].startswith("<svg") and lines["words"] == "Loss"
    assert matrix["chart"]["counts"] == [[3, 1], [0, 4]]
    assert matrix["words"] == "7 of 8 right"
    assert picture["picture"]["words"] == "a black square"
    assert step.pop("seconds") >= 0
    assert step == {
        "stage": "training", "done": 1, "of": 20, "epoch": 1, "epochs": 20, "loss": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_pipe_gets_lines_of_text(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    show(Report(stream))
    stream.flush()
    said = raw.getvalue().decode(encoding).splitlines()
    assert said[0] == "teaching"
    assert "a.jpg" in said[2]
    (loss,) = [line for line in said if line.startswith("loss")]
    assert "3" in loss and "1" in loss
    assert any(line.split() == ["up", "3", "1"] for line in said)
    assert any("a black square" in line for line in said)
    assert said[-1] == "training 1/20  loss 0.5000"
