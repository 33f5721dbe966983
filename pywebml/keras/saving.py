"""Keras's `keras.saving`."""

from __future__ import annotations

from typing import Any

from ..formats.loading import load_model as _load_model
from .models import as_keras

__all__ = ["load_model"]


def load_model(
    filepath: Any, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """A model from a file."""
    return as_keras(_load_model(filepath))
