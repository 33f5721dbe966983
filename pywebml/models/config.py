"""Models from configs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.custom_objects import CustomObjectScope
from ..host.json_data import json_object
from ..layers.support.registry import from_entry
from .model import Model


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """A model from what `model.to_json()` wrote. ValueError for other texts.

    Example:
        >>> model = pw.Sequential([layers.Dense(2, input_shape=(3,))])
        >>> pw.models.model_from_json(model.to_json()).count_params()
        8
    """
    return model_from_config(json_object(json_string, "a model's JSON"), custom_objects)


def model_from_config(
    config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Model:
    """A model from `{class_name, config}` or from a file's `{model_config: ...}` or
    `{modelTopology: ...}` around it.

    The weights are fresh. ValueError for a topology that holds no layers model.
    `custom_objects` are classes and functions of your own that it names.
    """
    if custom_objects:
        with CustomObjectScope(custom_objects):
            return model_from_config(config)
    for wrapper in ("modelTopology", "model_config"):
        if wrapper in config:
            config = config[wrapper]
    if "class_name" not in config or "config" not in config:
        raise ValueError(
            f"no layers model: expected the keys 'class_name' and 'config', found {sorted(config)}"
        )
    model = from_entry(config)
    if not isinstance(model, Model):
        raise ValueError(f"{config['class_name']!r} is a layer, not a model")
    return model
