"""Pictures in another size, on the host: TensorFlow's `tf.image.resize` (without
antialiasing, pixels' centres at halves), in NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...host.lazy import np


def _cubic(b: float, c: float) -> Callable[[Any], Any]:
    """Mitchell and Netravali's family: (0, 1/2) is Keys's."""

    def kernel(x: Any) -> Any:
        near = ((12 - 9 * b - 6 * c) * x - 18 + 12 * b + 6 * c) * x * x + 6 - 2 * b
        far = (((-b - 6 * c) * x + 6 * b + 30 * c) * x - 12 * b - 48 * c) * x + 8 * b + 24 * c
        return np.where(x < 1, near, np.where(x < 2, far, 0)) / 6

    return kernel


def _lanczos(radius: int) -> Callable[[Any], Any]:
    return lambda x: np.where(x < radius, np.sinc(x) * np.sinc(x / radius), 0)


_KERNELS: dict[str, tuple[float, Callable[[Any], Any]]] = {
    "bilinear": (1, lambda x: np.maximum(0, 1 - x)),
    "bicubic": (2, _cubic(0, 0.5)),
    "mitchellcubic": (2, _cubic(1 / 3, 1 / 3)),
    "lanczos3": (3, _lanczos(3)),
    "lanczos5": (5, _lanczos(5)),
    "gaussian": (1.5, lambda x: np.where(x < 1.5, np.exp(-2 * x * x), 0)),
}
"""{interpolation: (radius, weight of a pixel by its distance)}."""
INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "area", *list(_KERNELS)[2:])


def resized(image: Any, size: tuple[int, int], interpolation: str = "bilinear") -> Any:
    """float32 [*size, channels] of a picture [h, w, channels]."""
    out = np.asarray(image)
    for axis in (0, 1):
        n, m = out.shape[axis], size[axis]
        if n != m:
            out = _along(out, axis, *_taps(n, m, interpolation))
    return out.astype(np.float32, copy=False)


def _along(image: Any, axis: int, places: Any, weights: Any) -> Any:
    if len(weights) == 1:
        return image.take(places[0], axis)
    out: Any = 0
    for place, weight in zip(places, weights, strict=True):
        shape = (-1, 1, 1) if axis == 0 else (1, -1, 1)
        out = out + image.take(place, axis) * weight.reshape(shape)
    return out


def weights_of(n: int, m: int, interpolation: str, antialias: bool = False) -> Any:
    """float32 [m, n]: what each pixel of an axis of n has in each of m."""
    out = np.zeros((m, n), np.float32)
    for places, weights in zip(*_taps(n, m, interpolation, antialias), strict=True):
        np.add.at(out, (np.arange(m), places), weights)
    return out


def _taps(n: int, m: int, interpolation: str, antialias: bool = False) -> tuple[Any, Any]:
    """For an axis of n resized to m: places [taps, m] and weights [taps, m], float32.
    With `antialias` each looks at as much as it stands for.
    """
    scale, target = n / m, np.arange(m)
    if interpolation == "nearest":
        places = np.minimum(np.floor((target + 0.5) * scale).astype(int), n - 1)
        return places[None], np.ones((1, m), np.float32)
    if interpolation == "area":  # what each pixel's interval covers of those before
        first = np.floor(target * scale)
        places = first + np.arange(math.ceil(scale) + 1)[:, None]
        start = np.maximum(places, target * scale)
        weights = np.maximum(np.minimum(places + 1, (target + 1) * scale) - start, 0)
    else:
        radius, kernel = _KERNELS[interpolation]
        stretch = max(scale, 1.0) if antialias else 1.0
        radius *= stretch
        centre = (target + 0.5) * scale - 0.5
        first = np.ceil(centre - radius)
        places = first + np.arange(math.ceil(2 * radius))[:, None]
        weights = kernel(np.abs(places - centre) / stretch)
    weights = np.where((places >= 0) & (places < n), weights, 0)
    weights = weights / weights.sum(0)
    return np.clip(places, 0, n - 1).astype(int), weights.astype(np.float32)


def fitted(image: Any, size: tuple[int, int], interpolation: str, crop: bool, pad: bool) -> Any:
    """`resized`, of what has the proportions of `size`: the middle of a picture
    (`crop`), or the picture with black around it (`pad`).
    """
    rows, columns = image.shape[:2]
    if crop:
        height = max(min(rows, int(columns * size[0] / size[1])), 1)
        width = max(min(columns, int(rows * size[1] / size[0])), 1)
        top, left = (rows - height) // 2, (columns - width) // 2
        image = image[top : top + height, left : left + width]
    elif pad:
        ratio = max(rows / size[0], columns / size[1])
        inner = max(int(rows / ratio), 1), max(int(columns / ratio), 1)
        top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
        room = ((top, size[0] - inner[0] - top), (left, size[1] - inner[1] - left), (0, 0))
        return np.pad(resized(image, inner, interpolation), room)
    return resized(image, size, interpolation)
