"""Keras's older names: `keras.preprocessing.image` and `sequence`."""

from __future__ import annotations

from . import image, sequence

__all__ = ["image", "sequence"]
