"""pw.plot: well-formed pictures of what is drawn, on the desktop as a file, in the page
as an event (tests/gallery/test_python.py).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import pywebml as pw
from pywebml.vis.charts import Lines
from pywebml.vis.screens import Recorder, shown_on
from pywebml.vis.svg import svg
from pywebml.vis.svg.axes import scale

NAMES = {"s": "http://www.w3.org/2000/svg"}


def test_lines_run_from_the_first_to_the_last_value() -> None:
    picture = ET.fromstring(
        svg(
            Lines(
                {"loss <1>": [3.0, 2.0, 1.0], "val_loss": [3.0, float("nan"), 2.0]},
                [1, 2, 3],
                "A & B",
            )
        )
    )
    lines = [
        [tuple(map(float, p.split(","))) for p in e.attrib["points"].split()]
        for e in picture.findall("s:polyline", NAMES)
    ]
    assert [len(points) for points in lines] == [3, 1, 1], "nan leaves a gap"
    falling = lines[0]
    assert (
        falling[0][0] < falling[1][0] < falling[2][0]
        and falling[0][1] < falling[1][1] < falling[2][1]
    ), "larger is higher up"
    texts = [e.text for e in picture.findall("s:text", NAMES)]
    assert {"A & B", "loss <1>", "val_loss", "1", "3"} <= set(texts)


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-3.7, 12), (1e-6, 2e-6), (5, 5), (0, 0), (99, 101), (-1e5, 1e6)]
)
def test_ticks_are_round_and_enclose_the_values(low: float, high: float) -> None:
    first, last, step = scale(low, high)
    assert first <= low and last >= high and last > first
    assert 1 <= round((last - first) / step) <= 7


def test_on_the_desktop_a_file_is_written_and_elsewhere_the_screen_hears(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "loss.svg"
    pw.plot({"loss": np.float32([3, 2, 1])}, file=str(target))
    assert ET.parse(target).getroot().tag.endswith("svg") and str(target) in capsys.readouterr().out
    screen = Recorder()
    with shown_on(screen):
        pw.plot(np.arange(4).reshape(4, 1), x=[0, 1, 2, 3])
        pw.plot({"a": [1], "b": [2]}, title="Two")
    charts = [what for _, what in screen.shown]
    assert [chart.words for chart in charts] == ["A plot of 4 values", "Two"]
    assert charts[0].series == {"": [0, 1, 2, 3]}


def test_errors() -> None:
    with pytest.raises(ValueError, match="b has 1 values over 2"):
        pw.plot({"a": [1, 2], "b": [1]})
    with pytest.raises(ValueError, match="no finite value"):
        pw.plot([float("nan")])
