"""The third seam: what people see. A job shows lines, tables, charts, pictures and
progress on a screen, and knows no terminal and no page.

Backends: cli/report.py (a terminal or a pipe), tab/screen.py (messages to a page),
`NotebookScreen` (what a notebook displays), and `Recorder` for tests.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any, NamedTuple, Protocol, TypeVar

from ..host import markup, notebook
from ..host.progress import Step
from .charts import Cells, Chart
from .png import png


class Picture(NamedTuple):
    """RGBA bytes, height x width, and what they show in words."""

    pixels: bytes
    height: int
    width: int
    words: str = ""

    def _repr_html_(self) -> str:
        data = base64.b64encode(png(self.pixels, self.height, self.width, 4)).decode()
        words, width = escape(self.words), max(self.width, min(8 * self.width, 224))
        return (
            f'<figure style="margin:0"><img width="{width}" style="image-rendering:pixelated"'
            f' alt="{words}" src="data:image/png;base64,{data}">'
            f"<figcaption>{words}</figcaption></figure>"
        )


S = TypeVar("S", bound="Screen")
Place = tuple[str, str] | None


class Screen(Protocol):
    """Where a job shows what it does and what came of it."""

    def line(self, text: str = "", tone: str = "") -> None:
        """A line of text; `tone` is "", "title", "good", "bad" or "warning"."""

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()
    ) -> None:
        """Columns listed in `right` are numbers, and flush right."""

    def chart(self, chart: Chart, surface: Place = None) -> None:
        """A chart, as the screen can draw it; on a surface (name, tab) in place of the
        one before.
        """

    def picture(self, picture: Picture) -> None:
        """A picture, or its words."""

    def shaded(self, text: str, shares: Sequence[float]) -> None:
        """A text of which each character is coloured by a share of one: how sure
        something was of it.
        """

    def progress(self, step: Step) -> None:
        """How far the job is. A `Listener`."""


class Recorder:
    """A screen that keeps what was shown, in order: (kind, what).

    Example:
        >>> from pywebml.host.progress import Step
        >>> screen = Recorder()
        >>> screen.line("hello")
        >>> screen.progress(Step("training", 1, 20))
        >>> [kind for kind, _ in screen.shown], screen.text
        (['line', 'progress'], 'hello')
    """

    def __init__(self) -> None:
        self.shown: list[tuple[str, Any]] = []

    @property
    def text(self) -> str:
        """The lines."""
        return "\n".join(what for kind, what in self.shown if kind == "line")

    def line(self, text: str = "", tone: str = "") -> None:
        self.shown.append(("line", text))

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()
    ) -> None:
        self.shown.append(("table", [list(columns), *map(list, rows)]))

    def chart(self, chart: Chart, surface: Place = None) -> None:
        self.shown.append(("chart", chart))

    def picture(self, picture: Picture) -> None:
        self.shown.append(("picture", picture))

    def shaded(self, text: str, shares: Sequence[float]) -> None:
        self.shown.append(("shaded", (text, list(shares))))

    def progress(self, step: Step) -> None:
        self.shown.append(("progress", step))


class NotebookScreen:
    """Shows everything below the cell that runs; see host/notebook.py."""

    def line(self, text: str = "", tone: str = "") -> None:
        print(text)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()
    ) -> None:
        notebook.show(Cells(columns, [[str(cell) for cell in row] for row in rows], right=right))

    def chart(self, chart: Chart, surface: Place = None) -> None:
        notebook.show(chart, surface and tuple(surface))

    def picture(self, picture: Picture) -> None:
        notebook.show(picture)

    def shaded(self, text: str, shares: Sequence[float]) -> None:
        notebook.show(_Shaded(text, shares))

    def progress(self, step: Step) -> None:
        figures = " - ".join(f"{name}: {value:.4g}" for name, value in step.logs.items())
        notebook.show(Bar(step.stage, step.done, step.total, figures or step.words), step.stage)


class Bar(NamedTuple):
    """How far something is, for a notebook."""

    label: str
    done: float
    total: float
    figures: str = ""

    def __repr__(self) -> str:
        counted = f" {self.done:g}/{self.total:g}" if self.total else ""
        return f"{self.label}{counted}{self.figures and f' - {self.figures}'}"

    def _repr_html_(self) -> str:
        return markup.bar(*self)


class _Shaded(NamedTuple):
    """A text of which each character has a ground as strong as its share of one."""

    text: str
    shares: Sequence[float]

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        marked = (
            f'<span style="background:rgba(67,56,202,{0.5 * share:.2f})">{escape(c)}</span>'
            for c, share in zip(self.text, self.shares, strict=False)
        )
        return f'<div style="white-space:pre-wrap">{"".join(marked)}</div>'


_screens: list[Screen] = []


@contextmanager
def shown_on(screen: S) -> Iterator[S]:
    """While open, `pw.plot` and all others draw on this screen."""
    _screens.append(screen)
    try:
        yield screen
    finally:
        _screens.remove(screen)


def screen_in_use() -> Screen | None:
    """The innermost screen of `shown_on`; else a notebook's, where the program runs in
    one; else None.
    """
    if _screens:
        return _screens[-1]
    return None if notebook.shell() is None else NotebookScreen()


def duration(seconds: float) -> str:
    """As people say it.

    Example:
        >>> duration(0.381), duration(12.41), duration(200)
        ('0.38 s', '12.4 s', '3 min 20 s')
    """
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def megabytes(nbytes: int) -> str:
    """As people say it.

    Example:
        >>> megabytes(1_902_176), megabytes(4352), megabytes(92)
        ('1.90 MB', '4.4 kB', '92 bytes')
    """
    if nbytes >= 1e6:
        return f"{nbytes / 1e6:.2f} MB"
    return f"{nbytes / 1e3:.1f} kB" if nbytes >= 1e3 else f"{nbytes} bytes"
