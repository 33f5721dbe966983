"""Convolutions: plain, depthwise, separable, transposed, of sequences and volumes."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .conv2d import *
from .depthwise import *
from .dilation import *
from .separable import *
from .sequences import *
from .transposed import *
from .unfold import *
from .volumes import *

hand_on(globals())
