"""Values put, summed or counted at places that are data."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .counting import *
from .places import *
from .segments import *

hand_on(globals())
