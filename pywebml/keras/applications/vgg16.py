"""Keras's `keras.applications.vgg16`."""

from __future__ import annotations

from ...zoo.architectures.pictures import decode_predictions, preparation
from . import networks

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]

preprocess_input = preparation("caffe")
VGG16 = networks.VGG16
