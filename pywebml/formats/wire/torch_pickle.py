"""Reads PyTorch state dicts (the legacy layout and the zip layout) without PyTorch and
without running what they say.

A .pth file is a pickle, and a pickle is a program. So it is not given to `pickle`: the
small stack machine below knows only the opcodes that build data, calls nothing, and
turns the few names that a state dict needs (ALLOWED) into marks. Any other opcode or
name is an error that says which one it was.

Layouts (torch/serialization.py): legacy  five pickles in a row (magic number, protocol,
system info, the object, the storage keys), then for each key
        an int64 element count and the elements;
zip     NAME/data.pkl holds the object, NAME/data/KEY the bytes of a storage,
NAME/byteorder says "little" or "big".
"""

from __future__ import annotations

import io
import math
import pickletools
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
MAX_BYTES = 1 << 30
"""Largest file, and largest sum of all tensors after strides are written out, that is
read (1 GiB).
"""

STORAGES = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "<i1", "ByteStorage": "<u1",
    "BoolStorage": "?",
}  # fmt: skip
ALLOWED = frozenset(
    {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        "torch._utils _rebuild_parameter",
    }
    | {f"torch {s}" for s in STORAGES}
)


class Name(str):
    """A global that the pickle mentioned; only ever compared, never called."""


class Storage(NamedTuple):
    kind: str  # a key of STORAGES
    key: str
    size: int  # elements


class StridedTensor(NamedTuple):
    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in elements


class Marker:
    """Where a tuple, a list of items or a dict's pairs begin on the stack."""


