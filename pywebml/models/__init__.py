"""Models: layers put together, trained and saved."""

from __future__ import annotations

from .config import model_from_config
from .model import Model
from .sequential import Sequential

__all__ = ["Model", "Sequential", "model_from_config"]
