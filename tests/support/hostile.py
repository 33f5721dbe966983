"""What somebody might write who wishes a visitor harm: texts (hostile.json, for Node's
tests, too), and projects of the Teach page made of them.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

TEXTS: tuple[str, ...] = tuple(
    json.loads(Path(__file__).with_name("hostile.json").read_text(encoding="utf-8"))
)
"""Markup, addresses, templates, names of JavaScript's own, formulas, writing that turns
round, controls, paths, numbers.
"""
DOT = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwg"
    "JC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAA"
    "AAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="ran()"><script>ran()</script></svg>'
HTML = b"<!doctype html><script>ran()</script>"
EACH = 20
"""Classes that a lesson can have."""


def projects() -> Iterator[tuple[str, bytes]]:
    """(what is wrong, the file): all texts as names of classes, then each kind of harm."""
    for start in range(0, len(TEXTS), EACH):
        names = TEXTS[start : start + EACH]
        yield f"names from {start}", project(names, notes={"title": names[0]})
    for kind, notes in NOTES.items():
        yield kind, project(["a", "b"], notes=notes)
    for kind, change in CHANGES.items():
        yield kind, project(["a", "b"], **change)
    yield "text for JSON", zip_bytes({"project.json": b"<script>ran()</script>"})
    yield "no zip", HTML


def project(
    names: Sequence[str],
    notes: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
    extra: Mapping[str, bytes] | None = None,
    raw: bytes = b"",
) -> bytes:
    """A project of these classes, with what the page keeps with it."""
    document = {
        "format": "pywebml-project",
        "version": 1,
        "extractor": {"name": "<img src=x onerror=ran()>", "weights_sha256": "0"},
        "classes": [{"key": f"k{i}", "name": name} for i, name in enumerate(names)],
        "samples": [],
        "head_keys": [],
        **(about or {}),
    }
    files = {
        "project.json": json.dumps(document).encode(),
        "features.bin": b"",
        "extra/teach.json": raw or json.dumps({"version": 1, **(notes or {})}).encode(),
        **{f"extra/{name}": data for name, data in (extra or {}).items()},
    }
    return zip_bytes(files)


MARK = "<img src=x onerror=ran()>"
NOTES: dict[str, dict[str, Any]] = {
    "title is markup": {"title": MARK},
    "title is long": {"title": MARK * 20_000},
    "title is no text": {"title": {"toString": MARK}},
    "settings are markup": {"settings": {"epochs": MARK, "units": MARK, MARK: MARK}},
    "settings are huge": {"settings": {"epochs": 1e308, "units": -1e308, "batch_fraction": 2**53}},
    "settings are JavaScript's own": {"settings": {"__proto__": {"polluted": 1}, "constructor": 1}},
    "directions are markup": {"directions": {"up": MARK, MARK: "k0", "__proto__": "k0"}},
    "off is everything": {"off": ["__proto__", "k0", MARK, None, {}]},
    "made is huge": {"made": 2**53},
    "notes have JavaScript's own": {"__proto__": {"polluted": 1}, "constructor": {"prototype": 1}},
    "taught is markup": {"taught": {"seconds": MARK, "history": [MARK], "__proto__": 1}},
    "samples nest": {"samples": [[[[[[]]]]]] * 50},
    "pictures by number": {"pictures": {"__proto__": "a", "x": 3}},
}
CHANGES: dict[str, dict[str, Any]] = {
    "notes are no JSON": {"raw": HTML},
    "notes are deep": {"raw": b"[" * 100_000},
    "classes by thousands": {
        "about": {"classes": [{"key": f"k{i}", "name": f"{i}"} for i in range(5000)]}
    },
    "keys are JavaScript's own": {
        "about": {"classes": [{"key": k, "name": k} for k in ("__proto__", "constructor")]}
    },
    "extras lead out": {"extra": {"../../a.js": HTML, "/a": HTML, "C:\\a": HTML}},
    "pictures are scripts": {
        "about": {"samples": [{"id": f"s{i}", "key": "k0"} for i in range(2)]},
        "notes": {
            "samples": [
                {"id": "s0", "key": "k0", "picture": "a.svg"},
                {"id": "s1", "key": "k0", "picture": "b.html"},
            ]
        },
        "extra": {"a.svg": SVG, "b.html": HTML},
    },
    "ids are JavaScript's own": {
        "about": {"samples": [{"id": "__proto__", "key": "k1"}]},
        "notes": {"samples": [{"id": "__proto__", "key": "k1", "picture": "__proto__"}]},
        "extra": {"__proto__": DOT},
    },
}


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """With names that pywebml's own would refuse."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
