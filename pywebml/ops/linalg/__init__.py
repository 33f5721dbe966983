"""Products of matrices, their factors, systems of equations, norms."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .bytes_dense import *
from .dense import *
from .einsum import *
from .factors import *
from .integers import *
from .matmul import *
from .solving import *
from .structure import *
from .vectors import *

hand_on(globals())
