"""Data sets of lines of text and of pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .. import ops
from ..host.lazy import np
from ..host.stores.http import fetch
from .dataset import Dataset
from .folders import find_pictures
from .pictures import WHOLE, load_picture

MAX_BYTES = 1 << 30
"""Of a file at an address."""


def opened(source: Any, encoding: str = "utf-8-sig") -> Any:
    """The text of a file, of an http(s) address that is named, or of a function's
    lines.
    """
    if callable(source):
        return io.StringIO("\n".join(line.rstrip("\r\n") for line in source()))
    if isinstance(source, str) and source.startswith(("https://", "http://")):
        return io.StringIO(fetch(source, MAX_BYTES).decode(encoding), newline="")
    return open(source, encoding=encoding, newline="")


def text_lines(source: Any, encoding: str = "utf-8-sig") -> Dataset:
    """The lines of a text, without their ends: TensorFlow.js's TextLineDataset.

    source  a path, an http(s) address, an open file or a list of lines. Files are read
            line by line, anew at each iteration.

    Example:
        >>> data = pw.data.text_lines(["to be", "or not"]).map(lambda line: str(line).upper())
        >>> [str(line) for line in data]
        ['TO BE', 'OR NOT']
    """
    if not isinstance(source, (str, Path)) and not callable(source):
        lines = list(source)  # for as many iterations as there will be
        return text_lines(lambda: iter(lines), encoding)

    def start() -> Iterator[Any]:
        with opened(source, encoding) as file:
            for line in file:
                yield np.asarray(line.rstrip("\r\n"))

    return Dataset(start)


def images(source: Any, size: Sequence[int] | None = None) -> Dataset:
    """Pictures as uint8 [height, width, 3], read when they are asked for. Of a folder
    with a folder per class (picture, number of the class), with `class_names`.

    Args:
        source: picture files in a list, or a folder.
        size: (height, width) that they are brought to; as they are where left out.

    Example:
        >>> folder = pw.data.sample_folder()
        >>> data = pw.data.images(folder, (32, 32)).batch(8)
        >>> x, y = next(iter(data))
        >>> x.shape, y.shape
        ((8, 32, 32, 3), (8,))
    """
    if isinstance(source, (str, Path)):
        folder = find_pictures(Path(source))
        files = [(each.path, each.label) for each in folder.pictures]
        labelled = Dataset(
            lambda: ((_picture(path, size), np.asarray(label)) for path, label in files),
            len(files),
        )
        labelled.class_names = list(folder.classes)
        return labelled
    paths = [Path(path) for path in source]
    return Dataset(lambda: (_picture(path, size) for path in paths), len(paths))


def _picture(path: Any, size: Sequence[int] | None) -> Any:
    return resized(load_picture(path, WHOLE if size is None else (size[0], size[1])), size)


def resized(rgba: Any, size: Sequence[int] | None, crop: bool = False) -> Any:
    """uint8 [height, width, 3] of RGBA bytes [h, w, 4], in a size if one is given;
    with `crop` of the middle part that has its proportions.
    """
    if size is None:
        return rgba[..., :3]
    return np.rint(fitted(rgba, size, crop).numpy()[0]).astype("uint8")


def fitted(rgba: Any, size: Sequence[int], crop: bool) -> Any:
    """The same as a tensor of float32 [1, height, width, 3]."""
    return ops.pixels_to_tensor(rgba, size, scale=1.0, fit="crop" if crop else "squash")
