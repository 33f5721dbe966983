"""Weights and whole models in Keras's HDF5 files, read with h5py.

Layout (Keras 1 to 2): the root, or the group "model_weights" of a whole model, lists
its layers in an attribute `layer_names`; each layer's group lists its arrays, in the
layer's order, in `weight_names`. A whole model has its config in the attribute
`model_config`, as JSON.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...host.files import FormatError
from ...host.optional import need
from ...host.stores.files import Files
from .stored import MAX_JSON, Format, Stored, Topology, Weight, json_object, sole_file

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np

MAX_BYTES = 1 << 30
"""Arrays of more bytes in all are not read."""
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
    h5py = need("h5py", "reads Keras's HDF5 files", extra="h5")
    weights: dict[str, Weight] = {}
    config = None
    with _Opened(h5py, io.BytesIO(data), name) as root:
        for _, path, values in _arrays(h5py, root, name):
            if path in weights:
                raise FormatError(f"{name}: the weight {path!r} is there twice")
            weights[path] = Weight.of(values)
        config = root.file.attrs.get("model_config")
    topology = None if config is None else Topology("keras", _config(config, name))
    return Stored(topology, weights, {}, hashlib.sha256(data).hexdigest())


def _config(text: Any, name: str) -> dict[str, Any]:
    raw = text.encode() if isinstance(text, str) else text
    if not isinstance(raw, bytes) or len(raw) > MAX_JSON:
        raise FormatError(f"{name}: the attribute 'model_config' is no text of JSON")
    config = json_object(raw, f"model_config in {name}")
    if "class_name" not in config or "config" not in config:
        raise FormatError(f"{name}: the topology has no 'class_name' and 'config'")
    return config


def read_keras_weights(path: str | Path) -> dict[str, list[np.ndarray]]:
    """{layer: its float32 arrays, in its order}, layers without weights left out; a
    weights file or a whole model.

    Only arrays that lie in the file itself are read: no links to other files.
    FormatError for a file that is not of that layout, ImportError where h5py is not
    installed.
    """
    h5py = need("h5py", "reads Keras's HDF5 files", extra="h5")
    weights: dict[str, list[np.ndarray]] = {}
    with _Opened(h5py, path, str(path)) as root:
        for layer, _, values in _arrays(h5py, root, str(path)):
            weights.setdefault(layer, []).append(values)
    return weights


class _Opened:
    """The group that lists the layers, while the file is open. What h5py says of a file
    that is broken becomes a FormatError.
    """

    def __init__(self, h5py: Any, source: Any, name: str):
        self.h5py, self.source, self.name = h5py, source, name

    def __enter__(self) -> Any:
        try:
            self.file = self.h5py.File(self.source, "r")
        except (OSError, RuntimeError, ValueError, KeyError) as e:
            raise FormatError(f"{self.name} is not a whole HDF5 file: {e}") from None
        try:
            whole = "model_weights" in self.file
            return _inside(self.h5py, self.file, "model_weights") if whole else self.file
        except BaseException as e:
            self.__exit__(type(e), e)
            raise

    def __exit__(self, kind: type[BaseException] | None, e: Any, *trace: Any) -> None:
        self.file.close()
        broken = (OSError, RuntimeError, KeyError, TypeError, AttributeError, MemoryError)
        if isinstance(e, broken):
            raise FormatError(f"{self.name} is a broken HDF5 file: {e}") from None


def _arrays(h5py: Any, root: Any, path: str) -> Iterator[tuple[str, str, np.ndarray]]:
    """(layer, the array's name, its values in float32), in order."""
    left = MAX_BYTES
    for layer in _names(root, "layer_names", path):
        group = _inside(h5py, root, layer)
        for name in _names(group, "weight_names", path):
            dataset = _inside(h5py, group, name)
            if (
                not isinstance(dataset, h5py.Dataset)
                or dataset.dtype.kind != "f"
                or dataset.external
                or dataset.is_virtual
            ):
                raise FormatError(f"{path}: {layer}/{name} is not an array of floats in this file")
            left -= max(dataset.nbytes, 4 * dataset.size)
            if left < 0:
                raise FormatError(f"{path} holds more than the {MAX_BYTES} bytes that are read")
            yield layer, name, np.asarray(dataset[()], np.float32)


def _names(group: Any, attribute: str, path: str | Path) -> list[str]:
    """The names in an attribute; one that would be too long is stored in parts, NAME0,
    NAME1 ...
    """
    numbered = (f"{attribute}{i}" for i in range(len(group.attrs)))
    parts = (
        [attribute]
        if attribute in group.attrs
        else [part for part in numbered if part in group.attrs]
    )
    if not parts:
        raise FormatError(
            f"{path}: {group.name} has no attribute {attribute!r}; expected weights that Keras"
            " saved"
        )
    names = [name for part in parts for name in np.ravel(group.attrs[part])]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def _inside(h5py: Any, group: Any, name: str) -> Any:
    """What `name` ("a/b/c") leads to from `group`. FormatError where it is not there, or
    would lead out of the file.
    """
    for part in filter(None, name.split("/")):
        link = group.get(part, getlink=True) if isinstance(group, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            raise FormatError(f"{group.file.filename}: {group.name} holds no {part!r} of its own")
        group = group[part]
    return group


FORMAT = Format("keras-h5", (".h5", ".hdf5"), knows, read)
