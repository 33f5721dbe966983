"""Pictures to features: what a pretrained network is used for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..data.folders import PictureFile, Skipped
from ..data.pictures import load_picture, name_of
from ..ops import concat
from .thumbnails import thumbnails

if TYPE_CHECKING:
    from ..core.tensor import Tensor
    from .extractor import Extractor
    from .onnx_classifier import OnnxClassifier


BATCH = 16


class Features(NamedTuple):
    """What `extract_features` returns: row i of `values` belongs to picture number
    `kept[i]`, and so does row i of `thumbnails`, where they were asked for.
    """

    values: Tensor
    kept: list[int]
    skipped: list[Skipped]
    thumbnails: Tensor | None = None


def extract_features(
    extractor: Extractor | OnnxClassifier,
    pictures: Iterable[Any],
    progress: Callable[[int, int], None] | None = None,
    *,
    fit: str = "squash",
    batch: int = BATCH,
    with_thumbnails: bool = False,
    mirror: bool = False,
) -> Features:
    """The features of pictures (paths, PictureFile entries or binary files), float32
    [pictures that could be read, ...].

    Pixels are uploaded as bytes, resized and normalised on the device; the network runs
    captured, `batch` pictures at a time; the features stay on the device.
    `progress(done, of)` is called after each batch. A picture that cannot be read is
    named in `skipped`; ValueError if none can. `with_thumbnails`: see
    zoo/thumbnails.py; `mirror`: left and right change places.
    """
    sources = [p.path if isinstance(p, PictureFile) else p for p in pictures]
    rows: list[Tensor] = []
    small: list[Tensor] = []
    read: list[int] = []
    skipped: list[Skipped] = []
    waiting: list[Tensor] = []
    for i, source in enumerate(sources):
        try:
            pixels = load_picture(source, extractor.input_size, fit)
            waiting.append(extractor.pixels(pixels, mirror=mirror, fit=fit))
            read.append(i)
        except ValueError as e:
            skipped.append(Skipped(Path(name_of(source)), str(e)))
        if len(waiting) == batch or (waiting and i == len(sources) - 1):
            seen = _joined(waiting)
            rows.append(extractor(seen))
            if with_thumbnails:
                small.append(thumbnails(seen))
            waiting = []
        if progress and (not waiting or i == len(sources) - 1):
            progress(i + 1, len(sources))
    if not rows:
        reasons = "; ".join(s.reason for s in skipped[:3]) or "no pictures were given"
        raise ValueError(f"no features: {reasons}")
    return Features(_joined(rows), read, skipped, _joined(small) if small else None)


def _joined(tensors: list[Tensor]) -> Tensor:
    return concat(tensors, axis=0) if len(tensors) > 1 else tensors[0]
