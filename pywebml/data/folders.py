"""A folder of class folders, `hands/up/1.jpg`, `hands/down/a.png` ...: what `teach`
learns from. The folders' names are the labels, unless `classes.json` beside them says
others; what lies deeper belongs to them, too.

A folder of `train/` and `val/` (or `test/`), each with class folders, is taken as it is
meant: the pictures of the second are kept aside to test on.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .class_names import FILE, class_names
from .pictures import SUFFIXES, readable

TRAINING = frozenset({"train", "training"})
ASIDE = frozenset({"val", "valid", "validation", "test", "testing"})


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
        return [sum(p.label == i for p in self.pictures) for i in range(len(self.classes))]

    def says_left_out(self) -> str:
        """ "3 .txt, 1 .mp4", or "" where nothing was."""
        return ", ".join(f"{n} {kind}" for kind, n in self.left_out.items())


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that puts "2.png" before "10.png"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(p), "") if i % 2 else (1, 0, p) for i, p in enumerate(parts) if p] + [
        (2, 0, name)
    ]


def find_pictures(folder: str | Path) -> PictureFolder:
    """The pictures in `folder`/CLASS/, and in folders in there. Only headers are read
    here. Hidden files and what systems leave behind are passed over; other files that
    are no pictures are counted.

    Raises FileNotFoundError or NotADirectoryError where there is no such folder,
    ValueError for fewer than two class folders or a class without a readable picture.
    """
    root = Path(folder)
    if not root.exists():
        raise FileNotFoundError(
            f"no folder {root}; expected a folder of class folders, such as {root}/up/1.jpg and"
            f" {root}/down/1.jpg"
        )
    if not root.is_dir():
        raise NotADirectoryError(
            f"{root} is a file; expected a folder of class folders, such as {root.parent}/up/1.jpg"
        )
    search = _Search()
    parts = _parts(root)
    if parts:
        training, aside = parts
        classes = _names(training)
        _at_least_two(classes, training[0])
        unknown = [name for name in _names(aside) if name not in classes]
        if unknown:
            raise ValueError(
                f"{aside[0]} has a class {unknown[0]!r} that {training[0]} does not have; it has"
                f" {', '.join(classes)}"
            )
        for label, name in enumerate(classes):
            search.into_class(name, label, training)
            search.into_class(name, label, aside, aside=True)
        return search.folder(classes, training[0])
    root = _only_folder(root, search)
    classes = _names([root])
    _at_least_two(classes, root)
    for label, name in enumerate(classes):
        search.into_class(name, label, [root])
    return search.folder(classes, root)


class _Search:
    """Collects pictures, and what is none."""

    def __init__(self) -> None:
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
        for path in _visible(root):
            if path.is_file() and path.name != FILE:
                is_picture = path.suffix.lower() in SUFFIXES
                self.left_out["picture in no class folder" if is_picture else _kind(path)] += 1

    def into_class(self, name: str, label: int, roots: list[Path], aside: bool = False) -> None:
        """Everything under `root`/name for each root. ValueError where no picture can
        be read, unless these are kept `aside`.
        """
        before, broken = len(self.pictures), len(self.skipped)
        for root in roots:
            for path in _files(root / name):
                if path.suffix.lower() not in SUFFIXES:
                    self.left_out[_kind(path)] += 1
                elif reason := readable(path):
                    self.skipped.append(Skipped(path, reason))
                else:
                    self.pictures.append(PictureFile(path, label, aside))
        if len(self.pictures) > before or aside:
            return
        failed = self.skipped[broken:]
        why = (
            f"none of its {len(failed)} can be read; the first: {failed[0].reason}"
            if failed
            else "it holds none"
        )
        raise ValueError(
            f"class {name!r} needs pictures ({', '.join(sorted(SUFFIXES))}) in {roots[0] / name}:"
            f" {why}"
        )


def _visible(folder: Path) -> list[Path]:
    """What is in a folder, without what is hidden or left there by a system."""
    ignored = ("thumbs.db", "desktop.ini", "icon\r")
    return sorted(
        (
            path
            for path in folder.iterdir()
            if not path.name.startswith((".", "__")) and path.name.lower() not in ignored
        ),
        key=lambda path: natural_key(path.name),
    )


def _folders(folder: Path) -> list[Path]:
    return [path for path in _visible(folder) if path.is_dir()]


def _names(roots: list[Path]) -> list[str]:
    names = {path.name for root in roots for path in _folders(root)}
    return sorted(names, key=natural_key)


def _files(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
    """All files under a folder; links that lead back to it are not followed."""
    if not folder.is_dir() or os.path.realpath(folder) in above:
        return
    for path in _visible(folder):
        if path.is_dir():
            yield from _files(path, (*above, os.path.realpath(folder)))
        else:
            yield path


def _parts(root: Path) -> tuple[list[Path], list[Path]] | None:
    """(folders to learn from, folders to test on), if that is what `root` holds."""
    folders = _folders(root)
    training = [f for f in folders if f.name.lower() in TRAINING]
    aside = [f for f in folders if f.name.lower() in ASIDE]
    whole = training and len(training) + len(aside) == len(folders)
    deep = all(_folders(f) for f in folders)
    return (training, aside) if whole and deep else None


def _only_folder(root: Path, search: _Search) -> Path:
    """`root`, or the folder of class folders that is alone in it."""
    search.loose(root)
    folders = _folders(root)
    while len(folders) == 1 and len(_folders(folders[0])) >= 2:
        root = folders[0]
        search.loose(root)
        folders = _folders(root)
    return root


def _at_least_two(classes: list[str], root: Path) -> None:
    if len(classes) < 2:
        there = f"only {classes[0]!r}" if classes else "none"
        raise ValueError(
            f"{root} needs at least two class folders with pictures, such as {root}/up and"
            f" {root}/down; found {there}"
        )


def _kind(path: Path) -> str:
    return path.suffix.lower() or "without a suffix"
