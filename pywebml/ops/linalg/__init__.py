"""Products of matrices."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .matmul import *

hand_on(globals())
