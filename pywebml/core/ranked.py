"""TensorFlow.js's `scalar` and `tensor1d` to `tensor6d`: `tensor`, and a rank that the
values must have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .calling import ints, strict
from .tensor import Tensor, as_tensor, tensor


@strict
def scalar(value: Any, dtype: str | None = None) -> Tensor:
    """A tensor of one number, of shape (). ValueError for several.

    Example:
        >>> pw.scalar(3.5).tolist()
        3.5
    """
    return _of_rank(0, "scalar", tensor(value, dtype=dtype))


@strict
def tensor1d(values: Any, dtype: str | None = None) -> Tensor:
    """A tensor of rank 1, of a flat list. ValueError for another rank.

    Example:
        >>> pw.tensor1d([1, 2], "float32").tolist()
        [1.0, 2.0]
    """
    return _of_rank(1, "tensor1d", tensor(values, dtype=dtype))


def _ranked(rank: int) -> Callable[..., Tensor]:
    name = f"tensor{rank}d"

    def of_rank(
        values: Any, shape: Sequence[int] | None = None, dtype: str | None = None
    ) -> Tensor:
        if shape is not None and len(ints(shape, f"{name}: shape")) != rank:
            raise ValueError(f"{name}: shape must have {rank} sizes, got {tuple(shape)}")
        x = tensor(values, dtype=dtype)
        if shape is not None and x.ndim == 1:
            x = x.reshape(*shape)
        if shape is not None and x.shape != tuple(shape):
            raise ValueError(f"{name}: values of shape {x.shape} do not have shape {tuple(shape)}")
        return _of_rank(rank, name, x)

    of_rank.__name__ = of_rank.__qualname__ = name
    values = "[1, 2]"
    for _ in range(rank - 2):
        values = f"[{values}]"
    of_rank.__doc__ = f"""A tensor of rank {rank}: of nested lists, or of a flat one and its shape.
    ValueError for another rank, and for values that are not of that shape.

    Example:
        >>> pw.{name}([{values}]).ndim
        {rank}
        >>> pw.{name}([1, 2], shape={(2, *[1] * (rank - 1))}).shape
        {(2, *[1] * (rank - 1))}
    """
    return strict(of_rank)


tensor2d, tensor3d, tensor4d, tensor5d, tensor6d = map(_ranked, (2, 3, 4, 5, 6))


def _of_rank(rank: int, name: str, x: Tensor) -> Tensor:
    if x.ndim != rank:
        flat = ", or a flat list and shape=" if rank > 1 else ""
        raise ValueError(
            f"{name} makes tensors of rank {rank}, got values of shape {x.shape}; write tensor for"
            f" any rank{flat}"
        )
    return as_tensor(x)
