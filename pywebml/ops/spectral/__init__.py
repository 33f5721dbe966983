"""Discrete Fourier transforms (TensorFlow.js's tf.spectral)."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .functions import *
from .transforms import *

hand_on(globals())
