"""safetensors: weights alone, as Hugging Face's library writes them.

    8 bytes   length of the header, unsigned, little-endian
    header    JSON: "__metadata__": {text: text}, and for each tensor
              name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}
    data      the tensors, one after another, little-endian, without holes

What is quantised here is stored as U8 or U16, and the metadata says under QUANTIZATION
how: JSON of {name: {"dtype": the weight's, "scale": [...], "min": [...], "axis": -1}},
one number of each per index of the axis, or one for all. Other readers see whole
numbers.
"""

from __future__ import annotations

import json
from typing import Any

from ...host.files import FormatError
from ...host.json_data import json_object
from ...host.stores.files import Files
from ...host.stores.parts import Data, Slice, sha256_of_data
from .stored import (
    ITEMSIZE,
    MAX_JSON,
    Format,
    Quantization,
    Stored,
    Weight,
    checked_quantization,
    checked_shape,
    elements,
    sole_file,
)

DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64",
    "I32": "int32", "I16": "int16", "I8": "int8", "U32": "uint32", "U16": "uint16", "U8": "uint8",
    "BOOL": "bool",
}  # fmt: skip
_WORDS = {dtype: word for word, dtype in DTYPES.items()}
METADATA, QUANTIZATION = "__metadata__", "pywebml.quantization"
ALIGNED = 8
MAX_TENSORS = 50_000


async def knows(files: Files) -> bool:
    """Whether there is one file that begins as these do."""
    file = await sole_file(files)
    return file is not None and _is_header(file[1])


def _is_header(data: Data) -> bool:
    length = int.from_bytes(bytes(data[:8]), "little")
    return len(data) > 9 and bytes(data[8:9]) == b"{" and 0 < length <= min(MAX_JSON, len(data) - 8)


async def read(files: Files) -> Stored:
    """The tensors by name; the file's own metadata. FormatError for a header that is
    cut or too long, a name that is there twice, an unknown dtype, and tensors that
    overlap, leave holes, or have another size than their shape.
    """
    file = await sole_file(files)
    if file is None:
        raise FormatError(f"{files.name} is no safetensors file: expected one file")
    name, data = file
    length = int.from_bytes(bytes(data[:8]), "little")
    if not 0 < length <= MAX_JSON:
        raise FormatError(f"{name}: its header has {length} bytes; at most {MAX_JSON} are read")
    if len(data) < 8 + length:
        raise FormatError(
            f"{name}: its header has {length} bytes, the file {len(data)}; is it whole?"
        )
    header = json_object(bytes(data[8 : 8 + length]), f"the header of {name}", unique=True)
    metadata = _metadata(header.pop(METADATA, {}), name)
    if len(header) > MAX_TENSORS:
        raise FormatError(f"{name} has {len(header)} tensors; at most {MAX_TENSORS} are read")
    view: Slice = memoryview(data) if isinstance(data, bytes) else data
    view = view[8 + length :]
    places = {key: _place(entry, f"{name}: {key!r}") for key, entry in header.items()}
    _check_places(places, len(view), name)
    weights = {
        key: weight._replace(data=view[begin:end]) for key, (weight, begin, end) in places.items()
    }
    weights |= _quantized(weights, metadata.pop(QUANTIZATION, None), name)
    return Stored(None, weights, metadata, sha256_of_data(data))


def _metadata(said: Any, name: str) -> dict[str, Any]:
    if not isinstance(said, dict) or not all(isinstance(text, str) for text in said.values()):
        raise FormatError(f"{name}: its {METADATA} must be texts by name, got {str(said)[:80]}")
    return said


