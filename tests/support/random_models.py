"""Functional models drawn at random: layers called many times and in every order,
models inside models, several inputs and outputs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pywebml import layers, models

Array = Any
WIDTH = 3

NAMES = (
    "a", "b", "a/b", "b/a", "a/conv", "b/conv", "a/b/kernel", "kernel", "bias", "kernel/0", "0",
    "a.b", ".", "..", "../up", "a:0", "kernel:0", "Füße links", "足", "🙂", "with space", " ", "",
    "x" * 300, "output", "loss", "Gemm_0", "constant_0", "a\\b", "a'b", 'a"b', "a\nb", "None",
    "layer_1", "weights.bin", "model.json", "class_name", "{}", "%s", "input", "a_1", "a_output",
)  # fmt: skip
"""Names that a user may give, awkward ones."""


class Draw:
    """A source of layers and models; `name()` names each."""

    def __init__(self, seed: int, name: Callable[[str], str | None] | None = None):
        self.random = random.Random(seed)
        self.name = name or (lambda kind: None)

    def layer(self) -> layers.Layer:
        """A layer from [n, WIDTH] to [n, WIDTH]."""
        activation = self.random.choice(["linear", "tanh", "relu", "sigmoid"])
        if self.random.random() < 0.3:
            return layers.Activation(activation, name=self.name("activation"))
        return layers.Dense(
            WIDTH, activation, use_bias=self.random.random() < 0.7, name=self.name("dense")
        )

    def model(self, depth: int, calls: int = 5, many: bool = True) -> models.Model:
        """A model of inputs [n, WIDTH], one or several, and so many calls of layers."""
        own = self._within()
        count = own.random.choice([1, 2, 3]) if many else 1
        inputs = [layers.Input((WIDTH,), name=own.name("input")) for _ in range(count)]
        values: list[Any] = list(inputs)
        pool: list[Any] = []
        for _ in range(calls):
            values.append(own.call(pool, values, depth))
        # whatever is read by nobody is an output, some in the middle, too
        read = {id(s.node) for v in values for s in v.node.inputs}
        ends = [v for v in values if id(v.node) not in read and v.node.inputs]
        middle = [v for v in values[count:] if id(v.node) in read]
        ends += own.random.sample(middle, min(len(middle), own.random.choice([0, 1])))
        own.random.shuffle(ends)
        ends = ends if many else ends[:1]
        unread = [x for x in inputs if id(x.node) not in read]
        if unread:
            ends[0] = layers.Add(name=own.name("add"))([ends[0], *unread])
        return models.Model(inputs, ends if len(ends) > 1 else ends[0], name=self.name("model"))

    def sequential(self) -> models.Model:
        own = self._within()
        stack = [own.layer() for _ in range(own.random.choice([1, 2]))]
        first = [layers.Input((WIDTH,), name=own.name("input"))]
        return models.Sequential([*first, *stack], name=self.name("sequential"))

    def _within(self) -> Draw:
        """For a model inside: names begin again there."""
        within = Draw(self.random.randrange(1 << 30))
        within.name = self.name.again() if hasattr(self.name, "again") else self.name
        return within

    def call(self, pool: list[Any], values: Sequence[Any], depth: int) -> Any:
        """A call of a new layer, or of one that was called before."""
        kind = self.random.random()
        if kind < 0.25 and len(values) > 1:
            pair = self.random.sample(list(values), 2)
            if self.random.random() < 0.5:
                kinds = [layers.Add, layers.Multiply, layers.Average, layers.Maximum]
                merge: Any = self.random.choice(kinds)
                return merge(name=self.name("merge"))(pair)
            joined = layers.Concatenate(name=self.name("concatenate"))(pair)
            return layers.Dense(WIDTH, name=self.name("dense"))(joined)
        if kind < 0.75 and pool:
            layer = self.random.choice(pool)
        else:
            nested = depth > 0 and self.random.random() < 0.4
            if nested and self.random.random() < 0.3:
                layer = self.sequential()
            elif nested:
                layer = self.model(depth - 1, 3, many=False)
            else:
                layer = self.layer()
            pool.append(layer)
        # rather the newest values: long chains of one layer
        return layer(self.random.choice(values[-4:]))


class Names:
    """Takes awkward names, each once within a model."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)
        self._left = list(NAMES)

    def __call__(self, kind: str) -> str | None:
        if not self._left:
            return None
        return self._left.pop(self._random.randrange(len(self._left)))

    def again(self) -> Names:
        return Names(self._random.randrange(1 << 30))


def filled(model: models.Model, seed: int = 0) -> models.Model:
    """With weights of which no two are alike."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape).astype(np.float32) for w in model.weights])
    return model


def inputs_of(model: models.Model, n: int = 4) -> Any:
    rng = np.random.default_rng(7)
    arrays = [rng.normal(size=(n, *s.shape[1:])).astype(np.float32) for s in model.inputs]
    return arrays if len(arrays) > 1 else arrays[0]


def answers(model: models.Model, x: Any) -> list[Array]:
    outputs = model.predict(x)
    return [t.numpy() for t in (outputs if isinstance(outputs, list) else [outputs])]
