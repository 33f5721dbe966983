"""How right answers are: tfjs-vis's `metrics`, over class numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .charts import numbers


def accuracy(labels: Any, predictions: Any) -> float:
    """The share of predictions that are their labels. Both are class numbers, [n].
    ValueError where they are not equally many, or none.

    Example:
        >>> pw.vis.metrics.accuracy([0, 1, 1, 2], [0, 1, 2, 2])
        0.75
    """
    pairs = _pairs(labels, predictions)
    return sum(a == b for a, b in pairs) / len(pairs)


def per_class_accuracy(
    labels: Any, predictions: Any, num_classes: int | None = None
) -> list[dict[str, Any]]:
    """Per class {"accuracy", "count"}: the share of its examples that were told to be
    it, and how many there are; None for a class without any.

    Example:
        >>> pw.vis.metrics.per_class_accuracy([0, 1, 1], [0, 1, 0])
        [{'accuracy': 1.0, 'count': 1}, {'accuracy': 0.5, 'count': 2}]
    """
    counts = confusion_matrix(labels, predictions, num_classes)
    totals = [sum(row) for row in counts]
    return [
        {"accuracy": row[i] / total if total else None, "count": total}
        for i, (row, total) in enumerate(zip(counts, totals, strict=True))
    ]


def confusion_matrix(
    labels: Any, predictions: Any, num_classes: int | None = None, weights: Any = None
) -> list[list[Any]]:
    """How many examples of each class (rows) were told to be of each (columns), or the
    sums of their `weights`. ValueError for classes below 0, or not below `num_classes`.

    Example:
        >>> pw.vis.metrics.confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2])
        [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    """
    pairs = _pairs(labels, predictions)
    heavy: Sequence[Any] = [1] * len(pairs) if weights is None else numbers(weights)
    if len(heavy) != len(pairs):
        raise ValueError(f"confusion_matrix: {len(heavy)} weights for {len(pairs)} labels")
    highest = max(max(pair) for pair in pairs)
    count = highest + 1 if num_classes is None else num_classes
    lowest = min(min(pair) for pair in pairs)
    if lowest < 0 or highest >= count:
        wrong = lowest if lowest < 0 else highest
        raise ValueError(f"classes must be in [0, {count}), got {wrong}: raise num_classes")
    matrix: list[list[Any]] = [[0] * count for _ in range(count)]
    for (label, said), weight in zip(pairs, heavy, strict=True):
        matrix[label][said] += weight
    return matrix


def _pairs(labels: Any, predictions: Any) -> list[tuple[int, int]]:
    a, b = _classes("labels", labels), _classes("predictions", predictions)
    if len(a) != len(b) or not a:
        raise ValueError(f"there must be as many predictions as labels, got {len(b)} for {len(a)}")
    return list(zip(a, b, strict=True))


def _classes(what: str, values: Any) -> list[int]:
    shape = getattr(values, "shape", None)
    if shape is not None and len(shape) > 1 and shape[-1] != 1:
        raise ValueError(
            f"{what} must be class numbers, [n], got shape {tuple(shape)}; take their argmax(-1)"
        )
    plain = numbers(values)
    for value in plain:
        if value != value // 1:
            raise ValueError(f"{what} must be class numbers, got {value:g}")
    return [int(value) for value in plain]
