"""Blocks of pixels as channels, or as pictures of a batch, and back."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any

from ...core.calling import ints, is_int
from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor, reshape
from ...host.lazy import np
from ..support.axes import ramp
from .functions import pad, slice, transpose

__all__ = ["batch_to_space_nd", "depth_to_space", "space_to_batch_nd", "space_to_depth"]


def _block(name: str, x: Tensor, block_size: Any, data_format: str) -> tuple[int, bool]:
    """The size of a block, and whether channels come last."""
    if x.ndim != 4:
        raise ValueError(f"{name}: x must be [batch, height, width, channels], got {x.shape}")
    if not is_int(block_size) or block_size < 1:
        raise ValueError(f"{name}: block_size must be a whole number from 1 on, got {block_size!r}")
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"{name}: data_format must be 'NHWC' or 'NCHW', got {data_format!r}")
    return operator.index(block_size), data_format == "NHWC"


def _depth_to_space(x: Any, block_size: int, data_format: str = "NHWC") -> Any:
    last = x if data_format == "NHWC" else x.transpose(0, 2, 3, 1)
    n, h, w, c = last.shape
    out = np.zeros((n, h * block_size, w * block_size, c // block_size**2))
    for i in range(block_size):
        for j in range(block_size):
            at = (i * block_size + j) * out.shape[3]
            out[:, i::block_size, j::block_size] = last[..., at : at + out.shape[3]]
    return out if data_format == "NHWC" else out.transpose(0, 3, 1, 2)


@composite(
    meaning=_depth_to_space,
    cases=lambda: [
        Sample("2", (ramp((2, 2, 3, 12)),), {"block_size": 2}, 0, 0),
        Sample("NCHW", (ramp((1, 8, 2, 3)),), {"block_size": 2, "data_format": "NCHW"}, 0, 0),
    ],
    halves=True,
)
def depth_to_space(x: Any, block_size: int, data_format: str = "NHWC") -> Tensor:
    """[batch, height * b, width * b, channels / b^2]: the channels of each pixel become
    a block of b x b pixels (sub-pixel convolution, Shi et al. 2016). ValueError where
    b^2 does not divide the channels.

    Example:
        >>> ops.depth_to_space([[[[1, 2, 3, 4]]]], 2).tolist()
        [[[[1], [2]], [[3], [4]]]]
    """
    x = as_tensor(x)
    b, last = _block("depth_to_space", x, block_size, data_format)
    n, h, w, c = x.shape if last else (x.shape[0], *x.shape[2:], x.shape[1])
    if c % (b * b):
        raise ValueError(
            f"depth_to_space: {c} channels of shape {x.shape} do not divide into blocks of {b} x"
            f" {b}"
        )
    deep = c // (b * b)
    if last:
        y = transpose(reshape(x, (n, h, w, b, b, deep)), (0, 1, 3, 2, 4, 5))
        return reshape(y, (n, h * b, w * b, deep))
    y = transpose(reshape(x, (n, b, b, deep, h, w)), (0, 3, 4, 1, 5, 2))
    return reshape(y, (n, deep, h * b, w * b))


@composite(
    meaning=lambda x, block_size: np.concatenate(
        [x[:, i::block_size, j::block_size] for i in range(block_size) for j in range(block_size)],
        -1,
    ),
    cases=lambda: [Sample("2", (ramp((2, 4, 6, 3)),), {"block_size": 2}, 0, 0)],
    halves=True,
)
def space_to_depth(x: Any, block_size: int, data_format: str = "NHWC") -> Tensor:
    """The way back from `depth_to_space`: [batch, height / b, width / b, channels *
    b^2]. ValueError where b does not divide height and width.

    Example:
        >>> ops.space_to_depth([[[[1], [2]], [[3], [4]]]], 2).tolist()
        [[[[1, 2, 3, 4]]]]
    """
    x = as_tensor(x)
    b, last = _block("space_to_depth", x, block_size, data_format)
    n, h, w, c = x.shape if last else (x.shape[0], *x.shape[2:], x.shape[1])
    if h % b or w % b:
        raise ValueError(f"space_to_depth: {h} x {w} pixels do not divide into blocks of {b}")
    if last:
        y = transpose(reshape(x, (n, h // b, b, w // b, b, c)), (0, 1, 3, 2, 4, 5))
        return reshape(y, (n, h // b, w // b, b * b * c))
    y = transpose(reshape(x, (n, c, h // b, b, w // b, b)), (0, 3, 5, 1, 2, 4))
    return reshape(y, (n, b * b * c, h // b, w // b))


def _blocks(
    name: str, x: Tensor, block_shape: Any, margins: Any, of: str
) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    block = ints(block_shape, f"{name}: block_shape")
    try:
        pairs = tuple((operator.index(a), operator.index(b)) for a, b in margins)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name}: {of} must be one (before, after) for each axis of block_shape, got"
            f" {margins!r}"
        ) from None
    if len(block) >= x.ndim or len(pairs) != len(block):
        raise ValueError(
            f"{name}: x {x.shape} needs a batch axis and one for each entry of block_shape {block}"
            f" and {of} {pairs}"
        )
    if min(block, default=1) < 1 or min((n for pair in pairs for n in pair), default=0) < 0:
        raise ValueError(f"{name}: block_shape {block} must be at least 1, {of} {pairs} at least 0")
    return block, pairs


def _space_to_batch(x: Any, block_shape: Any, paddings: Any) -> Any:
    x = np.pad(x, [(0, 0), *paddings, *[(0, 0)] * (x.ndim - 1 - len(block_shape))])
    places = np.ndindex(*block_shape)
    steps = [
        tuple(np.s_[at::b] for at, b in zip(place, block_shape, strict=True)) for place in places
    ]
    return np.concatenate([x[(np.s_[:], *step)] for step in steps])


def _batch_samples() -> Iterator[Sample]:
    both = {"block_shape": (2, 3), "paddings": ((1, 1), (0, 2))}
    yield Sample("two axes", (ramp((2, 4, 4, 3)),), both, 0, 0)
    yield Sample("one", (ramp((1, 6)),), {"block_shape": (3,), "paddings": ((0, 0),)}, 0, 0)


@composite(meaning=_space_to_batch, cases=_batch_samples, halves=True)
def space_to_batch_nd(
    x: Any, block_shape: Sequence[int], paddings: Sequence[Sequence[int]]
) -> Tensor:
    """[batch * prod(block_shape), size / block, ...]: the axes after the batch padded
    with zeros, and cut into blocks whose places become examples of their own.
    ValueError where a block does not divide its axis.

    Example:
        >>> ops.space_to_batch_nd([[1, 2, 3, 4]], [2], [[0, 0]]).tolist()
        [[1, 3], [2, 4]]
    """
    x = as_tensor(x)
    block, pairs = _blocks("space_to_batch_nd", x, block_shape, paddings, "paddings")
    x = pad(x, [(0, 0), *pairs, *[(0, 0)] * (x.ndim - 1 - len(block))])
    if any(n % b for n, b in zip(x.shape[1:], block, strict=False)):
        raise ValueError(
            f"space_to_batch_nd: block_shape {block} does not divide the padded shape {x.shape}"
        )
    # one axis at a time, the last first, so that its place counts fastest
    for axis, b in reversed(list(enumerate(block, 1))):
        n, size = x.shape[0], x.shape
        y = reshape(
            x, (n, math.prod(size[1:axis]), size[axis] // b, b, math.prod(size[axis + 1 :]))
        )
        y = transpose(y, (3, 0, 1, 2, 4))
        x = reshape(y, (b * n, *size[1:axis], size[axis] // b, *size[axis + 1 :]))
    return x


def _batch_to_space(x: Any, block_shape: Any, crops: Any) -> Any:
    n = x.shape[0] // math.prod(block_shape)
    sizes = [m * b for m, b in zip(x.shape[1:], block_shape, strict=False)]
    out = np.zeros((n, *sizes, *x.shape[1 + len(block_shape) :]))
    for i, place in enumerate(np.ndindex(*block_shape)):
        steps = tuple(np.s_[at::b] for at, b in zip(place, block_shape, strict=True))
        out[(np.s_[:], *steps)] = x[i * n : (i + 1) * n]
    inside = tuple(np.s_[a : m - b] for (a, b), m in zip(crops, sizes, strict=True))
    return out[(np.s_[:], *inside)]


def _space_samples() -> Iterator[Sample]:
    both = {"block_shape": (2, 3), "crops": ((1, 1), (0, 2))}
    yield Sample("two axes", (ramp((12, 2, 2, 3)),), both, 0, 0)
    yield Sample("one", (ramp((3, 2)),), {"block_shape": (3,), "crops": ((0, 0),)}, 0, 0)


@composite(meaning=_batch_to_space, cases=_space_samples, halves=True)
def batch_to_space_nd(x: Any, block_shape: Sequence[int], crops: Sequence[Sequence[int]]) -> Tensor:
    """The way back from `space_to_batch_nd`: examples become places in blocks, and
    `crops` (before, after) are cut off each axis. ValueError where the examples do not
    divide.

    Example:
        >>> ops.batch_to_space_nd([[1, 3], [2, 4]], [2], [[0, 0]]).tolist()
        [[1, 2, 3, 4]]
    """
    x = as_tensor(x)
    block, pairs = _blocks("batch_to_space_nd", x, block_shape, crops, "crops")
    if x.shape[0] % math.prod(block):
        raise ValueError(
            f"batch_to_space_nd: a batch of {x.shape[0]} does not divide by block_shape {block}"
        )
    for axis, b in enumerate(block, 1):
        n, size = x.shape[0] // b, x.shape
        y = reshape(x, (b, n, math.prod(size[1:axis]), size[axis], math.prod(size[axis + 1 :])))
        y = transpose(y, (1, 2, 3, 0, 4))
        x = reshape(y, (n, *size[1:axis], size[axis] * b, *size[axis + 1 :]))
    begin = [0, *(before for before, _ in pairs)]
    rest = x.shape[1 + len(block) :]
    sizes = [m - a - b for (a, b), m in zip(pairs, x.shape[1:], strict=False)]
    if min(sizes, default=0) < 0:
        raise ValueError(f"batch_to_space_nd: crops {pairs} are more than there is of {x.shape}")
    return slice(x, begin + [0] * len(rest), [x.shape[0], *sizes, *rest])
