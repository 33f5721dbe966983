"""Keras's `keras.activations`."""
# ruff: noqa: F403

from __future__ import annotations

from ..layers.activations import *
