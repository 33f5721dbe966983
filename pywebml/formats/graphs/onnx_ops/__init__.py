"""What ONNX's op types mean, in functions of `pw.ops`. Inputs are in the order of
ONNX's operators, attributes have their names there.

What kernels do best decides about the order of channels: layout.py.
"""

from __future__ import annotations

from . import (
    convolution,
    elementwise,
    flow,
    image,
    matrices,
    normalization,
    recurrent,
    reduction,
    shapes,
)
from .table import ONNX_OPS

__all__ = ["ONNX_OPS"]

_FAMILIES = (
    convolution, elementwise, flow, image, matrices, normalization, recurrent, reduction, shapes,
)  # fmt: skip
