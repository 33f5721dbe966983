"""Pooling: the largest value, or the mean, of each window."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .average import *
from .maximum import *

hand_on(globals())
