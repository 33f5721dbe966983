"""Numbers counted: histograms and confusion matrices."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

from ...core.basic import Fill
from ...core.calling import is_int
from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..support.axes import numbers
from .segments import SegmentSum

__all__ = ["bincount", "confusion_matrix", "dense_bincount"]


def _bincount(x: Any, weights: Any = None, size: int = 0) -> Any:
    inside = (x >= 0) & (x < size)
    return np.bincount(x[inside], None if weights is None else weights[inside], size)


def _samples() -> Iterator[Sample]:
    x = np.array([1, 1, 5, 2, 9, 1, 0], np.int32)
    yield Sample("counts", (x,), {"size": 6}, 0, 0)
    yield Sample("weighted", (x, np.linspace(0, 1, 7, dtype=np.float32)), {"size": 6})


def _classes(name: str, x: Any) -> Tensor:
    x = numbers(x)
    if x.dtype != "int32":
        raise TypeError(f"{name} counts int32 numbers, got {x.dtype}; cast them first")
    return x


def _size(name: str, size: Any) -> int:
    if not is_int(size) or size < 0:
        raise ValueError(f"{name}: size must be a whole number from 0 on, got {size!r}")
    return operator.index(size)


def _weights(name: str, x: Tensor, weights: Any) -> Tensor:
    """What each number counts: 1 where none are said, or an empty tensor, which says of
    which dtype the counts are.
    """
    values = Fill((0,), 0.0, 0.0, "int32")() if weights is None else as_tensor(weights)
    if not values.size:
        return Fill(x.shape, 1.0, 0.0, values.dtype)()  # type: ignore[no-any-return]
    if values.shape != x.shape:
        raise ValueError(f"{name}: weights {values.shape} must have x's shape {x.shape}")
    return values


@composite(meaning=_bincount, cases=_samples)
def bincount(x: Any, weights: Any = None, *, size: int) -> Tensor:
    """[size]: how often each number from 0 on is among int32 x [n], or the sum of its
    `weights` [n]; others are dropped. `size` has to be said, as x is not read back.

    Example:
        >>> ops.bincount([1, 1, 3], size=5).tolist()
        [0, 2, 0, 1, 0]
    """
    x = _classes("bincount", x)
    if x.ndim != 1:
        raise ValueError(f"bincount: x must be [n], got {x.shape}; dense_bincount takes rows")
    return dense_bincount(x, weights, size)


def _dense(x: Any, weights: Any = None, size: int = 0, binary_output: bool = False) -> Any:
    rows = x.reshape(-1, x.shape[-1])
    own = [None] * len(rows) if weights is None else weights.reshape(rows.shape)
    counts = np.stack([_bincount(r, w, size) for r, w in zip(rows, own, strict=True)])
    counts = (counts > 0).astype(np.int32) if binary_output else counts
    return counts.reshape(*x.shape[:-1], size)


@composite(
    meaning=_dense,
    cases=lambda: [
        Sample("rows", (np.array([[1, 1, 5], [0, 3, 1]], np.int32),), {"size": 4}, 0, 0),
        Sample(
            "whether there",
            (np.array([[1, 1, 5], [0, 3, 1]], np.int32),),
            {"size": 4, "binary_output": True},
            0,
            0,
        ),
    ],
)
def dense_bincount(
    x: Any, weights: Any = None, size: int = 0, binary_output: bool = False
) -> Tensor:
    """[..., size]: `bincount` of int32 x [n], or of each row of [rows, n]; with
    `binary_output` 1 for each number that is there at all.

    Example:
        >>> ops.dense_bincount([[1, 1, 3], [0, 0, 0]], None, 4).tolist()
        [[0, 2, 0, 1], [3, 0, 0, 0]]
    """
    x, n = _classes("dense_bincount", x), _size("dense_bincount", size)
    if x.ndim not in (1, 2):
        raise ValueError(f"dense_bincount: x must be [n] or [rows, n], got {x.shape}")
    values = _weights("dense_bincount", x, weights)
    rows = x.shape[0] if x.ndim == 2 else 1
    shape = (*x.shape[:-1], n)
    values = values.astype("int32") if values.dtype == "bool" else values
    dtype = values.dtype
    if binary_output:
        values = _weights("dense_bincount", x, None)
    if not rows * n:
        return Fill(shape, 0.0, 0.0, dtype)()  # type: ignore[no-any-return]
    starts = Fill((rows, 1), 0.0, float(n), "int32")()
    inside = x.greater_equal(0).logical_and(x.less(n))
    own = x.reshape(rows, x.shape[-1]) + starts
    ids = inside.reshape(own.shape).where(own, -1).reshape(-1)
    counts = SegmentSum(rows * n)(values.reshape(-1), ids).reshape(shape)
    return counts.minimum(1).astype(dtype) if binary_output else counts


def _confusion(labels: Any, predictions: Any, num_classes: int) -> Any:
    out = np.zeros((num_classes, num_classes), np.int32)
    np.add.at(out, (labels, predictions), 1)
    return out


@composite(
    meaning=_confusion,
    cases=lambda: [
        Sample(
            "3 classes",
            (np.array([0, 1, 2, 1, 0], np.int32), np.array([0, 2, 2, 1, 0], np.int32)),
            {"num_classes": 3},
            0,
            0,
        )
    ],
)
def confusion_matrix(labels: Any, predictions: Any, num_classes: int) -> Tensor:
    """int32 [classes, classes]: how often a true class (row) was predicted as another
    (column), of int32 labels and predictions [n]; classes outside are dropped.

    Example:
        >>> ops.confusion_matrix([0, 1, 1], [0, 1, 0], 2).tolist()
        [[1, 0], [1, 1]]
    """
    if not is_int(num_classes) or num_classes < 1:
        raise ValueError(
            f"confusion_matrix: num_classes must be a whole number from 1 on, got {num_classes!r}"
        )
    true, guessed = (_classes("confusion_matrix", t) for t in (labels, predictions))
    if true.ndim != 1 or true.shape != guessed.shape:
        raise ValueError(
            f"confusion_matrix: labels and predictions must both be [n], got {true.shape} and"
            f" {guessed.shape}"
        )
    n = operator.index(num_classes)
    inside = guessed.greater_equal(0).logical_and(guessed.less(n))
    inside = inside.logical_and(true.greater_equal(0)).logical_and(true.less(n))
    ids = inside.where(true * n + guessed, -1)
    return dense_bincount(ids, None, n * n).reshape(n, n)
