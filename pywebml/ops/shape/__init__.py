"""Where values stand: views, moves, joins and indices."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .blocks import *
from .borders import *
from .functions import *
from .grids import *
from .indexing import *
from .parts import *
from .ranked import *
from .strided import *

hand_on(globals())
