"""Calls that `tests/ops/test_beside_tensorflow.py` makes of TensorFlow.js and of us."""

from __future__ import annotations

from . import elementwise, linear, pictures, reductions, shapes, training, windows
from .call import Call, theirs

FAMILIES = (elementwise, reductions, shapes, windows, linear, pictures, training)

CALLS: list[Call] = [call for family in FAMILIES for call in family.calls()]

__all__ = ["CALLS", "Call", "theirs"]
