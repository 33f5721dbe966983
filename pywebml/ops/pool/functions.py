"""Pooling as functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.composite import composite
from ...core.tensor import Tensor
from ..support.window import Padding, Pair
from .layouts import of_pictures, of_sequences, of_volumes
from .meaning import meaning, sample_windows

__all__ = ["avg_pool", "avg_pool1d", "avg_pool3d", "max_pool", "max_pool1d", "max_pool3d"]

Triple = tuple[int, int, int]


def max_pool(
    x: Any,
    pool_size: int | Pair,
    strides: int | Pair | None = None,
    padding: str | int | Padding = "valid",
    dim_rounding_mode: str | None = None,
    *,
    data_format: str | None = "NHWC",
) -> Tensor:
    """The largest value of each window of x [n,h,w,c] or [h,w,c] -> [n,oh,ow,c].

    `strides` defaults to `pool_size`; `padding` is 'valid', 'same' (TensorFlow's rule),
    a number or ((top, bottom), (left, right)), and does not count. With numbers
    `dim_rounding_mode` 'ceil' or 'round' has a last window stick out. With
    `data_format` 'NCHW' or 'channels_first' x and the result are [n,c,h,w]. ValueError
    for another rank or a window that does not fit.

    Example:
        >>> x = ops.arange(16.0).reshape(1, 4, 4, 1)
        >>> ops.max_pool(x, 2).numpy()[0, :, :, 0]
        array([[ 5.,  7.],
               [13., 15.]], dtype=float32)
    """
    return of_pictures(
        "max", "max_pool", x, pool_size, strides, padding, dim_rounding_mode, data_format
    )


def avg_pool(
    x: Any,
    pool_size: int | Pair,
    strides: int | Pair | None = None,
    padding: str | int | Padding = "valid",
    dim_rounding_mode: str | None = None,
    *,
    data_format: str | None = "NHWC",
) -> Tensor:
    """The mean of each window of x [n,h,w,c] or [h,w,c] -> [n,oh,ow,c], over values
    inside the picture only; arguments as for `max_pool`.

    Example:
        >>> x = ops.arange(16.0).reshape(1, 4, 4, 1)
        >>> ops.avg_pool(x, 2).numpy()[0, :, :, 0]
        array([[ 2.5,  4.5],
               [10.5, 12.5]], dtype=float32)
    """
    return of_pictures(
        "avg", "avg_pool", x, pool_size, strides, padding, dim_rounding_mode, data_format
    )


@composite(meaning=meaning("max", 1), cases=lambda: sample_windows(1), halves=True)
def max_pool1d(
    x: Any,
    pool_size: int,
    strides: int | None = None,
    padding: str | int | Sequence[Pair] = "valid",
    dim_rounding_mode: str | None = None,
    *,
    data_format: str | None = "NWC",
) -> Tensor:
    """The largest value of each window of sequences x [n,w,c] or [w,c] -> [n,ow,c];
    arguments as for `max_pool`.

    Example:
        >>> ops.max_pool1d(ops.arange(6.0).reshape(1, 6, 1), 2).numpy()[0, :, 0]
        array([1., 3., 5.], dtype=float32)
    """
    return of_sequences(
        "max", "max_pool1d", x, pool_size, strides, padding, dim_rounding_mode, data_format
    )


@composite(meaning=meaning("avg", 1), cases=lambda: sample_windows(1), halves=True)
def avg_pool1d(
    x: Any,
    pool_size: int,
    strides: int | None = None,
    padding: str | int | Sequence[Pair] = "valid",
    dim_rounding_mode: str | None = None,
    *,
    data_format: str | None = "NWC",
) -> Tensor:
    """The mean of each window of sequences x [n,w,c] or [w,c] -> [n,ow,c], over values
    inside only; arguments as for `max_pool`.

    Example:
        >>> ops.avg_pool1d(ops.arange(6.0).reshape(1, 6, 1), 2).numpy()[0, :, 0]
        array([0.5, 2.5, 4.5], dtype=float32)
    """
    return of_sequences(
        "avg", "avg_pool1d", x, pool_size, strides, padding, dim_rounding_mode, data_format
    )


@composite(meaning=meaning("max", 3), cases=lambda: sample_windows(3), halves=True)
def max_pool3d(
    x: Any,
    pool_size: int | Triple = 1,
    strides: int | Triple | None = None,
    padding: str | int | Sequence[Pair] = "valid",
    dim_rounding_mode: str | None = None,
    data_format: str | None = "NDHWC",
) -> Tensor:
    """The largest value of each box of volumes x [n,d,h,w,c] or [d,h,w,c] ->
    [n,od,oh,ow,c]; arguments as for `max_pool`.

    Example:
        >>> ops.max_pool3d(ops.arange(8.0).reshape(1, 2, 2, 2, 1), 2).tolist()
        [[[[[7.0]]]]]
    """
    return of_volumes(
        "max", "max_pool3d", x, pool_size, strides, padding, dim_rounding_mode, data_format
    )


@composite(meaning=meaning("avg", 3), cases=lambda: sample_windows(3), halves=True)
def avg_pool3d(
    x: Any,
    pool_size: int | Triple,
    strides: int | Triple | None = None,
    padding: str | int | Sequence[Pair] = "valid",
    dim_rounding_mode: str | None = None,
    data_format: str | None = "NDHWC",
) -> Tensor:
    """The mean of each box of volumes x [n,d,h,w,c] or [d,h,w,c] -> [n,od,oh,ow,c],
    over values inside only; arguments as for `max_pool`.

    Example:
        >>> ops.avg_pool3d(ops.arange(8.0).reshape(1, 2, 2, 2, 1), 2).tolist()
        [[[[[3.5]]]]]
    """
    return of_volumes(
        "avg", "avg_pool3d", x, pool_size, strides, padding, dim_rounding_mode, data_format
    )
