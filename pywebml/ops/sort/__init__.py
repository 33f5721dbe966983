"""In order: sorting, the largest few, what is there once, and searching in what is
sorted.
"""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .along import *
from .functions import *
from .op import *
from .search import *

hand_on(globals())
