"""Boxes and the arrows between them as SVG text, laid out in ranks: what comes later
stands below, or to the right.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_LETTER, _LINE, _PAD, _HEAD = 7.0, 17, 10, 26
_GAP, _BETWEEN, _MARGIN = 28.0, 44.0, 24.0
_SWEEPS = 12
COLOURS = {
    "input": ("#e0f2fe", "#0c4a6e"), "layer": ("#ede9fe", "#3730a3"),
    "model": ("#fef3c7", "#92400e"), "frozen": ("#e5e7eb", "#374151"),
}  # fmt: skip
"""(ground, letters) of a box's head, by kind."""
DIRECTIONS = ("TB", "BT", "LR", "RL")


@dataclass(frozen=True)
class Box:
    """A box: a title in its head, lines below; `groups` are the frames around it, from
    the outermost on.
    """

    title: str
    lines: tuple[str, ...] = ()
    kind: str = "layer"
    groups: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        longest = max([1.1 * len(self.title), *map(len, self.lines)])
        return 2 * _PAD + _LETTER * longest

    @property
    def height(self) -> float:
        return _HEAD + (_LINE * len(self.lines) + 8 if self.lines else 0)


@dataclass
class _Spot:
    """A box in its place, or a bend of a long arrow (`box` is None)."""

    rank: int
    box: Box | None
    breadth: float
    at: float = 0.0
    """The middle across the ranks."""
    before: list[_Spot] = field(default_factory=list)
    after: list[_Spot] = field(default_factory=list)


