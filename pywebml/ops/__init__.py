"""Every op as a function of tensors, under TensorFlow.js's names in snake_case. Those
that take a tensor first are methods of `Tensor`, too.
"""
# ruff: noqa: F403  (a family's `__all__` says what it hands on)

from __future__ import annotations

from ..core.methods import add_methods
from .conv import *
from .creation import *
from .elementwise import *
from .gather import *
from .image import *
from .linalg import *
from .pool import *
from .random import *
from .recurrent import *
from .reduce import *
from .shape import *
from .softmax import *
from .support.names import hand_on
from .tally import *
from .updates import *

hand_on(globals(), "add_methods")

add_methods({name: thing for name, thing in globals().items() if name in globals()["__all__"]})
