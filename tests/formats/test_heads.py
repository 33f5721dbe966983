"""formats/heads: what `teach` saves comes back, and nothing else passes for it."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_models import NAMES, answers, filled, inputs_of

from pywebml import Model, Sequential, layers
from pywebml.formats.heads import archive_bytes, read_archive, write_archive
from pywebml.formats.layers_models import load_layers_model
from pywebml.host.files import checked_name
from pywebml.host.stores.folders import Zip, zip_bytes

METADATA: dict[str, Any] = {
    "labels": ["hand", "Füße", "空"],
    "extractor": {"name": "efficientnet_lite0", "layer": "avg_pool", "weights_sha256": "57"},
    "training": {"epochs": 20, "learning_rate": 1e-3},
    "val_accuracy": None,
}


def head(outputs: int = 3) -> Model:
    model = Sequential(
        [
            layers.Dense(4, activation="relu", input_shape=(6,)),
            layers.Dense(outputs, activation="softmax"),
        ],
        name="head",
    )
    return filled(model)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        return {n: z.read(n) for n in z.namelist()}


@pytest.mark.parametrize("name", NAMES)
def test_a_head_s_layers_may_be_called_anything(name: str) -> None:
    body = Sequential([layers.Dense(4, input_shape=(6,), name=name)], name="body of the head")
    model = filled(Sequential([body, layers.Dense(3, "softmax", name=name)], name="head"))
    again, _ = read_archive(archive_bytes(model, METADATA))
    x = inputs_of(model)
    np.testing.assert_array_equal(answers(again, x), answers(model, x))


def test_a_head_comes_back_as_it_was(tmp_path: Path) -> None:
    model = head()
    path = write_archive(tmp_path / "new" / "hands.zip", model, METADATA)
    again, metadata = read_archive(path)
    x = np.random.default_rng(1).normal(size=(5, 6)).astype(np.float32)
    np.testing.assert_array_equal(again(x).numpy(), model(x).numpy())
    assert {k: metadata[k] for k in METADATA} == METADATA
    assert (
        metadata["weights_sha256"]
        == hashlib.sha256(parts(path.read_bytes())["weights.bin"]).hexdigest()
    )
    assert read_archive(path.read_bytes()).metadata == metadata
    # a layers model like any other
    np.testing.assert_array_equal(load_layers_model(path)(x).numpy(), model(x).numpy())
    # nothing in it depends on the time or the place
    assert archive_bytes(model, METADATA) == path.read_bytes()


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    for metadata, says in [
        ({**METADATA, "labels": ["a", "b"]}, "2 labels, but the head has 3 outputs"),
        ({**METADATA, "labels": "abc"}, "'labels' must be a list"),
        ({**METADATA, "labels": []}, "'labels' must be a list"),
        ({**METADATA, "extractor": None}, "'extractor' must say"),
        ({**METADATA, "val_accuracy": float("nan")}, "JSON"),
    ]:
        with pytest.raises(ValueError, match=says):
            write_archive(tmp_path / "x.zip", head(), metadata)
    assert list(tmp_path.iterdir()) == []


def changed(**change: Any) -> bytes:
    """A good archive with some of its files replaced (None: left out), or with entries
    of its metadata changed.
    """
    made = parts(archive_bytes(head(), METADATA))
    about = change.pop("about", {})
    made["metadata.json"] = json.dumps({**json.loads(made["metadata.json"]), **about}).encode()
    for name, data in change.items():
        name = {"weights": "weights.bin", "model": "model.json", "metadata": "metadata.json"}[name]
        if data is None:
            del made[name]
        else:
            made[name] = data
    return zip_bytes(made)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a zip file"),
        (b"PK\x03\x04 and so on", "not a zip file"),
        (zip_bytes({}), "no metadata.json"),
        (changed(metadata=None), "no metadata.json"),
        (changed(metadata=b"{"), "not JSON"),
        (changed(metadata=b"[]"), "metadata.json in the zip: expected a JSON object, got list"),
        (changed(about={"format": "something else"}), "does not say 'pywebml-head'"),
        (changed(about={"version": 2}), "format version 2, this pywebml reads 1"),
        (changed(about={"labels": ["a"]}), "1 labels, but the head has 3 outputs"),
        (changed(about={"extractor": {}}), "'extractor' must say"),
        (changed(model=None), r"no model\.json"),
        (changed(weights=None), r"no file 'weights\.bin'"),
        (changed(weights=bytes(4 * (6 * 4 + 4 + 4 * 3 + 3))), "not those that were saved"),
        (changed(weights=b"1234"), "needs bytes"),
    ],
)
def test_what_is_not_an_archive_is_named(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_archive(data)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no such model: .*gone\.zip"):
        read_archive(tmp_path / "gone.zip")


@pytest.mark.parametrize(
    "name", ["../up", "/etc/passwd", "a/../../b", "C:\\x", "a\\b", "c:x", "", "nul\0byte"]
)
def test_names_that_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="leads out of its folder"):
        checked_name(name)
    if "\0" not in name:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as z:
            info = zipfile.ZipInfo("x")
            info.filename = name
            z.writestr(info, b"data")
        with pytest.raises(ValueError, match="leads out of its folder"):
            Zip(out.getvalue())


def test_bombs_and_lying_directories_are_refused() -> None:
    made = parts(archive_bytes(head(), METADATA))
    bomb = zip_bytes({**made, "metadata.json": made["metadata.json"] + b" " * (5 << 20)})
    assert len(bomb) < 20_000
    with pytest.raises(
        ValueError, match=r"'metadata\.json' in the zip unpacks to \d+ bytes, more than the 1048576"
    ):
        read_archive(bomb)
    # A directory that says 10 bytes where 5 MB unpack: zipfile stops there, and the sum
    # over the bytes is wrong.
    lying = bytearray(bomb)
    at = lying.rfind(b"metadata.json") - 46
    assert lying[at : at + 4] == b"PK\x01\x02"
    lying[at + 24 : at + 28] = struct.pack("<I", 10)
    with pytest.raises(
        ValueError, match=r"metadata\.json.*cannot be read|metadata\.json.*has \d+ bytes"
    ):
        read_archive(bytes(lying))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            z.writestr("a", b"2")
    with pytest.raises(ValueError, match="two files called 'a'"):
        Zip(out.getvalue())
