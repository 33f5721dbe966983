"""Charts drawn as SVG text, without a plotting library."""

from __future__ import annotations

from ..charts import Bars, Cells, Chart, Heat, Lines, Matrix, Points, drawing
from .bars import draw_bars
from .lines import draw_lines, draw_points
from .tables import draw_cells, draw_heat, draw_matrix

_DRAWN = {
    Lines: draw_lines,
    Points: draw_points,
    Bars: draw_bars,
    Matrix: draw_matrix,
    Heat: draw_heat,
    Cells: draw_cells,
}


def svg(chart: Chart) -> str:
    """The chart as SVG text. ValueError if there is nothing finite to draw."""
    return _DRAWN[type(chart)](chart)  # type: ignore[operator]


drawing[:] = [svg]
