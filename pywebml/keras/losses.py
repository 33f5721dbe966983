"""Keras's `keras.losses`."""
# ruff: noqa: F403

from __future__ import annotations

from ..train.losses import *
