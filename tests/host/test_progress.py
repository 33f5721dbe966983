"""How fast something goes, in words."""

from __future__ import annotations

import io

from pywebml.cli.report import Report
from pywebml.host.progress import WINDOW, Pace, Step


def test_the_pace_of_the_last_seconds_and_what_is_left():
    now = [0.0]
    pace = Pace("pictures", lambda: now[0])
    assert pace(0, 1000) == ""
    now[0] = 2.0
    assert pace(100, 1000) == "50 pictures a second, 18 s left"
    for second in range(3, 20):  # three times as fast from here on
        now[0] = float(second)
        said = pace(100 + 50 * (second - 2), 1000)
    assert 2 + WINDOW < 20 and said == "50 pictures a second, 1 s left"
    now[0] = 19.5
    assert pace(1000, 1000).endswith("pictures a second")


def test_slow_and_long_work():
    now = [0.0]
    pace = Pace("pictures", lambda: now[0])
    now[0] = 10.0
    assert pace(5, 1000) == "0.5 pictures a second, 33 min left"
    now[0] = 20.0
    assert pace(10, 100_000).endswith("55.5 h left")


def test_a_pipe_gets_the_words():
    stream = io.StringIO()
    Report(stream).progress(Step("features", 5, 5, words="312 pictures a second"))
    assert stream.getvalue() == "features 5/5  312 pictures a second\n"
