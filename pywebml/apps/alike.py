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
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import ops
from ..core.tensor import Tensor, tensor

SAME_LOOK = 0.99
ABSOLUTE, RELATIVE, EQUAL = 0.92, 0.8, 0.9999
ROWS = 512  # compared with all of their class at a time


async def alike(
    features: Tensor, labels: Sequence[int], thumbnails: Tensor | None = None
) -> list[int]:
    """For each row of `features` [n, k] the number of the first row that it is one
    picture with: its own where there is none before it. `thumbnails` [n, m] may be
    there too; a row of zeros is none.

    Rows i and j of one class belong together if they are nearly equal, or if both
    belong with a third.
    """
    centred = features - features.mean(0, keepdims=True)
    looks = None if thumbnails is None else thumbnails - thumbnails.mean(1, keepdims=True)
    first = list(range(len(labels)))
    for label in sorted(set(labels)):
        mine = [i for i, other in enumerate(labels) if other == label]
        plain, relative = (_directions(x, mine) for x in (features, centred))
        look = None if looks is None else _directions(looks, mine)
        for start in range(0, len(mine), ROWS):
            rows = slice(start, start + ROWS)
            cosine = ops.matmul(plain[rows], plain, transpose_b=True)
            around = ops.matmul(relative[rows], relative, transpose_b=True)
            near = ops.logical_or(
                ops.logical_and(cosine > ABSOLUTE, around > RELATIVE), cosine > EQUAL
            )
            if look is not None:
                seen = ops.matmul(look[rows], look, transpose_b=True)
                near = ops.logical_or(near, seen > SAME_LOOK)
            bits = bytes(await near.data())
            for i, j in _pairs(bits, start, len(mine)):
                _join(first, mine[i], mine[j])
    return [_root(first, i) for i in range(len(first))]


def _directions(values: Tensor, rows: Sequence[int]) -> Tensor:
    """These rows of `values`, each of length one (or zero, where it is zero)."""
    x = ops.gather(values, tensor(list(rows), dtype="int32"))
    return x / ops.sqrt(ops.sum(x * x, axis=-1, keepdims=True) + 1e-20)


def _pairs(near: bytes, start: int, n: int) -> list[tuple[int, int]]:
    """(row, column) of what is true right of the diagonal. `near`: rows of n words of 4
    bytes, the first of which is row `start`.
    """
    pairs = []
    at = near.find(1)
    while at >= 0:
        row, column = divmod(at // 4, n)
        if start + row < column:
            pairs.append((start + row, column))
        at = near.find(1, at + 1)
    return pairs


def _root(first: list[int], i: int) -> int:
    while first[i] != i:
        first[i] = i = first[first[i]]  # halves the way for the next who asks
    return i


def _join(first: list[int], i: int, j: int) -> None:
    i, j = sorted((_root(first, i), _root(first, j)))
    first[j] = i
