"""Products of matrices, and Fourier transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import ops
from .fused import Fused, fused
from .table import TF_OPS


@TF_OPS.op("MatMul")
def matmul(a: Any, b: Any, *, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    return ops.matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b)


@TF_OPS.op("BatchMatMul", "BatchMatMulV2")
def batch_matmul(a: Any, b: Any, *, adj_x: bool = False, adj_y: bool = False) -> Any:
    return ops.matmul(a, b, transpose_a=adj_x, transpose_b=adj_y)


@TF_OPS.op("_FusedMatMul")
def fused_matmul(
    a: Any,
    b: Any,
    *args: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    fused_ops: Sequence[str] = (),
    epsilon: float = 1e-4,
    leakyrelu_alpha: float = 0.2,
) -> Any:
    told = fused(args, Fused(tuple(fused_ops), epsilon, leakyrelu_alpha))
    _, options = told.folded(b)
    return ops.fused.matmul(a, b, transpose_a, transpose_b, **options)


@TF_OPS.op("Einsum")
def einsum(*tensors: Any, equation: str) -> Any:
    return ops.einsum(equation, *tensors)


@TF_OPS.op("MatrixBandPart", host=[1, 2])
def band_part(x: Any, lower: int, upper: int) -> Any:
    return ops.band_part(x, lower, upper)


@TF_OPS.op("FFT")
def fft(x: Any) -> Any:
    return ops.fft(x)


@TF_OPS.op("IFFT")
def ifft(x: Any) -> Any:
    return ops.ifft(x)


@TF_OPS.op("RFFT", host=[1])
def rfft(x: Any, length: Any = None) -> Any:
    return ops.rfft(x, length[0] if isinstance(length, list) else length)


@TF_OPS.op("IRFFT")
def irfft(x: Any, *length: Any) -> Any:
    return ops.irfft(x)
