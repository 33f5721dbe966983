"""What others made and a build of the page takes: its names, versions, licences and
sums stand in supplies.json, and nowhere else. `packages.py` fetches it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .json_data import read_json


@dataclass(frozen=True)
class Package:
    """Files of a package: `files` maps their paths in it to their sha256. `cdn` is the
    address that these paths follow, or "" where the package names none; `licence` its
    name in SPDX's list; `source` "npm" or "pypi"; `use` "page", "notebooks", or
    "tests" for what neither has.
    """

    name: str
    version: str
    files: Mapping[str, str]
    cdn: str = ""
    licence: str = ""
    source: str = "npm"
    use: str = "page"

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@cache
def supplies() -> tuple[Package, ...]:
    """All of supplies.json."""
    text = Path(__file__).with_name("supplies.json").read_text(encoding="utf-8")
    return tuple(Package(**entry) for entry in read_json(text, "supplies.json"))


def supply(name: str, version: str = "") -> Package:
    """The one of this name, and of this version where there are several."""
    (package,) = (p for p in supplies() if p.name == name and version in ("", p.version))
    return package
