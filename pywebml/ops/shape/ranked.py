"""TensorFlow.js's names for tensors of one rank: `concat2d`, `slice3d`, `pad1d`,
`reverse4d` ... They are `concat`, `slice`, `pad` and `reverse`, and refuse other ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..support.axes import ramp
from .functions import flip, pad, slice
from .parts import concat

__all__ = [
    "concat1d", "concat2d", "concat3d", "concat4d",
    "pad1d", "pad2d", "pad3d", "pad4d",
    "reverse1d", "reverse2d", "reverse3d", "reverse4d",
    "slice1d", "slice2d", "slice3d", "slice4d",
]  # fmt: skip


def _checked(rank: int, x: Any) -> Tensor:
    x = as_tensor(x)
    if x.ndim != rank:
        raise ValueError(
            f"a tensor of rank {rank} was asked for, got shape {x.shape}; the function without a"
            " number takes any rank"
        )
    return x


def _sample(rank: int, **keywords: Any) -> list[Sample]:
    return [Sample("one", (ramp((2, 3, 1, 2)[:rank]),), keywords, 0, 0)]


@composite(
    meaning=lambda tensors: np.concatenate(tensors),
    cases=lambda: [Sample("two", (ramp((2, 3, 1, 2)[:1]),) * 2, {}, 0, 0)],
    listed=True,
)
def concat1d(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors of rank 1 joined along `axis`; see `concat`.

    Example:
        >>> ops.concat1d([[7], [7]]).tolist()
        [7, 7]
    """
    return concat([_checked(1, t) for t in tensors], axis)


