"""Keras's `keras.utils`."""
# ruff: noqa: F403

from __future__ import annotations

from ..utils import *
from .backend import clear_session, is_keras_tensor, standardize_dtype
from .config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)

_ = (
    clear_session, is_keras_tensor, standardize_dtype, disable_interactive_logging,
    enable_interactive_logging, is_interactive_logging_enabled,
)  # fmt: skip
