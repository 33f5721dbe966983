"""Keras's `keras.regularizers`."""
# ruff: noqa: F403

from __future__ import annotations

from ..layers.regularizers import *
