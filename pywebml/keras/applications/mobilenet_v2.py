"""Keras's `keras.applications.mobilenet_v2`."""

from __future__ import annotations

from ...zoo.architectures.pictures import decode_predictions, preparation
from . import networks

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]

preprocess_input = preparation("tf")
MobileNetV2 = networks.MobileNetV2
