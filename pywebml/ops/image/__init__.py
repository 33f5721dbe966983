"""Pictures as tensors."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .pixels import *
from .resize import *

hand_on(globals())
