"""Reductions over any axes: sum, mean, max, min, prod, any, all, argmax, argmin,
logsumexp.

A kernel sees [outer, n, inner] and reduces the middle. Axes that do not stand side by
side are transposed to the end first.
"""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .functions import *
from .index import *

hand_on(globals())
