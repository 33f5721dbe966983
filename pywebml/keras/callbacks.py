"""Keras's `keras.callbacks`."""
# ruff: noqa: F403

from __future__ import annotations

from ..train.callbacks import *
