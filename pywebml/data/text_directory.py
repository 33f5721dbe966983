"""Folders of text files as data sets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ..host.lazy import np
from .dataset import Dataset
from .directories import Asked, Listed, encoded, listed

MAX_TEXT = 64 << 20
"""Bytes: a larger file is no example of a text."""


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """A data set of the .txt files in the folders of `directory`: batches of texts, a
    NumPy array of `str` [n], with labels (texts, labels). Each file is read when it is
    asked for. Arguments as `image_dataset_from_directory`'s.

    Args:
        max_length: letters of a text that are kept (in Keras bytes), None for all.

    Returns:
        A `pw.data.Dataset` with `class_names` and `file_paths`.

    Raises:
        ValueError: arguments that nobody knows or that do not go together, a folder
            without texts; while iterating, a file of more than 64 MiB.
        FileNotFoundError: no such folder.

    Example:
        >>> import pathlib, tempfile
        >>> root = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("bad", "good"):
        ...     (root / name).mkdir()
        ...     _ = (root / name / "1.txt").write_text(f"a {name} film")
        >>> data = pw.utils.text_dataset_from_directory(root, shuffle=False, verbose=False)
        >>> texts, classes = next(iter(data))
        >>> texts.tolist(), classes.tolist()
        (['a bad film', 'a good film'], [0, 1])
    """
    who = "text_dataset_from_directory"
    if format not in ("tf", "grain"):
        raise ValueError(f"{who}: format must be 'tf' or 'grain', got {format!r}")
    asked = Asked(
        who, directory, labels, label_mode, class_names, (".txt",), shuffle, seed,
        validation_split, subset, follow_links, verbose,
    )  # fmt: skip

    def read(path: str) -> str:
        if os.path.getsize(path) > MAX_TEXT:
            raise ValueError(f"{who}: {path} has more than the {MAX_TEXT} bytes that are read")
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            text = file.read()
        return text if max_length is None else text[:max_length]

    def texts(numbers: Any, paths: list[str]) -> Any:
        several = [read(paths[n]) for n in np.atleast_1d(numbers)]
        return np.array(several if np.ndim(numbers) else several[0], dtype=object)

    def data(part: Listed, is_first: bool) -> Dataset:
        classes = encoded(part, label_mode)
        numbers = np.arange(len(part.paths))
        files = Dataset.from_tensor_slices(numbers if classes is None else (numbers, classes))
        if shuffle and is_first:
            files = files.shuffle(len(numbers), seed)
        if batch_size is not None:
            files = files.batch(batch_size)
        if classes is None:
            out = files.map(lambda n: texts(n, part.paths))
        else:
            out = files.map(lambda n, y: (texts(n, part.paths), y))
        out.class_names, out.file_paths = part.class_names, part.paths
        return out

    parts = [data(part, i == 0) for i, part in enumerate(listed(asked))]
    return parts if subset == "both" else parts[0]
