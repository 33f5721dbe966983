"""A terminal as a screen (vis/screens.py): a terminal gets bars and colour, a pipe gets
plain lines.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ..host.files import write_or_beside
from ..host.progress import Step
from ..host.shown import shown
from ..vis.charts import Chart, Lines, Matrix
from ..vis.screens import Picture, Place, megabytes
from ..vis.terminal import drawn

STYLES = {"title": "bold", "good": "green", "bad": "red", "warning": "yellow"}
LEVELS = "▁▂▃▄▅▆▇█"
HALF = "▀"
WIDEST = 80  # columns of a picture
SPARKS = 40  # at most so many of them in a line


class Report:
    """Prints to a stream. The same report serves a colour terminal, a pipe, and a
    terminal that only knows ASCII.
    """

    def __init__(self, stream: TextIO | None = None):
        stream = stream or sys.stdout
        if hasattr(stream, "reconfigure"):
            # a class called "été" must not end the job on an ASCII terminal
            stream.reconfigure(errors="backslashreplace")
        self.rich = Console(file=stream).is_terminal and os.environ.get("TERM") != "dumb"
        self.console = Console(
            file=stream, highlight=False, soft_wrap=True, width=None if self.rich else 1000
        )
        self.bars: Progress | None = None
        self.tasks: dict[str, TaskID] = {}
        self.printed = 0.0

    def line(self, text: str = "", tone: str = "") -> None:
        if tone == "title" or self._all_done():
            self.close()
        self.console.print(escape(self.safe(text)), style=STYLES.get(tone))

    def safe(self, text: str) -> str:
        """The text with what is not drawn, or the stream cannot show, spelt out, before
        columns are laid out by its length.
        """
        encoding = self.console.encoding
        return shown(text).encode(encoding, "backslashreplace").decode(encoding)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()
    ) -> None:
        """Columns listed in `right` are numbers, and flush right. A cell may be a rich
        Text.
        """
        self.close()
        table = Table(
            box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False
        )
        for i, column in enumerate(columns):
            table.add_column(
                escape(self.safe(column)),
                justify="right" if i in right else "left",
                no_wrap=not self.rich,
                overflow="fold",
            )
        for row in rows:
            table.add_row(
                *(cell if isinstance(cell, Text) else Text(self.safe(str(cell))) for cell in row)
            )
        self.console.print(table, soft_wrap=False)

    def chart(self, chart: Chart, surface: Place = None) -> None:
        """A confusion matrix as a table in colours, lines in a pipe as a row of bars
        each, other charts as they are drawn in dots and blocks.
        """
        if isinstance(chart, Matrix):
            self._matrix(chart)
        elif isinstance(chart, Lines) and not self.rich:
            self.line(chart.words, "title")
            rows = [self._spark(chart, name) for name in chart.series]
            self.table(["", "first", "", "last"], rows)
        else:
            self.close()
            for row in drawn(chart):
                parts = ((self.safe(part.text), part.ink) for part in row)
                self.console.print(Text.assemble(*parts))

    def picture(self, picture: Picture) -> None:
        """In a terminal two pixels a character, the upper one as its ink, the lower one
        as its paper; elsewhere in words.
        """
        if not self.rich or self.safe(HALF) != HALF:
            self.line(f"[{picture.width} x {picture.height} pixels: {picture.words}]")
            return
        self.close()
        for line in _halves(picture, min(self.console.width, WIDEST)):
            self.console.print(line, soft_wrap=False)
        self.line(picture.words)

    def shaded(self, text: str, shares: Sequence[float]) -> None:
        """Red where it was unsure, green where it was sure. Screens without colours get
        the text.
        """
        self.close()
        shaded = Text()
        for character, share in zip(text, shares, strict=True):
            if not character.isspace():
                character = self.safe(character)
            shaded.append(character, _sure(share) if self.rich else "")
        self.console.print(shaded)

    def _matrix(self, chart: Matrix) -> None:
        rows = []
        for i, (name, counts) in enumerate(zip(chart.names, chart.counts, strict=True)):
            total = max(1, sum(counts))
            cells = [Text(str(n), style=_heat(n / total, i == j)) for j, n in enumerate(counts)]
            rows.append([name, *cells])
        self.table(["shown \\ said", *chart.names], rows, right=range(1, len(chart.names) + 1))

    def _spark(self, chart: Lines, name: str) -> tuple[str, str, str, str]:
        """(name, first value, a bar per value, last value). A terminal that knows no
        bars gets the numbers only.
        """
        values = [v for v in chart.series[name] if math.isfinite(v)]
        if not values:
            return name, "", "", ""
        low, high = min(values), max(values)
        few = [values[i * len(values) // SPARKS] for i in range(SPARKS)]
        shares = [(v - low) / (high - low or 1) for v in (few if len(values) > SPARKS else values)]
        bars = "".join(LEVELS[round(share * (len(LEVELS) - 1))] for share in shares)
        shown = bars if self.safe(bars) == bars else "..."
        return name, f"{values[0]:.4g}", shown, f"{values[-1]:.4g}"

    def progress(self, step: Step) -> None:
        """A listener: a bar in a terminal; elsewhere a line now and then, and one at
        the end of each stage.
        """
        numbers = "  ".join(f"{name} {value:.4f}" for name, value in step.logs.items())
        logs = step.words or numbers
        if self.rich:
            self._bar(step, logs)
            return
        now = time.monotonic()
        if step.done == step.total or now - self.printed > 2:
            self.printed = now
            self.line(f"{step.stage} {_count(step)}" + (f"  {logs}" if logs else ""))

    def _bar(self, step: Step, logs: str) -> None:
        if self.bars is None:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[count]}"),
                TimeRemainingColumn(),
            )
            self.bars = Progress(*columns, TextColumn("{task.fields[logs]}"), console=self.console)
            self.bars.start()
        if step.stage not in self.tasks:
            self.tasks[step.stage] = self.bars.add_task(step.stage, total=None, count="", logs="")
        total = step.total or None if step.unit else step.total
        self.bars.update(
            self.tasks[step.stage], completed=step.done, total=total, count=_count(step), logs=logs
        )

    def _all_done(self) -> bool:
        return self.bars is not None and self.bars.finished

    def close(self) -> None:
        """Ends the bars, so that what follows stands below them."""
        if self.bars is not None:
            self.bars.stop()
            self.bars, self.tasks = None, {}


def _count(step: Step) -> str:
    """How much is done, of how much where that is known."""
    if not step.unit:
        return f"{step.done}/{step.total}"
    return megabytes(step.done) + (f" of {megabytes(step.total)}" if step.total else "")


def _halves(picture: Picture, columns: int) -> Iterator[Text]:
    """The lines of a picture in half blocks, with as many columns as it has pixels, or
    fewer.
    """
    every = max(1, -(-picture.width // columns))
    wide, high = picture.width // every, picture.height // every

    def pixel(row: int, column: int) -> str:
        start = 4 * (row * every * picture.width + column * every)
        return "rgb({},{},{})".format(*picture.pixels[start : start + 3])

    for row in range(0, high - 1, 2):
        line = Text()
        for column in range(wide):
            line.append(HALF, Style(color=pixel(row, column), bgcolor=pixel(row + 1, column)))
        yield line


def _heat(share: float, hit: bool) -> Style:
    """Green for what was right, red for what was not, stronger the more there are of
    it.
    """
    if share == 0:
        return Style(dim=True)
    level = int(60 + 120 * share)
    return Style(
        color="white", bgcolor=f"rgb(0,{level},60)" if hit else f"rgb({level},40,40)", bold=hit
    )


def _sure(share: float) -> Style:
    """From red (a guess) to green (certain)."""
    return Style(color="white", bgcolor=f"rgb({int(150 - 140 * share)},{int(30 + 75 * share)},50)")


def write_json(path: str | Path, value: Any) -> Path:
    """Writes JSON so that a reader sees the old file or the whole new one, never half
    of it; beside it where that place is gone by now. Returns where it is. ValueError
    for NaN and infinities.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    # a name of a file that is no text becomes an escape of JSON's
    return write_or_beside(path, f"{text}\n".encode(errors="backslashreplace"))
