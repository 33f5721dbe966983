"""Weights to a model's layers, by name."""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.spec import FLOATS
from ..core.tensor import Variable
from ..host.lazy import np
from ..layers.support.weights import Weighted
from .model import Model


def weight_names(model: Model) -> list[str]:
    """The names under which files have the weights, in the order of `model.weights`: no
    two alike, and the same for every model of this config.

    "layer/kernel", also of layers in a model inside, as TensorFlow.js has it; with the
    models around it in front, "inner/layer/kernel", where several are called that. What
    is inside a layer goes by the attribute it stands in, "block/dense/kernel", as its
    own name may be another one next time.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> weight_names(model)
        ['line/kernel', 'line/bias']
    """
    weights = model.weights
    names: dict[int, tuple[str, str]] = {}
    for short, long, weight in _named(model, (), model.name, set()):
        names.setdefault(id(weight), (short, long))
    pairs = [names.get(id(weight), (weight.path, weight.path)) for weight in weights]
    counts = Counter(short for short, _ in pairs)
    taken = {short for short, count in counts.items() if count == 1}
    unique: list[str] = []
    for short, long in pairs:
        name, number = (short if counts[short] == 1 else long), 0
        while counts[short] > 1 and name in taken:
            number += 1
            name = f"{long}_{number}"
        taken.add(name)
        unique.append(name)
    return unique


def _named(
    model: Model, around: tuple[str, ...], name: str, seen: set[int]
) -> Iterator[tuple[str, str, Variable]]:
    """(short name, name with the models around it, weight) of a model's layers, each
    where it stands first.
    """
    for place, part in model._parts():
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, Model) and not model.says_itself:
            yield from _named(part, (*around, place), place, seen)
        elif isinstance(part, Weighted):
            for inside, weight in _inside(part, seen):
                short = f"{place}/{inside}"
                yield short, "/".join((*around, short)), weight
        else:
            yield f"{name}/{place}", "/".join((*around, place)), part


def _inside(layer: Weighted, seen: set[int]) -> Iterator[tuple[str, Variable]]:
    """(place, weight) of all in a layer, by attributes; layers of a model in it by
    their numbers.
    """
    parts = enumerate(layer.layers) if isinstance(layer, Model) else layer._parts()
    for place, part in parts:
        if isinstance(part, Variable):
            yield str(place), part
        elif id(part) not in seen:
            seen.add(id(part))
            for inside, weight in _inside(part, seen):
                yield f"{place}/{inside}", weight


def assign_weights(model: Model, weights: Mapping[str, Any]) -> None:
    """Gives each weight of `model` the value of its name (see `weight_names`): an
    array, a float32 memoryview, or anything with a `shape` and a `decoded()` that gives
    one of those when its turn comes.

    Longer names from Keras ("model/layer/kernel:0") are understood. All weights get a
    value or none: ValueError for a weight without a value, a value without a weight, a
    shape that differs, or values that are NaN or infinite.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> assign_weights(model, {"line/kernel": np.ones((2, 1)), "line/bias": np.zeros(1)})
        >>> model(pw.tensor([[3.0, 4.0]])).tolist()
        [[7.0]]
    """
    if not model.built:
        raise ValueError(
            f"model {model.name!r} has no weights yet: call build(shape), or give its first layer"
            " an input_shape, before its weights are set"
        )
    places = dict(zip(weight_names(model), model.weights, strict=True))
    values = _placed(places, weights)
    missing = [name for name in places if name not in values]
    if missing:
        raise ValueError(
            f"no value for {len(missing)} of the model's {len(places)} weights:"
            f" {some(sorted(missing))}"
        )
    for name, weight in places.items():
        if tuple(values[name].shape) != tuple(weight.shape):
            raise ValueError(
                f"weight {name!r} has shape {tuple(values[name].shape)}, its layer expects"
                f" {tuple(weight.shape)}"
            )
    for name, weight in places.items():
        assign_weight(name, weight, values[name])


def assign_weight(name: str, weight: Variable, value: Any) -> None:
    """Gives a weight its value from a file, as `assign_weights` does. ValueError for
    values that are NaN or infinite.
    """
    if hasattr(value, "decoded"):
        value = value.decoded() if weight.shape else value.array()
    if not isinstance(value, memoryview):  # as files give them, without NumPy
        value = np.asarray(value, "float32" if weight.dtype in FLOATS else weight.dtype)
    if weight.dtype in FLOATS and not _finite(value):
        raise ValueError(
            f"weight {name!r} has values that are NaN or infinite, so whatever the model said"
            " would be NaN, too; was its training going wrong, or the file damaged?"
        )
    weight.assign(value)


def _finite(values: Any) -> bool:
    """Whether none is NaN or infinite. The sum of a memoryview says so: as 64 bits,
    that of finite float32 is finite. NumPy adds up faster, but is not loaded for that.
    """
    if not isinstance(values, memoryview):
        return bool(np.isfinite(values).all())
    if "numpy" in sys.modules and values.nbytes:
        return math.isfinite(np.frombuffer(values, np.float32).sum(dtype=np.float64))
    return math.isfinite(sum(values.cast("B").cast("f")))


def _placed(places: Mapping[str, Variable], weights: Mapping[str, Any]) -> dict[str, Any]:
    """{name in the model: value}. Names meet whole; else where a file's ends with the
    model's; else by the last two parts, as older files have them. ValueError for values
    that no weight, or more than one value, goes by.
    """
    values, left = {}, []
    for name, value in weights.items():
        if name in places:
            values[name] = value
        else:
            left.append((name, value))
    by_ending = {name: name for name in places if name not in values}
    older = Counter(short_name(places[name].path) for name in by_ending)
    for name in list(by_ending):
        short = short_name(places[name].path)
        if older[short] == 1:
            by_ending.setdefault(short, name)
    unused: list[str] = []
    for name, value in left:
        parts = _without_number(name).split("/")
        endings = ("/".join(parts[i:]) for i in range(len(parts)))
        place = next((by_ending[ending] for ending in endings if ending in by_ending), None)
        if place is None:
            unused.append(name)
        elif place in values:
            raise ValueError(f"two weights are called {place!r}; layers need names of their own")
        else:
            values[place] = value
    missing = len(places) - len(values)
    if unused and not missing:
        raise ValueError(
            f"{len(unused)} weights belong to no layer of the model: {some(sorted(unused))}"
        )
    return values


def _without_number(name: str) -> str:
    """TensorFlow's ':0' behind the names of variables."""
    return re.sub(r":\d+$", "", name)


def short_name(name: str) -> str:
    """ "layer/kernel" of a longer name, such as Keras's "model/layer/kernel:0"."""
    return "/".join(_without_number(name).split("/")[-2:])


def some(names: list[str]) -> str:
    """The first few of many names, for a message."""
    return ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")
