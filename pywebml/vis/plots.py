"""`pw.plot`: lines without a plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.calling import strict
from ..host.files import write_whole
from .charts import lines_of
from .screens import screen_in_use
from .svg import svg


@strict
def plot(
    series: Any, *, x: Sequence[float] | None = None, title: str = "", file: str = "plot.svg"
) -> None:
    """Draws lines: `plot(history.history)`, `plot({"said": ys, "true": zs}, x=xs)` or
    `plot(ys)`.

    `series` maps names to numbers, or is one list of numbers; anything with the buffer
    protocol or `tolist` will do. `x` is what they are drawn over, 1, 2, 3 ... if left
    out. NaN and infinities leave gaps. In the page the picture appears under the
    program, in a notebook under the cell; on the desktop it is written to `file`.
    ValueError for lengths that differ or nothing to draw.

    Example:
        >>> from pywebml.vis.screens import Recorder, shown_on
        >>> with shown_on(Recorder()) as screen:
        ...     pw.plot({"loss": [3, 2, 1]}, title="Loss")
        >>> screen.shown[0][1].words
        'Loss'
    """
    chart, screen = lines_of(series, x, title), screen_in_use()
    text = svg(chart)
    if screen is not None:
        screen.chart(chart)
    else:
        print(f"plot written: {write_whole(file, text.encode())}")
