"""A page as a screen: everything shown is a message, which web/shared/ draws."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from ..host.progress import Step
from ..vis.charts import Chart
from ..vis.screens import Picture, Place
from ..vis.svg import svg

Send = Callable[[Any], None]


class TabScreen:
    """A `Screen` (vis/screens.py) of one call: `send` takes its messages."""

    def __init__(self, send: Send):
        self._send, self._start = send, time.perf_counter()

    def line(self, text: str = "", tone: str = "") -> None:
        self._send({"line": text, "tone": tone})

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()
    ) -> None:
        cells = [[str(cell) for cell in row] for row in rows]
        self._send({"table": {"columns": list(columns), "rows": cells, "right": list(right)}})

    def chart(self, chart: Chart, surface: Place = None) -> None:
        """The chart as data and as a drawing, and where it stands."""
        where = {"surface": {"name": surface[0], "tab": surface[1]}} if surface else {}
        message = {"chart": chart.describe(), "words": chart.words, "svg": svg(chart)}
        self._send(message | where)

    def picture(self, picture: Picture) -> None:
        self._send({"picture": picture._asdict()})

    def shaded(self, text: str, shares: Sequence[float]) -> None:
        self._send({"shaded": {"text": text, "shares": list(shares)}})

    def progress(self, step: Step) -> None:
        """{"stage", "done", "of", "seconds"} and the step's numbers; a training's
        epochs under their own names.
        """
        message: dict[str, Any] = {"stage": step.stage, "done": step.done, "of": step.total}
        if step.stage == "training":
            message |= {"epoch": step.done, "epochs": step.total}
        self._send(message | step.logs | {"seconds": time.perf_counter() - self._start})
