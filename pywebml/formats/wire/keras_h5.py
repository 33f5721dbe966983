"""Weights and whole models in Keras's HDF5 files, read with h5py in a process of its
own, see h5_apart.py.

Layout (Keras 1 to 2): the root, or the group "model_weights" of a whole model, lists
its layers in an attribute `layer_names`; each layer's group lists its arrays, in the
layer's order, in `weight_names`. A whole model has its config in the attribute
`model_config`, as JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...host import IN_TAB
from ...host.files import FormatError
from ...host.json_data import json_object
from ...host.optional import need
from ...host.stores.files import Files
from .h5_apart import Values, parse
from .stored import Format, Stored, Topology, Weight, elements, sole_file
from .words import from_keras_2

if TYPE_CHECKING:
    import numpy as np

MAX_BYTES = 1 << 30
"""Files, and arrays in all, of more bytes are not read."""
MAX_MEMORY = 8 << 30
SECONDS = 60.0
"""How long reading may take: some broken files keep HDF5's library busy for ever."""
START = b"\x89HDF\r\n\x1a\n"


async def knows(files: Files) -> bool:
    """Whether there is one file, and it starts as HDF5 does."""
    file = await sole_file(files)
    return file is not None and file[1].startswith(START)


async def read(files: Files) -> Stored:
    """The weights, and the topology where it is a whole model. FormatError as
    `read_keras_weights`.
    """
    file = await sole_file(files)
    if file is None:
        raise FormatError(f"{files.name}: expected one HDF5 file")
    name, data = file
    config, arrays = _parsed(data, name)
    weights: dict[str, Weight] = {}
    for array in arrays:
        if array.name in weights:
            raise FormatError(f"{name}: the weight {array.name!r} is there twice")
        weights[array.name] = Weight(array.shape, "float32", array.data)
    topology = None
    if config is not None:
        said = json_object(config.encode(errors="replace"), f"model_config in {name}")
        if "class_name" not in said or "config" not in said:
            raise FormatError(f"{name}: the topology has no 'class_name' and 'config'")
        by_keras_3 = '"batch_shape"' in config  # what Keras 2 calls batch_input_shape
        topology = Topology("keras", said if by_keras_3 else from_keras_2(said))
    return Stored(topology, weights, {}, hashlib.sha256(data).hexdigest())


def read_keras_weights(path: str | Path) -> dict[str, list[np.ndarray]]:
    """{layer: its float32 arrays, in its order}, layers without weights left out; a
    weights file or a whole model.

    Only arrays that lie in the file itself are read: no links to other files.
    FormatError for a file that is not of that layout or broken, ImportError where h5py
    is not installed.
    """
    size = Path(path).stat().st_size
    if size > MAX_BYTES:
        raise FormatError(f"{path} has {size} bytes, more than the {MAX_BYTES} that are read")
    by_layer = weights_by_layer(Path(path).read_bytes(), str(path))
    return {layer: [weight.array() for weight in listed] for layer, listed in by_layer.items()}


def weights_by_layer(data: bytes, name: str) -> dict[str, list[Weight]]:
    """{layer: its weights, in its order} of the bytes of a file called `name`."""
    weights: dict[str, list[Weight]] = {}
    for array in _parsed(data, name)[1]:
        weight = Weight(array.shape, "float32", array.data)
        weights.setdefault(array.layer, []).append(weight)
    return weights


def _parsed(data: bytes, name: str) -> tuple[str | None, list[Values]]:
    """`parse`, apart from this process where there can be another."""
    need("h5py", "reads Keras's HDF5 files", extra="h5")
    if IN_TAB or not sys.executable:
        try:
            return parse(data, name, MAX_BYTES)
        except ValueError as e:
            raise FormatError(str(e)) from None
    import subprocess  # heavy, and a tab has no other processes

    limits = [str(MAX_BYTES), str(MAX_MEMORY)]
    script = str(Path(__file__).with_name("h5_apart.py"))
    command = [sys.executable, "-P", script, json.dumps(sys.path), name, *limits]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise FormatError(f"{name} is a broken HDF5 file: reading it does not end") from None
    head, _, body = done.stdout.partition(b"\n")
    if done.returncode:
        raise FormatError(f"{name} is a broken HDF5 file: what reads it has crashed")
    said = json.loads(head)
    if "error" in said:
        raise FormatError(said["error"])
    arrays = []
    at = 0
    for layer, array, shape in said["arrays"]:
        end = at + 4 * elements(tuple(shape))
        arrays.append(Values(layer, array, tuple(shape), body[at:end]))
        at = end
    return said["config"], arrays


FORMAT = Format("keras-h5", (".h5", ".hdf5"), knows, read)
