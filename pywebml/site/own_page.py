"""The page of one model in a folder: what stands around it, and where it goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..host.files import UNDONE, said_in_words, scratch
from ..host.stores.exchanging import put_in_place
from ..host.stores.folders import write_files
from ..zoo.own_page import KERNELS, LIBRARY, page_files
from .build import web_folder
from .sources import XNNPACK_FILES, xnnpack

LAST = "sw.js"
"""Written at the end: it says which version the others are."""
MARKS = ("model/plan.json", "pywebml/pywebml.js", LAST)
"""What a folder is known by to be such a page."""


def shell_files() -> dict[str, bytes]:
    """{path: bytes} of all that is the same for every model."""
    web = web_folder()
    listed = json.loads((web / "own" / "files.json").read_text(encoding="utf-8"))
    files = {path: (web / source).read_bytes() for path, source in listed.items()}
    return {**files, LIBRARY: (xnnpack() / XNNPACK_FILES["xnnpack"]).read_bytes()}


def build_own_page(out: str | Path, plan: Mapping[str, bytes], title: str = "") -> dict[str, Any]:
    """Writes the page of a model (`zoo.own_page.plan_files`) into `out`, whole or not
    at all; returns {"files", "bytes", "start_bytes": what is loaded before it predicts
    without a graphics card}.

    ValueError where `out` is a folder of something else.
    """
    place = Path(out).resolve()  # where a link leads
    _expect_own_page(place)
    files = page_files(plan, shell_files(), title)
    here = place if place.is_dir() else place.parent
    with said_in_words(f"{out} cannot be written", "name another folder"), scratch(here) as work:
        write_files(work / "page", files)
        names = sorted({path.split("/")[0] for path in files} - {LAST})
        put_in_place(work / "page", place, [*names, LAST], only=True)
    later = {f"pywebml/{KERNELS}", LAST, "NOTICE.txt", "pywebml/pywebml.d.ts"}
    return {
        "files": len(files),
        "bytes": sum(map(len, files.values())),
        "start_bytes": sum(len(data) for path, data in files.items() if path not in later),
    }


def _expect_own_page(place: Path) -> None:
    """ValueError where something else than such a page is there."""
    if place.exists() and not place.is_dir():
        raise ValueError(f"{place} is a file; name a folder for the page")
    others = place.is_dir() and any(not p.name.startswith(UNDONE) for p in place.iterdir())
    if others and not all((place / mark).is_file() for mark in MARKS):
        raise ValueError(
            f"{place} holds something else than a page of a model; name an empty folder, or"
            " remove it yourself"
        )
