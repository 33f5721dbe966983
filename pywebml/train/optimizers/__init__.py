"""Optimizers with Keras's names, arguments, defaults and formulas. Their state stays on
the device, the learning rate included.

All take a schedule for a learning rate, and `Options` by name.
"""

from __future__ import annotations

from ...core.registry import absent
from .. import schedules
from .adam import Adam, Adamax, AdamW, Nadam, ScheduleFreeAdamW
from .adaptive import Adadelta, Adagrad, Ftrl, RMSprop
from .base import OPTIMIZERS, Optimizer
from .lookup import deserialize, get, serialize
from .momentum import SGD, Lion
from .options import Options
from .scaling import LossScaleOptimizer
from .several import MultiOptimizer, OptimizerMap
from .whole import Adafactor, Lamb, Muon

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "Options",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

__getattr__ = absent("optimizer", globals())
