"""What the built site has of others: `licences.txt` in it, with their licences' texts.

Material for MkDocs brings the theme, and in its scripts some packages of npm, which the
scripts' source maps name. One that is not listed here ends the build.
"""

from __future__ import annotations

import json
import re
import shutil
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = "licences.txt"
TEXTS = Path(__file__).with_name("licences")
BUNDLED = {
    "clipboard": ("MIT", "Copyright (c) Zeno Rocha"),
    "escape-html": (
        "MIT",
        "Copyright (c) 2012-2013 TJ Holowaychuk, 2015 Andreas Lubbe, 2015 Tiancheng Gu",
    ),
    "focus-visible": ("W3C", "Copyright (c) the Web Platform Incubator Community Group"),
    "lunr": ("MIT", "Copyright (c) 2013 Oliver Nightingale"),
    "material-design-color": ("MIT", "Copyright (c) Denis Malinochkin"),
    "rxjs": (
        "Apache-2.0",
        "Copyright (c) 2015-2018 Google, Inc., Netflix, Inc., Microsoft Corp. and contributors",
    ),
    "tslib": ("0BSD", "Copyright (c) Microsoft Corporation"),
}
"""{package of npm: its licence, whose it is}."""
OTHER_LANGUAGES = "assets/javascripts/lunr"
"""The search in other languages than the site's, under other licences."""
PACKAGE = re.compile(r"node_modules/((?:@[^/]+/)?[^/]+)/")


def write(site: Path) -> None:
    """Writes the file, and removes what an English site never loads. SystemExit for a
    package that is not listed.
    """
    shutil.rmtree(site / OTHER_LANGUAGES, ignore_errors=True)
    if unknown := bundled(site) - set(BUNDLED):
        raise SystemExit(f"{min(unknown)} is new in the theme: list its licence in {__file__}")
    (site / NAME).write_text(text(), encoding="utf-8")


def bundled(site: Path) -> set[str]:
    """The packages that the theme's scripts and styles are made of."""
    sources = [
        source
        for path in (site / "assets").rglob("*.map")
        for source in json.loads(path.read_text("utf-8"))["sources"]
    ]
    return {match[1] for source in sources if (match := PACKAGE.search(source))}


def text() -> str:
    theme = distribution("mkdocs-material")
    (file,) = (f for f in theme.files or () if f.name == "LICENSE" and "licenses" in f.parts)
    owner, permission = file.read_text("utf-8").split("\n", 1)
    parts = {"mkdocs-material": ("MIT", owner.strip()), **BUNDLED}
    rows = [f"- {name} ({licence}): {whose}" for name, (licence, whose) in parts.items()]
    texts = {
        "MIT": permission,
        "0BSD": (TEXTS / "0BSD.txt").read_text("utf-8"),
        "W3C": (TEXTS / "W3C.txt").read_text("utf-8"),
        "Apache-2.0": (ROOT / "LICENSE").read_text("utf-8"),
    }
    return "\n".join(
        [
            "This site is made by MkDocs of pywebml's documentation (Apache-2.0). It has of others",
            "",
            *rows,
            "- the icons of Material Design (Apache-2.0): Copyright (c) Google and Pictogrammers",
            "",
            "and, under run/, what run/sbom.json lists.",
            *(f"\n--- {name}\n\n{body.strip()}" for name, body in texts.items()),
            "",
        ]
    )
