"""Keras's `keras.applications.vgg19`."""

from __future__ import annotations

from ...zoo.architectures.pictures import decode_predictions, preparation
from . import networks

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]

preprocess_input = preparation("caffe")
VGG19 = networks.VGG19
