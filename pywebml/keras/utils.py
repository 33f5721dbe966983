"""Keras's `keras.utils`."""
# ruff: noqa: F403

from __future__ import annotations

from ..data import PyDataset
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
from ..utils import *
from .backend import clear_session, is_keras_tensor, standardize_dtype
from .config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)

Sequence = PyDataset

_ = (
    CustomObjectScope, custom_object_scope, deserialize_keras_object, get_custom_objects,
    get_registered_name, get_registered_object, register_keras_serializable, serialize_keras_object,
    clear_session, is_keras_tensor, standardize_dtype, disable_interactive_logging,
    enable_interactive_logging, is_interactive_logging_enabled,
)  # fmt: skip
