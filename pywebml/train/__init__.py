"""compile, fit, evaluate: losses, metrics, optimizers, callbacks and the loop."""

from __future__ import annotations

from . import callbacks, losses, metrics, optimizers
from .callbacks import Callback, EarlyStopping, History, ProgressBar
from .descending import adadelta, adagrad, adam, adamax, momentum, rmsprop, sgd
from .losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from .optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    Nadam,
    Optimizer,
    RMSprop,
)

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "BinaryCrossentropy",
    "Callback",
    "CategoricalCrossentropy",
    "EarlyStopping",
    "History",
    "Lion",
    "MeanSquaredError",
    "Nadam",
    "Optimizer",
    "ProgressBar",
    "RMSprop",
    "SparseCategoricalCrossentropy",
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "callbacks",
    "losses",
    "metrics",
    "momentum",
    "optimizers",
    "rmsprop",
    "sgd",
]
