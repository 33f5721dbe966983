"""Colours to grey and back, and black and white."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor, tensor
from ...host.lazy import np

__all__ = ["grayscale_to_rgb", "rgb_to_grayscale", "threshold"]

LUMA = (0.2989, 0.587, 0.114)
"""How bright red, green and blue are: ITU-R BT.601."""
METHODS = ("binary", "otsu")
_LEVELS = 256


def _check_channels(image: Tensor, what: str, channels: int, name: str) -> None:
    if image.ndim < 2 or image.shape[-1] != channels:
        raise ValueError(f"{name}: image must be [..., {channels}] ({what}), got {image.shape}")


def _grey(image: Any) -> Any:
    return (image * LUMA).sum(-1, keepdims=True)


@composite(
    meaning=lambda image: np.trunc(_grey(image)) if image.dtype.kind == "i" else _grey(image),
    cases=lambda: [
        Sample("2 pictures", (_sample_pixels((2, 3, 2, 3)).astype(np.float32),), atol=1e-3),
        Sample("whole numbers", (_sample_pixels((5, 3)),), atol=0),
    ],
)
def rgb_to_grayscale(image: Any) -> Tensor:
    """How bright colours image [..., 3] (red, green, blue) are: 0.2989 r + 0.587 g +
    0.114 b, [..., 1] in their dtype. ValueError for another last axis.

    Example:
        >>> ops.image.rgb_to_grayscale([[100.0, 0.0, 0.0], [1.0, 1.0, 1.0]]).numpy()[:, 0]
        array([29.89  ,  0.9999], dtype=float32)
    """
    image = as_tensor(image)
    _check_channels(image, "red, green, blue", 3, "rgb_to_grayscale")
    grey = (image.astype("float32") * tensor(LUMA)).sum(axis=-1, keepdims=True)
    return grey.astype(image.dtype)


@composite(
    meaning=lambda image: np.repeat(image, 3, -1),
    cases=lambda: [Sample("a picture", (_sample_pixels((2, 3, 1)).astype(np.float32),))],
    halves=True,
)
def grayscale_to_rgb(image: Any) -> Tensor:
    """Greys image [..., 1] as colours [..., 3]. ValueError for another last axis.

    Example:
        >>> ops.image.grayscale_to_rgb([[1], [2]]).tolist()
        [[1, 1, 1], [2, 2, 2]]
    """
    image = as_tensor(image)
    _check_channels(image, "grey", 1, "grayscale_to_rgb")
    return image.tile((*[1] * (image.ndim - 1), 3))


def _sample_pixels(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(11).integers(0, 256, shape, dtype=np.int32)


def _black_and_white(
    image: Any, method: str = "binary", inverted: bool = False, thresh_value: float = 0.5
) -> Any:
    """Each level tried in turn."""
    grey = _grey(image) if image.shape[-1] == 3 else image
    level = thresh_value * 255
    if method == "otsu":
        counts = np.bincount(np.round(grey).astype(int).ravel(), minlength=_LEVELS)
        level, best = -1.0, 0.0
        for t in range(_LEVELS - 1):
            below, above = counts[: t + 1].sum(), counts[t + 1 :].sum()
            if not below or not above:
                continue
            levels = np.arange(_LEVELS) * counts
            apart = levels[: t + 1].sum() / below - levels[t + 1 :].sum() / above
            if below * above * apart**2 > best * (1 + 1e-9):
                level, best = t, below * above * apart**2
    return ((grey > level) != inverted) * 255


def _sample_thresholds() -> Iterator[Sample]:
    image = _sample_pixels((5, 7, 3))
    yield Sample("colours", (image.astype(np.float32),), atol=0)
    yield Sample("inverted", (image,), {"inverted": True, "thresh_value": 0.3}, 0)
    two = np.where(image > 90, image // 3 + 150, image // 2)[..., :1]
    yield Sample("Otsu", (two.astype(np.float32),), {"method": "otsu"}, 0)
    flat = np.full((3, 4, 1), 7.0, np.float32)
    yield Sample("Otsu, of one level", (flat,), {"method": "otsu"}, 0)


@composite(meaning=_black_and_white, cases=_sample_thresholds)
def threshold(
    image: Any, method: str = "binary", inverted: bool = False, thresh_value: float = 0.5
) -> Tensor:
    """A picture image [h, w, 3 or 1] of 0 ... 255 in black and white: int32 [h, w, 1],
    255 where its grey is above the level, else 0; the other way round if `inverted`.

    The level is 255 * thresh_value with `method` "binary"; with "otsu" the one between
    whose sides the variance is largest (Otsu 1979), found on the device. ValueError for
    other shapes and methods.

    Example:
        >>> ops.image.threshold([[[10], [130], [250]]]).tolist()
        [[[0], [255], [255]]]
    """
    image = as_tensor(image)
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ValueError(
            f"threshold: image must be [height, width, 3 or 1], got shape {image.shape}"
        )
    if method not in METHODS:
        raise ValueError(f"threshold: method must be 'binary' or 'otsu', got {method!r}")
    grey = image.astype("float32")
    if image.shape[2] == 3:
        grey = (grey * tensor(LUMA)).sum(axis=-1, keepdims=True)
    level = _otsu(grey) if method == "otsu" else thresh_value * 255
    chosen = grey <= level if inverted else grey > level
    return chosen.astype("int32") * 255


def _otsu(grey: Tensor) -> Tensor:
    """The first of the levels with the largest variance between the two classes; -1
    where all pixels are of one.
    """
    levels = tensor(range(_LEVELS)).astype("float32")
    ids = grey.reshape(-1).round().astype("int32")
    counts = tensor([1.0]).broadcast_to(ids.shape).unsorted_segment_sum(ids, _LEVELS)
    up_to = (levels.reshape(-1, 1) >= levels).astype("float32")  # [level, level]
    below, above = (up_to * counts).sum(axis=1), ((1.0 - up_to) * counts).sum(axis=1)
    weighted = counts * levels
    dark, bright = (up_to * weighted).sum(axis=1), ((1.0 - up_to) * weighted).sum(axis=1)
    both = (below > 0).astype("float32") * (above > 0)
    apart = dark / below.maximum(1.0) - bright / above.maximum(1.0)
    variance = both * (below / ids.size) * (above / ids.size) * apart * apart
    best = variance.argmax().astype("float32")
    return (variance.max() > 0).where(best, -1.0)
