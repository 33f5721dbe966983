"""Teachable Machine's own projects, as "Download project as file" saves them: NAME.tm,
a zip with a manifest.json and a file per sample, CLASS-!-NUMBER with or without an
ending.

Nobody has written that layout down. It is what two programs read that take such files
(kevinrobinson's inspector of Teachable Machine projects and webduinoio/webai-train) and
one writes for Teachable Machine (MeemeeLab/TeachableMachine-Scraper). So a sample
counts by what it begins with, as a picture does, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from ..host.files import FormatError
from ..host.shown import shown
from ..host.stores.folders import MAX_NAMES, Zip

MANIFEST, BETWEEN = "manifest.json", "-!-"
MAX_CLASSES = 1000
MAX_BYTES = 8 << 30
MAX_IN_PAGE = 512 << 20
MAX_SAMPLE = 64 << 20
_LONGEST = 100
_KINDS = {b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png", b"GIF8": ".gif", b"BM": ".bmp"}


class Sample(NamedTuple):
    """A picture of a project: its class, and the file with the ending that suits it."""

    label: str
    suffix: str
    data: bytes


def is_project(names: Collection[str]) -> bool:
    """Whether files of these names are a project.

    Example:
        >>> is_project(["manifest.json", "Class 1-!-0.jpg"]), is_project(["a/1.jpg"])
        (True, False)
    """
    return MANIFEST in names and any(BETWEEN in name for name in names)


def samples_of(files: Zip, at_most: int = MAX_BYTES) -> Iterator[Sample]:
    """The pictures of a project, class by class as they first come, each in the order
    of its numbers; other samples are passed over.

    FormatError for more classes, files or bytes than are read, and where nothing in it
    is a picture, as in projects of sounds.
    """
    classes: dict[str, list[tuple[int, str]]] = {}
    for name in files.entries:
        label, between, number = name.rpartition(BETWEEN)
        if not between:
            continue
        digits = number.partition(".")[0]
        place = int(digits) if digits.isdecimal() and len(digits) < 10 else 0
        classes.setdefault(_called(label), []).append((place, name))
    total = sum(files.entries[name].file_size for names in classes.values() for _, name in names)
    count = sum(map(len, classes.values()))
    if len(classes) > MAX_CLASSES or count > MAX_NAMES or total > at_most:
        raise FormatError(
            f"{files.name} has {len(classes)} classes with {count} samples of {total} bytes; at"
            f" most {MAX_CLASSES} with {MAX_NAMES} of {at_most} are read"
        )
    pictures = 0
    for label, names in classes.items():
        for _, name in sorted(names):
            data = files.read(name, MAX_SAMPLE)
            if suffix := _suffix(data):
                pictures += 1
                yield Sample(label, suffix, data)
    if not pictures:
        raise FormatError(
            f"{files.name} is a project of Teachable Machine without a picture in it, perhaps one"
            " of sounds; projects of images are read"
        )


def pictures_of(files: Zip) -> dict[str, list[bytes]]:
    """{class: its pictures} of a project, for a page. FormatError as `samples_of`, or
    where it is no project.
    """
    if not is_project(files.entries):
        raise FormatError(
            f"{files.name} is no project of Teachable Machine, which has a {MANIFEST} and samples"
        )
    classes: dict[str, list[bytes]] = {}
    for sample in samples_of(files, MAX_IN_PAGE):
        classes.setdefault(sample.label, []).append(sample.data)
    return classes


def _called(label: str) -> str:
    """A class's name as one line that can be seen."""
    return " ".join(shown(label).split())[:_LONGEST] or "Class"


def _suffix(data: bytes) -> str:
    """The ending of a picture's file, by what it begins with; "" where it is none."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    return next((ending for start, ending in _KINDS.items() if data.startswith(start)), "")
