"""A layer of ours and Keras's own of that name, from one config and with one set of
weights: what both give, and both their gradients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from in_keras import keras
from layer_cases import LayerCase

from pywebml.core.autodiff import variable_grads
from pywebml.core.tensor import Tensor, Variable, tensor

Array = Any

ROOMS = ("layers", "initializers", "regularizers", "constraints", "models")
"""Of Keras's: where the classes stand that configs name."""


def theirs(class_name: str) -> Any:
    """Keras's class of that name, None where it has none."""
    rooms = (getattr(keras, room) for room in ROOMS)
    return next((getattr(r, class_name) for r in rooms if hasattr(r, class_name)), None)


def translated(config: Any) -> Any:
    """A config of ours as Keras reads it: what lies in it is made first."""
    if isinstance(config, Mapping):
        if {"class_name", "config"} <= config.keys():
            return instance(theirs(config["class_name"]), translated(config["config"]))
        return {k: translated(v) for k, v in config.items() if k != "batch_input_shape"}
    if isinstance(config, (list, tuple)):
        return [translated(item) for item in config]
    return config


def keras_layer(case: LayerCase) -> Any:
    """Keras's layer for a case, built, with the case's weights."""
    ours = case.make()
    name = type(ours).__name__
    cls, config = theirs(name), translated(ours.get_config())
    assert cls is not None, f"Keras has no {name}: say alone='...' in its LayerCase"
    layer = instance(cls, config)
    if not layer.built:
        case.of_shapes(layer.build, [tuple(s) for s in case.shapes])
    layer.set_weights(case.values())
    return layer


def instance(cls: Any, config: Any) -> Any:
    """A constructor takes layers as they are, a from_config their configs."""
    return cls(**config) if any(map(holds_layers, config.values())) else cls.from_config(config)


def holds_layers(value: Any) -> bool:
    several = value if isinstance(value, list) else [value]
    return any(isinstance(one, keras.layers.Layer) for one in several)


def listed(outputs: Any) -> list[Any]:
    """All tensors, whatever they lie in."""
    if isinstance(outputs, Mapping):
        return [leaf for key in sorted(outputs) for leaf in listed(outputs[key])]
    if isinstance(outputs, (list, tuple)):
        return [leaf for one in outputs for leaf in listed(one)]
    return [outputs]


def projected(outputs: Any, seeds: Sequence[Array]) -> Any:
    """One number from all outputs, so that every one of them has a gradient."""
    return sum((y * s).sum() for y, s in zip(listed(outputs), seeds, strict=True))


class Beside:
    """What both layers of a case give for the same inputs, and the gradients of what
    comes out, weighted by `seeds`: those of the inputs (where the case has slopes
    there), then of the weights.
    """

    def __init__(self, case: LayerCase):
        self.case, self.arrays = case, case.arrays()
        self.ours, self.keras = case.built(), keras_layer(case)
        self.shapes = [(None, *s[1:]) for s in self.case.shapes]

    def seeds(self) -> list[Array]:
        rng = np.random.default_rng(5)
        outputs = listed(self.case.call(self.ours, [tensor(a) for a in self.arrays]))
        return [rng.normal(size=y.shape).astype(np.float32) for y in outputs]

    def of_ours(self, seeds: Sequence[Array]) -> tuple[list[Array], list[Array]]:
        smooth = self.case.smooth
        inputs: list[Tensor] = [Variable(a) if smooth else tensor(a) for a in self.arrays]
        watched = (inputs if smooth else []) + self.ours.trainable_weights
        outputs = listed(self.case.call(self.ours, inputs))
        if not watched:
            return [y.numpy() for y in outputs], []

        def loss() -> Any:
            return projected(self.case.call(self.ours, inputs), [tensor(s) for s in seeds])

        _, slopes = variable_grads(loss, watched)
        return [y.numpy() for y in outputs], [slope.numpy() for slope in slopes]

    def of_keras(self, seeds: Sequence[Array]) -> tuple[list[Array], list[Array]]:
        """Compiled once: many times faster than operation by operation."""
        layer, case = self.keras, self.case
        fixed = [v.value for v in layer.non_trainable_variables]
        options = {"training": False} if layer._call_has_training_arg else {}

        def loss(watched: tuple[list[Any], list[Any]], others: list[Any]) -> Any:
            weights, inputs = watched
            x = inputs or others
            x = x if case.spread else [case.one(x)]
            outputs, _ = layer.stateless_call(weights, fixed, *x, **options)
            return projected(outputs, seeds), listed(outputs)

        weights = [v.value for v in layer.trainable_variables]
        inputs = [jax.numpy.asarray(a) for a in self.arrays]
        split = (inputs, []) if case.smooth else ([], inputs)
        run = jax.jit(jax.value_and_grad(loss, has_aux=True))
        (_, outputs), (of_weights, of_inputs) = run((weights, split[0]), split[1])
        slopes = [np.asarray(g) for g in (*of_inputs, *of_weights)]
        return [np.asarray(y) for y in outputs], slopes
