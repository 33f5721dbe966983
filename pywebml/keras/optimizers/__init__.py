"""Keras's `keras.optimizers`."""
# ruff: noqa: F403

from __future__ import annotations

from ...train.optimizers import *