def boxes_svg(boxes: Sequence[Box], arrows: Sequence[tuple[int, int]], rankdir: str = "TB") -> str:
    """The picture: `arrows` are pairs of numbers of boxes, from an earlier to a later
    one. `rankdir` is where the arrows go: "TB" down, "BT" up, "LR" and "RL".
    """
    sideways = rankdir in ("LR", "RL")
    ranks = _ranks(len(boxes), arrows)
    spots = [
        _Spot(rank, box, box.height if sideways else box.width)
        for box, rank in zip(boxes, ranks, strict=True)
    ]
    rows: list[list[_Spot]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for spot in spots:
        rows[spot.rank].append(spot)
    paths = [_path(spots[a], spots[b], rows) for a, b in dict.fromkeys(arrows)]
    _order(rows)
    _spread(rows)
    picture = _Picture(rows, sideways, rankdir in ("BT", "RL"))
    return picture.text(spots, paths)


def _ranks(count: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    """How many boxes stand before each at least. Arrows lead to later boxes."""
    ranks = [0] * count
    for a, b in sorted(arrows, key=lambda arrow: arrow[1]):
        ranks[b] = max(ranks[b], ranks[a] + 1)
    return ranks


def _path(a: _Spot, b: _Spot, rows: list[list[_Spot]]) -> list[_Spot]:
    """An arrow: over a bend in each rank between."""
    path = [a]
    for rank in range(a.rank + 1, b.rank):
        bend = _Spot(rank, None, 12.0)
        rows[rank].append(bend)
        path.append(bend)
    path.append(b)
    for one, other in pairwise(path):
        one.after.append(other)
        other.before.append(one)
    return path


def _order(rows: list[list[_Spot]]) -> None:
    """Orders each rank by where its neighbours stand, to and fro, so that few arrows
    cross.
    """
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            places = {id(spot): i for i, spot in enumerate(row)}
            neighbours = {
                id(spot): [_place(other, rows) for other in (spot.before if down else spot.after)]
                for spot in row
            }
            row.sort(key=lambda spot: _mean(neighbours[id(spot)], places[id(spot)]))


def _place(spot: _Spot, rows: list[list[_Spot]]) -> float:
    row = rows[spot.rank]
    return next(i for i, other in enumerate(row) if other is spot) / max(len(row) - 1, 1)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else float(otherwise)


def _spread(rows: list[list[_Spot]]) -> None:
    """Puts each below the middle of its neighbours, as far as there is room."""
    for row in rows:
        at = 0.0
        for spot in row:
            spot.at = at + spot.breadth / 2
            at += spot.breadth + _GAP
        shift = (row[0].at + row[-1].at) / 2 if row else 0.0
        for spot in row:
            spot.at -= shift
    for sweep in range(2 * _SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wished = [
                _mean([n.at for n in (spot.before if down else spot.after)], spot.at)
                for spot in row
            ]
            _fit(row, wished)


def _fit(row: list[_Spot], wished: list[float]) -> None:
    """As near to what is wished as the order and the breadths allow: those that would
    overlap are moved as one block, around the mean of their wishes.
    """
    blocks: list[tuple[list[_Spot], list[float], float]] = []
    for spot, wish in zip(row, wished, strict=True):
        members, offsets, middle = [spot], [0.0], wish
        while blocks:
            before, far, place = blocks[-1]
            reach = far[-1] + (before[-1].breadth + members[0].breadth) / 2 + _GAP
            if place + reach <= middle:
                break
            blocks.pop()
            n, m = len(before), len(members)
            middle = (place * n + (middle - reach) * m) / (n + m)
            members = before + members
            offsets = far + [reach + o for o in offsets]
        blocks.append((members, offsets, middle))
    for members, offsets, middle in blocks:
        for spot, offset in zip(members, offsets, strict=True):
            spot.at = middle + offset


class _Picture:
    """The finished layout in coordinates of the page."""

    def __init__(self, rows: list[list[_Spot]], sideways: bool, backwards: bool):
        self._sideways, self._backwards = sideways, backwards
        self._along: list[tuple[float, float]] = []  # where each rank begins, and its depth
        at = _MARGIN
        for row in rows:
            boxes = [spot.box for spot in row if spot.box is not None]
            depth = max((b.width if sideways else b.height for b in boxes), default=0.0)
            nested = max((len(b.groups) for b in boxes), default=0)
            at += 20.0 * nested
            self._along.append((at, depth))
            at += depth + _BETWEEN
        self._length = at - _BETWEEN + _MARGIN if rows else 2 * _MARGIN
        spots = [spot for row in rows for spot in row]
        deepest = max((len(s.box.groups) for s in spots if s.box is not None), default=0)
        room = _MARGIN + 16.0 * deepest
        self._left = min((s.at - s.breadth / 2 for s in spots), default=0.0) - room
        right = max((s.at + s.breadth / 2 for s in spots), default=0.0) + room
        self._breadth = right - self._left

    def text(self, spots: list[_Spot], paths: list[list[_Spot]]) -> str:
        width, height = self._breadth, self._length
        if self._sideways:
            width, height = height, width
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
            f' width="{width:.0f}" height="{height:.0f}" font-family="system-ui, sans-serif"'
            ' font-size="12">',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"'
            ' markerHeight="8" orient="auto"><path d="M0 0.5 L7.5 4 L0 7.5 Z" fill="#6b7280"/>'
            "</marker></defs>",
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
            *self._frames(spots),
            *(self._arrow(path) for path in paths),
            *(line for spot in spots for line in self._box(spot)),
            "</svg>",
        ]
        return "\n".join(parts)

    def _point(self, across: float, along: float) -> tuple[float, float]:
        across -= self._left
        along = self._length - along if self._backwards else along
        return (along, across) if self._sideways else (across, along)

    def _corner(self, spot: _Spot) -> tuple[float, float, float, float]:
        """(x, y, width, height) of a box."""
        assert spot.box is not None
        start, depth = self._along[spot.rank]
        x, y = self._point(spot.at, start + depth / 2)
        width, height = spot.box.width, spot.box.height
        return x - width / 2, y - height / 2, width, height

    def _arrow(self, path: list[_Spot]) -> str:
        points = []
        for i, spot in enumerate(path):
            start, depth = self._along[spot.rank]
            half, middle = depth / 2, start + depth / 2
            if spot.box is not None:
                half = (spot.box.width if self._sideways else spot.box.height) / 2
            if i:
                points.append(self._point(spot.at, middle - half))
            if i < len(path) - 1:
                points.append(self._point(spot.at, middle + half))
        steps = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
        for (x1, y1), (x2, y2) in pairwise(points):
            bend = (
                f"{(x1 + x2) / 2:.1f} {y1:.1f} {(x1 + x2) / 2:.1f} {y2:.1f}"
                if self._sideways
                else f"{x1:.1f} {(y1 + y2) / 2:.1f} {x2:.1f} {(y1 + y2) / 2:.1f}"
            )
            steps.append(f"C{bend} {x2:.1f} {y2:.1f}")
        return (
            f'<path d="{" ".join(steps)}" fill="none" stroke="#6b7280" stroke-width="1.3"'
            ' marker-end="url(#tip)"/>'
        )

    def _box(self, spot: _Spot) -> Iterator[str]:
        assert spot.box is not None
        x, y, width, height = self._corner(spot)
        ground, letters = COLOURS[spot.box.kind]
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6"'
            ' fill="#ffffff" stroke="#9ca3af"/>'
        )
        low = f"a6 6 0 0 1 -6 6h{12 - width:.1f}a6 6 0 0 1 -6 -6" if not spot.box.lines else ""
        head = _HEAD - 6 - (6 if low else 0)
        back = low or f"h{-width:.1f}"
        yield (
            f'<path d="M{x:.1f} {y + _HEAD - (6 if low else 0):.1f}v{-head:.1f}a6 6 0 0 1 6 -6'
            f'h{width - 12:.1f}a6 6 0 0 1 6 6v{head:.1f}{back}z" fill="{ground}"'
            ' stroke="#9ca3af"/>'
        )
        middle = x + width / 2
        title = html.escape(spot.box.title, quote=False)
        yield (
            f'<text x="{middle:.1f}" y="{y + 17:.1f}" text-anchor="middle" font-weight="600"'
            f' fill="{letters}">{title}</text>'
        )
        for i, line in enumerate(spot.box.lines):
            yield (
                f'<text x="{middle:.1f}" y="{y + _HEAD + 17 + _LINE * i:.1f}"'
                f' text-anchor="middle" fill="#374151">{html.escape(line, quote=False)}</text>'
            )

    def _frames(self, spots: list[_Spot]) -> Iterator[str]:
        """Around the boxes of each group, the outermost first."""
        groups: dict[tuple[str, ...], list[_Spot]] = {}
        for spot in spots:
            assert spot.box is not None
            for depth in range(1, len(spot.box.groups) + 1):
                groups.setdefault(spot.box.groups[:depth], []).append(spot)
        deepest = max(map(len, groups), default=0)
        for names, members in sorted(groups.items(), key=lambda item: len(item[0])):
            room = 10.0 + 14.0 * (deepest - len(names))
            corners = [self._corner(spot) for spot in members]
            left = min(x for x, _, _, _ in corners) - room
            top = min(y for _, y, _, _ in corners) - room - 12
            right = max(x + w for x, _, w, _ in corners) + room
            bottom = max(y + h for _, y, _, h in corners) + room
            name = html.escape(names[-1], quote=False)
            yield (
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}"'
                f' height="{bottom - top:.1f}" rx="9" fill="#92400e" fill-opacity="0.05"'
                ' stroke="#d97706" stroke-dasharray="5 4"/>'
            )
            yield (
                f'<text x="{left + 9:.1f}" y="{top + 14:.1f}" font-size="11" fill="#92400e"'
                f' font-weight="600">{name}</text>'
            )
