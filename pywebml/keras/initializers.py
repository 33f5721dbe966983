"""Keras's `keras.initializers`."""
# ruff: noqa: F403

from __future__ import annotations

from ..layers.initializers import *