def _place(entry: Any, what: str) -> tuple[Weight, int, int]:
    """(a weight without data, where that begins, where it ends)."""
    if not isinstance(entry, dict):
        raise FormatError(f"{what} needs 'dtype', 'shape' and 'data_offsets', got {entry!r:.80}")
    dtype = DTYPES.get(str(entry.get("dtype")))
    if dtype is None:
        raise FormatError(
            f"{what} has dtype {entry.get('dtype')!r:.80}; expected one of {', '.join(DTYPES)}"
        )
    shape = checked_shape(entry.get("shape"), what)
    offsets = entry.get("data_offsets")
    if (
        not isinstance(offsets, list)
        or len(offsets) != 2
        or not all(type(n) is int and n >= 0 for n in offsets)
    ):
        raise FormatError(f"{what} needs 'data_offsets' [begin, end], got {offsets!r:.80}")
    begin, end = offsets
    if end - begin != elements(shape) * ITEMSIZE[dtype]:
        raise FormatError(
            f"{what} of {dtype} and shape {shape} takes {elements(shape) * ITEMSIZE[dtype]} bytes,"
            f" its 'data_offsets' are {begin} to {end}"
        )
    return Weight(shape, dtype, b""), begin, end


def _check_places(places: dict[str, tuple[Weight, int, int]], size: int, name: str) -> None:
    """FormatError unless the tensors lie one after another and fill the file."""
    at = 0
    for key, (_, begin, end) in sorted(places.items(), key=lambda item: item[1][1:]):
        if begin != at:
            says = "overlaps the one before" if begin < at else "leaves a hole before it"
            raise FormatError(f"{name}: {key!r} begins at byte {begin}, not {at}: it {says}")
        at = end
    if at != size:
        raise FormatError(f"{name}: its tensors take {at} bytes, but there are {size}")


def _quantized(weights: dict[str, Weight], said: Any, name: str) -> dict[str, Weight]:
    """The weights that were quantised here."""
    if said is None:
        return {}
    quantized: dict[str, Weight] = {}
    for key, about in json_object(said, f"{QUANTIZATION} in {name}", unique=True).items():
        what = f"{name}: {key!r}"
        if key not in weights or not isinstance(about, dict):
            raise FormatError(f"{what} is said to be quantised, but is no tensor with 'scale'")
        stored = weights[key]
        if about.get("dtype") not in ("float32", "int32") or stored.dtype not in (
            "uint8", "uint16",
        ):  # fmt: skip
            raise FormatError(
                f"{what} is {about.get('dtype')!r:.40} stored as {stored.dtype}; expected float32"
                " or int32, stored as uint8 or uint16"
            )
        quantization = checked_quantization(
            stored.dtype,
            about.get("scale"),
            about.get("min"),
            about.get("axis"),
            stored.shape,
            what,
        )
        quantized[key] = stored._replace(dtype=about["dtype"], quantization=quantization)
    return quantized


def write(stored: Stored) -> dict[str, bytes]:
    """{"model.safetensors"}, of weights alone: a topology is left out. Wide types come
    first in the data, so that each tensor lies at a multiple of its size.
    """
    header: dict[str, Any] = {name: {} for name in stored.weights}
    affine: dict[str, Any] = {}
    parts: list[Any] = []
    at = 0
    widest_first = sorted(stored.weights.items(), key=lambda item: -ITEMSIZE[item[1].stored_as])
    for name, weight in widest_first:
        end = at + len(weight.data)
        header[name] = {
            "dtype": _WORDS[weight.stored_as],
            "shape": list(weight.shape),
            "data_offsets": [at, end],
        }
        parts.append(weight.raw)
        at = end
        if weight.quantization and weight.stored_as != "float16":
            affine[name] = _said(weight.dtype, weight.quantization)
    metadata = {key: text for key, text in stored.metadata.items() if isinstance(text, str)}
    if affine:
        metadata[QUANTIZATION] = json.dumps(affine, separators=(",", ":"))
    if metadata:
        header = {METADATA: metadata, **header}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % ALIGNED)
    return {"model.safetensors": b"".join([len(text).to_bytes(8, "little"), text, *parts])}


def _said(dtype: str, quantization: Quantization) -> dict[str, Any]:
    about = {"dtype": dtype, "scale": quantization.scale, "min": quantization.low}
    return about if quantization.axis is None else {**about, "axis": quantization.axis}


FORMAT = Format("safetensors", (".safetensors",), knows, read, write)
