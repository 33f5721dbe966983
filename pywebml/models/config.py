"""Models from configs."""

from __future__ import annotations

from typing import Any

from ..layers.support.registry import from_entry
from .model import Model


def model_from_config(config: dict[str, Any]) -> Model:
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
    model = from_entry(config)
    if not isinstance(model, Model):
        raise ValueError(f"{config['class_name']!r} is a layer, not a model")
    return model
