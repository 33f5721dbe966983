"""Reads PyTorch state dicts (the legacy layout and the zip layout) without PyTorch and
without running what they say.

A .pth file is a pickle, and a pickle is a program: pickles.py takes only data out of
it.

Layouts (torch/serialization.py):
legacy  five pickles in a row (magic number, protocol, system info, the object, the
        storage keys), then for each key an int64 element count and the elements;
zip     NAME/data.pkl holds the object, NAME/data/KEY the bytes of a storage,
        NAME/byteorder says "little" or "big".
"""

from __future__ import annotations

import hashlib
import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ...host.files import FormatError
from ...host.stores.files import Files
from ...host.stores.folders import ZIP_START, Memory, Zip
from .pickles import ITEMSIZE_OF, MAX_BYTES, STORAGES, Storage, StridedTensor, unpickle
from .stored import MAX_RANK, Format, Stored, Weight, sole_file

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np

SMALL, RATIO = 64 << 20, 16
"""Tensors of more than so many bytes, and of more than so many times as many as the
elements that the file has, are not read: a stride of 0 makes any size of one element.
"""
MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_START = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # MAGIC, pickled


def read_state_dict(source: str | Path | bytes) -> dict[str, np.ndarray]:
    """The tensors of a state dict saved by `torch.save`, by name, C-contiguous,
    whatever strides they were saved with.

    `source` is a path or the file's bytes. bfloat16 becomes float32; other types keep
    theirs. A checkpoint that holds the state dict under "state_dict" is accepted.
    FormatError for anything that is not plain tensors.
    """
    data = _read_bounded(source)
    if data.startswith(ZIP_START):
        return _tensors(*_read_zip(_zip(data)))
    return _tensors(*_read_legacy(io.BytesIO(data)))


