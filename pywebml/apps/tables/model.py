"""A network with all that it takes to ask it: how columns become numbers, and what its
outputs stand for.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ... import layers, ops
from ...core.tensor import Tensor, tensor
from ...models import Model, Sequential
from .columns import Column

MOST_INPUTS = 20_000_000
"""Numbers that rows and columns come to, 80 MB on the device."""


@dataclass(frozen=True)
class Feature:
    """A column as the network takes it. A number is standardised, (x - mean) / scale,
    unless it is `plain`, and the mean stands in for a missing one. A category has an
    input of its own, and the first of them is for missing and unknown ones.
    """

    name: str
    mean: float = 0.0
    scale: float = 1.0
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    categories: tuple[str, ...] = ()
    plain: bool = False

    @property
    def width(self) -> int:
        """How many inputs it takes."""
        return len(self.categories) + 1 if self.categories else 1

    def describe(self) -> dict[str, Any]:
        """What a page needs to ask for a value, as JSON data."""
        if self.categories:
            return {"name": self.name, "categories": list(self.categories)}
        return {
            "name": self.name,
            "low": self.low,
            "high": self.high,
            "mean": self.mean,
            "whole": self.whole,
        }


def feature_of(column: Column, rows: Sequence[int]) -> Feature:
    """The feature of a column, as these rows have it."""
    values = [column.values[row] for row in rows if column.values[row] is not None]
    if column.kind == "category":
        return Feature(column.name, categories=tuple(sorted(set(values))) or ("?",))
    mean, scale = moments(values)
    return Feature(column.name, mean, scale, column.low, column.high, column.whole)


def moments(values: Sequence[float]) -> tuple[float, float]:
    """(mean, standard deviation), the latter 1 where all are equal.

    Example:
        >>> moments([1.0, 3.0]), moments([2.0, 2.0]), moments([])
        ((2.0, 1.0), (2.0, 1.0), (0.0, 1.0))
    """
    if not values:
        return 0.0, 1.0
    mean = math.fsum(values) / len(values)
    scale = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    return mean, scale or 1.0


@dataclass
class TableModel:
    """A network over some columns.

    network  takes [n, inputs], or a list of [n, 1] if `apart`; gives shares of
             classes, or one standardised number
    """

    network: Any
    features: tuple[Feature, ...]
    target: str
    classes: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0
    apart: bool = False
    foreign: bool = False  # a model of somebody else's, which knows no columns

    @property
    def kind(self) -> str:
        return "classes" if self.classes else "number"

    def inputs(self, columns: Sequence[Sequence[Any]]) -> Tensor:
        """The values of each feature as numbers, [n, inputs]: numbers first, then
        categories, as in `whole`.
        """
        width = sum(feature.width for feature in self.features)
        count = len(columns[0])
        if count * width > MOST_INPUTS:
            raise ValueError(
                f"{count:,} rows come to {count * width:,} numbers, as each category has an input"
                f" of its own; expected at most {MOST_INPUTS:,}: leave out columns with many"
                " categories"
            )
        numbers = array("f", bytes(4 * count * width))
        start = 0
        for feature, values in self._ordered(columns):
            if feature.categories:
                places = {name: i for i, name in enumerate(feature.categories, 1)}
                for row, value in enumerate(values):
                    numbers[row * width + start + places.get(value, 0)] = 1.0
            else:
                mean, scale = (0.0, 1.0) if feature.plain else (feature.mean, feature.scale)
                for row, value in enumerate(values):
                    x = feature.mean if value is None else value
                    numbers[row * width + start] = (x - mean) / scale
            start += feature.width
        return tensor(numbers, shape=(count, width))

    def _ordered(self, columns: Sequence[Sequence[Any]]) -> list[tuple[Feature, Sequence[Any]]]:
        pairs = list(zip(self.features, columns, strict=True))
        return sorted(pairs, key=lambda pair: bool(pair[0].categories))

    async def answers(self, columns: Sequence[Sequence[Any]]) -> list[Any]:
        """For each row the shares of the classes, or the number, of the features'
        values.
        """
        x = self.inputs(columns)
        count, width = x.shape
        given = [x[:, i : i + 1] for i in range(width)] if self.apart else x
        outputs = self.network.predict(given)
        values = (await outputs.reshape(-1).data()).tolist()
        if not self.classes:
            return [value * self.scale + self.mean for value in values]
        k = len(values) // count
        rows = [values[k * row : k * (row + 1)] for row in range(count)]
        if k == 1:  # of two classes the second's share
            return [[1 - share, share] for (share,) in rows]
        return rows

    def whole(self) -> Model:
        """A model that takes raw columns by name, [n, 1] each, texts of categories
        included, and gives what `answers` does.
        """
        names = [input_name(feature.name) for feature in self.features]
        pairs = list(zip(self.features, names, strict=True))
        inputs = {
            name: layers.Input((1,), dtype="string" if f.categories else "float32", name=name)
            for f, name in pairs
        }
        numbers = [(f, inputs[name]) for f, name in pairs if not f.categories]
        parts = []
        if numbers:
            standard = layers.Normalization(
                mean=[f.mean for f, _ in numbers],
                variance=[f.scale**2 for f, _ in numbers],
                name=_free("standardised", names),
            )
            parts.append(standard(_joined([symbol for _, symbol in numbers])))
        parts += [
            layers.StringLookup(
                vocabulary=list(f.categories),
                output_mode="one_hot",
                name=lookup_name(name, names),
            )(inputs[name])
            for f, name in pairs
            if f.categories
        ]
        outputs = self.network(_joined(parts))
        if not self.classes:
            outputs = layers.Normalization(
                axis=None,
                mean=self.mean,
                variance=self.scale**2,
                invert=True,
                name=_free("units", names),
            )(outputs)
        return Model(inputs, outputs)


def network_of(inputs: int, classes: int, units: int) -> Sequential:
    """The network, untrained: two hidden layers of `units` neurons, or none."""
    hidden = [layers.Dense(units, activation="relu") for _ in range(2 if units else 0)]
    outer = layers.Dense(classes, activation="softmax") if classes else layers.Dense(1)
    return Sequential([layers.Input((inputs,)), *hidden, outer])


def _joined(parts: list[Any]) -> Any:
    return layers.Concatenate()(parts) if len(parts) > 1 else parts[0]


def input_name(column: str) -> str:
    """What the input of a column is called: no layer's name may have a slash."""
    return column.replace("/", "_")


def lookup_name(name: str, names: Sequence[str]) -> str:
    """What the layer is called that knows the categories of an input, one of `names`."""
    return _free(f"{name} one-hot", names)


def _free(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "_"
    return name


def likeliest(shares: Sequence[float]) -> int:
    """The number of the largest share."""
    return max(range(len(shares)), key=shares.__getitem__)


@dataclass(frozen=True)
class Softmaxed:
    """A network that gives any numbers, with a softmax behind it."""

    network: Any

    def predict(self, x: Any) -> Tensor:
        """Shares of classes."""
        return ops.softmax(self.network.predict(x))
