"""Keras's `keras.saving`."""

from __future__ import annotations

from typing import Any

from ..formats.loading import load_model as _load_model
from ..models.serialization import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from .models import as_keras

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "load_model", "register_keras_serializable",
    "serialize_keras_object",
]  # fmt: skip


def load_model(
    filepath: Any, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """A model from a file."""
    with CustomObjectScope(custom_objects):
        return as_keras(_load_model(filepath))
