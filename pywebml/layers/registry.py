"""Layers and models from configs: class names as Keras and TensorFlow.js write them."""

from __future__ import annotations

from typing import Any

from ..core.registry import Registry
from .base import Layer

LAYERS: Registry[Layer] = Registry(
    "layer class", Layer, hint=". Own layers: @pw.layers.register_layer"
)
layer = LAYERS
"""Decorator of layers: `@layer("Conv2D", "Convolution2D")` gives the name that configs
have, and older names that are understood, too.
"""


def register_layer(cls: type[Layer]) -> type[Layer]:
    """Class decorator: makes a layer of your own known to `deserialize`, under its
    class name.
    """
    LAYERS.add(cls, cls.__name__)
    return cls


def deserialize(class_name: str, config: Any) -> Any:
    """A layer or model from its class name and config. ValueError for a class nobody
    knows.
    """
    return LAYERS.find(class_name).from_config(config)


def serialize(thing: Layer) -> dict[str, Any]:
    """{class_name, config} of a layer or model."""
    return {"class_name": type(thing).__name__, "config": thing.get_config()}
