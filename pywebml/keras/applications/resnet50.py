"""Keras's `keras.applications.resnet50`."""

from __future__ import annotations

from ...zoo.architectures.pictures import decode_predictions, preparation
from . import networks

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]

preprocess_input = preparation("caffe")
ResNet50 = networks.ResNet50