def _tensors(tree: Any, storages: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a state dict."""
    if isinstance(tree, dict) and isinstance(tree.get("state_dict"), dict):
        tree = tree["state_dict"]
    if not isinstance(tree, dict) or not all(
        isinstance(k, str) and isinstance(v, StridedTensor) for k, v in tree.items()
    ):
        raise FormatError(
            "expected a state dict {name: tensor}; save one with torch.save(model.state_dict(),"
            " path)"
        )
    for name, t in tree.items():
        if max(len(t.shape), len(t.strides)) > MAX_RANK:
            raise FormatError(
                f"{name}: a tensor of {len(t.shape)} axes; at most {MAX_RANK} are read"
            )
        if len(t.shape) != len(t.strides) or min(*t.shape, *t.strides, t.offset, 0) < 0:
            raise FormatError(
                f"{name}: impossible shape {t.shape}, strides {t.strides}, offset {t.offset}"
            )
    total = sum(math.prod(t.shape) * ITEMSIZE_OF[t.storage.kind] for t in tree.values())
    most = min(MAX_BYTES, max(SMALL, RATIO * sum(map(len, storages.values()))))
    if total > most:
        raise FormatError(
            f"the tensors would take {total} bytes, more than the {most} that are read"
        )
    return {name: _as_array(name, t, storages) for name, t in tree.items()}


async def knows(files: Files) -> bool:
    """Whether there is one file that starts as torch.save's do, or the NAME/data.pkl of
    such a zip.
    """
    if any(name.endswith("/data.pkl") for name in await files.list()):
        return True
    file = await sole_file(files)
    if file is None:
        return False
    data = file[1]
    return data.startswith(LEGACY_START) or (data.startswith(ZIP_START) and b"/data.pkl" in data)


async def read(files: Files) -> Stored:
    """The tensors of a state dict: weights alone. FormatError as `read_state_dict`."""
    names = await files.list()
    file = await sole_file(files)
    digest = hashlib.sha256()
    if file is None:
        left = MAX_BYTES
        contents = {}
        for name in names:
            contents[name] = await files.read(name, left)
            left -= len(contents[name])
            digest.update(contents[name])
        arrays = _tensors(*_read_zip(Memory(contents, files.name)))
    else:
        arrays = read_state_dict(file[1])
        digest.update(file[1])
    weights = {name: Weight.of(array) for name, array in arrays.items()}
    return Stored(None, weights, {}, digest.hexdigest())


def _read_bounded(source: str | Path | bytes) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    size = Path(source).stat().st_size
    if size > MAX_BYTES:
        raise FormatError(f"{source} has {size} bytes, more than the {MAX_BYTES} that are read")
    return Path(source).read_bytes()


def _read_legacy(file: BinaryIO) -> tuple[Any, dict[str, np.ndarray]]:
    if unpickle(file) != MAGIC:
        raise FormatError("not a PyTorch file: the magic number is missing")
    unpickle(file)  # protocol version
    system = unpickle(file)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise FormatError(
            "the file was written on a big-endian machine, which is not supported; save it again on"
            " a little-endian one"
        )
    named: dict[str, Storage] = {}
    tree = unpickle(file, named)
    keys = unpickle(file)
    if not isinstance(keys, list) or not all(isinstance(k, str) for k in keys):
        raise FormatError("expected a list of storage keys after the tensors")
    storages = {}
    for key in keys:
        if key not in named:
            raise FormatError(f"storage {key!r} belongs to no tensor")
        count = int.from_bytes(file.read(8), "little", signed=True)
        if count != named[key].size:
            raise FormatError(
                f"storage {key!r} says {count} elements, its tensors expect {named[key].size}"
            )
        storages[key] = _elements(named[key], file.read(count * ITEMSIZE_OF[named[key].kind]))
    return tree, storages


def _zip(data: bytes) -> Zip:
    try:
        archive = Zip(data)
    except FormatError as e:
        raise FormatError(f"not a PyTorch file: {e}") from None
    if sum(entry.file_size for entry in archive.entries.values()) > MAX_BYTES:
        raise FormatError(f"the zip unpacks to more than the {MAX_BYTES} bytes that are read")
    return archive


def _read_zip(archive: Zip | Memory) -> tuple[Any, dict[str, np.ndarray]]:
    pickles = [name for name in archive.names() if name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise FormatError(
            f"not a PyTorch file: expected one NAME/data.pkl in the zip, found {len(pickles)}"
        )
    root = pickles[0].removesuffix("data.pkl")
    if root + "byteorder" in archive and archive.read(root + "byteorder") != b"little":
        raise FormatError(
            "the file was written on a big-endian machine, which is not supported; save it again on"
            " a little-endian one"
        )
    named: dict[str, Storage] = {}
    tree = unpickle(io.BytesIO(archive.read(pickles[0])), named)
    missing = [key for key in named if f"{root}data/{key}" not in archive]
    if missing:
        raise FormatError(f"the zip has no storage {root}data/{missing[0]}")
    elements = {key: _elements(s, archive.read(f"{root}data/{key}")) for key, s in named.items()}
    return tree, elements


def _elements(storage: Storage, data: bytes) -> np.ndarray:
    expected = storage.size * ITEMSIZE_OF[storage.kind]
    if len(data) != expected:
        raise FormatError(
            f"storage {storage.key!r}: expected {expected} bytes, got {len(data)}; is the file"
            " whole?"
        )
    return np.frombuffer(data, STORAGES[storage.kind])


def _as_array(name: str, t: StridedTensor, storages: dict[str, np.ndarray]) -> np.ndarray:
    flat = storages.get(t.storage.key)
    if flat is None:
        raise FormatError(f"{name}: the file holds no storage {t.storage.key!r}")
    last = t.offset + sum((n - 1) * s for n, s in zip(t.shape, t.strides, strict=True))
    if 0 not in t.shape and last >= flat.size:
        raise FormatError(
            f"{name}: shape {t.shape} with strides {t.strides} reaches past its storage of"
            f" {flat.size} elements"
        )
    strides = tuple(s * flat.itemsize for s in t.strides)
    start = flat[t.offset :] if 0 not in t.shape else flat[:0]
    array = np.array(np.lib.stride_tricks.as_strided(start, t.shape, strides), order="C")
    if t.storage.kind == "BFloat16Storage":  # bfloat16 is the upper half of a float32
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array


FORMAT = Format("torch-pickle", (".pth", ".pt"), knows, read)
