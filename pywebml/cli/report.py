"""How the jobs look in a terminal: lines, tables, progress. A terminal gets bars and
colour, a pipe gets plain lines.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ..host.progress import Step


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

    def line(self, text: str = "", style: str | None = None) -> None:
        self.console.print(escape(self.safe(text)), style=style)

    def safe(self, text: str) -> str:
        """The text with what the stream cannot show spelt out, before columns are laid
        out by its length.
        """
        encoding = self.console.encoding
        return text.encode(encoding, "backslashreplace").decode(encoding)

    def title(self, text: str) -> None:
        self.line(text, "bold")

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()
    ) -> None:
        """Columns listed in `right` are numbers, and flush right. A cell may be a rich
        Text.
        """
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

    def confusion(self, classes: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Rows are what the pictures show, columns what the model said."""
        rows = []
        for name, row in zip(classes, counts, strict=True):
            total = max(1, sum(row))
            cells = [
                Text(str(n), style=_heat(n / total, hit=classes[j] == name))
                for j, n in enumerate(row)
            ]
            rows.append([name, *cells])
        self.table(["shown \\ said", *classes], rows, right=range(1, len(classes) + 1))

    def step(self, step: Step) -> None:
        """A listener: a bar in a terminal; elsewhere a line now and then, and one at
        the end of each stage.
        """
        logs = "  ".join(f"{name} {value:.4f}" for name, value in step.logs.items())
        if self.rich:
            self._bar(step, logs)
            return
        now = time.monotonic()
        if step.done == step.total or now - self.printed > 2:
            self.printed = now
            self.line(f"{step.stage} {step.done}/{step.total}" + (f"  {logs}" if logs else ""))

    def _bar(self, step: Step, logs: str) -> None:
        if self.bars is None:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.completed}/{task.total}"),
                TimeRemainingColumn(),
            )
            self.bars = Progress(*columns, TextColumn("{task.fields[logs]}"), console=self.console)
            self.bars.start()
        if step.stage not in self.tasks:
            self.tasks[step.stage] = self.bars.add_task(step.stage, total=step.total, logs="")
        self.bars.update(self.tasks[step.stage], completed=step.done, total=step.total, logs=logs)

    def close(self) -> None:
        """Ends the bars, so that what follows stands below them."""
        if self.bars is not None:
            self.bars.stop()
            self.bars, self.tasks = None, {}


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


def seconds(value: float) -> str:
    """A duration as people say it: 0.38 s, 12.4 s, 3 min 20 s."""
    if value < 60:
        return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def write_json(path: str | Path, value: Any) -> None:
    """Writes JSON so that a reader sees the old file or the whole new one, never half
    of it.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(
            json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
            encoding="utf-8",
        )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
