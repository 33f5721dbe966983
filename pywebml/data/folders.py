"""A folder of class folders, `hands/up/1.jpg`, `hands/down/a.png` ...: what `teach`
learns from. The folders' names are the labels, unless `classes.json` beside them says
others; what lies deeper belongs to them, too.

A folder of `train/` and `val/` (or `test/`, or "seg_train" and "seg_test"), each with
class folders, is taken as it is meant: the pictures of the second are kept aside to
test on.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .class_names import FILE, class_names
from .pictures import SUFFIXES, readable

TRAINING = frozenset({"train", "training"})
ASIDE = frozenset({"val", "valid", "validation", "test", "testing"})
LEFT_BY_SYSTEMS = frozenset(
    {
        "__macosx", "__pycache__", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r",
        "picasa.ini", "@eadir", "$recycle.bin", "system volume information", "lost+found",
    }
)  # fmt: skip
MAX_DEPTH = 64
"""Folders in each other that are looked into."""


class PictureFile(NamedTuple):
    """A picture, and what it shows."""

    path: Path
    label: int  # index into PictureFolder.classes
    aside: bool = False  # whether it is to be tested on, by the folder it lies in


class Skipped(NamedTuple):
    path: Path
    reason: str


@dataclass(frozen=True)
class PictureFolder:
    """What `find_pictures` found: class names and pictures in natural order; pictures
    that cannot be read, and how many files of other kinds were left out.
    """

    classes: tuple[str, ...]
    pictures: tuple[PictureFile, ...]
    skipped: tuple[Skipped, ...] = field(default=())
    left_out: Mapping[str, int] = field(default_factory=dict)

    def counts(self) -> list[int]:
        """Pictures per class."""
        counted = Counter(picture.label for picture in self.pictures)
        return [counted[label] for label in range(len(self.classes))]

    def says_left_out(self) -> str:
        """ "3 .txt, 1 .mp4", or "" where nothing was."""
        return _counted(self.left_out)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that puts "2.png" before "10.png"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(p), "") if i % 2 else (1, 0, p) for i, p in enumerate(parts) if p] + [
        (2, 0, name)
    ]


def find_pictures(
    folder: str | Path,
    known: Callable[[Sequence[Path]], Sequence[bool]] = lambda paths: [False] * len(paths),
    least: int = 2,
) -> PictureFolder:
    """The pictures in `folder`/CLASS/, and in folders in there; `folder` may have the
    folder of class folders alone in it. Only headers are read here, and none of files
    that are `known` to be readable. Hidden files and what systems leave behind are
    passed over; other files that are no pictures are counted.

    Raises FileNotFoundError or NotADirectoryError where there is no such folder,
    ValueError for fewer than `least` class folders or a class without a readable
    picture.
    """
    root = Path(folder)
    if not root.exists():
        raise FileNotFoundError(
            f"no folder {root}; expected a folder of class folders, such as {root}/up/1.jpg and"
            f" {root}/down/1.jpg"
        )
    if not root.is_dir():
        raise NotADirectoryError(
            f"{root} is a file; expected a folder of class folders, such as {root.parent}/up/1.jpg,"
            " or a zip of it"
        )
    search = _Search(known)
    root = _only_folder(root, search)
    training, aside = _parts(root, search) or ([root], [])
    classes = _class_folders(training)
    _at_least(least, list(classes), training[0], search)
    tested = _class_folders(aside)
    unknown = [name for name in tested if name not in classes]
    if unknown:
        raise ValueError(
            f"{aside[0]} has a class {unknown[0]!r} that {training[0]} does not have; it has"
            f" {', '.join(classes)}"
        )
    for label, (name, folders) in enumerate(classes.items()):
        search.into_class(name, label, folders)
        search.into_class(name, label, tested.get(name, []), aside=True)
    return search.folder(list(classes), training[0])


class _Search:
    """Collects pictures, and what is none."""

    def __init__(self, known: Callable[[Sequence[Path]], Sequence[bool]]) -> None:
        self.known = known
        self.pictures: list[PictureFile] = []
        self.skipped: list[Skipped] = []
        self.left_out: Counter[str] = Counter()

    def folder(self, classes: list[str], root: Path) -> PictureFolder:
        names = class_names(root, classes)
        return PictureFolder(
            tuple(names), tuple(self.pictures), tuple(self.skipped), dict(self.left_out)
        )

    def loose(self, root: Path) -> None:
        """Files beside the class folders."""
        for path in (Path(entry.path) for entry in _visible(root)):
            if path.is_file() and path.name != FILE:
                is_picture = path.suffix.lower() in SUFFIXES
                self.left_out["picture in no class folder" if is_picture else _kind(path)] += 1

    def beside(self, folder: Path) -> None:
        """A folder that belongs to no class."""
        for path in self.files(folder):
            is_picture = path.suffix.lower() in SUFFIXES
            self.left_out[f"picture in {folder.name}/" if is_picture else _kind(path)] += 1

    def into_class(self, name: str, label: int, folders: list[Path], aside: bool = False) -> None:
        """Everything under the folders of a class. ValueError where no picture can be
        read, unless these are kept `aside`.
        """
        before, broken = len(self.pictures), len(self.skipped)
        paths = []
        for path in (path for folder in folders for path in self.files(folder)):
            if path.suffix.lower() in SUFFIXES:
                paths.append(path)
            else:
                self.left_out[_kind(path)] += 1
        for path, is_known in zip(paths, self.known(paths) if paths else (), strict=True):
            if reason := "" if is_known else readable(path):
                self.skipped.append(Skipped(path, reason))
            else:
                self.pictures.append(PictureFile(path, label, aside))
        if len(self.pictures) > before or aside:
            return
        failed = self.skipped[broken:]
        why = (
            f"none of its {len(failed)} can be read; the first: {failed[0].reason}"
            if failed
            else "it holds none; add some, or remove the folder"
        )
        raise ValueError(
            f"class {name!r} needs pictures ({', '.join(sorted(SUFFIXES))}) in {folders[0]}: {why}"
        )

    def files(self, folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
        """All files under a folder; links that lead back to it are not followed, and
        what cannot be opened is counted.
        """
        here = os.path.realpath(folder)
        if here in above:
            return
        if len(above) == MAX_DEPTH:
            self.left_out[f"folder more than {MAX_DEPTH} deep"] += 1
            return
        try:
            entries = _visible(folder)
        except OSError:
            self.left_out["folder that cannot be opened"] += 1
            return
        for entry in entries:
            path = folder / entry.name
            if _is_folder(entry):
                yield from self.files(path, (*above, here))
            else:
                yield path


def _visible(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, without what is hidden or left there by a system."""
    with os.scandir(folder) as entries:
        visible = [
            entry
            for entry in entries
            if not entry.name.startswith(".") and entry.name.lower() not in LEFT_BY_SYSTEMS
        ]
    return sorted(visible, key=lambda entry: natural_key(entry.name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Mostly without a look at what it names: the folder says it, too."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _folders(folder: Path) -> list[Path]:
    return [Path(entry.path) for entry in _visible(folder) if _is_folder(entry)]


def _class_folders(roots: list[Path]) -> dict[str, list[Path]]:
    """{class: its folders} in natural order. A Mac writes "é" as two letters, others
    as one, and it is one class.
    """
    folders: dict[str, list[Path]] = {}
    for root in roots:
        for path in _folders(root):
            folders.setdefault(unicodedata.normalize("NFC", path.name), []).append(path)
    return {name: folders[name] for name in sorted(folders, key=natural_key)}


def _parts(root: Path, search: _Search) -> tuple[list[Path], list[Path]] | None:
    """(folders to learn from, folders to test on), if `root` holds such; what is
    beside them belongs to no class.
    """
    folders = _folders(root)
    training = [f for f in folders if _is_called(f, TRAINING) and len(_folders(_inner(f))) >= 2]
    aside = [f for f in folders if _is_called(f, ASIDE) and f not in training]
    if not training or len(training) + len(aside) < min(2, len(folders)):
        return None
    labelled = [f for f in aside if _folders(f)]
    for folder in folders:
        if folder not in training and folder not in labelled:
            search.beside(folder)
    return [_only_folder(f, search) for f in training], [_only_folder(f, search) for f in labelled]


def _is_called(folder: Path, words: frozenset[str]) -> bool:
    """By one of the words, or by one among others: "seg_train", "Test Set"."""
    return any(word in words for word in re.split(r"[\W\d_]+", folder.name.casefold()))


def _inner(folder: Path) -> Path:
    """A folder, or the folder of class folders that is alone in it, however deep."""
    below, folders = folder, _folders(folder)
    for _ in range(MAX_DEPTH):
        if len(folders) != 1:
            break
        below = folders[0]
        folders = _folders(below)
    return below if len(folders) >= 2 else folder


def _only_folder(root: Path, search: _Search) -> Path:
    """`_inner`, with the files on the way there counted."""
    inner = _inner(root)
    for folder in (inner, *inner.parents):
        search.loose(folder)
        if folder == root:
            return inner
    return inner


def _at_least(least: int, classes: list[str], root: Path, search: _Search) -> None:
    if len(classes) < least:
        there = f"only {classes[0]!r}" if classes else "none"
        left_out = f" (left out: {_counted(search.left_out)})" if search.left_out else ""
        raise ValueError(
            f"{root} needs at least {'two class folders' if least > 1 else 'a class folder'} with"
            f" pictures, such as {root}/up and {root}/down; found {there}{left_out}"
        )


def _kind(path: Path) -> str:
    return path.suffix.lower() or "without a suffix"


def _counted(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in left_out.items())
