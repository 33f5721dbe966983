"""Files of folders with their labels, in Keras's order, split as Keras splits them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..core.seeds import next_seed
from ..host.lazy import np

LABEL_MODES = ("int", "categorical", "binary", None)


class Listed(NamedTuple):
    """Paths, the numbers of their classes (None without labels) and the classes' names."""

    paths: list[str]
    labels: Any
    class_names: list[str] | None


class Asked(NamedTuple):
    """What a function that reads folders was asked for."""

    who: str
    directory: Any
    labels: Any
    label_mode: str | None
    class_names: Sequence[str] | None
    suffixes: tuple[str, ...]
    shuffle: bool
    seed: int | None
    validation_split: float | None
    subset: str | None
    follow_links: bool
    verbose: bool


def listed(asked: Asked) -> list[Listed]:
    """What there is, as one part or, for the subset "both", as two. ValueError or
    FileNotFoundError in a sentence where it cannot be.
    """
    _check(asked)
    seed = next_seed() % 1_000_000 if asked.seed is None else asked.seed
    every = _all(asked)
    if asked.label_mode == "binary" and len(every.class_names or ()) != 2:
        raise ValueError(
            f"{asked.who}: label_mode 'binary' is for 2 classes, got {every.class_names}"
        )
    if asked.shuffle:  # as Keras does, so that a seed puts the same files aside
        order = np.random.RandomState(seed).permutation(len(every.paths))
        labels = None if every.labels is None else every.labels[order]
        every = Listed([every.paths[i] for i in order], labels, every.class_names)
    subsets = ("training", "validation") if asked.subset == "both" else (asked.subset,)
    return [_part(asked, every, subset) for subset in subsets]


def _check(asked: Asked) -> None:
    who, labels = asked.who, asked.labels
    if asked.label_mode not in LABEL_MODES:
        raise ValueError(
            f"{who}: label_mode must be 'int', 'categorical', 'binary' or None, got"
            f" {asked.label_mode!r}"
        )
    is_list = isinstance(labels, (list, tuple)) or hasattr(labels, "shape")
    if not is_list and labels not in ("inferred", None):
        raise ValueError(
            f"{who}: labels must be 'inferred' (from the class folders' names), None or a list of"
            f" whole numbers, one per file, got {labels!r:.80}"
        )
    if asked.class_names is not None and not (isinstance(labels, str) and labels == "inferred"):
        raise ValueError(f"{who}: class_names are for labels='inferred', got labels={labels!r:.80}")
    split = asked.validation_split
    if split and not 0 < split < 1:
        raise ValueError(f"{who}: validation_split must be between 0 and 1, got {split}")
    if bool(split) != bool(asked.subset):
        raise ValueError(
            f"{who}: validation_split and subset go together, got {split} and {asked.subset!r}"
        )
    if asked.subset not in ("training", "validation", "both", None):
        raise ValueError(
            f"{who}: subset must be 'training', 'validation' or 'both', got {asked.subset!r}"
        )
    if split and asked.shuffle and asked.seed is None:
        raise ValueError(
            f"{who}: give a seed, or shuffle=False: else the two subsets may have files in common"
        )
    if not os.path.isdir(asked.directory):
        kind = "is a file" if os.path.exists(asked.directory) else "is not there"
        raise FileNotFoundError(f"{who}: the folder {os.fspath(asked.directory)} {kind}")


def _all(asked: Asked) -> Listed:
    root = Path(asked.directory)
    left_out: Counter[str] = Counter()
    inferred = isinstance(asked.labels, str)
    folders = [""]
    if inferred:
        there = sorted(p.name for p in root.iterdir() if p.is_dir() and p.name[0] != ".")
        folders = list(asked.class_names or there)
        missing = [name for name in folders if name not in there]
        if missing:
            raise ValueError(
                f"{asked.who}: class_names has {missing[0]!r}, but {root} has the folders"
                f" {', '.join(there) or 'none'}"
            )
    paths: list[str] = []
    numbers: list[int] = []
    for number, name in enumerate(folders):
        for path in _files(root / name if name else root, asked, left_out):
            paths.append(path)
            numbers.append(number)
    labels: Any = np.array(numbers, np.int32)
    names: list[str] | None = folders
    if asked.labels is None or asked.label_mode is None:
        labels = names = None
    elif not inferred:
        labels = np.asarray(asked.labels)
        if len(labels) != len(paths):
            raise ValueError(
                f"{asked.who}: labels has {len(labels)} entries for {len(paths)} files in {root}"
            )
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise ValueError(f"{asked.who}: labels must be whole numbers, one per file")
        names = [str(label) for label in sorted(set(labels.tolist()))]
    if asked.verbose:
        of = "" if names is None else f" belonging to {len(names)} classes"
        others = ", ".join(f"{n} {kind}" for kind, n in sorted(left_out.items()))
        print(f"Found {len(paths)} files{of}." + (f" Left out: {others}." if others else ""))
    return Listed(paths, labels, names)


def _files(folder: Path, asked: Asked, left_out: Counter[str]) -> Iterator[str]:
    """All files of these suffixes in a folder and in those within, sorted by folder;
    a link that leads back up is not followed.
    """
    seen = set()
    for at, folders, names in sorted(os.walk(folder, followlinks=asked.follow_links)):
        real = os.path.realpath(at)
        if asked.follow_links and real in seen:
            folders.clear()
            continue
        seen.add(real)
        for name in sorted(names):
            if name.lower().endswith(asked.suffixes):
                yield os.path.join(at, name)
            elif not name.startswith("."):
                left_out[os.path.splitext(name)[1].lower() or "without a suffix"] += 1


def _part(asked: Asked, every: Listed, subset: str | None) -> Listed:
    paths, labels, names = every
    if asked.validation_split:
        n = int(asked.validation_split * len(paths))
        at = len(paths) - n
        some = slice(at) if subset == "training" else slice(at, None)
        paths, labels = paths[some], None if labels is None else labels[some]
        if asked.verbose:
            print(f"Using {len(paths)} files for {subset}.")
    if not paths:
        what = f" for {subset}" if subset else ""
        raise ValueError(
            f"{asked.who}: {asked.directory} has no files{what} that end in"
            f" {', '.join(asked.suffixes)}"
        )
    return Listed(paths, labels, names)


def encoded(part: Listed, label_mode: str | None) -> Any:
    """The labels as batches have them: int32 [n], float32 [n, 1] or one-hot float32."""
    if part.labels is None:
        return None
    if label_mode == "binary":
        return part.labels.astype(np.float32)[:, None]
    if label_mode == "categorical":
        names = part.class_names or []
        if part.labels.min() < 0 or part.labels.max() >= len(names):
            raise ValueError(
                f"label_mode 'categorical' wants labels from 0 to {len(names) - 1}, got"
                f" {part.labels.min()} to {part.labels.max()}"
            )
        return np.eye(len(names), dtype=np.float32)[part.labels]
    return part.labels.astype(np.int32)
