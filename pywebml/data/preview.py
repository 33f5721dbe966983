"""The pictures of a data set, as the network sees them: the first look that each
project should take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core.tensor import Tensor
from ..host import notebook
from ..host.files import write_whole
from ..host.lazy import np
from ..vis.gallery import Gallery, Tile, gallery
from ..vis.screens import NotebookScreen, Picture, screen_in_use
from .structure import is_tuple


class _Some(NamedTuple):
    """Pictures [n, h, w, c] and their labels, None for none."""

    pictures: Any
    labels: Any


def preview(
    data: Any,
    n: int = 16,
    class_names: Sequence[str] | None = None,
    through: Callable[..., Any] | None = None,
    file: str = "preview.svg",
) -> None:
    """Shows the first `n` pictures of a data set as the network gets them: resized, in
    the order of the shuffle, with their labels, and through whatever stands before the
    network. Says their shape, their dtype and the range of their values, by which they
    are made visible. In the page they appear under the program, in a notebook under the
    cell; on the desktop they are written to `file`.

    Args:
        data: a data set of batches x or (x, y), an array [n, height, width, channels],
            or a pair of arrays.
        class_names: names for labels that are numbers; by default the data set's.
        through: a layer, a model or a function that is called on the batch first, as
            in training: random layers show what they do.

    Raises:
        ValueError: what are no pictures: another rank than 4, other channels than 1, 3
            or 4; none at all; values that are no numbers.

    Example:
        >>> from pywebml.vis.screens import Recorder, shown_on
        >>> with shown_on(Recorder()) as screen:
        ...     pw.data.preview(np.linspace(0, 1, 48).reshape(1, 4, 4, 3))
        >>> screen.shown[0][1].words
        '1 picture of 4 x 4 x 3, float64, values 0 ... 1'
    """
    if n < 1:
        raise ValueError(f"preview: n must be at least 1, got {n}")
    some = _first(data, n)
    names = getattr(data, "class_names", None) if class_names is None else class_names
    pictures = some.pictures
    if through is not None:
        takes_training = hasattr(through, "compute_output_shape")
        pictures = _array(through(pictures, training=True) if takes_training else through(pictures))
    _check(pictures)
    low, high = float(pictures.min()), float(pictures.max())
    count, height, width, channels = pictures.shape
    words = (
        f"{count} picture{'s' * (count > 1)} of {height} x {width} x {channels},"
        f" {pictures.dtype}, values {low:.4g} ... {high:.4g}"
    )
    pixels = _visible(pictures, low, high)
    labels = [_said(label, names) for label in some.labels] if some.labels is not None else None
    screen = screen_in_use()
    if screen is not None and not isinstance(screen, NotebookScreen):
        sheet = _sheet(pixels)
        shown = "" if labels is None else f"; {', '.join(labels)}"
        height, width = sheet.shape[:2]
        screen.picture(Picture(sheet.tobytes(), height, width, words + shown))
        return
    tiles = [
        Tile(image.tobytes(), height, width, channels, label)
        for image, label in zip(pixels, labels or [""] * count, strict=True)
    ]
    if screen is not None:
        notebook.show(Gallery(tiles, words))
        return
    print(f"{words}; written: {write_whole(file, gallery(tiles, words).encode())}")


def _first(data: Any, n: int) -> _Some:
    if isinstance(data, Tensor) or hasattr(data, "__array__"):
        return _Some(_array(data[:n]), None)
    is_pair = is_tuple(data) and len(data) == 2 and not hasattr(data[0], "as_numpy_iterator")
    batches = [data] if is_pair else data
    pictures: list[Any] = []
    labels: list[Any] = []
    for batch in batches:
        x, y = (batch[0], batch[1]) if is_tuple(batch) and len(batch) > 1 else (batch, None)
        x = x[0] if is_tuple(x) else x
        x = _array(x)
        pictures.extend(x if x.ndim > 3 else x[None])
        if y is not None:
            y = _array(y)
            labels.extend(y if x.ndim > 3 else y[None])
        if len(pictures) >= n:
            break
    if not pictures:
        raise ValueError("preview: the data set has no pictures")
    shapes = {p.shape for p in pictures[:n]}
    if len(shapes) > 1:
        raise ValueError(
            f"preview: pictures have different shapes, {sorted(shapes)[:2]}; resize them"
        )
    return _Some(np.stack(pictures[:n]), labels[:n] or None)


def _array(values: Any) -> Any:
    return values.numpy() if isinstance(values, Tensor) else np.asarray(values)


def _check(pictures: Any) -> None:
    if pictures.ndim != 4 or pictures.shape[3] not in (1, 3, 4) or 0 in pictures.shape:
        raise ValueError(
            "preview: pictures are [n, height, width, 1, 3 or 4], got shape"
            f" {pictures.shape}; give data.map(lambda x, y: (x[..., :3], y)) or the like for others"
        )
    if pictures.dtype.kind not in "biuf" or not np.all(np.isfinite(pictures)):
        raise ValueError("preview: some values of the pictures are no numbers (NaN or infinite)")


def _visible(pictures: Any, low: float, high: float) -> Any:
    """uint8, by the range that values seem to be of: 0 ... 1, -1 ... 1, 0 ... 255, or
    else their own.
    """
    ranges = ((0, 1), (-1, 1), (0, 255))
    first, last = next((r for r in ranges if r[0] <= low and high <= r[1]), (low, high))
    share = (pictures.astype(np.float32) - first) / ((last - first) or 1)
    return np.rint(share * 255).astype(np.uint8)


def _said(label: Any, names: Sequence[str] | None) -> str:
    """A label in a word: the name of its class, of the largest of one-hot numbers."""
    label = np.asarray(label)
    if label.size > 1 and names is not None and label.size == len(names):
        return str(names[int(label.argmax())])
    if label.size == 1:
        value = label.reshape(-1)[0].item()
        is_class = names is not None and value == int(value) and 0 <= value < len(names)
        return str(names[int(value)]) if is_class and names is not None else f"{value:.4g}"
    return " ".join(f"{v:.3g}" for v in label.reshape(-1)[:8].tolist())


def _sheet(pixels: Any) -> Any:
    """RGBA [height, width, 4] of all pictures side by side."""
    count, height, width, channels = pixels.shape
    columns = math.ceil(math.sqrt(count))
    rows, gap = -(-count // columns), 2
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), 255, np.uint8)
    for i, image in enumerate(pixels):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        colours = image if channels > 1 else image.repeat(3, -1)
        sheet[y : y + height, x : x + width, : colours.shape[-1]] = colours
    return sheet
