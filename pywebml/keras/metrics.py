"""Keras's `keras.metrics`."""
# ruff: noqa: F403

from __future__ import annotations

from ..train.metrics import *
