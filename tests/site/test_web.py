"""The pages' own sources keep to their rules."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hosts import ROOT

from pywebml.site.build import web_folder

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:")


def test_nothing_is_inline() -> None:
    """What a strict Content-Security-Policy refuses."""
    pages = sorted(web_folder().rglob("*.html"))
    assert pages
    assert not [page.name for page in pages if INLINE.search(page.read_text(encoding="utf-8"))]


def test_components_look_for_no_element_of_the_page() -> None:
    """So that they can stand anywhere, and twice."""
    looks = re.compile(r"(?<!\.)\bfind\(|getElementById|querySelector\(\s*[\"'`]#")
    shared = sorted((web_folder() / "shared").glob("*.js"))
    assert shared
    assert not [path.name for path in shared if looks.search(path.read_text(encoding="utf-8"))]


def test_the_runtime_knows_no_dom() -> None:
    words = re.compile(r"\b(document|window)\.")
    runtime = sorted((web_folder() / "runtime").glob("*.js"))
    assert runtime
    assert not [path.name for path in runtime if words.search(path.read_text(encoding="utf-8"))]


def test_apps_json_says_what_the_apps_declare() -> None:
    command = [sys.executable, ROOT / "tools" / "apps_json.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


LIGHT, DARK = ":root {", "@media (prefers-color-scheme: dark)"
STANDING_ALONE = {  # {sheet: (where its colours begin, the dark ones)}
    "web/own/page.css": (LIGHT, DARK),
    "tools/docs/assets/docs.css": (
        '[data-md-color-scheme="pywebml"] {',
        '[data-md-color-scheme="slate"] {',
    ),
}
"""Sheets of pages that have no other of ours."""


@pytest.mark.parametrize("sheet", STANDING_ALONE)
def test_colours_are_those_of_the_pages(sheet: str) -> None:
    for ours, theirs in zip((LIGHT, DARK), STANDING_ALONE[sheet], strict=True):
        expected = colours("web/shared/style.css", ours)
        said = colours(sheet, theirs)
        same = {name: value for name, value in said.items() if name in expected}
        assert len(same) >= 10 and same.items() <= expected.items()


def colours(sheet: str, start: str) -> dict[str, str]:
    """The colours by their names in the block that begins so."""
    text = (ROOT / sheet).read_text(encoding="utf-8")
    at = text.index(start)
    return dict(re.findall(r"(--[a-z-]+): (#\w+);", text[at : text.index("}", at)]))