_INTEGERS = {"BININT", "BININT1", "BININT2", "LONG1"}
_TEXTS = {"BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_IGNORED = {"PROTO", "FRAME"}


def read_state_dict(source: str | Path | bytes) -> dict[str, np.ndarray]:
    """The tensors of a state dict saved by `torch.save`, by name, C-contiguous,
    whatever strides they were saved with.

    `source` is a path or the file's bytes. bfloat16 becomes float32; other types keep
    theirs. A checkpoint that holds the state dict under "state_dict" is accepted.
    Raises ValueError for anything that is not plain tensors.
    """
    data = _read_bounded(source)
    if data[:4] == b"PK\x03\x04":
        tree, storages = _read_zip(data)
    else:
        tree, storages = _read_legacy(io.BytesIO(data))
    if isinstance(tree, dict) and isinstance(tree.get("state_dict"), dict):
        tree = tree["state_dict"]
    if not isinstance(tree, dict) or not all(
        isinstance(k, str) and isinstance(v, StridedTensor) for k, v in tree.items()
    ):
        raise ValueError(
            "expected a state dict {name: tensor}; save one with torch.save(model.state_dict(),"
            " path)"
        )
    total = sum(
        math.prod(t.shape) * np.dtype(STORAGES[t.storage.kind]).itemsize for t in tree.values()
    )
    if total > MAX_BYTES:
        raise ValueError(
            f"the tensors would take {total} bytes, more than the {MAX_BYTES} that are read"
        )
    return {name: _as_array(name, t, storages) for name, t in tree.items()}


def _read_bounded(source: str | Path | bytes) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    else:
        size = Path(source).stat().st_size
        if size > MAX_BYTES:
            raise ValueError(f"{source} has {size} bytes, more than the {MAX_BYTES} that are read")
        data = Path(source).read_bytes()
    return data


def _read_legacy(file: BinaryIO) -> tuple[Any, dict[str, np.ndarray]]:
    if _unpickle(file) != MAGIC:
        raise ValueError("not a PyTorch file: the magic number is missing")
    _unpickle(file)  # protocol version
    system = _unpickle(file)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise ValueError(
            "the file was written on a big-endian machine, which is not supported; save it again on"
            " a little-endian one"
        )
    wanted: dict[str, Storage] = {}
    tree = _unpickle(file, wanted)
    keys = _unpickle(file)
    if not isinstance(keys, list) or not all(isinstance(k, str) for k in keys):
        raise ValueError("expected a list of storage keys after the tensors")
    storages = {}
    for key in keys:
        if key not in wanted:
            raise ValueError(f"storage {key!r} belongs to no tensor")
        count = int.from_bytes(file.read(8), "little", signed=True)
        if count != wanted[key].size:
            raise ValueError(
                f"storage {key!r} says {count} elements, its tensors expect {wanted[key].size}"
            )
        storages[key] = _elements(wanted[key], file.read(count * _itemsize(wanted[key])))
    return tree, storages


def _read_zip(data: bytes) -> tuple[Any, dict[str, np.ndarray]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as e:
        raise ValueError(f"not a PyTorch file: {e}") from None
    entries = {i.filename: i for i in archive.infolist()}
    pickles = [n for n in entries if n.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise ValueError(
            f"not a PyTorch file: expected one NAME/data.pkl in the zip, found {len(pickles)}"
        )
    if sum(i.file_size for i in entries.values()) > MAX_BYTES:
        raise ValueError(f"the zip unpacks to more than the {MAX_BYTES} bytes that are read")
    root = pickles[0].removesuffix("data.pkl")

    def read(name: str) -> bytes:
        try:
            return archive.read(name)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError) as e:
            raise ValueError(f"{name} in the zip cannot be read: {e}") from None

    if root + "byteorder" in entries and read(root + "byteorder") != b"little":
        raise ValueError(
            "the file was written on a big-endian machine, which is not supported; save it again on"
            " a little-endian one"
        )
    wanted: dict[str, Storage] = {}
    tree = _unpickle(io.BytesIO(read(pickles[0])), wanted)
    missing = [key for key in wanted if f"{root}data/{key}" not in entries]
    if missing:
        raise ValueError(f"the zip has no storage {root}data/{missing[0]}")
    return tree, {key: _elements(s, read(f"{root}data/{key}")) for key, s in wanted.items()}


def _itemsize(storage: Storage) -> int:
    return np.dtype(STORAGES[storage.kind]).itemsize


def _elements(storage: Storage, data: bytes) -> np.ndarray:
    expected = storage.size * _itemsize(storage)
    if len(data) != expected:
        raise ValueError(
            f"storage {storage.key!r}: expected {expected} bytes, got {len(data)}; is the file"
            " whole?"
        )
    return np.frombuffer(data, STORAGES[storage.kind])


def _as_array(name: str, t: StridedTensor, storages: dict[str, np.ndarray]) -> np.ndarray:
    flat = storages.get(t.storage.key)
    if flat is None:
        raise ValueError(f"{name}: the file holds no storage {t.storage.key!r}")
    if len(t.shape) != len(t.strides) or t.offset < 0 or min(t.shape + t.strides, default=0) < 0:
        raise ValueError(
            f"{name}: impossible shape {t.shape}, strides {t.strides}, offset {t.offset}"
        )
    last = t.offset + sum((n - 1) * s for n, s in zip(t.shape, t.strides, strict=True))
    if 0 not in t.shape and last >= flat.size:
        raise ValueError(
            f"{name}: shape {t.shape} with strides {t.strides} reaches past its storage of"
            f" {flat.size} elements"
        )
    strides = tuple(s * flat.itemsize for s in t.strides)
    start = flat[t.offset :] if 0 not in t.shape else flat[:0]
    array = np.array(np.lib.stride_tricks.as_strided(start, t.shape, strides), order="C")
    if t.storage.kind == "BFloat16Storage":  # bfloat16 is the upper half of a float32
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array


# ---- the stack machine ----


def _unpickle(file: BinaryIO, storages: dict[str, Storage] | None = None) -> Any:
    """The data of one pickle; the storages that its persistent ids name are added to
    `storages`.
    """
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    pop = _popper(stack)
    for opcode, arg, position in _opcodes(file):
        op = opcode.name
        if op in _IGNORED:
            continue
        if op == "STOP":
            return pop()
        if op in _INTEGERS or op in _TEXTS or op == "BINFLOAT":
            stack.append(arg)
        elif op in _CONSTANTS:
            stack.append(_CONSTANTS[op])
        elif op == "EMPTY_DICT":
            stack.append({})
        elif op == "EMPTY_LIST":
            stack.append([])
        elif op == "MARK":
            stack.append(Marker())
        elif op in ("BINPUT", "LONG_BINPUT"):
            memo[arg] = stack[-1] if stack else pop()
        elif op == "MEMOIZE":
            memo[len(memo)] = stack[-1] if stack else pop()
        elif op in ("BINGET", "LONG_BINGET"):
            if arg not in memo:
                raise ValueError(f"broken pickle: nothing remembered as {arg}")
            stack.append(memo[arg])
        elif op == "TUPLE":
            stack.append(tuple(_items(stack)))
        elif op in ("TUPLE1", "TUPLE2", "TUPLE3"):
            stack.append(tuple(reversed([pop() for _ in range(int(op[-1]))])))
        elif op in ("APPEND", "APPENDS"):
            items = [pop()] if op == "APPEND" else _items(stack)
            _top(stack, list).extend(items)
        elif op in ("SETITEM", "SETITEMS"):
            items = [pop(), pop()][::-1] if op == "SETITEM" else _items(stack)
            if len(items) % 2 or not all(isinstance(k, (str, int)) for k in items[::2]):
                raise ValueError(
                    "broken pickle: a dict needs text or integer keys, each with a value"
                )
            _top(stack, dict).update(zip(items[::2], items[1::2], strict=True))
        elif op == "GLOBAL":
            stack.append(_allowed(arg))
        elif op == "STACK_GLOBAL":
            name, module = pop(), pop()
            stack.append(
                _allowed(
                    f"{module} {name}" if isinstance(name, str) and isinstance(module, str) else "?"
                )
            )
        elif op == "BINPERSID":
            stack.append(_storage(pop(), storages))
        elif op == "REDUCE":
            arguments, function = pop(), pop()
            stack.append(_reduce(function, arguments))
        elif op == "BUILD":  # attributes such as an OrderedDict's _metadata: not needed
            pop()
            _top(stack, dict)
        else:
            raise ValueError(
                f"refused: pickle opcode {op} at byte {position} is not needed for a state dict"
            )
    raise ValueError("broken pickle: it ends without STOP")


def _opcodes(file: BinaryIO) -> Iterator[tuple[pickletools.OpcodeInfo, Any, int | None]]:
    try:
        yield from pickletools.genops(file)
    except (ValueError, UnicodeDecodeError) as e:
        raise ValueError(f"broken pickle: {e}") from None


def _popper(stack: list[Any]) -> Callable[[], Any]:
    def pop() -> Any:
        if not stack or isinstance(stack[-1], Marker):
            raise ValueError("broken pickle: it takes more from the stack than it put there")
        return stack.pop()

    return pop


def _items(stack: list[Any]) -> list[Any]:
    """What lies above the last mark; takes it and the mark off the stack."""
    start = next((i for i in range(len(stack) - 1, -1, -1) if isinstance(stack[i], Marker)), None)
    if start is None:
        raise ValueError("broken pickle: a mark is missing")
    items = stack[start + 1 :]
    del stack[start:]
    return items


def _top(stack: list[Any], kind: type) -> Any:
    if not stack or not isinstance(stack[-1], kind):
        raise ValueError(
            f"refused: expected a {kind.__name__} to fill, found"
            f" {type(stack[-1]).__name__ if stack else 'nothing'}"
        )
    return stack[-1]


def _allowed(name: str) -> Name:
    if name not in ALLOWED:
        raise ValueError(
            f"refused: the pickle asks for {name.replace(' ', '.')!r}, which a state dict does not"
            " need"
        )
    return Name(name)


def _is_integers(x: Any) -> bool:
    return isinstance(x, tuple) and all(type(i) is int for i in x)


def _storage(pid: Any, storages: dict[str, Storage] | None) -> Storage:
    """("storage", type, key, location, elements) and, in the legacy layout, a sixth
    entry for views, here None.
    """
    if (
        storages is None
        or not isinstance(pid, tuple)
        or len(pid) not in (5, 6)
        or pid[0] != "storage"
        or pid[5:] not in ((), (None,))
    ):
        raise ValueError("refused: a persistent id that is not a plain storage")
    _, kind, key, _, size = pid[:5]
    if (
        not isinstance(kind, Name)
        or not kind.endswith("Storage")
        or not isinstance(key, str)
        or type(size) is not int
        or size < 0
    ):
        raise ValueError("refused: a storage needs a type, a key and a size")
    storage = Storage(kind.split()[1], key, size)
    if size * _itemsize(storage) > MAX_BYTES:
        raise ValueError(
            f"storage {key!r} would have {size} elements, more than the {MAX_BYTES} bytes that are"
            " read"
        )
    if storages.setdefault(key, storage) != storage:
        raise ValueError(f"storage {key!r} is named twice with different types or sizes")
    return storage


def _reduce(function: Any, arguments: Any) -> Any:
    """What the three allowed calls would make, as plain data."""
    if isinstance(function, Name) and isinstance(arguments, tuple):
        if function == "collections OrderedDict" and arguments in ((), ([],)):
            return {}
        if (
            function.endswith("_rebuild_parameter")
            and arguments
            and isinstance(arguments[0], StridedTensor)
        ):
            return arguments[0]
        if function.endswith("_rebuild_tensor_v2") and len(arguments) >= 4:
            storage, offset, shape, strides = arguments[:4]
            if (
                isinstance(storage, Storage)
                and type(offset) is int
                and _is_integers(shape)
                and _is_integers(strides)
            ):
                return StridedTensor(storage, offset, shape, strides)
    called = function if isinstance(function, Name) else type(function).__name__
    raise ValueError(f"refused: a call of {called} that a state dict does not make")