@composite(
    meaning=lambda tensors: np.concatenate(tensors),
    cases=lambda: [Sample("two", (ramp((2, 3, 1, 2)[:2]),) * 2, {}, 0, 0)],
    listed=True,
)
def concat2d(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors of rank 2 joined along `axis`; see `concat`.

    Example:
        >>> ops.concat2d([[[7]], [[7]]]).tolist()
        [[7], [7]]
    """
    return concat([_checked(2, t) for t in tensors], axis)


@composite(
    meaning=lambda tensors: np.concatenate(tensors),
    cases=lambda: [Sample("two", (ramp((2, 3, 1, 2)[:3]),) * 2, {}, 0, 0)],
    listed=True,
)
def concat3d(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors of rank 3 joined along `axis`; see `concat`.

    Example:
        >>> ops.concat3d([[[[7]]], [[[7]]]]).tolist()
        [[[7]], [[7]]]
    """
    return concat([_checked(3, t) for t in tensors], axis)


@composite(
    meaning=lambda tensors: np.concatenate(tensors),
    cases=lambda: [Sample("two", (ramp((2, 3, 1, 2)[:4]),) * 2, {}, 0, 0)],
    listed=True,
)
def concat4d(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors of rank 4 joined along `axis`; see `concat`.

    Example:
        >>> ops.concat4d([[[[[7]]]], [[[[7]]]]]).tolist()
        [[[[7]]], [[[7]]]]
    """
    return concat([_checked(4, t) for t in tensors], axis)


@composite(meaning=lambda x, begin: x[1:], cases=lambda: _sample(1, begin=1))
def slice1d(x: Any, begin: Sequence[int] | int, size: Sequence[int] | int | None = None) -> Tensor:
    """`slice` of a tensor of rank 1; see `slice`.

    Example:
        >>> ops.slice1d([6, 7], 1).tolist()
        [7]
    """
    return slice(_checked(1, x), begin, size)


@composite(meaning=lambda x, begin: x[1:], cases=lambda: _sample(2, begin=1))
def slice2d(x: Any, begin: Sequence[int] | int, size: Sequence[int] | int | None = None) -> Tensor:
    """`slice` of a tensor of rank 2; see `slice`.

    Example:
        >>> ops.slice2d([[7], [7]], 1).tolist()
        [[7]]
    """
    return slice(_checked(2, x), begin, size)


@composite(meaning=lambda x, begin: x[1:], cases=lambda: _sample(3, begin=1))
def slice3d(x: Any, begin: Sequence[int] | int, size: Sequence[int] | int | None = None) -> Tensor:
    """`slice` of a tensor of rank 3; see `slice`.

    Example:
        >>> ops.slice3d([[[7]], [[7]]], 1).tolist()
        [[[7]]]
    """
    return slice(_checked(3, x), begin, size)


@composite(meaning=lambda x, begin: x[1:], cases=lambda: _sample(4, begin=1))
def slice4d(x: Any, begin: Sequence[int] | int, size: Sequence[int] | int | None = None) -> Tensor:
    """`slice` of a tensor of rank 4; see `slice`.

    Example:
        >>> ops.slice4d([[[[7]]], [[[7]]]], 1).tolist()
        [[[[7]]]]
    """
    return slice(_checked(4, x), begin, size)


@composite(
    meaning=lambda x, paddings: np.pad(x, paddings),
    cases=lambda: _sample(1, paddings=(1, 0)),
)
def pad1d(x: Any, paddings: Sequence[Any], constant_value: float = 0.0) -> Tensor:
    """`pad` of a tensor of rank 1; see `pad`.

    Example:
        >>> ops.pad1d([7], [1, 0]).shape
        (2,)
    """
    return pad(_checked(1, x), [paddings], constant_value=constant_value)


@composite(
    meaning=lambda x, paddings: np.pad(x, paddings),
    cases=lambda: _sample(2, paddings=((1, 0),) * 2),
)
def pad2d(x: Any, paddings: Sequence[Any], constant_value: float = 0.0) -> Tensor:
    """`pad` of a tensor of rank 2; see `pad`.

    Example:
        >>> ops.pad2d([[7]], [[1, 0]] * 2).shape
        (2, 2)
    """
    return pad(_checked(2, x), paddings, constant_value=constant_value)


@composite(
    meaning=lambda x, paddings: np.pad(x, paddings),
    cases=lambda: _sample(3, paddings=((1, 0),) * 3),
)
def pad3d(x: Any, paddings: Sequence[Any], constant_value: float = 0.0) -> Tensor:
    """`pad` of a tensor of rank 3; see `pad`.

    Example:
        >>> ops.pad3d([[[7]]], [[1, 0]] * 3).shape
        (2, 2, 2)
    """
    return pad(_checked(3, x), paddings, constant_value=constant_value)


@composite(
    meaning=lambda x, paddings: np.pad(x, paddings),
    cases=lambda: _sample(4, paddings=((1, 0),) * 4),
)
def pad4d(x: Any, paddings: Sequence[Any], constant_value: float = 0.0) -> Tensor:
    """`pad` of a tensor of rank 4; see `pad`.

    Example:
        >>> ops.pad4d([[[[7]]]], [[1, 0]] * 4).shape
        (2, 2, 2, 2)
    """
    return pad(_checked(4, x), paddings, constant_value=constant_value)


@composite(meaning=lambda x: np.flip(x), cases=lambda: _sample(1))
def reverse1d(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of a tensor of rank 1; see `reverse`.

    Example:
        >>> ops.reverse1d([6, 7]).tolist()
        [7, 6]
    """
    return flip(_checked(1, x), axis)


@composite(meaning=lambda x: np.flip(x), cases=lambda: _sample(2))
def reverse2d(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of a tensor of rank 2; see `reverse`.

    Example:
        >>> ops.reverse2d([[6], [7]]).tolist()
        [[7], [6]]
    """
    return flip(_checked(2, x), axis)


@composite(meaning=lambda x: np.flip(x), cases=lambda: _sample(3))
def reverse3d(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of a tensor of rank 3; see `reverse`.

    Example:
        >>> ops.reverse3d([[[6]], [[7]]]).tolist()
        [[[7]], [[6]]]
    """
    return flip(_checked(3, x), axis)


@composite(meaning=lambda x: np.flip(x), cases=lambda: _sample(4))
def reverse4d(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """`reverse` of a tensor of rank 4; see `reverse`.

    Example:
        >>> ops.reverse4d([[[[6]]], [[[7]]]]).tolist()
        [[[[7]]], [[[6]]]]
    """
    return flip(_checked(4, x), axis)
