"""Draws the pictures of docs/performance.md: for each docs/figures/NAME.json a NAME.svg
beside it. `python tools/figures.py` writes them; with `--check` it says whether they are
current.

A file has a title, a unit, whether "less" or "more" is better, and works. A work has its
hardware, the date on which it was measured, the command that measures it, and what each
contender reached: one number per run, of which the median is drawn.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pywebml.vis.svg.axes import COLOURS, DRAWING, paper, text  # noqa: E402

FOLDER = ROOT / "docs" / "figures"
WIDTH, MARGIN = 600, 16
OURS = "pywebml"
BAR_LEFT, BAR_RIGHT, BAR, STEP = 196, 500, 13, 19
DOTS_LEFT, DOTS_RIGHT = 270, 584
_RULES = {".faint": "opacity: .8", ".peer": "fill: #a8a3b8", ".even": "stroke: #6f6a86"}
_DARK_RULES = {".peer": "fill: #6b6780", ".even": "stroke: #b3aec8"}


def sheet(rules: Mapping[str, str]) -> str:
    """Style sheet rules that hold inside the drawing alone."""
    return " ".join(f".{DRAWING} {what} {{ {how} }}" for what, how in rules.items())


STYLE = (
    f"<style>{sheet(_RULES)} @media (prefers-color-scheme: dark) {{ {sheet(_DARK_RULES)} }}</style>"
)


def words(x: float, y: float, said: str, **attributes: Any) -> str:
    """A text; names of attributes have _ for -."""
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:g}" y="{y:g}"{more}>{text(said)}</text>'


def number(value: float) -> str:
    """With three digits that count, and commas: 0.129, 32.8, 2,730."""
    if value >= 100:
        digits = max(0, len(str(int(value))) - 3)
        return f"{round(value, -digits):,.0f}"
    return f"{value:.3g}"


def heading(figure: Mapping[str, Any]) -> Iterator[str]:
    better = "shorter" if figure["better"] == "less" else "longer"
    said = f"{figure['unit'].capitalize()}, {better} is better. Each work has its own scale."
    yield STYLE
    yield words(MARGIN, 26, figure["title"], font_size=16, font_weight=600)
    yield words(MARGIN, 45, figure.get("note", said), **{"class": "faint"})


def bars(figure: Mapping[str, Any]) -> str:
    """Works below each other, a bar per contender, each work on a scale of its own."""
    parts, y, part = [*heading(figure)], 50, ""
    for work in figure["works"]:
        if work.get("part", "") != part:
            part, y = work["part"], y + 26
            parts.append(words(MARGIN, y, part, font_size=14, font_weight=600))
        y += 24
        parts.append(words(MARGIN, y, work["work"], font_weight=600))
        where = f"{work['hardware']}, {work['date']}"
        look = {"class": "faint", "text_anchor": "end", "font_size": 10.5}
        parts.append(words(WIDTH - MARGIN, y, where, **look))
        y += 6
        reached = {who: median(values) for who, values in work["values"].items()}
        for who, value in reached.items():
            length = max(2, (BAR_RIGHT - BAR_LEFT) * value / max(reached.values()))
            look = f'class="line0" fill="{COLOURS[0]}"' if who == OURS else 'class="peer"'
            weight = {"font_weight": 600} if who == OURS else {}
            parts += [
                words(BAR_LEFT - 8, y + 11, who, text_anchor="end", **weight),
                f'<rect {look} x="{BAR_LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>',
                words(
                    BAR_LEFT + length + 6,
                    y + 11,
                    f"{number(value)} {figure['short']}".strip(),
                    **weight,
                ),
            ]
            y += STEP
    return paper(parts, "", WIDTH, y + 14)


def ratios(figure: Mapping[str, Any]) -> str:
    """A row per work: how many times as fast we are as each peer, on a logarithmic scale."""
    peers = list(dict.fromkeys(p for w in figure["works"] for p in w["ratios"]))
    low, high = figure["from"], figure["to"]

    def across(ratio: float) -> float:
        share = math.log(ratio / low) / math.log(high / low)
        return DOTS_LEFT + (DOTS_RIGHT - DOTS_LEFT) * share

    parts, y = [*heading(figure)], 70
    at = MARGIN
    for i, peer in enumerate(peers):
        said = f"beside {peer}"
        parts.append(_dot(i, at + 5, y - 4))
        parts.append(words(at + 15, y, said))
        at += 40 + 6.4 * len(said)
    bottom = y + 34 + STEP * len(figure["works"])
    for tick in figure["ticks"]:
        x, look = across(tick), 'class="even"' if tick == 1 else 'class="grid" stroke="#d9d5e6"'
        parts.append(f'<line {look} x1="{x:.1f}" x2="{x:.1f}" y1="{y + 26}" y2="{bottom}"/>')
        parts.append(words(round(x, 1), y + 20, f"{tick:g}×", text_anchor="middle"))
    y += 42
    for work in figure["works"]:
        parts.append(words(MARGIN, y, work["work"]))
        parts += [
            _dot(peers.index(peer), across(ratio), y - 4) for peer, ratio in work["ratios"].items()
        ]
        y += STEP
    return paper(parts, "", WIDTH, bottom + 14)


def _dot(i: int, x: float, y: float) -> str:
    return f'<circle class="line{i}" cx="{x:.1f}" cy="{y:g}" r="5" fill="{COLOURS[i]}"/>'


def with_ratios(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Of a figure whose values come in pairs: {peer: (ours, theirs)}."""
    works: Sequence[Mapping[str, Any]] = figure["works"]
    rows = [
        {**work, "ratios": {peer: b / a for peer, (a, b) in work["values"].items()}}
        for work in works
    ]
    return {**figure, "works": rows}


def drawn(path: Path) -> str:
    """The picture of a file in docs/figures, as SVG text."""
    figure = json.loads(path.read_text(encoding="utf-8"))
    return ratios(with_ratios(figure)) if "ticks" in figure else bars(figure)


def main() -> int:
    check, stale = sys.argv[1:] == ["--check"], []
    for path in sorted(FOLDER.glob("*.json")):
        target, picture = path.with_suffix(".svg"), drawn(path) + "\n"
        if not check:
            target.write_text(picture, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != picture:
            stale.append(target.name)
    if stale:
        print(f"{', '.join(stale)}: not current; run python tools/figures.py")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
