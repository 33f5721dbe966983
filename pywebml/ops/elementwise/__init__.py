"""One value at a time."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .functions import *
from .op import *
from .rows import *

hand_on(globals())
