"""Parts of matrices: bands, triangles, the diagonal."""

from __future__ import annotations

from typing import Any

from ...core.basic import Fill
from ...core.calling import is_int
from ...core.composite import Sample, composite
from ...core.spec import Spec
from ...core.tensor import Tensor, apply, as_tensor
from ...host.lazy import np
from ..shape.functions import pad
from ..support.axes import ramp

__all__ = ["band_part"]


def check_matrices(what: str, *specs: Spec, square: bool = False) -> None:
    """float32 [..., m, n], m = n where they have to be `square`."""
    for spec in specs:
        if spec.dtype != "float32":
            raise TypeError(f"{what}: matrices must be float32, got {spec.dtype}; cast them first")
        if len(spec.shape) < 2 or 0 in spec.shape:
            raise ValueError(f"{what}: matrices [..., m, n] expected, got shape {spec.shape}")
        if square and spec.shape[-1] != spec.shape[-2]:
            raise ValueError(f"{what}: square matrices [..., n, n] expected, got {spec.shape}")


def turned(x: Tensor) -> Any:
    """The last two axes swapped."""
    axes = list(range(x.ndim))
    return x.transpose([*axes[:-2], axes[-1], axes[-2]])


def diagonal(x: Tensor) -> Any:
    """[..., n, n] -> [..., n]: with rows one longer the diagonal is a column."""
    *lead, n, _ = x.shape
    flat = pad(x.reshape(*lead, n * n), [(0, 0)] * len(lead) + [(0, n)])
    return flat.reshape(*lead, n, n + 1)[..., 0]


def _offsets(rows: int, columns: int) -> Any:
    """int32 [rows, columns]: how far right of the diagonal each entry stands."""
    across = apply(Fill((1, columns), 0.0, 1.0, "int32"), ())
    return across - apply(Fill((rows, 1), 0.0, 1.0, "int32"), ())


def _width(number: Any, most: int, what: str) -> Any:
    """How many diagonals to keep: a number or a tensor of one, all where it is below 0."""
    if isinstance(number, Tensor) and number.size == 1:
        number = number.reshape(()).astype("int32")
        return (number < 0).where(most, number)
    if not is_int(number):
        raise TypeError(f"band_part: {what} must be an int, got {number!r}")
    if number > most:
        raise ValueError(f"band_part: {what} must be at most {most}, got {number}; -1 means all")
    return most if number < 0 else int(number)


def _band(a: Any, num_lower: int, num_upper: int) -> Any:
    m, n = a.shape[-2:]
    low, high = (
        size if number < 0 else number
        for size, number in zip((m, n), (num_lower, num_upper), strict=True)
    )
    return np.triu(np.tril(a, high), -low)


@composite(
    meaning=_band,
    cases=lambda: [
        Sample("lower half", (ramp((4, 3)),), {"num_lower": -1, "num_upper": 0}, 0, 0),
        Sample("a band", (ramp((2, 5, 6)),), {"num_lower": 1, "num_upper": 2}, 0, 0),
        Sample("diagonal", (ramp((2, 2)),), {"num_lower": 0, "num_upper": 0}, 0, 0),
    ],
)
def band_part(a: Any, num_lower: int | Tensor, num_upper: int | Tensor) -> Tensor:
    """a [..., m, n] with 0 everywhere but on the diagonal, `num_lower` diagonals below
    it and `num_upper` above; -1 means all of them. (tf.linalg.bandPart)

    ValueError for a rank below 2 or more diagonals than there are.

    Example:
        >>> ops.linalg.band_part([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 0, 1).tolist()
        [[1, 2, 0], [0, 5, 6], [0, 0, 9]]
    """
    a = as_tensor(a)
    if a.ndim < 2:
        raise ValueError(f"band_part: a of rank 2 or more expected, got shape {a.shape}")
    m, n = a.shape[-2:]
    low, high = _width(num_lower, m, "num_lower"), _width(num_upper, n, "num_upper")
    right, nothing = _offsets(m, n), False if a.dtype == "bool" else 0
    return (right <= high).logical_and(right + low >= 0).where(a, nothing)  # type: ignore[no-any-return]
