"""Keras's `keras.applications.imagenet_utils`."""

from __future__ import annotations

from ...zoo.architectures.pictures import decode_predictions
from ...zoo.architectures.pictures import prepared as preprocess_input

__all__ = ["decode_predictions", "preprocess_input"]
