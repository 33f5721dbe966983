"""One value at a time."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .op import *

hand_on(globals())
