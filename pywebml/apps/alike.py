"""Pictures that are nearly one picture: the same photo twice, saved anew, or
neighbouring frames of one recording. A head that has learned one of them has seen the
others, too, so they must not be split between what it learns from and what it is tested
on.

Two pictures of a class are taken for one where their thumbnails (zoo/thumbnails.py) are
nearly the same but for brightness and contrast: a correlation above `SAME_LOOK` finds
pictures saved anew, made smaller or brightened. Or where the directions of their
features lie close together, both from zero (a cosine above `ABSOLUTE`) and from the
middle of all pictures (above `RELATIVE`), which finds what has moved a little: the
first alone joins whole classes that differ in little, the second alone whole classes
that differ in everything. Equal features (`EQUAL`) are one in any case.

Measured with EfficientNet-Lite0 on 75 photos of hands and 100 drawn ones: of 2,100
pairs of different pictures 1 is joined, by its features. Copies saved at JPEG quality
30, at half size, a fifth darker, paler or shifted by two pixels are all found; of those
whose white is cut off, being 30 % brighter, and of those that lack 3 % at each edge,
73 %.

Of a class that has more than some thousand pictures each is compared with the next
`NEXT` by name only, so that the time grows with the pictures and not with their square:
recordings and copies are mostly called alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..core.tensor import Tensor, tensor

SAME_LOOK = 0.99
ABSOLUTE, RELATIVE, EQUAL = 0.92, 0.8, 0.9999
ROWS = 512  # compared at a time
NEXT = 4096


async def alike(
    features: Any,
    labels: Sequence[int],
    thumbnails: Any = None,
    stop: Callable[[], bool] = lambda: False,
) -> list[int]:
    """For each row of `features` [n, k] the number of the first row that it is one
    picture with: its own where there is none before it. `thumbnails` [n, m] may be
    there too; a row of zeros is none. Both are tensors, or rows on the host.

    Rows i and j of one class belong together if they are nearly equal, or if both
    belong with a third. Once `stop()` is true no more are looked for.
    """
    middle = _mean(features)
    first = list(range(len(labels)))
    for label in sorted(set(labels)):
        mine = [i for i, other in enumerate(labels) if other == label]
        for start in range(0, len(mine), ROWS):
            if stop():
                break
            some = mine[start : start + ROWS + NEXT]
            near = _near(taken(features, some), middle)
            if thumbnails is not None:
                look = taken(thumbnails, some)
                seen = _cosines(_directions(look - look.mean(1, keepdims=True)))
                near = ops.logical_or(near, seen > SAME_LOOK)
            _join_all(first, some, bytes(await near.data()))
    return [_root(first, i) for i in range(len(first))]


def taken(values: Any, rows: Sequence[int]) -> Tensor:
    """These rows, on the device."""
    if isinstance(values, Tensor):
        return ops.gather(values, tensor(list(rows), dtype="int32"))
    return tensor(values[list(rows)], dtype="float32")


def _mean(values: Any) -> Tensor:
    """Of all rows, [1, k]."""
    if isinstance(values, Tensor):
        return values.mean(0, keepdims=True)
    total, n = ops.zeros((1, *values.shape[1:])), len(values)
    for start in range(0, n, NEXT):
        rows = taken(values, range(start, min(n, start + NEXT)))
        total = total + rows.sum(0, keepdims=True)
    return total / n


def _near(x: Tensor, middle: Tensor) -> Tensor:
    """Which of the first ROWS rows lie close to which of all, by their features.

    The cosine from zero comes from that around the middle m, without a second product
    of all with all: x y = (x - m) (y - m) + (x - m) m + (y - m) m + m m.
    """
    around = x - middle
    toward, far = ops.sum(around * middle, axis=-1, keepdims=True), ops.sum(middle * middle)
    size, apart = _lengths(x), _lengths(around)
    relative, share = _cosines(around / apart), apart / size
    absolute = (relative * share[:ROWS]) * share.reshape(1, -1) + (
        toward[:ROWS] + (toward.reshape(1, -1) + far)
    ) / (size[:ROWS] * size.reshape(1, -1))
    near = ops.logical_and(absolute > ABSOLUTE, relative > RELATIVE)
    return ops.logical_or(near, absolute > EQUAL)


def _lengths(x: Tensor) -> Tensor:
    return ops.sqrt(ops.sum(x * x, axis=-1, keepdims=True) + 1e-20)


def _directions(x: Tensor) -> Tensor:
    """Rows of unit length; of zeros where they are zeros."""
    return x / _lengths(x)


def _cosines(x: Tensor) -> Tensor:
    """Between the first ROWS rows, of unit length, and all."""
    return ops.matmul(x[:ROWS], x, transpose_b=True)


def _join_all(first: list[int], rows: Sequence[int], near: bytes) -> None:
    """Joins what is true right of the diagonal. `near`: lines of as many words of 4
    bytes as there are `rows`.
    """
    words = 4 * len(rows)
    for i, row in enumerate(rows[:ROWS]):
        line = near[words * i : words * (i + 1) : 4]
        j = line.find(1, i + 1)
        while j >= 0:
            if first[row] != first[rows[j]]:
                _join(first, row, rows[j])
            j = line.find(1, j + 1)


def _root(first: list[int], i: int) -> int:
    while first[i] != i:
        first[i] = i = first[first[i]]  # halves the way for the next who asks
    return i


def _join(first: list[int], i: int, j: int) -> None:
    i, j = sorted((_root(first, i), _root(first, j)))
    first[j] = i
