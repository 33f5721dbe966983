"""Keras's `keras.applications.mobilenet`."""

from __future__ import annotations

from ...zoo.architectures.pictures import decode_predictions, preparation
from . import networks

__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]

preprocess_input = preparation("tf")
MobileNet = networks.MobileNet
