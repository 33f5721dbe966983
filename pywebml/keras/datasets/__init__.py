"""Keras's `keras.datasets`, from files of yours: nothing is downloaded."""

from __future__ import annotations

from . import mnist

__all__ = ["mnist"]
