"""Keras's `keras.applications`."""

from __future__ import annotations
