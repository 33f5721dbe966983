"""host/json_data: foreign JSON is bounded before it is parsed, wherever it comes from."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

import pywebml
from pywebml.host.files import FormatError, refused
from pywebml.host.json_data import MAX_BRACKETS, MAX_DEPTH, json_object, read_json

OURS = {  # JSON that this package, its own build or an installed package wrote
    "apps", "cli", "host/json_data.py", "host/stores/browser.py",
    "site/archive.py", "site/pages.py", "site/build.py", "site/notebooks.py",
    "site/own_page.py", "tab/methods.py",
    "tab/values.py", "zoo/labels.py", "data/digits.py",
}  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [None, 1.5, "[[[", [], {"a": [1, {"b": ['"', "\\", "{}"]}]}, "\ud800", ["[" * 9999] * 3],
)
def test_what_json_says_is_read(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert read_json(text, "x") == value
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
            assert read_json(text.encode(encoding, "surrogatepass"), "x") == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 200_000, "200000 deep, more than"),
        ('{"a":' * (MAX_DEPTH + 1), f"{MAX_DEPTH + 1} deep"),
        ('["\\\\", ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "]", f"{MAX_DEPTH + 1} deep"),
        ("[" + "[]," * MAX_BRACKETS, f"more than {MAX_BRACKETS}"),
        ('"' + '\\"' * (4 << 20), "not JSON: Unterminated string"),
        ("\\" * 100_000, "not JSON"),
        ("9" * 50_000, "not JSON"),
        ("", "not JSON"),
        (b"\xff\xff", "not JSON"),
    ],
)
def test_what_is_refused_in_a_sentence_and_at_once(text: str | bytes, says: str) -> None:
    start = time.process_time()
    with pytest.raises(FormatError, match=f"model.json is.*{says}"):
        read_json(text, "model.json")
    assert time.process_time() - start < 5
    if isinstance(text, str):
        with pytest.raises(FormatError):
            read_json(text.encode(), "model.json")


def test_brackets_may_lie_as_deep_as_the_bound() -> None:
    assert read_json("[" * MAX_DEPTH + "]" * MAX_DEPTH, "x")
    assert len(read_json("[" + "[]," * 300_000 + "1]", "x")) == 300_001


def test_an_object_is_expected() -> None:
    assert json_object(b"{}", "x") == {}
    with pytest.raises(FormatError, match="x: expected a JSON object, got list"):
        json_object(b"[]", "x")


def test_foreign_json_is_read_here_and_nowhere_else() -> None:
    package = Path(pywebml.__file__).parent
    places = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"json\.loads?\(", path.read_text(encoding="utf-8"))
    }
    assert places <= OURS | {place for place in places if place.split("/")[0] in OURS}


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (KeyError("layers"), "^a file: 'layers' is missing$"),
        (RecursionError(), "^a file: it is nested too deeply$"),
        (MemoryError(), "more memory than there is"),
        (TypeError("'int' object is not iterable"), "not of the kind that is expected"),
        (IndexError("list index out of range"), "not of the kind"),
        (AttributeError("x"), "not of the kind"),
        (ZeroDivisionError(), "not of the kind"),
        (ValueError("two\n  lines"), "^a file: two lines$"),
    ],
)
def test_structural_errors_become_one_sentence(error: Exception, says: str) -> None:
    with pytest.raises(FormatError, match=says) as caught, refused("a file"):
        raise error
    assert caught.value.__cause__ is error
    with pytest.raises(ConnectionError), refused("a file"):
        raise ConnectionError("somewhere else")
