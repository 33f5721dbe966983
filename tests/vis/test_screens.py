"""Screens: the same job shown to a test, a pipe and a page."""

from __future__ import annotations

from typing import Any

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
