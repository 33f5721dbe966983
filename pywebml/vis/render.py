"""Charts of one's own data: tfjs-vis's `render`, with its names in snake_case.

Each function takes the surface first (a name, or {"name": ..., "tab": ...}), then the
data, and returns the chart. In the page it stands in the panel under the program, live:
the next one on the same surface takes its place. On the desktop it is drawn in the
terminal, and with `file="loss.svg"` (or .png, by matplotlib) as a picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .charts import Bars, Cells, Chart, Heat, Lines, Matrix, Points, nested, numbers
from .surfaces import put

Notes = list[tuple[str, str]]


def barchart(
    container: Any, data: Any, *, x_label: str = "", y_label: str = "", file: Any = None
) -> Chart:
    """A bar per entry: {name: value}, or [{"index": name, "value": value}, ...].

    Example:
        >>> chart = pw.vis.render.barchart("Animals", [{"index": "cats", "value": 3}])
        Animals
        cats ... 3
    """
    named = (
        dict(data)
        if isinstance(data, Mapping)
        else {entry["index"]: entry["value"] for entry in data}
    )
    values = [float(value) for value in named.values()]
    chart = Bars([str(n) for n in named], values, _title(container), x_label, y_label)
    return put(container, chart, file)


def histogram(
    container: Any,
    data: Any,
    *,
    max_bins: int = 12,
    stats: Any = True,
    x_label: str = "",
    y_label: str = "",
    file: Any = None,
) -> Chart:
    """How many of the numbers lie where, in at most `max_bins` bins; with their count,
    range, mean, and how many are zero, NaN or infinite, unless `stats` is False.
    `stats` may be such facts, {name: value}.

    Example:
        >>> chart = pw.vis.render.histogram("Weights", [1, 2, 2, 3], max_bins=3, stats=False)
        Weights
        1 to 1.667 ... 1
        ...
        >>> chart.values
        [1.0, 2.0, 1.0]
    """
    if max_bins < 1:
        raise ValueError(f"histogram: max_bins must be at least 1, got {max_bins}")
    entries = data.tolist() if hasattr(data, "tolist") else data
    values = numbers([e["value"] if isinstance(e, Mapping) else e for e in entries])
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    bins = max_bins if high > low else 1
    counts, width = [0] * bins, (high - low) / bins
    for value in finite:
        counts[min(bins - 1, int((value - low) / width)) if width else 0] += 1
    names = [f"{low + i * width:.4g} to {low + (i + 1) * width:.4g}" for i in range(bins)]
    notes = _facts(values) if stats is True else _said(stats)
    heights = [float(count) for count in counts]
    chart = Bars(names, heights, _title(container), x_label, y_label, notes)
    return put(container, chart, file)


def linechart(
    container: Any, data: Any, *, x_label: str = "", y_label: str = "", file: Any = None
) -> Chart:
    """Lines: {"values": [{"x": 0, "y": 1}, ...], "series": [name]}, several lists of
    such in `values`, or {name: numbers}, over 1, 2, 3 ...

    Example:
        >>> chart = pw.vis.render.linechart("Loss", {"loss": [3.0, 2.0, 1.5]})
        Loss
        ...
        >>> chart.x
        [1.0, 2.0, 3.0]
    """
    clouds = _clouds(data)
    xs = sorted({x for points in clouds.values() for x, _ in points})
    series = {}
    for name, points in clouds.items():
        at = dict(points)
        series[name] = [at.get(x, math.nan) for x in xs]
    return put(container, Lines(series, xs, _title(container), x_label, y_label), file)


def scatterplot(
    container: Any, data: Any, *, x_label: str = "", y_label: str = "", file: Any = None
) -> Chart:
    """Points: as `linechart` takes them, or {name: [(x, y), ...]}.

    Example:
        >>> chart = pw.vis.render.scatterplot("Points", {"a": [(0, 1), (2, 3)]})
        Points
        ...
        >>> chart.clouds
        {'a': [(0.0, 1.0), (2.0, 3.0)]}
    """
    return put(container, Points(_clouds(data), _title(container), x_label, y_label), file)


def heatmap(
    container: Any,
    data: Any,
    *,
    row_major: bool = False,
    x_label: str = "",
    y_label: str = "",
    file: Any = None,
) -> Chart:
    """A colour per number: {"values": numbers[x][y], "x_tick_labels", "y_tick_labels"},
    or the numbers alone. With `row_major` they are numbers[y][x], as a matrix is
    written. ValueError where names and numbers are not equally many.

    Example:
        >>> chart = pw.vis.render.heatmap("Heat", [[1, 2], [3, 4]], row_major=True)
        Heat
        ...
        >>> chart.rows
        [[1.0, 2.0], [3.0, 4.0]]
    """
    about = data if isinstance(data, Mapping) else {"values": data}
    rows = nested(about["values"])
    if not row_major:
        rows = [list(column) for column in zip(*rows, strict=True)]
    across = about.get("x_tick_labels") or range(len(rows[0]) if rows else 0)
    down = about.get("y_tick_labels") or range(len(rows))
    names = [str(name) for name in across], [str(name) for name in down]
    return put(container, Heat(rows, *names, _title(container), x_label, y_label), file)


def confusion_matrix(container: Any, data: Any, *, file: Any = None) -> Chart:
    """A confusion matrix: {"values": counts, "tick_labels": names}, or the counts
    alone. Rows are what was shown, columns what was said. ValueError where it is not
    square.

    Example:
        >>> chart = pw.vis.render.confusion_matrix(
        ...     "Mixed up", {"values": [[3, 1], [0, 4]], "tick_labels": ["cat", "dog"]})
        Mixed up
        ...
        >>> chart.words
        '7 of 8 right'
    """
    about = data if isinstance(data, Mapping) else {"values": data}
    counts = [[_whole(n) for n in row] for row in nested(about["values"])]
    names = [str(name) for name in about.get("tick_labels") or range(len(counts))]
    if any(len(row) != len(names) for row in counts) or len(counts) != len(names):
        raise ValueError(
            f"confusion_matrix: {len(names)} names need {len(names)} rows of as many counts, got"
            f" {len(counts)} rows of {sorted({len(row) for row in counts})}"
        )
    return put(container, Matrix(names, counts, _title(container)), file)


def table(container: Any, data: Any, *, file: Any = None) -> Chart:
    """A table: {"headers": names, "values": rows}. ValueError for rows that are longer
    or shorter than the headers.

    Example:
        >>> chart = pw.vis.render.table("T", {"headers": ["name", "n"], "values": [["cat", 3]]})
        T
        name  n
        cat   3
    """
    headers = [str(name) for name in data["headers"]]
    rows = [list(row) for row in data["values"]]
    for row in rows:
        if len(row) != len(headers):
            raise ValueError(f"table: a row of {len(row)} values for {len(headers)} headers")
    right = [
        i
        for i in range(len(headers))
        if rows and all(isinstance(row[i], (int, float)) for row in rows)
    ]
    cells = [[_cell(value) for value in row] for row in rows]
    return put(container, Cells(headers, cells, _title(container), right), file)


def _title(container: Any) -> str:
    from .surfaces import surface_of

    return surface_of(container).name


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _whole(value: float) -> Any:
    return int(value) if value == int(value) else value


def _clouds(data: Any) -> dict[str, list[tuple[float, float]]]:
    """{name: points} of what `linechart` takes."""
    if isinstance(data, Mapping) and "values" in data:
        values = data["values"]
        several = len(values) > 0 and not isinstance(values[0], Mapping) and _is_list(values[0])
        lists = values if several else [values]
        names = list(data.get("series") or ([""] if len(lists) == 1 else _numbered(len(lists))))
        if len(names) != len(lists):
            raise ValueError(
                f"chart: {len(names)} names in series for {len(lists)} lists of values"
            )
        return {str(n): _points(each) for n, each in zip(names, lists, strict=True)}
    if isinstance(data, Mapping):
        return {str(name): _points(each) for name, each in data.items()}
    return {"": _points(data)}


def _numbered(count: int) -> list[str]:
    return [f"Series {i + 1}" for i in range(count)]


def _is_list(value: Any) -> bool:
    """Whether it is a list of points, not a point."""
    return len(value) > 0 and (isinstance(value[0], Mapping) or hasattr(value[0], "__len__"))


def _points(values: Any) -> list[tuple[float, float]]:
    plain: Sequence[Any] = values.tolist() if hasattr(values, "tolist") else list(values)
    if plain and isinstance(plain[0], Mapping):
        return [(float(p["x"]), float(p["y"])) for p in plain]
    if plain and hasattr(plain[0], "__len__"):
        return [(float(x), float(y)) for x, y in plain]
    return [(i + 1.0, float(y)) for i, y in enumerate(plain)]


def _facts(values: Sequence[float]) -> Notes:
    finite = [value for value in values if math.isfinite(value)]
    infinite = sum(map(math.isinf, values))
    facts: dict[str, Any] = {"values": len(values)}
    if finite:
        mean = sum(finite) / len(finite)
        spread = math.sqrt(sum((v - mean) ** 2 for v in finite) / len(finite))
        facts |= {"min": min(finite), "max": max(finite), "mean": mean, "std": spread}
    facts |= {"zeros": sum(v == 0 for v in values)}
    facts |= {"NaNs": len(values) - len(finite) - infinite, "infinities": infinite}
    return _said(facts)


def _said(facts: Any) -> Notes:
    entries: Iterable[tuple[Any, Any]] = facts.items() if isinstance(facts, Mapping) else ()
    return [(str(name), _cell(value)) for name, value in entries]
