"""Grids of coordinates, and diagonals."""

from __future__ import annotations

from typing import Any

from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor, reshape
from ...host.lazy import np
from ..support.axes import ramp
from .functions import broadcast_to, pad, slice

__all__ = ["diag", "meshgrid"]


@composite(
    meaning=lambda x, y, indexing="xy": np.meshgrid(x, y, indexing=indexing),
    cases=lambda: [
        Sample("xy", (ramp((3,)), ramp((4,))), {}, 0, 0),
        Sample("ij", (ramp((3,)), ramp((4,))), {"indexing": "ij"}, 0, 0),
    ],
    halves=True,
)
def meshgrid(x: Any = None, y: Any = None, *, indexing: str = "xy") -> list[Tensor]:
    """The coordinates of all pairs of x [n] and y [m]: two tensors [m, n], or with
    `indexing="ij"` [n, m]. Of x alone, x; of nothing, nothing. Others are flattened.

    Example:
        >>> [t.tolist() for t in ops.meshgrid([1, 2, 3], [4, 5])]
        [[[1, 2, 3], [1, 2, 3]], [[4, 4, 4], [5, 5, 5]]]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    lines = [as_tensor(t) for t in (x, y) if t is not None]
    lines = [reshape(t, (t.size,)) for t in lines]
    if len(lines) < 2:
        return lines
    (n, m), across = (t.size for t in lines), indexing == "xy"
    shape = (m, n) if across else (n, m)
    views = ((1, n), (m, 1)) if across else ((n, 1), (1, m))
    return [broadcast_to(reshape(t, v), shape) for t, v in zip(lines, views, strict=True)]


def _diag(x: Any) -> Any:
    return np.diag(x.reshape(-1)).reshape(x.shape * 2)


@composite(
    meaning=_diag,
    cases=lambda: [
        Sample("of 5", (ramp((5,)),), {}, 0, 0),
        Sample("of 2 x 3", (ramp((2, 3)),), {}, 0, 0),
    ],
    halves=True,
)
def diag(x: Any) -> Tensor:
    """x on the diagonal, 0 elsewhere: the result's shape is x's twice, and
    y[i..., i...] = x[i...].

    Example:
        >>> ops.diag([1, 2]).tolist()
        [[1, 0], [0, 2]]
    """
    x = as_tensor(x)
    n, shape = x.size, x.shape * 2
    # n zeros behind each value, and the next lies one further to the right
    rows = pad(reshape(x, (n, 1)), [(0, 0), (0, n)])
    return reshape(slice(reshape(rows, (n * (n + 1),)), 0, n * n), shape)
