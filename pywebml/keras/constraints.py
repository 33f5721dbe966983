"""Keras's `keras.constraints`."""
# ruff: noqa: F403

from __future__ import annotations

from ..layers.constraints import *
