"""NumPy's .npz: a zip of arrays, each NAME.npy; weights alone.

A .npy is "\\x93NUMPY", two bytes of version, the length of the header (2 bytes, 4 since
version 2), a header that looks like a dict of Python's, and the numbers. The header is
taken apart by a pattern and never evaluated; arrays of objects, which are pickles, are
refused.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from typing import Any

from ...host.files import FormatError, checked_name
from ...host.stores import ZIP_START
from ...host.stores.files import Files, part_of
from ...host.stores.folders import AtHand, Zip
from ...host.stores.parts import Data, Slice, chunks
from .stored import (
    ITEMSIZE,
    MAX_RANK,
    MAX_WEIGHTS,
    Format,
    Stored,
    Weight,
    checked_shape,
    elements,
    sole_file,
)

START = b"\x93NUMPY"
ENDING = ".npy"
MAX_HEADER = 1 << 16
ALIGNED = 64
DESCR = {
    "f8": "float64", "f4": "float32", "f2": "float16", "i8": "int64", "i4": "int32", "i2": "int16",
    "i1": "int8", "u4": "uint32", "u2": "uint16", "u1": "uint8", "b1": "bool",
}  # fmt: skip
_WORDS = {dtype: word for word, dtype in DESCR.items()}
_HEADER = re.compile(
    rb"\{(?=[^}]*'descr': )(?=[^}]*'fortran_order': )(?=[^}]*'shape': )"
    rb"(?:'(?:descr': '(?P<order>[<>=|])(?P<kind>[A-Za-z]\d{0,3})'"
    rb"|fortran_order': (?P<fortran>True|False)"
    rb"|shape': \((?P<shape>[\d, ]{0,1000})\))(?:, )?){3}\} *\n?"
)


async def knows(files: Files) -> bool:
    """Whether there are arrays and nothing else, or one zip of such."""
    names = await files.list()
    return _all_arrays(names) or bool(_all_arrays((await _inside(files)).names()))


def _all_arrays(names: list[str]) -> bool:
    return bool(names) and all(name.endswith(ENDING) for name in names)


async def read(files: Files) -> Stored:
    """The arrays by name. FormatError for objects, an unknown dtype, a header of
    another form, and arrays of another size than their shape, or of more than
    MAX_WEIGHTS bytes.
    """
    if not _all_arrays(await files.list()):
        files = AtHand(await _inside(files))
    weights: dict[str, Weight] = {}
    digest = hashlib.sha256()
    left = MAX_WEIGHTS
    for name in await files.list():
        data = await part_of(files, name, left)
        left -= len(data)
        for chunk in chunks(data):
            digest.update(chunk)
        weights[name.removesuffix(ENDING)] = array_in(data, f"{files.name}: {name!r}")
    return Stored(None, weights, {}, digest.hexdigest())


def array_in(data: Data, what: str) -> Weight:
    """The array of a .npy file."""
    start = bytes(data[:12])
    if not start.startswith(START) or len(start) < 12 or start[6] not in (1, 2, 3):
        raise FormatError(f"{what} is no array as NumPy writes them")
    begin = 10 if start[6] == 1 else 12
    length = int.from_bytes(start[8:begin], "little")
    if length > MAX_HEADER:
        raise FormatError(f"{what}: its header has {length} bytes; at most {MAX_HEADER} are read")
    header = bytes(data[begin : begin + length])
    said = _HEADER.fullmatch(header)
    if b"'|O" in header or b"'O" in header:
        raise FormatError(f"{what} holds objects of Python, which are pickles and not run here")
    if said is None:
        raise FormatError(f"{what} has a header that is not read: {header[:80]!r}")
    dtype = DESCR.get(said["kind"].decode())
    if dtype is None:
        raise FormatError(
            f"{what} has dtype {said['kind'].decode()!r}; expected one of {', '.join(DESCR)}"
        )
    sizes = [size.strip() for size in said["shape"].split(b",") if size.strip()]
    if len(sizes) > MAX_RANK or not all(size.isdigit() and len(size) < 19 for size in sizes):
        raise FormatError(f"{what} has an impossible shape ({said['shape'].decode()[:80]})")
    shape = checked_shape([int(size) for size in sizes], what)
    values: Slice = memoryview(data) if isinstance(data, bytes) else data
    values = values[begin + length :]
    expected = elements(shape) * ITEMSIZE[dtype]
    if len(values) != expected:
        raise FormatError(
            f"{what} of {dtype} and shape {shape} takes {expected} bytes, but there are"
            f" {len(values)}"
        )
    if said["order"] == b">":
        values = memoryview(_swapped(bytes(values), ITEMSIZE[dtype]))
    if said["fortran"] == b"True" and len(shape) > 1:
        array = Weight(shape[::-1], dtype, values).array()
        return Weight.of(array.transpose(), dtype)
    return Weight(shape, dtype, values)


def _swapped(data: bytes, size: int) -> bytes:
    """Big-endian numbers the other way round."""
    out = bytearray(len(data))
    for i in range(size):
        out[i::size] = data[size - 1 - i :: size]
    return bytes(out)


def write(stored: Stored) -> dict[str, bytes]:
    """{"model.npz"}, of weights alone: a topology is left out; the same weights give
    the same bytes. ValueError for weights in 8 or 16 bits, whose scales have no place
    in it.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:  # as it is: weights do not shrink
        for name, weight in stored.weights.items():
            archive.writestr(
                zipfile.ZipInfo(checked_name(f"{name}{ENDING}")), array_bytes(name, weight)
            )
    return {"model.npz": out.getvalue()}


def array_bytes(name: str, weight: Weight) -> bytes:
    """A .npy file. ValueError, which says its name, for a weight in 8 or 16 bits."""
    if weight.quantization and weight.stored_as != "float16":
        raise ValueError(
            f"{name!r} is quantised to {weight.stored_as}, and a .npz has no place for its scale;"
            " write .safetensors, or a TensorFlow.js layers model"
        )
    if weight.stored_as == "bfloat16":  # which NumPy does not know
        weight = Weight.of(weight.array(), "float32")
    dtype = weight.stored_as
    word = _WORDS[dtype]
    shape = "".join(f"{size}, " for size in weight.shape)
    shape = shape if len(weight.shape) == 1 else shape.removesuffix(", ")
    descr = f"{'|' if ITEMSIZE[dtype] == 1 else '<'}{word}"
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape.rstrip(' ')}), }}"
    text += " " * (-(len(START) + 4 + len(text) + 1) % ALIGNED) + "\n"
    head = START + b"\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
    return head + bytes(weight.raw)


async def _inside(files: Files) -> Any:
    """What is in the only file, where that is a zip."""
    file = await sole_file(files)
    if file is None or not file[1].startswith(ZIP_START):
        return _Nothing()
    inside = Zip(file[1])
    inside.name = file[0]
    return inside


class _Nothing:
    name = "no zip"

    def names(self) -> list[str]:
        return []


FORMAT = Format("npz", (".npz",), knows, read, write)
