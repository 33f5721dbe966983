"""Weights to a model's layers, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..host.lazy import np
from .model import Model


def assign_weights(model: Model, weights: Mapping[str, Any]) -> None:
    """Gives each weight of `model` the value of that name ("layer/kernel"): an array, a
    float32 memoryview, or anything with a `shape` and a `decoded()` that gives one of
    those when its turn comes.

    Longer names from Keras ("model/layer/kernel:0") are matched by their last two
    parts. All weights get a value or none: ValueError for a weight without a value, a
    value without a weight, or a shape that differs.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> assign_weights(model, {"line/kernel": np.ones((2, 1)), "line/bias": np.zeros(1)})
        >>> model(pw.tensor([[3.0, 4.0]])).tolist()
        [[7.0]]
    """
    values: dict[str, Any] = {}
    for name, value in weights.items():
        short = short_name(name)
        if short in values:
            raise ValueError(f"two weights are called {short!r}; layers need names of their own")
        values[short] = value
    places = {short_name(w.name): w for w in model.weights}
    missing, unused = sorted(set(places) - set(values)), sorted(set(values) - set(places))
    if missing:
        raise ValueError(
            f"no value for {len(missing)} of the model's {len(places)} weights: {some(missing)}"
        )
    if unused:
        raise ValueError(f"{len(unused)} weights belong to no layer of the model: {some(unused)}")
    for name, weight in places.items():
        if tuple(values[name].shape) != tuple(weight.shape):
            raise ValueError(
                f"weight {name!r} has shape {tuple(values[name].shape)}, its layer expects"
                f" {tuple(weight.shape)}"
            )
    for name, weight in places.items():
        value = values[name]
        value = value.decoded() if hasattr(value, "decoded") else value
        weight.assign(value if isinstance(value, memoryview) else np.asarray(value, np.float32))


def short_name(name: str) -> str:
    """ "layer/kernel" of a longer name, such as Keras's "model/layer/kernel:0"."""
    return "/".join(name.split(":")[0].split("/")[-2:])


def some(names: list[str]) -> str:
    """The first few of many names, for a message."""
    return ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")
