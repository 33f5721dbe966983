"""Keras's `keras.applications.mobilenet_v3`."""

from __future__ import annotations

from ...zoo.architectures.pictures import decode_predictions, preparation

__all__ = ["decode_predictions", "preprocess_input"]

preprocess_input = preparation("")
