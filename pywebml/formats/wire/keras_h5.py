"""Weights in Keras's HDF5 files, read with h5py.

Layout (Keras 1 to 2): the root, or the group "model_weights" of a whole model, lists
its layers in an attribute `layer_names`; each layer's group lists its arrays, in the
layer's order, in `weight_names`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...host.optional import need

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np

MAX_BYTES = 1 << 30
"""Arrays of more bytes in all are not read."""


def read_keras_weights(path: str | Path) -> dict[str, list[np.ndarray]]:
    """{layer: its float32 arrays, in its order}, layers without weights left out; a
    weights file or a whole model.

    Only arrays that lie in the file itself are read: no links to other files.
    ValueError for a file that is not of that layout, ImportError where h5py is not
    installed.
    """
    h5py = need("h5py", "reads Keras's HDF5 files", extra="h5")
    try:
        file = h5py.File(path, "r")
    except OSError as e:
        raise ValueError(f"{path} is not a whole HDF5 file: {e}") from None
    with file:
        root = _inside(h5py, file, "model_weights") if "model_weights" in file else file
        budget, weights = MAX_BYTES, {}
        for layer in _names(root, "layer_names", path):
            group = _inside(h5py, root, layer)
            arrays = []
            for name in _names(group, "weight_names", path):
                stored = _inside(h5py, group, name)
                if (
                    not isinstance(stored, h5py.Dataset)
                    or stored.dtype.kind != "f"
                    or stored.external
                    or stored.is_virtual
                ):
                    raise ValueError(
                        f"{path}: {layer}/{name} is not an array of floats in this file"
                    )
                budget -= stored.nbytes
                if budget < 0:
                    raise ValueError(f"{path} holds more than the {MAX_BYTES} bytes that are read")
                arrays.append(np.asarray(stored[()], np.float32))
            if arrays:
                weights[layer] = arrays
    return weights


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
        raise ValueError(
            f"{path}: {group.name} has no attribute {attribute!r}; expected weights that Keras"
            " saved"
        )
    names = [name for part in parts for name in np.ravel(group.attrs[part])]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def _inside(h5py: Any, group: Any, name: str) -> Any:
    """What `name` ("a/b/c") leads to from `group`. ValueError where it is not there, or
    would lead out of the file.
    """
    for part in filter(None, name.split("/")):
        link = group.get(part, getlink=True) if isinstance(group, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{group.file.filename}: {group.name} holds no {part!r} of its own")
        group = group[part]
    return group
