"""Pooling: the largest value, or the mean, of each window."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .adaptive import *
from .average import *
from .functions import *
from .maximum import *
from .special import *

hand_on(globals())
