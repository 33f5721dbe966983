"""The tables of names for those who come from elsewhere: both sides are there."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import pytest
from hosts import ROOT
from in_node import run_node

import pywebml as pw
from pywebml import keras

sys.path.insert(0, str(ROOT))

from tools.docs import names

FOLDER = ROOT / "docs" / "coming-from"
ROOTS = {"pw": pw, "pywebml": pw, "keras": keras}


def resolved(name: str, roots: dict[str, Any]) -> Any:
    """The thing of a dotted name. AttributeError or ImportError where there is none."""
    first, *parts = name.split(".")
    thing = roots[first]
    for part in parts:
        if not hasattr(thing, part):
            import_module(f"{thing.__name__}.{part}")
        thing = getattr(thing, part)
    return thing


def texts() -> dict[str, str]:
    written = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md"))}
    return written | names.pages()


@pytest.mark.parametrize("file", texts())
def test_what_is_here_is_here(file: str) -> None:
    rows = names.said(texts()[file])
    assert len(rows) > 5
    for _, here in rows:
        for name in here:
            resolved(name, ROOTS)


def test_names_of_keras_are_its_own() -> None:
    from in_keras import keras as kerass

    rows = names.said((FOLDER / "keras.md").read_text("utf-8"))
    theirs = [name for there, _ in rows for name in there if name.startswith("keras.")]
    assert len(theirs) > 10
    for name in theirs:
        resolved(name, {"keras": kerass})


def test_names_of_teachable_machine_are_its_library_s() -> None:
    """Each that is no text of its web page, which stands in a table of its own."""
    text = (FOLDER / "teachable-machine.md").read_text("utf-8")
    library = text.partition("## Its library")[2]
    theirs = [name for there, _ in names.said(library) for name in there if "tmImage." in name]
    assert len(theirs) > 10
    assert run_node("teachable_names.mjs", theirs) == []
    assert run_node("teachable_names.mjs", ["tmImage.loads", "tmImage.Webcam.fly"]) == [
        "tmImage.loads",
        "tmImage.Webcam.fly",
    ]
