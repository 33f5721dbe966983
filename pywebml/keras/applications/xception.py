"""Keras's `keras.applications.xception`."""

from __future__ import annotations

from ...zoo.architectures.pictures import decode_predictions, preparation
from . import networks

__all__ = ["Xception", "decode_predictions", "preprocess_input"]

preprocess_input = preparation("tf")
Xception = networks.Xception
