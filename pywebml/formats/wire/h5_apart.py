"""The inside of Keras's HDF5 files. HDF5's library crashes or never ends on some broken
files, so keras_h5.py runs this file as a program of its own and reads what it writes:
a line of JSON, {"error"} or {"config", "arrays"}, and the arrays' float32 bytes. It
imports nothing of pywebml, so that it starts quickly.
"""

from __future__ import annotations

import io
import json
import math
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

MAX_ATTRIBUTE = 1 << 24
"""An attribute of more bytes, without the texts it points to, is not read: a broken
file can claim any size.
"""
MAX_CONFIG = 64 << 20
SMALL, RATIO = 64 << 20, 50
"""Arrays of more than so many bytes, and of more than so many times the file's bytes,
are not read: weights are not that empty.
"""


class Values(NamedTuple):
    """An array of a layer, float32 as bytes."""

    layer: str
    name: str
    shape: tuple[int, ...]
    data: bytes


def parse(data: bytes, path: str, limit: int) -> tuple[str | None, list[Values]]:
    """(the config of a whole model as JSON or None, all arrays in order). ValueError
    that says what is wrong.
    """
    import h5py  # heavy, and optional: keras_h5.py has looked whether it is there
    import numpy as np

    broken = (OSError, RuntimeError, KeyError, TypeError, AttributeError, MemoryError)
    try:
        file = h5py.File(io.BytesIO(data), "r")
    except broken as e:
        raise ValueError(f"{path} is not a whole HDF5 file: {e}") from None
    try:
        with file:
            whole = "model_weights" in file
            root = _inside(h5py, file, "model_weights", path) if whole else file
            most = min(limit, max(SMALL, RATIO * len(data)))
            arrays = list(_arrays(h5py, np, root, path, most))
            config = _attribute(file, "model_config", path) if "model_config" in file.attrs else ""
    except broken as e:
        raise ValueError(f"{path} is a broken HDF5 file: {e}") from None
    text = config.decode() if isinstance(config, bytes) else str(config)
    if len(text) > MAX_CONFIG:
        raise ValueError(f"{path}: a config of {len(text)} letters")
    return text or None, arrays


def _arrays(h5py: Any, np: Any, root: Any, path: str, most: int) -> Iterator[Values]:
    left = most
    for layer in _names(np, root, "layer_names", path):
        group = _inside(h5py, root, layer, path)
        for name in _names(np, group, "weight_names", path):
            dataset = _inside(h5py, group, name, path)
            if (
                not isinstance(dataset, h5py.Dataset)
                or dataset.dtype.kind != "f"
                or dataset.external
                or dataset.is_virtual
            ):
                raise ValueError(f"{path}: {layer}/{name} is not an array of floats in this file")
            left -= max(dataset.nbytes, 4 * dataset.size)
            if left < 0:
                raise ValueError(f"{path} holds more than the {most} bytes that are read")
            values = np.asarray(dataset[()], "<f4")
            yield Values(layer, name, values.shape, values.tobytes())


def _names(np: Any, group: Any, attribute: str, path: str) -> list[str]:
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
        raise ValueError(
            f"{path}: {group.name} has no attribute {attribute!r}; expected weights that Keras"
            " saved"
        )
    names = [name for part in parts for name in np.ravel(_attribute(group, part, path))]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def _attribute(group: Any, name: str, path: str) -> Any:
    about = group.attrs.get_id(name)
    size = math.prod(about.shape or ()) * about.dtype.itemsize
    if size > MAX_ATTRIBUTE:
        raise ValueError(f"{path}: the attribute {name!r} claims {size} bytes")
    return group.attrs[name]


def _inside(h5py: Any, group: Any, name: str, path: str) -> Any:
    """What `name` ("a/b/c") leads to from `group`. ValueError where it is not there, or
    would lead out of the file.
    """
    for part in filter(None, name.split("/")):
        link = group.get(part, getlink=True) if isinstance(group, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{path}: {group.name} holds no {part!r} of its own")
        group = group[part]
    return group


def main(paths: str, path: str, limit: str, memory: str) -> None:
    """Standard input -> standard output, within so many bytes of memory."""
    sys.path[:] = json.loads(paths)
    try:
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    except (ImportError, ValueError, OSError):
        pass
    out = sys.stdout.buffer
    try:
        config, arrays = parse(sys.stdin.buffer.read(), path, int(limit))
    except ValueError as e:
        out.write(json.dumps({"error": str(e)}).encode() + b"\n")
        return
    listed = [[array.layer, array.name, list(array.shape)] for array in arrays]
    out.write(json.dumps({"config": config, "arrays": listed}).encode() + b"\n")
    for array in arrays:
        out.write(array.data)


if __name__ == "__main__":
    main(*sys.argv[1:])
