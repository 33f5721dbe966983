"""Charts as matplotlib draws them, for files that it writes."""

from __future__ import annotations

import io
from typing import Any

from ..host.optional import need
from .charts import Bars, Cells, Chart, Heat, Lines, Matrix, Points


def picture(chart: Chart, kind: str) -> bytes:
    """The file: "png", "pdf" or what else matplotlib writes. ValueError for a kind that
    it does not.
    """
    figures = need("matplotlib.figure", "draws pictures", extra="vis")
    figure = figures.Figure(layout="constrained")
    _draw(chart, figure.subplots())
    file = io.BytesIO()
    figure.savefig(file, format=kind)
    return file.getvalue()


def _draw(chart: Chart, axes: Any) -> None:
    axes.set_title(chart.title)
    if isinstance(chart, (Lines, Points, Bars, Heat)):
        axes.set_xlabel(chart.x_label)
        axes.set_ylabel(chart.y_label)
    if isinstance(chart, Lines):
        for name, values in chart.series.items():
            dashed = "--" if name.startswith("val_") else "-"
            axes.plot(chart.x, values, dashed, label=name or None)
    elif isinstance(chart, Points):
        for name, points in chart.clouds.items():
            across, up = [x for x, _ in points], [y for _, y in points]
            if name in chart.joined:
                axes.plot(across, up, label=name or None)
            else:
                axes.scatter(across, up, s=12, label=name or None)
    elif isinstance(chart, Bars):
        axes.bar(range(len(chart.names)), chart.values, tick_label=list(chart.names))
    elif isinstance(chart, Cells):
        axes.axis("off")
        axes.table([list(row) for row in chart.rows], colLabels=list(chart.columns), loc="center")
    else:
        _grid(chart, axes)
    if isinstance(chart, (Lines, Points)) and axes.get_legend_handles_labels()[1]:
        axes.legend()


def _grid(chart: Matrix | Heat, axes: Any) -> None:
    rows = chart.counts if isinstance(chart, Matrix) else chart.rows
    across = chart.names if isinstance(chart, Matrix) else chart.across
    down = chart.names if isinstance(chart, Matrix) else chart.down
    axes.imshow(rows, cmap="Blues", aspect="auto")
    axes.set_xticks(range(len(across)), across)
    axes.set_yticks(range(len(down)), down)
    if isinstance(chart, Matrix):
        axes.set_xlabel("what it said")
        axes.set_ylabel("what was shown")
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                axes.text(j, i, str(value), ha="center", va="center", color="tab:red")
