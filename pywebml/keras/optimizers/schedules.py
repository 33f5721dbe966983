"""Keras's `keras.optimizers.schedules`."""
# ruff: noqa: F403

from __future__ import annotations

from ...train.schedules import *
