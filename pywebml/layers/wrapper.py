"""Layers around a layer."""

from __future__ import annotations

from typing import Any

from .base import Layer


class Wrapper(Layer):
    """Base of layers that hold one other, `layer`: it is built for the same shapes, and
    stands in the config.

    Raises:
        ValueError: what is no layer.

    Example:
        >>> class Twice(layers.Wrapper):
        ...     def call(self, inputs):
        ...         return self.layer(self.layer(inputs))
        >>> Twice(layers.Dense(1, kernel_initializer="ones"))(np.array([[2.0]])).numpy()
        array([[2.]], dtype=float32)
    """

    rounds = False

    def __init__(self, layer: Any, **options: Any):
        super().__init__(**options)
        check_layer(type(self).__name__, layer)
        self.layer = layer

    def build(self, input_shape: Any) -> None:
        self.layer._build_once(input_shape)


def check_layer(what: str, layer: Any) -> None:
    """ValueError for what is no layer."""
    if not isinstance(layer, Layer):
        hint = "; did you forget the ()?" if isinstance(layer, type) else ""
        raise ValueError(f"{what} takes a layer, got {layer!r:.100}{hint}")
