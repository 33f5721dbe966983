"""How well a model does on rows of a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...device import get_device
from ...vis import metrics
from .columns import Column
from .model import Softmaxed, TableModel, likeliest, moments
from .reading import Table
from .task import Task, task_of

SCATTERED = 500
"""Rows whose number is shown beside the true one."""


@dataclass
class Learnt:
    """A model, what the command's --json writes of it, and (true, foretold) numbers."""

    model: TableModel
    data: dict[str, Any]
    points: list[tuple[float, float]]


async def test(model: TableModel, table: Table, columns: Sequence[Column]) -> Learnt:
    """How well a model from a file does on all rows of a table. ValueError where that
    lacks its columns or its target, or has classes that it does not know.
    """
    names = [feature.name for feature in model.features]
    words = [feature.name for feature in model.features if feature.categories]
    task = task_of(table, columns, model.target, names, words, model.kind)
    for feature, column in zip(model.features, task.columns, strict=True):
        if column.kind == "category" and not feature.categories:
            raise ValueError(f"{column.name!r} must be numbers for this model")
    strange = [name for name in task.classes if name not in model.classes]
    if strange:
        raise ValueError(f"the model knows no {model.target!r} called {strange[0]!r}")
    task = replace(task, known=model.classes)
    await _make_shares(model, values_in(task, task.rows[:20]))
    data, points = await tested(model, task, task.rows, task.labels(task.rows))
    more = {"trained": 0, "adapter": get_device().adapter.name, "stopped": False}
    return Learnt(model, {**data, **more}, points)


async def _make_shares(model: TableModel, columns: Sequence[Sequence[Any]]) -> None:
    """Puts a softmax behind a network whose outputs are no shares of classes."""
    if not (model.foreign and model.classes):
        return
    answers = await model.answers(columns)
    if not all(min(row) > -1e-3 and abs(sum(row) - 1) < 1e-2 for row in answers):
        model.network = Softmaxed(model.network)


async def tested(
    model: TableModel, task: Task, rows: Sequence[int], known: Sequence[Any]
) -> tuple[dict[str, Any], list[tuple[float, float]]]:
    """How well a model foretells these rows, and some (true, foretold) numbers.
    "baseline" is how well one does who always says what is most frequent in `known`, or
    its mean.
    """
    labels = task.labels(rows)
    answers = await model.answers(values_in(task, rows))
    data: dict[str, Any] = {
        "target": task.target.name,
        "kind": task.kind,
        "columns": [column.name for column in task.columns],
        "rows": len(task.rows),
        "missing": sum(column.missing for column in task.columns),
        "notes": list(task.notes),
        "tested": len(rows),
    }
    if task.classes:
        said = [likeliest(shares) for shares in answers]
        usual = Counter(known).most_common(1)[0][0]
        data |= {
            "accuracy": metrics.accuracy(labels, said),
            "baseline": labels.count(usual) / len(labels),
            "classes": task.classes,
            "confusion": metrics.confusion_matrix(labels, said, len(task.classes)),
        }
        return data, []
    mean, _ = moments(known)
    spread = math.fsum((label - moments(labels)[0]) ** 2 for label in labels)
    squares = math.fsum((a - b) ** 2 for a, b in zip(labels, answers, strict=True))
    data |= {
        "r2": 1 - squares / spread if spread else None,
        "mean_absolute_error": _distance(labels, answers),
        "baseline": _distance(labels, [mean] * len(labels)),
    }
    return data, list(zip(labels, answers, strict=True))[:SCATTERED]


def _distance(a: Sequence[float], b: Sequence[float]) -> float:
    """The mean distance of two series."""
    return math.fsum(abs(x - y) for x, y in zip(a, b, strict=True)) / len(a)


def values_in(task: Task, rows: Sequence[int]) -> list[list[Any]]:
    """The values of each of a task's columns in these rows."""
    return [[column.values[row] for row in rows] for column in task.columns]
