"""A Teach project as a file: a zip of

project.json     format, version, extractor, classes, samples, the head's keys
features.bin     float32, sample by sample
head.zip         the head, where one is taught; see formats/heads.py
extra/...        whatever the page keeps with it (thumbnails, settings)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..host.stores.folders import Zip, zip_bytes
from ..zoo import Extractor

FORMAT = "pywebml-project"
VERSION = 1
MAX_ABOUT = 16 << 20


class Class(NamedTuple):
    """What a head can say. `key` stays when the name changes."""

    key: str
    name: str


class Sample(NamedTuple):
    """One picture's features, float32 as bytes."""

    id: str
    key: str
    features: bytes


@dataclass(frozen=True)
class Project:
    """What is in the file, as plain data."""

    extractor: Mapping[str, Any]  # as `Extractor.describe` says it
    classes: list[Class]
    samples: list[Sample]
    head: bytes | None = None
    head_keys: list[str] = field(default_factory=list)
    extra: Mapping[str, bytes] = field(default_factory=dict)


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
        "project.json": json.dumps(about, indent=1, ensure_ascii=False).encode(),
        "features.bin": b"".join(s.features for s in project.samples),
    }
    if project.head is not None:
        files["head.zip"] = project.head
    for name, data in project.extra.items():
        files[f"extra/{name}"] = bytes(memoryview(data).cast("B"))
    return zip_bytes(files)


def read_project(file: bytes, extractor: Extractor) -> Project:
    """What `project_bytes` wrote. ValueError where the file is no project, not whole,
    or of another extractor than `extractor`.
    """
    archive = Zip(file)
    if "project.json" not in archive:
        raise ValueError("this zip is no pywebml project: it has no project.json")
    about = json.loads(archive.read("project.json", MAX_ABOUT))
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        raise ValueError(
            f"this is no project that this pywebml reads: {about.get('format')!r} version"
            f" {about.get('version')!r}"
        )
    if about["extractor"]["weights_sha256"] != extractor.weights_sha256:
        raise ValueError(
            f"the project was made with {about['extractor']['name']}, but this is {extractor.name}"
        )
    features, size = archive.read("features.bin"), 4 * extractor.features
    if len(features) != size * len(about["samples"]):
        raise ValueError(
            f"features.bin has {len(features)} bytes, expected {size} for each of"
            f" {len(about['samples'])} samples"
        )
    return Project(
        about["extractor"],
        [Class(str(c["key"]), str(c["name"])) for c in about["classes"]],
        [
            Sample(str(s["id"]), str(s["key"]), features[i * size : (i + 1) * size])
            for i, s in enumerate(about["samples"])
        ],
        archive.read("head.zip") if "head.zip" in archive else None,
        about["head_keys"],
        {
            name.removeprefix("extra/"): archive.read(name)
            for name in archive.names()
            if name.startswith("extra/")
        },
    )
