"""Products of matrices."""

from __future__ import annotations

from typing import Any

from .... import ops
from .table import ONNX_OPS


@ONNX_OPS.op("MatMul")
def matmul(a: Any, b: Any) -> Any:
    """A vector is a row on the left, a column on the right."""
    left, right = a.ndim == 1, b.ndim == 1
    y = ops.matmul(a.reshape(1, -1) if left else a, b.reshape(-1, 1) if right else b)
    shape = list(y.shape)
    if right:
        del shape[-1]
    if left:
        del shape[-1 if right else -2]
    return y.reshape(*shape) if left or right else y


@ONNX_OPS.op("Gemm")
def gemm(
    a: Any,
    b: Any,
    c: Any = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,
    transB: int = 0,
) -> Any:
    columns = b.shape[0 if transB else 1]
    if c is not None and c.size == columns and c.shape[-1:] == (columns,) and alpha == beta == 1:
        bias = c.reshape(columns)
        return ops.fused.matmul(a, b, bool(transA), bool(transB), bias=bias)
    y = ops.matmul(a, b, transpose_a=bool(transA), transpose_b=bool(transB))
    if alpha != 1:
        y = y * alpha
    return y if c is None else y + c * beta


@ONNX_OPS.op("Einsum")
def einsum(*tensors: Any, equation: str) -> Any:
    return ops.einsum(equation, *tensors)
