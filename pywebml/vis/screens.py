"""The third seam: what people see. A job shows lines, tables, charts, pictures and
progress on a screen, and knows no terminal and no page.

Backends: cli/report.py (a terminal or a pipe), tab/screen.py (messages to a page), and
`Recorder` for tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeVar

from ..host.progress import Step
from .charts import Chart


class Picture(NamedTuple):
    """RGBA bytes, height x width, and what they show in words."""

    pixels: bytes
    height: int
    width: int
    words: str = ""


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


_screens: list[Screen] = []


@contextmanager
def shown_on(screen: S) -> Iterator[S]:
    """While open, `pw.plot` draws on this screen instead of into a file."""
    _screens.append(screen)
    try:
        yield screen
    finally:
        _screens.remove(screen)


def screen_in_use() -> Screen | None:
    """The innermost screen of `shown_on`, or None."""
    return _screens[-1] if _screens else None


def duration(seconds: float) -> str:
    """As people say it.

    Example:
        >>> duration(0.381), duration(12.41), duration(200)
        ('0.38 s', '12.4 s', '3 min 20 s')
    """
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
