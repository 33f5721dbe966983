"""A Teach project as a file: a zip of

project.json     format, version, extractor, classes, samples, the head's keys
features.bin     float32, sample by sample
thumbnails.bin   float32, sample by sample; files of before 2026-11-29 have none
head.zip         the head, where one is taught; see formats/heads.py
extra/...        whatever the page keeps with it (thumbnails, settings)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..host.files import FormatError
from ..host.json_data import json_bytes, json_object
from ..host.stores.folders import Zip, zip_bytes
from ..zoo import Extractor
from .sample import Sample, thumbnail_bytes

FORMAT = "pywebml-project"
VERSION = 1
MAX_ABOUT = 16 << 20
MAX_HEAD, MAX_EXTRA = 64 << 20, 256 << 20
SLACK = 1 << 20
"""A few bytes more than expected are read, to say how many there are."""


class Class(NamedTuple):
    """What a head can say. `key` stays when the name changes."""

    key: str
    name: str


@dataclass(frozen=True)
class Project:
    """What is in the file, as plain data."""

    extractor: Mapping[str, Any]  # as `Extractor.describe` says it
    classes: list[Class]
    samples: list[Sample]
    head: bytes | None = None
    head_keys: list[str] = field(default_factory=list)
    extra: Mapping[str, bytes] = field(default_factory=dict)
    unlike: str = ""
    """Why the features cannot be used here, if so; the samples then have none."""


def project_bytes(project: Project) -> bytes:
    """The file."""
    about = {
        "format": FORMAT,
        "version": VERSION,
        "extractor": project.extractor,
        "classes": [{"key": c.key, "name": c.name} for c in project.classes],
        "samples": [{"id": s.id, "key": s.key} for s in project.samples],
        "head_keys": project.head_keys,
    }
    files = {
        "project.json": json_bytes(about),
        "features.bin": b"".join(s.features for s in project.samples),
        "thumbnails.bin": b"".join(s.thumbnail for s in project.samples),
    }
    if project.head is not None:
        files["head.zip"] = project.head
    for name, data in project.extra.items():
        files[f"extra/{name}"] = bytes(memoryview(data).cast("B"))
    return zip_bytes(files)


def read_project(file: bytes, extractor: Extractor) -> Project:
    """What `project_bytes` wrote, for `extractor`: what features of another one, or
    broken ones, are is in `unlike`. FormatError where the file is no project.
    """
    archive = Zip(file)
    if "project.json" not in archive:
        raise FormatError(f"this zip is no pywebml project: {_instead(archive.names())}")
    about = json_object(archive.read("project.json", MAX_ABOUT), "project.json")
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        raise FormatError(
            f"this is no project that this pywebml reads: {str(about.get('format'))[:80]!r} version"
            f" {str(about.get('version'))[:80]!r}"
        )
    described = about.get("extractor")
    if not isinstance(described, dict):
        raise FormatError("project.json does not say which 'extractor' it was made with")
    classes = [Class(*texts) for texts in _texts(about, "classes", ("key", "name"))]
    named = _texts(about, "samples", ("id", "key"))
    known, ids = {c.key for c in classes}, {id for id, _ in named}
    if strangers := [key for _, key in named if key not in known]:
        raise FormatError(
            f"project.json has samples of a class {strangers[0][:80]!r} that it lacks"
        )
    if len(ids) < len(named):
        raise FormatError("project.json has two samples with one id")
    unlike, features = _features(archive, described, len(named), extractor)
    looks = _thumbnails(archive, len(named), extractor)
    keys = about.get("head_keys", [])
    return Project(
        described,
        classes,
        [Sample(id, key, *rest) for (id, key), *rest in zip(named, features, looks, strict=True)],
        archive.read("head.zip", MAX_HEAD) if "head.zip" in archive else None,
        [str(key) for key in keys] if isinstance(keys, list) else [],
        _extra(archive),
        unlike,
    )


def _instead(names: Sequence[str]) -> str:
    """What a zip without a project.json is, and where it is taken."""
    last = {name.rsplit("/", 1)[-1] for name in names}
    if "model.json" in last or any(name.endswith((".h5", ".keras")) for name in last):
        return (
            "it holds a model without pictures. “What is in a picture?” takes that, and so does"
            " `predict`; to teach on, download the project itself in Teachable Machine (.tm)"
        )
    return "it has no project.json"


def _extra(archive: Zip) -> dict[str, bytes]:
    """What the page keeps with it. FormatError for more than MAX_EXTRA bytes in all."""
    contents: dict[str, bytes] = {}
    left = MAX_EXTRA
    for name in archive.names():
        if name.startswith("extra/"):
            data = contents[name.removeprefix("extra/")] = archive.read(name, left)
            left -= len(data)
    return contents


def _texts(about: Mapping[str, Any], what: str, names: tuple[str, str]) -> list[tuple[str, str]]:
    """Two texts of each entry of a list in project.json."""
    entries = about.get(what)
    if not isinstance(entries, list):
        raise FormatError(f"project.json needs a list of {what!r}, got {str(entries)[:80]}")
    rows: list[tuple[str, str]] = []
    for entry in entries:
        one, two = (entry.get(n) for n in names) if isinstance(entry, dict) else ("", "")
        if not (isinstance(one, str) and isinstance(two, str) and one and two):
            raise FormatError(
                f"project.json: each of its {what!r} needs texts {names[0]!r} and {names[1]!r}, got"
                f" {str(entry)[:80]}"
            )
        rows.append((one, two))
    return rows


def _features(
    archive: Zip, described: Mapping[str, Any], count: int, extractor: Extractor
) -> tuple[str, list[bytes]]:
    """(why they cannot be used or "", the features of each sample or nothing)."""
    nothing = [b""] * count
    if described.get("weights_sha256") != extractor.weights_sha256:
        name = str(described.get("name"))[:80]
        return f"the project was made with {name}, but this is {extractor.name}", nothing
    size = 4 * extractor.features
    try:
        features = archive.read("features.bin", size * count + SLACK)
    except (FileNotFoundError, FormatError) as error:
        return str(error), nothing
    if len(features) != size * count:
        return (
            f"features.bin has {len(features)} bytes, expected {size} for each of {count} samples"
        ), nothing
    return "", _each(features, size)


def _thumbnails(archive: Zip, count: int, extractor: Extractor) -> list[bytes]:
    """The thumbnail of each sample: zeros where the file has none that fit."""
    size = thumbnail_bytes(extractor)
    try:
        looks = archive.read("thumbnails.bin", size * count)
    except (FileNotFoundError, FormatError):
        looks = b""
    return _each(looks if len(looks) == size * count else bytes(size * count), size)


def _each(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
