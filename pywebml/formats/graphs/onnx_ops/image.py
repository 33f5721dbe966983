"""Pictures, resized."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .... import ops
from ...wire.stored import Weight
from ..known import Known
from .layout import Last, last, plain
from .table import ONNX_OPS

_ROUND: dict[str, Callable[[float], int]] = {
    "round_prefer_floor": lambda x: math.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: math.floor(x + 0.5),
    "floor": math.floor,
    "ceil": math.ceil,
}


@ONNX_OPS.laid("Upsample", host=[1])
def upsample(x: Any, factors: Any = None, *, scales: Any = None, mode: str = "nearest") -> Any:
    """What `Resize` was before version 10."""
    scales = scales if factors is None else factors
    return resize(x, scales, mode=mode, opset=10)


@ONNX_OPS.laid("Resize", host=[1, 2, 3])
def resize(
    x: Any,
    region: Any = None,
    scales: Any = None,
    sizes: Any = None,
    *,
    mode: str = "nearest",
    coordinate_transformation_mode: str = "half_pixel",
    nearest_mode: str = "round_prefer_floor",
    axes: Sequence[int] | None = None,
    antialias: int = 0,
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    keep_aspect_ratio_policy: str = "stretch",
    opset: int = 13,
) -> Any:
    """Along each axis by where each place comes from. In version 10 scales came second,
    and places were those of `Upsample`.
    """
    if opset == 10:
        region, scales = None, region
        coordinate_transformation_mode, nearest_mode = "asymmetric", "floor"
    places = list(range(x.ndim)) if axes is None else [axis % x.ndim for axis in axes]
    before = [x.shape[axis] for axis in places]
    targets = _targets(before, scales, sizes, keep_aspect_ratio_policy)
    values = last(x) if x.ndim == 4 else plain(x)
    how = _Kernel(mode, bool(antialias), cubic_coeff_a, bool(exclude_outside))
    for number, (axis, (size, scale)) in enumerate(zip(places, targets, strict=True)):
        at = (0, 3, 1, 2)[axis] if x.ndim == 4 else axis
        n = before[number]
        cuts = coordinate_transformation_mode == "tf_crop_and_resize"
        if size == n and scale == 1 and not cuts:
            continue
        if cuts:
            first, end = region[number], region[number + len(places)]
            sources = _of_region(first, end, size, n)
        else:
            sources = [_source(coordinate_transformation_mode, i, scale, n) for i in range(size)]
        values = _picked(values, at, sources, how, scale, nearest_mode)
        outside = [not 0 <= source <= n - 1 for source in sources]
        if cuts and any(outside):
            truth = _row([float(one) for one in outside], at, values.ndim) > 0
            values = ops.where(truth, extrapolation_value, values)
    return Last(values) if x.ndim == 4 else values


def _targets(
    before: Sequence[int], scales: Any, sizes: Any, policy: str
) -> list[tuple[int, float]]:
    """(size, scale) of each axis."""
    if not sizes:
        pairs = zip(before, scales, strict=True)
        return [(math.floor(n * scale + 1e-6), scale) for n, scale in pairs]
    each = [size / n for size, n in zip(sizes, before, strict=True)]
    if policy == "stretch":
        return list(zip(sizes, each, strict=True))
    if policy not in ("not_larger", "not_smaller"):
        raise ValueError(f"keep_aspect_ratio_policy {policy!r} is not known")
    scale = min(each) if policy == "not_larger" else max(each)
    return [(math.floor(n * scale + 0.5), scale) for n in before]


def _of_region(first: float, end: float, size: int, n: int) -> list[float]:
    """Places of a part of a picture, from `first` to `end` of it."""
    if size == 1:
        return [0.5 * (first + end) * (n - 1)]
    step = (end - first) * (n - 1) / (size - 1)
    return [first * (n - 1) + i * step for i in range(size)]


def _source(mode: str, i: int, scale: float, before: int) -> float:
    """Where place `i` comes from. Scales count as they are, also where sizes times
    scales are no whole numbers.
    """
    after = before * scale
    if mode == "asymmetric":
        return i / scale
    if mode == "align_corners":
        return i * (before - 1) / (after - 1) if after != 1 else 0.0
    if mode == "tf_half_pixel_for_nn":
        return (i + 0.5) / scale
    if mode == "pytorch_half_pixel" and after == 1:
        return 0.0
    if mode in ("half_pixel", "pytorch_half_pixel"):
        return (i + 0.5) / scale - 0.5
    if mode == "half_pixel_symmetric":
        beside = before / 2 * (1 - math.floor(after + 1e-6) / after)
        return beside + (i + 0.5) / scale - 0.5
    raise ValueError(f"coordinates {mode!r} are not known")


class _Kernel(NamedTuple):
    """How values between places are made of those around: `mode` is nearest, linear or
    cubic; `smooth` ones reach further where a picture gets smaller.
    """

    mode: str
    smooth: bool
    a: float  # of the cubic: how far it swings
    inside: bool  # whether places outside count for nothing, rather than as the edge

    def share(self, distance: float) -> float:
        t, a = abs(distance), self.a
        if self.mode == "linear":
            return max(0.0, 1 - t)
        if t <= 1:
            return ((a + 2) * t - (a + 3)) * t * t + 1
        return (((t - 5) * t + 8) * t - 4) * a if t < 2 else 0.0

    def rows(self, sources: Sequence[float], scale: float, n: int) -> list[list[float]]:
        """The shares of n places in each of those that are made."""
        stretch = min(scale, 1.0) if self.smooth else 1.0
        reach = (1 if self.mode == "linear" else 2) / stretch
        rows = []
        for source in sources:
            row = [0.0] * n
            for j in range(math.floor(source - reach), math.ceil(source + reach) + 1):
                if not self.inside or 0 <= j < n:
                    row[min(max(j, 0), n - 1)] += self.share((j - source) * stretch)
            total = sum(row)
            rows.append([value / total for value in row])
        return rows


def _picked(
    x: Any, axis: int, sources: Sequence[float], how: _Kernel, scale: float, rounding: str
) -> Any:
    n = x.shape[axis]
    if how.mode == "nearest":
        if rounding not in _ROUND:
            raise ValueError(f"nearest_mode {rounding!r} is not known")
        return _gathered(x, axis, [min(max(_ROUND[rounding](s), 0), n - 1) for s in sources])
    if how.mode not in ("linear", "cubic"):
        raise ValueError(f"mode {how.mode!r}; expected nearest, linear or cubic")
    if how.mode == "cubic" or how.smooth:
        rows = how.rows(sources, scale, n)
        flat = array("f", [value for row in rows for value in row])
        matrix = Known(Weight((len(rows), n), "float32", flat.tobytes())).tensor()
        perm = list(range(x.ndim))
        perm[axis], perm[-1] = perm[-1], perm[axis]
        return ops.matmul(x.transpose(perm), matrix, transpose_b=True).transpose(perm)
    inside = [min(max(s, 0.0), n - 1.0) for s in sources]
    lower = [min(math.floor(s), n - 1) for s in inside]
    upper = [min(i + 1, n - 1) for i in lower]
    share = _row([s - i for s, i in zip(inside, lower, strict=True)], axis, x.ndim)
    low, high = _gathered(x, axis, lower), _gathered(x, axis, upper)
    return low + (high - low) * share


def _row(values: Sequence[float], axis: int, rank: int) -> Any:
    """Numbers along an axis."""
    weight = Weight((len(values),), "float32", array("f", values).tobytes())
    return Known(weight).tensor().reshape(*(-1 if i == axis else 1 for i in range(rank)))


def _gathered(x: Any, axis: int, places: Sequence[int]) -> Any:
    numbers = Known(Weight((len(places),), "int32", array("i", places).tobytes()))
    return ops.gather(x, numbers.tensor(), axis)
