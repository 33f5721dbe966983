"""host/stores/browser: files as what TensorFlow.js keeps of a model, and back. In a
real browser: tests/tab/test_stores.py.
"""

from __future__ import annotations

import json

import pytest
from store_cases import MODEL, OTHER

from pywebml.host.stores import open_store
from pywebml.host.stores.browser import Record, entry_of, packed, texts_of, unpacked
from pywebml.host.waiting import at_once

TWO_SHARDS = {
    "model.json": MODEL["model.json"].replace(b'["weights.bin"]', b'["b", "a"]'),
    "a": b"5678",
    "b": b"1234",
}
NO_MODELS = (
    {},
    {"a": b"1"},
    {"model.json": b"{"},
    {"model.json": b"[]"},
    {"model.json": b'{"weightsManifest": 3}'},
    {"model.json": MODEL["model.json"]},  # its shard is missing
    {**TWO_SHARDS, "model.json": TWO_SHARDS["model.json"].replace(b'"b"', b'"a"')},
)


@pytest.mark.parametrize("files", [MODEL, OTHER, TWO_SHARDS, *NO_MODELS])
def test_files_come_back_from_an_entry(files: dict[str, bytes]) -> None:
    entry = packed(files)
    assert unpacked(entry) == files
    assert entry_of(texts_of(entry)) is not None
    assert unpacked(entry_of(texts_of(entry)) or entry) == files
    assert bool(entry.artifacts) == (files not in NO_MODELS)


def test_a_model_is_kept_as_tensorflow_js_keeps_it() -> None:
    entry = packed(TWO_SHARDS)
    artifacts = json.loads(entry.artifacts)
    assert entry.weights == b"12345678"
    assert artifacts["weightSpecs"] == [{"name": "a/b", "shape": [2], "dtype": "float32"}]
    assert artifacts["modelTopology"] == {"class_name": "Sequential"}
    texts = texts_of(entry)
    assert json.loads(texts["info"] or "")["weightDataBytes"] == 8
    assert json.loads(texts["model_metadata"] or "") == {"format": "layers-model"}


def test_what_tensorflow_js_saved_or_removed_since_counts() -> None:
    texts = texts_of(packed(OTHER))
    theirs = Record(packed(MODEL).artifacts, b"87654321", "", b"")
    info = texts_of(theirs)["info"]
    later = {**texts, **texts_of(theirs), "info": info, "pywebml": texts["pywebml"]}
    entry = entry_of(later)
    assert entry is not None
    files = unpacked(entry)
    assert files["weights.bin"] == b"87654321"
    document = json.loads(files["model.json"])
    assert document["weightsManifest"][0]["paths"] == ["weights.bin"]
    assert set(files) == {"model.json", "weights.bin"}
    gone = dict.fromkeys(texts) | {"pywebml": texts["pywebml"]}
    assert entry_of(gone) is None


def test_where_no_browser_is() -> None:
    for where in ("indexeddb://m", "localstorage://m"):
        with pytest.raises(RuntimeError, match="is a store of a browser, and this is none"):
            at_once(open_store(where).list())
    for where in ("indexeddb://", "localstorage://", "downloads://"):
        with pytest.raises(ValueError, match="needs a name"):
            open_store(where)
