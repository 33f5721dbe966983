"""Where values stand: views, moves, joins and indices."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .functions import *
from .indexing import *

hand_on(globals())
