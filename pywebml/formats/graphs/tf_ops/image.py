"""Pictures, resized and cropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import ops
from .table import TF_OPS


@TF_OPS.op("ResizeBilinear", host=[1])
def resize_bilinear(
    x: Any, size: Sequence[int], *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Any:
    options = {"align_corners": align_corners, "half_pixel_centers": half_pixel_centers}
    return ops.resize_bilinear(x.astype("float32"), tuple(size), **options)


@TF_OPS.op("ResizeNearestNeighbor", host=[1])
def resize_nearest(
    x: Any, size: Sequence[int], *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Any:
    options = {"align_corners": align_corners, "half_pixel_centers": half_pixel_centers}
    return ops.resize_nearest_neighbor(x, tuple(size), **options)


@TF_OPS.op("CropAndResize", host=[3])
def crop_and_resize(
    x: Any,
    boxes: Any,
    numbers: Any,
    size: Sequence[int],
    *,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
) -> Any:
    return ops.image.crop_and_resize(
        x.astype("float32"), boxes, numbers, tuple(size), method, extrapolation_value
    )


@TF_OPS.op("ImageProjectiveTransformV3", host=[2, 3])
def transform(
    x: Any,
    transforms: Any,
    size: Sequence[int],
    fill_value: float = 0.0,
    *,
    interpolation: str,
    fill_mode: str = "CONSTANT",
) -> Any:
    return ops.image.transform(
        x, transforms, interpolation.lower(), fill_mode.lower(), fill_value, tuple(size)
    )
