"""Tables and bars as HTML, for notebooks. They bring no colours of their own, so they
are light where the notebook is light, and dark where it is dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from .shown import shown

MOST = 200
"""Rows of a table that are shown, half of them from its end."""
_CELL = "padding:2px 10px;text-align"


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    right: Sequence[int] = (),
    title: str = "",
    notes: Iterable[str] = (),
) -> str:
    """A table; columns listed in `right` are numbers, `notes` are lines below it. Of
    many rows the first and the last ones.

    Example:
        >>> table(["name"], [["<b>"]]).endswith('left">&lt;b&gt;</td></tr></table>')
        True
    """
    first, last, left_out = list(rows), [], len(rows) - MOST
    if left_out > 0:
        first, last = list(rows[: MOST // 2]), list(rows[-(MOST // 2) :])
    body = [_row("td", row, right) for row in first]
    if last:
        body.append(f'<tr><td colspan="{len(columns)}">… {left_out:,} more rows …</td></tr>')
        body += [_row("td", row, right) for row in last]
    caption = f"<caption>{escape(shown(title))}</caption>" if title else ""
    below = "".join(f"<div>{escape(shown(note))}</div>" for note in notes)
    return (
        '<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
        f"{caption}{_row('th', columns, right)}{''.join(body)}</table>{below}"
    )


def _row(kind: str, cells: Sequence[Any], right: Sequence[int]) -> str:
    texts = (
        f'<{kind} style="{_CELL}:{"right" if i in right else "left"}">{_said(cell)}</{kind}>'
        for i, cell in enumerate(cells)
    )
    return f"<tr>{''.join(texts)}</tr>"


def _said(cell: Any) -> str:
    return escape(shown(str(cell)))


def bar(label: str, done: float, total: float, figures: str = "") -> str:
    """How far something is, `done` of `total` (0: nobody knows), between two texts.

    Example:
        >>> 'value="1" max="4"' in bar("Epoch 1/2", 1, 4, "loss: 0.5")
        True
    """
    known = f' value="{min(done, total):g}" max="{total:g}"' if total > 0 else ""
    name = _said(label)
    return (
        f'<div style="font-variant-numeric:tabular-nums">{name} <progress aria-label="{name}"'
        f' style="vertical-align:middle"{known}></progress> {_said(figures)}</div>'
    )


def side_by_side(drawings: Iterable[str]) -> str:
    """SVG texts beside each other, as far as there is room.

    Example:
        >>> side_by_side(["<svg/>"])
        '<div style="display:flex;flex-wrap:wrap;gap:8px"><svg/></div>'
    """
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(drawings)}</div>'
