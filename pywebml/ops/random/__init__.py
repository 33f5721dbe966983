"""Random tensors: a generator with its state on the device, and functions that take a
seed.
"""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .functions import *
from .generator import *

hand_on(globals())
