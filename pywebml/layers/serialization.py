"""Layers and models from configs: class names as Keras and TensorFlow.js write them."""

from __future__ import annotations

from typing import Any

from . import activations, conv, core, models, normalization, pooling
from .base import Layer

_CLASSES: tuple[type[Layer], ...] = (
    core.InputLayer,
    core.Dense,
    core.Flatten,
    core.Reshape,
    core.Dropout,
    core.Add,
    core.Concatenate,
    activations.Activation,
    activations.ReLU,
    activations.LeakyReLU,
    activations.Softmax,
    conv.Conv2D,
    conv.DepthwiseConv2D,
    conv.SeparableConv2D,
    conv.ZeroPadding2D,
    pooling.MaxPooling2D,
    pooling.AveragePooling2D,
    pooling.GlobalAveragePooling2D,
    pooling.GlobalMaxPooling2D,
    normalization.BatchNormalization,
    models.Model,
    models.Sequential,
)
_BY_NAME: dict[str, type[Layer]] = {cls.__name__: cls for cls in _CLASSES} | {
    "Functional": models.Model,
    "Convolution2D": conv.Conv2D,
    "SeparableConvolution2D": conv.SeparableConv2D,
    "BatchNormalizationV1": normalization.BatchNormalization,
}


def register_layer(cls: type[Layer]) -> type[Layer]:
    """Class decorator: makes a layer of your own known to `deserialize`, under its
    class name.
    """
    _BY_NAME[cls.__name__] = cls
    return cls


def deserialize(class_name: str, config: Any) -> Any:
    """A layer or model from its class name and config. ValueError for a class nobody
    knows.
    """
    cls = _BY_NAME.get(class_name)
    if cls is None:
        raise ValueError(
            f"unknown layer class {class_name!r}; known: {', '.join(sorted(_BY_NAME))}. Own layers:"
            " @pw.layers.register_layer"
        )
    return cls.from_config(config)


def serialize(layer: Layer) -> dict[str, Any]:
    """{class_name, config} of a layer or model."""
    return {"class_name": type(layer).__name__, "config": layer.get_config()}


def model_from_config(config: dict[str, Any]) -> models.Model:
    """A model from `{class_name, config}` or from a file's `{model_config: ...}` or
    `{modelTopology: ...}` around it.

    The weights are fresh. ValueError for a topology that holds no layers model.
    """
    for wrapper in ("modelTopology", "model_config"):
        if wrapper in config:
            config = config[wrapper]
    if "class_name" not in config or "config" not in config:
        raise ValueError(
            f"no layers model: expected the keys 'class_name' and 'config', found {sorted(config)}"
        )
    model = deserialize(config["class_name"], config["config"])
    if not isinstance(model, models.Model):
        raise ValueError(f"{config['class_name']!r} is a layer, not a model")
    return model
