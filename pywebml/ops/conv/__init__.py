"""Convolutions: plain, depthwise, separable."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .conv2d import *
from .depthwise import *
from .separable import *

hand_on(globals())
