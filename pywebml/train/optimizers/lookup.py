"""Optimizers from names and configs, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import OPTIMIZERS, Optimizer


def get(identifier: Any) -> Optimizer:
    """An optimizer from a name, a config `{class_name, config}`, a class or an
    instance.
    """
    optimizer: Optimizer = OPTIMIZERS.get(identifier)
    cls = type(optimizer)
    says = (cls.change, cls.change_of, cls.apply)
    if says == (Optimizer.change, Optimizer.change_of, Optimizer.apply):
        raise TypeError(
            f"the optimizer {cls.__name__} must say its change(gradient, shared, *slots), what is"
            " subtracted from a parameter"
        )
    return optimizer


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """{class_name, config}, as Keras writes it."""
    return dict(OPTIMIZERS.serialize(optimizer))


def deserialize(config: Any, custom_objects: Any = None) -> Optimizer:
    """The optimizer that `serialize` wrote. Names of `custom_objects` ({name: class})
    come first.
    """
    word = config.get("class_name") if isinstance(config, Mapping) else config
    if custom_objects and word in custom_objects:
        optimizer: Optimizer = custom_objects[word].from_config(dict(config["config"]))
        return optimizer
    return get(config)
