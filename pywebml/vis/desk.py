"""Charts in the terminal that a program runs in."""

from __future__ import annotations

import os
import sys

from .charts import Chart
from .terminal import drawn


def show(*charts: Chart) -> int:
    """Prints charts, in colours where the terminal has any; how many lines that were."""
    rows = [row for chart in charts for row in [*drawn(chart, _width()), []]]
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        print("\n".join(_safe("".join(part.text for part in row)) for row in rows))
        return len(rows)
    console = Console(highlight=False, soft_wrap=True)
    for row in rows:
        console.print(Text.assemble(*((_safe(part.text), part.ink) for part in row)))
    return len(rows)


def show_again(charts: list[Chart], lines: int) -> int:
    """`show` in place of the last `lines` of the terminal."""
    if lines:
        sys.stdout.write(f"\x1b[{lines}A\x1b[J")
    return show(*charts)


def is_terminal() -> bool:
    """Whether what is printed can be printed over."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _width() -> int:
    return max(40, min(100, os.get_terminal_size().columns - 1)) if is_terminal() else 72


def _safe(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
