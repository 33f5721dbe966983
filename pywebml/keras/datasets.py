"""Keras's `keras.datasets`."""

from __future__ import annotations
