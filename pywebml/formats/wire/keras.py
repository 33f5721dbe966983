"""Keras 3's own files: a zip (or a folder) with metadata.json, config.json,
model.weights.h5 and assets/; and files with weights alone, NAME.weights.h5.

Keras writes arrays under the places of layers in the model, "layers/dense/vars/0"; see
formats/keras3/places.py. The weights may also be a .npz by Keras's options: these are
pickles, which neither Keras nor this reads.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from ...host.files import FormatError, checked_name
from ...host.json_data import json_object
from ...host.stores import ZIP_START
from ...host.stores.files import Files, part_of
from ...host.stores.folders import AtHand, Zip
from ...host.stores.parts import sha256_of_data
from . import hdf5
from .stored import MAX_JSON, Format, Stored, Topology, Weight, sole_file

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
PICKLES = "model.weights.npz"
ASSETS = "assets/"
MAX_ASSETS = 64 << 20
"""Bytes of all texts beside config and weights: vocabularies."""
KERAS = "3.15.1"
"""The version of Keras whose files these are."""


async def knows(files: Files) -> bool:
    """Whether there are these files, or one that holds them."""
    names = await files.list()
    return _has(names) or _has((await _inside(files)).names())


async def read(files: Files) -> Stored:
    """Config, arrays by path, and texts. FormatError for what is broken."""
    if not _has(await files.list()):
        files = AtHand(await _inside(files))
    names = await files.list()
    if WEIGHTS not in names:
        raise FormatError(
            f"{files.name} has its weights in {PICKLES}, and these are pickles, which are not run"
            " here: save the model again, with model.save(path)"
        )
    config = json_object(await files.read(CONFIG, MAX_JSON), f"{CONFIG} in {files.name}")
    metadata: dict[str, Any] = {}
    if METADATA in names:
        metadata = json_object(await files.read(METADATA, MAX_JSON), METADATA)
    data = await part_of(files, WEIGHTS)
    weights = hdf5.read_arrays(data, f"{WEIGHTS} in {files.name}")
    left, assets = MAX_ASSETS, {}
    for name in names:
        if name.startswith(ASSETS):
            text = await files.read(name, left)
            left -= len(text)
            assets[name.removeprefix(ASSETS)] = text
    metadata = {**metadata, "assets": assets}
    return Stored(Topology("keras3", config), weights, metadata, sha256_of_data(data))


def write(stored: Stored) -> dict[str, bytes]:
    """{"model.keras": the zip}; the same model gives the same bytes."""
    assert stored.topology is not None
    metadata = {"keras_version": KERAS, **stored.metadata}
    assets = metadata.pop("assets", {})
    files = {
        METADATA: json.dumps(metadata).encode(),
        CONFIG: json.dumps(stored.topology.config).encode(),
        WEIGHTS: weights_file(dict(stored.weights)),
        **{f"{ASSETS}{name}": text for name, text in assets.items()},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:  # as it is: weights do not shrink
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(checked_name(name)), data)
    return {"model.keras": out.getvalue()}


def weights_file(arrays: dict[str, Weight]) -> bytes:
    """NAME.weights.h5 of arrays by path."""
    return hdf5.written(arrays)


async def read_weights(files: Files) -> dict[str, Weight]:
    """The arrays of NAME.weights.h5, or of a whole model. FormatError for others."""
    if await knows(files):
        return dict((await read(files)).weights)
    file = await sole_file(files)
    if file is None or not file[1].startswith(hdf5.START):
        raise FormatError(
            f"{files.name} is no file of weights as Keras 3 saves them, NAME.weights.h5, and no"
            " .keras file"
        )
    return hdf5.read_arrays(file[1], file[0])


def _has(names: list[str]) -> bool:
    return CONFIG in names and (WEIGHTS in names or PICKLES in names)


async def _inside(files: Files) -> Any:
    """What is in the only file, where that is a zip."""
    file = await sole_file(files)
    if file is None or not file[1].startswith(ZIP_START):
        return _Nothing()
    inside = Zip(file[1])
    inside.name = file[0]
    return inside


class _Nothing:
    def names(self) -> list[str]:
        return []


FORMAT = Format("keras", (".keras",), knows, read, write)
