"""host/optional: what is not installed is named with what brings it."""

from __future__ import annotations

import json
import sys
import tomllib

import pytest
from hosts import ROOT

from pywebml.host.optional import need


def test_what_is_there_comes_and_what_is_missing_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert need("json", "writes metadata", extra="json") is json
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(
        ImportError,
        match=r"^onnx writes ONNX files, and is not installed; run: pip install"
        r" 'pywebml\[bench\]'$",
    ):
        need("onnx", "writes ONNX files", extra="bench")


def test_every_extra_that_is_named_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"])
    named = set()
    for path in (ROOT / "pywebml").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "optional.py" and "need(" in text:
            named |= {part.split('"')[0] for part in text.split('extra="')[1:]}
    assert named
    assert named <= extras
