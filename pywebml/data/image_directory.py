"""Folders of pictures as data sets: decoded when they are asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from ..core.calling import ints
from ..host.lazy import np
from ..host.side_by_side import side_by_side
from ..ops.support.resampling import INTERPOLATIONS, fitted
from .dataset import Dataset
from .directories import Asked, Listed, encoded, listed
from .image_files import MODES, in_mode, is_first
from .pictures import whole_picture

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
"""Keras's: with more, lists of labels and splits would be others."""


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] | int = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """A data set of the pictures (.bmp, .gif, .jpeg, .jpg, .png) in the folders of
    `directory`: batches float32 [n, height, width, channels] of 0 ... 255, with labels
    (pictures, labels). Each is decoded when it is asked for, by several threads, so the
    folder may be larger than memory. Pictures stand upright, as their EXIF says.

    Args:
        labels: "inferred" from the names of the class folders, None for none, or a list
            of whole numbers, one per file in the files' sorted order.
        label_mode: "int" (int32 [n]), "binary" (float32 [n, 1]), "categorical" (one-hot
            float32) or None.
        class_names: the class folders, in the order of their numbers.
        color_mode: "grayscale", "rgb" or "rgba".
        batch_size: None for single pictures.
        image_size: (height, width).
        shuffle: the order: another at each iteration, by `seed`, or that of the paths.
        validation_split, subset: the share of the files that is kept aside, and which
            part is asked for: "training", "validation", or "both" for a list of two.
            The same `seed` keeps the same files aside as in Keras.
        interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5",
            "gaussian" or "mitchellcubic".
        crop_to_aspect_ratio: takes the middle that has the proportions of `image_size`.
        pad_to_aspect_ratio: puts black around the picture instead.

    Returns:
        A `pw.data.Dataset` with `class_names` and `file_paths`.

    Raises:
        ValueError: arguments that nobody knows or that do not go together, a folder
            without pictures; while iterating, a file that is no picture, by its name.
        FileNotFoundError: no such folder.

    Example:
        >>> data = pw.utils.image_dataset_from_directory(
        ...     pw.data.sample_folder(), batch_size=8, image_size=(32, 32), verbose=False)
        >>> x, y = next(iter(data))
        >>> x.shape, y.dtype, data.class_names
        ((8, 32, 32, 3), dtype('int32'), ['down', 'left', 'right', 'up'])
    """
    who = "image_dataset_from_directory"
    if color_mode not in MODES:
        raise ValueError(
            f"{who}: color_mode must be 'grayscale', 'rgb' or 'rgba', got {color_mode!r}"
        )
    if interpolation.lower() not in INTERPOLATIONS:
        raise ValueError(
            f"{who}: interpolation must be {', '.join(INTERPOLATIONS)}, got {interpolation!r}"
        )
    if format not in ("tf", "grain"):
        raise ValueError(f"{who}: format must be 'tf' or 'grain', got {format!r}")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(f"{who}: a picture is cropped or padded to the aspect ratio, not both")
    both = (image_size, image_size) if isinstance(image_size, int) else image_size
    sides = ints(both, f"{who}: image_size")
    if len(sides) != 2 or min(sides) < 1:
        raise ValueError(f"{who}: image_size must be (height, width), got {image_size!r}")
    size = sides[0], sides[1]
    first = is_first(who, data_format)
    asked = Asked(
        who, directory, labels, label_mode, class_names, SUFFIXES, shuffle, seed,
        validation_split, subset, follow_links, verbose,
    )  # fmt: skip

    def load(path: str) -> Any:
        pixels = np.asarray(in_mode(whole_picture(path), color_mode), dtype=np.float32)
        pixels = pixels if pixels.ndim == 3 else pixels[..., None]
        image = fitted(
            pixels, size, interpolation.lower(), crop_to_aspect_ratio, pad_to_aspect_ratio
        )
        return image.transpose(2, 0, 1) if first else image

    parts = [
        _data(part, label_mode, batch_size, seed, shuffle and i == 0, load)
        for i, part in enumerate(listed(asked))
    ]
    return parts if subset == "both" else parts[0]


def _data(
    part: Listed,
    label_mode: str | None,
    batch_size: int | None,
    seed: int | None,
    shuffle: bool,
    load: Callable[[str], Any],
) -> Dataset:
    labels = encoded(part, label_mode)
    numbers = np.arange(len(part.paths))
    files = Dataset.from_tensor_slices(numbers if labels is None else (numbers, labels))
    if shuffle:
        files = files.shuffle(len(numbers), seed)
    batches = files.batch(1 if batch_size is None else batch_size)

    def start() -> Iterator[Any]:
        batched = ((b, None) if labels is None else b for b in batches)
        sizes_and_labels: deque[tuple[int, Any]] = deque()

        def numbered() -> Iterator[int]:  # read ahead of the pictures
            for numbers, classes in batched:
                sizes_and_labels.append((len(numbers), classes))
                yield from map(int, numbers)

        with closing(side_by_side(lambda i: load(part.paths[i]), numbered())) as loaded:
            for image in loaded:
                size, classes = sizes_and_labels.popleft()
                x = np.stack([image, *islice(loaded, size - 1)]) if batch_size else image
                if labels is None:
                    yield x
                else:
                    yield x, classes if batch_size else classes[0]

    data = Dataset(start, len(batches), open_rows=batch_size is not None)
    data.batch_size = batch_size
    data.class_names, data.file_paths = part.class_names, part.paths
    return data
