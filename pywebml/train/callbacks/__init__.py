"""Callbacks: hooks that `fit` calls. Each hook may be `async def`."""

from __future__ import annotations

from ...core.registry import absent
from .base import TEST_BATCH, TRAIN_BATCH, Callback, History, Logs
from .live_plot import LivePlot
from .progress import ProgbarLogger, ProgressBar, shown
from .rates import LearningRateScheduler, ReduceLROnPlateau
from .saving import BackupAndRestore, ModelCheckpoint
from .several import CallbackList
from .simple import CSVLogger, LambdaCallback, SwapEMAWeights, TerminateOnNaN
from .stopping import EarlyStopping

__all__ = [
    "TEST_BATCH",
    "TRAIN_BATCH",
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "LivePlot",
    "Logs",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ProgressBar",
    "ReduceLROnPlateau",
    "SwapEMAWeights",
    "TerminateOnNaN",
    "shown",
]

__getattr__ = absent("callback", globals())
