"""Keras's `keras.layers`."""
# ruff: noqa: F403

from __future__ import annotations

from ..layers import *
