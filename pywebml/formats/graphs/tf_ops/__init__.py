"""What TensorFlow's op types mean, in functions of `pw.ops`. Inputs are in the order of
TensorFlow's op definitions, attributes have their names there.
"""

from __future__ import annotations

from . import (
    arithmetic,
    convolution,
    creation,
    image,
    matrices,
    normalization,
    reduction,
    selecting,
    shapes,
    slicing,
)
from .table import TF_OPS

__all__ = ["TF_OPS"]

_FAMILIES = (
    arithmetic, convolution, creation, image, matrices, normalization, reduction, selecting,
    shapes, slicing,
)  # fmt: skip
