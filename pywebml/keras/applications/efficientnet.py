"""Keras's `keras.applications.efficientnet`."""

from __future__ import annotations

from ...zoo.architectures.pictures import decode_predictions, preparation
from . import networks

__all__ = [
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetB2",
    "decode_predictions",
    "preprocess_input",
]

preprocess_input = preparation("")
EfficientNetB0 = networks.EfficientNetB0
EfficientNetB1 = networks.EfficientNetB1
EfficientNetB2 = networks.EfficientNetB2
