"""Pictures, resized."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from typing import Any

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
    keep_aspect_ratio_policy: str = "stretch",
    opset: int = 13,
) -> Any:
    """Along each axis by where each place comes from. In version 10 scales came second,
    and places were those of `Upsample`.
    """
    if opset == 10:
        region, scales = None, region
        coordinate_transformation_mode, nearest_mode = "asymmetric", "floor"
    if mode not in ("nearest", "linear") or antialias or keep_aspect_ratio_policy != "stretch":
        raise ValueError(
            f"mode {mode!r}, antialias {antialias}, {keep_aspect_ratio_policy!r}; only nearest and"
            " linear without more are run here"
        )
    places = list(range(x.ndim)) if axes is None else [axis % x.ndim for axis in axes]
    if sizes:
        targets = [(n, n / x.shape[axis]) for axis, n in zip(places, sizes, strict=True)]
    else:
        targets = [
            (math.floor(x.shape[axis] * scale + 1e-6), scale)
            for axis, scale in zip(places, scales, strict=True)
        ]
    values = last(x) if x.ndim == 4 else plain(x)
    for axis, (size, scale) in zip(places, targets, strict=True):
        at = (0, 3, 1, 2)[axis] if x.ndim == 4 else axis
        if size == x.shape[axis] and scale == 1:
            continue
        sources = [
            _source(coordinate_transformation_mode, i, scale, x.shape[axis]) for i in range(size)
        ]
        values = _picked(values, at, sources, mode, nearest_mode)
    return Last(values) if x.ndim == 4 else values


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
    raise ValueError(f"coordinates {mode!r} are not run here")


def _picked(x: Any, axis: int, sources: Sequence[float], mode: str, rounding: str) -> Any:
    n = x.shape[axis]
    if mode == "nearest":
        if rounding not in _ROUND:
            raise ValueError(f"nearest_mode {rounding!r} is not known")
        return _gathered(x, axis, [min(max(_ROUND[rounding](s), 0), n - 1) for s in sources])
    inside = [min(max(s, 0.0), n - 1.0) for s in sources]
    lower = [min(math.floor(s), n - 1) for s in inside]
    upper = [min(i + 1, n - 1) for i in lower]
    shares = [s - i for s, i in zip(inside, lower, strict=True)]
    weight = Weight((len(shares),), "float32", array("f", shares).tobytes())
    share = Known(weight).tensor().reshape(*(-1 if i == axis else 1 for i in range(x.ndim)))
    low, high = _gathered(x, axis, lower), _gathered(x, axis, upper)
    return low + (high - low) * share


def _gathered(x: Any, axis: int, places: Sequence[int]) -> Any:
    numbers = Known(Weight((len(places),), "int32", array("i", places).tobytes()))
    return ops.gather(x, numbers.tensor(), axis)
