"""Reads PyTorch state dicts (the legacy layout and the zip layout) without PyTorch and
without running what they say.

A .pth file is a pickle, and a pickle is a program: pickles.py takes only data out of
it. Tensors are read where they lie in the file, one by one when they are wanted.

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
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...host.files import FormatError
from ...host.stores.files import Files, part_of
from ...host.stores.folders import ZIP_START, Zip
from ...host.stores.parts import Data, Part, Slice, Stream, chunks, raw
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


_DTYPES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip


def read_state_dict(source: str | Path | bytes) -> dict[str, np.ndarray]:
    """The tensors of a state dict saved by `torch.save`, by name, C-contiguous,
    whatever strides they were saved with.

    `source` is a path or the file's bytes. bfloat16 becomes float32; other types keep
    theirs. A checkpoint that holds the state dict under "state_dict" is accepted.
    FormatError for anything that is not plain tensors.
    """
    weights = _of_file(_bounded(source))
    return {name: weight.array() for name, weight in weights.items()}


def _bounded(source: str | Path | bytes) -> Data:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    size = Path(source).stat().st_size
    if size > MAX_BYTES:
        raise FormatError(f"{source} has {size} bytes, more than the {MAX_BYTES} that are read")
    return Part.of_file(Path(source))


def _of_file(data: Data) -> dict[str, Weight]:
    if data.startswith(ZIP_START):
        archive = _zip(data)
        return _weights(*_read_zip(archive.entries, archive.part))
    return _weights(*_read_legacy(Part.joined([data])))


def _weights(tree: Any, storages: dict[str, _Lying]) -> dict[str, Weight]:
    """The weights of a state dict."""
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
    there = sum(len(lying.data) // ITEMSIZE_OF[lying.kind] for lying in storages.values())
    most = min(MAX_BYTES, max(SMALL, RATIO * there))
    if total > most:
        raise FormatError(
            f"the tensors would take {total} bytes, more than the {most} that are read"
        )
    return {name: _weight(name, t, storages) for name, t in tree.items()}


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
    return data.startswith(LEGACY_START) or (data.startswith(ZIP_START) and _has_pickle(data))


def _has_pickle(data: Data) -> bool:
    try:
        return any(name.endswith("/data.pkl") for name in Zip(data).names())
    except FormatError:  # a broken one; reading it says how
        return b"/data.pkl" in bytes(data)


async def read(files: Files) -> Stored:
    """The tensors of a state dict: weights alone. FormatError as `read_state_dict`."""
    names = await files.list()
    file = await sole_file(files)
    digest = hashlib.sha256()
    if file is None:
        left = MAX_BYTES
        contents: dict[str, Data] = {}
        for name in names:
            contents[name] = await part_of(files, name, left)
            left -= len(contents[name])
        weights = _weights(*_read_zip(contents, contents.__getitem__))
    else:
        contents = {"": file[1]}
        if len(file[1]) > MAX_BYTES:
            raise FormatError(
                f"it has {len(file[1])} bytes, more than the {MAX_BYTES} that are read"
            )
        weights = _of_file(file[1])
    for data in contents.values():
        for chunk in chunks(data):
            digest.update(chunk)
    return Stored(None, weights, {}, digest.hexdigest())


class _Lying(NamedTuple):
    """The elements of a storage."""

    kind: str
    data: Slice


class _Pickles(io.BufferedReader):
    """A file of pickles. What one of them says to read is no more than there is: a
    number in it may ask for any memory.
    """

    def __init__(self, file: Stream, size: int):
        super().__init__(file)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left))


def _read_legacy(part: Part) -> tuple[Any, dict[str, _Lying]]:
    file: Any = _Pickles(Stream(part), len(part))
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
    at = file.tell()
    storages = {}
    for key in keys:
        if key not in named:
            raise FormatError(f"storage {key!r} belongs to no tensor")
        count = int.from_bytes(bytes(part[at : at + 8]), "little", signed=True)
        if count != named[key].size:
            raise FormatError(
                f"storage {key!r} says {count} elements, its tensors expect {named[key].size}"
            )
        end = at + 8 + count * ITEMSIZE_OF[named[key].kind]
        storages[key] = _checked(named[key], part[at + 8 : end])
        at = end
    return tree, storages


def _zip(data: Data) -> Zip:
    try:
        archive = Zip(data)
    except FormatError as e:
        raise FormatError(f"not a PyTorch file: {e}") from None
    if sum(entry.file_size for entry in archive.entries.values()) > MAX_BYTES:
        raise FormatError(f"the zip unpacks to more than the {MAX_BYTES} bytes that are read")
    return archive


def _read_zip(
    names: Collection[str], contents: Callable[[str], Data]
) -> tuple[Any, dict[str, _Lying]]:
    pickles = [name for name in names if name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise FormatError(
            f"not a PyTorch file: expected one NAME/data.pkl in the zip, found {len(pickles)}"
        )
    root = pickles[0].removesuffix("data.pkl")
    if root + "byteorder" in names and bytes(contents(root + "byteorder")) != b"little":
        raise FormatError(
            "the file was written on a big-endian machine, which is not supported; save it again on"
            " a little-endian one"
        )
    named: dict[str, Storage] = {}
    tree = unpickle(io.BytesIO(bytes(contents(pickles[0]))), named)
    missing = [key for key in named if f"{root}data/{key}" not in names]
    if missing:
        raise FormatError(f"the zip has no storage {root}data/{missing[0]}")
    storages = {key: _checked(s, contents(f"{root}data/{key}")) for key, s in named.items()}
    return tree, storages


def _checked(storage: Storage, data: Slice) -> _Lying:
    expected = storage.size * ITEMSIZE_OF[storage.kind]
    if len(data) != expected:
        raise FormatError(
            f"storage {storage.key!r}: expected {expected} bytes, got {len(data)}; is the file"
            " whole?"
        )
    return _Lying(storage.kind, data)


def _weight(name: str, t: StridedTensor, storages: dict[str, _Lying]) -> Weight:
    """A tensor, still in the file where its elements lie there in order."""
    lying = storages.get(t.storage.key)
    if lying is None:
        raise FormatError(f"{name}: the file holds no storage {t.storage.key!r}")
    size = ITEMSIZE_OF[lying.kind]
    there = len(lying.data) // size
    last = t.offset + sum((n - 1) * s for n, s in zip(t.shape, t.strides, strict=True))
    if 0 not in t.shape and last >= there:
        raise FormatError(
            f"{name}: shape {t.shape} with strides {t.strides} reaches past its storage of"
            f" {there} elements"
        )
    dtype, count = _DTYPES[lying.kind], math.prod(t.shape)
    if not count:
        return Weight(t.shape, dtype, b"")
    if _in_order(t):
        return Weight(t.shape, dtype, lying.data[t.offset * size : (t.offset + count) * size])
    flat = np.frombuffer(raw(lying.data), STORAGES[lying.kind])[t.offset :]
    strides = tuple(s * size for s in t.strides)
    strided = np.lib.stride_tricks.as_strided(flat, t.shape, strides)
    return Weight(t.shape, dtype, strided.tobytes())


def _in_order(t: StridedTensor) -> bool:
    """Whether the elements lie one after another."""
    step = 1
    for n, stride in zip(reversed(t.shape), reversed(t.strides), strict=True):
        if n != 1 and stride != step:
            return False
        step *= n
    return True


FORMAT = Format("torch-pickle", (".pth", ".pt"), knows, read)
