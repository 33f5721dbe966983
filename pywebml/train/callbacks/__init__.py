"""Callbacks: hooks that `fit` calls. Each hook may be `async def`."""

from __future__ import annotations

from ...core.registry import absent
from .base import TEST_BATCH, TRAIN_BATCH, Callback, History, Logs
from .progress import ProgressBar, shown
from .several import CallbackList
from .stopping import EarlyStopping

__all__ = [
    "TEST_BATCH",
    "TRAIN_BATCH",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "Logs",
    "ProgressBar",
    "shown",
]

__getattr__ = absent("callback", globals())
