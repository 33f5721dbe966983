"""Optimizers with Keras's names, arguments, defaults and formulas. Their state stays on
the device, the learning rate included.

All take a schedule for a learning rate, and `Options` by name.
"""

from __future__ import annotations

from ...core.registry import absent
from .. import schedules
from .adam import Adam, Adamax, AdamW, Nadam
from .adaptive import Adadelta, Adagrad, RMSprop
from .base import OPTIMIZERS, Optimizer, Options, get, serialize
from .momentum import SGD, Lion

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "Optimizer",
    "Options",
    "RMSprop",
    "get",
    "schedules",
    "serialize",
]

__getattr__ = absent("optimizer", globals())
