"""What a file says, as plain data: a topology, weights, metadata. Knows no model and no
layers, and loads NumPy only for weights that are stored in other ways than float32 or
bytes.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...host.files import MAX_FILE, FormatError
from ...host.stores.files import Files, part_of
from ...host.stores.parts import Data, Slice, raw

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np

MAX_JSON = 16 << 20
MAX_WEIGHTS = 1 << 30
MAX_RANK = 64
LABELS = "labels.txt"
"""A line per class: what Teachable Machine puts beside its export for Keras."""

DTYPES = {
    "float32": "<f4", "float64": "<f8", "float16": "<f2", "bfloat16": "<u2", "int64": "<i8",
    "int32": "<i4", "int16": "<i2", "int8": "<i1", "uint8": "<u1", "uint16": "<u2",
    "uint32": "<u4", "bool": "?",
}  # fmt: skip
"""How a dtype is stored, in NumPy's words: everything is little-endian."""
ITEMSIZE = {
    "float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2,
    "int8": 1, "uint8": 1, "uint16": 2, "uint32": 4, "bool": 1,
}  # fmt: skip


STEPS = {"uint8": 255, "uint16": 65535}
"""The largest number that a quantised value is stored as."""
MAX_FLOAT = 3.4e38


class Topology(NamedTuple):
    """How the weights belong together: kind "keras" with a config, {"class_name",
    "config", ...}, or "graph" with one of nodes, {"node": [...], "signature": ...}.
    """

    kind: str
    config: dict[str, Any]


class Quantization(NamedTuple):
    """value = stored * scale + low, stored as `dtype`; "float16" is stored as it is.
    With an `axis` scale and low are one number for each index of it.
    """

    dtype: str
    scale: float | tuple[float, ...] = 1.0
    low: float | tuple[float, ...] = 0.0
    axis: int | None = None


class Weight(NamedTuple):
    """A weight as it is stored, decoded when it is asked for: by `plain` without NumPy,
    by `array` with it, by `decoded` in the cheaper of the two ways.

    Example:
        >>> weight = Weight((2,), "float32", bytes([0, 255]), Quantization("uint8", 0.5, -1.0))
        >>> weight.plain().tolist(), weight.array().tolist()
        ([-1.0, 126.5], [-1.0, 126.5])
    """

    shape: tuple[int, ...]
    dtype: str
    data: Slice
    quantization: Quantization | None = None

    @property
    def raw(self) -> bytes | memoryview:
        """Its bytes, which are read now if they were not yet."""
        return raw(self.data)

    def at_hand(self) -> Weight:
        """Itself with its bytes, for those who decode it when its file may be another."""
        return self._replace(data=self.raw)

    @property
    def stored_as(self) -> str:
        return self.quantization.dtype if self.quantization else self.dtype

    def decoded(self) -> Any:
        """A float32 memoryview where that needs no NumPy, else an array."""
        return self.plain() if self.is_plain else self.array()

    @property
    def is_plain(self) -> bool:
        """Whether `plain` can decode it."""
        if self.dtype != "float32" or self.quantization is None:
            return self.dtype == "float32"
        return self.stored_as == "uint8" and self.quantization.axis is None

    def plain(self) -> Any:
        """A float32 memoryview of its shape. FormatError for what is stored in other
        ways than float32 or that quantised to uint8.
        """
        if not self.is_plain:
            raise FormatError(
                f"a weight is {self.dtype}, stored as {self.stored_as}; expected float32, or that"
                " quantised to uint8"
            )
        data = self.raw
        data = dequantised(bytes(data), self.quantization) if self.quantization else data
        values = memoryview(data).cast("B").cast("f")
        return values.cast("B").cast("f", self.shape) if self.shape and values else values

    def array(self) -> np.ndarray:
        """An array of its dtype; half floats of a float32 weight become float32,
        bfloat16 too.
        """
        if not len(self.data):
            return np.zeros(self.shape, DTYPES[self.dtype])
        values = np.frombuffer(self.raw, DTYPES[self.stored_as]).reshape(self.shape)
        if self.quantization and self.quantization.dtype != "float16":
            # In float64 and rounded once, halves upwards, as JavaScript's numbers do
            # it: the same weights on both sides.
            scale, low = map(self.spread, self.quantization[1:3])
            values = values.astype(np.float64) * scale + low
            if self.dtype == "int32":
                values = np.floor(values + 0.5)
        if self.dtype == "bfloat16":  # the upper half of a float32
            return (values.astype(np.uint32) << 16).view(np.float32)
        return values.astype(DTYPES[self.dtype], copy=False)

    def spread(self, numbers: float | tuple[float, ...]) -> Any:
        """A scale, or those of an axis, as it meets the values."""
        if self.quantization is None or self.quantization.axis is None:
            return numbers
        shape = [1] * len(self.shape)
        shape[self.quantization.axis] = -1
        return np.reshape(np.asarray(numbers, np.float64), shape)

    @classmethod
    def of(cls, values: Any, dtype: str | None = None) -> Weight:
        """A weight that is stored as it is, as `dtype` or in its own: of a memoryview
        of float32, or of what NumPy makes an array of.
        """
        if isinstance(values, memoryview) and values.format == "f" and dtype in (None, "float32"):
            return cls(tuple(values.shape or ()), "float32", values.tobytes())
        values = np.asarray(values)
        ordered = np.ascontiguousarray(values, DTYPES[dtype or values.dtype.name])
        name = dtype or values.dtype.name
        return cls(values.shape, name, ordered.tobytes())


def dequantised(raw: bytes, quantization: Quantization) -> bytes:
    """uint8 -> float32, as bytes. The four bytes of the 256 possible values are four
    tables, and C does the looking up.
    """
    _, scale, low, _ = quantization
    assert isinstance(scale, float) and isinstance(low, float)
    values = array("f", [i * scale + low for i in range(256)]).tobytes()
    out = bytearray(4 * len(raw))
    for plane in range(4):
        out[plane::4] = raw.translate(values[plane::4])
    return bytes(out)


class Training(NamedTuple):
    """How a model was compiled, in its file's own words, and what its optimizer
    remembers by name, in its order.
    """

    config: dict[str, Any]
    weights: Mapping[str, Weight]


class Stored(NamedTuple):
    """What a reader gives and a writer takes.

    topology   None for weights alone
    weights    by name, in the file's order
    metadata   JSON data: who wrote it, labels, whatever the user added
    sha256     of the bytes that the weights came from
    layers     {layer: names of its weights, in its order}, where the file has that
    training   None where the file does not say
    """

    topology: Topology | None
    weights: Mapping[str, Weight]
    metadata: dict[str, Any]
    sha256: str = ""
    layers: Mapping[str, Sequence[str]] = {}
    training: Training | None = None


class Format(NamedTuple):
    """A file format: a row of `formats.FORMATS`.

    knows      async (files) -> bool: whether these are such files
    read       async (files) -> Stored; FormatError for what is none, within the bounds
    write      (Stored) -> {name: bytes}, or None where it is only read
    suffixes   of the names it goes by
    """

    name: str
    suffixes: tuple[str, ...]
    knows: Callable[[Files], Any]
    read: Callable[[Files], Any]
    write: Callable[[Stored], dict[str, bytes]] | None = None


def checked_shape(shape: Any, what: str) -> tuple[int, ...]:
    """`shape` as a tuple. FormatError unless it is a list of at most MAX_RANK
    non-negative integers.
    """
    listed = isinstance(shape, (list, tuple)) and len(shape) <= MAX_RANK
    if not listed or not all(type(n) is int and n >= 0 for n in shape):
        raise FormatError(
            f"{what} needs a 'shape' of at most {MAX_RANK} non-negative integers, got"
            f" {str(shape)[:200]}"
        )
    if math.prod(shape) > MAX_WEIGHTS:
        raise FormatError(
            f"{what} needs a 'shape' of at most {MAX_WEIGHTS} values, got {str(shape)[:200]}"
        )
    return tuple(shape)


def checked_quantization(
    dtype: str, scale: Any, low: Any, axis: Any, shape: tuple[int, ...], what: str
) -> Quantization:
    """How a weight of `shape` is quantised to "uint8" or "uint16". FormatError unless
    scales and lows are numbers, as many as the axis has indices where there is one, and
    give values that float32 can hold.
    """
    scales, lows = ([n] if axis is None else n for n in (scale, low))
    if axis is not None and not (type(axis) is int and 0 <= axis < len(shape)):
        raise FormatError(f"{what} is quantised along the axis {axis!r:.40} of shape {shape}")
    count = 1 if axis is None else shape[axis]
    if not (_numbers(scales, count) and _numbers(lows, count)):
        raise FormatError(
            f"{what} is quantised without a 'scale' and a 'min' that are numbers, got"
            f" {str([scale, low])[:80]}"
        )
    steps = STEPS[dtype]
    for one, least in zip(scales, lows, strict=True):
        if one <= 0 or abs(one * steps) + abs(least) > MAX_FLOAT:
            raise FormatError(
                f"{what} is quantised with the scale {one} and the min {least}; expected a scale"
                " above 0, and values that float32 can hold"
            )
    if axis is None:
        return Quantization(dtype, float(scale), float(low))
    return Quantization(dtype, tuple(map(float, scales)), tuple(map(float, lows)), axis)


def _numbers(values: Any, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(type(n) in (int, float) and abs(n) < MAX_FLOAT for n in values)
    )


def elements(shape: tuple[int, ...]) -> int:
    return math.prod(shape)


async def sole_file(files: Files) -> tuple[str, Data] | None:
    """(name, bytes) where there is exactly one file beside a labels.txt, else None;
    those of a large one are read later.
    """
    names = [name for name in await files.list() if name.rsplit("/", 1)[-1] != LABELS]
    return (names[0], await part_of(files, names[0], MAX_FILE)) if len(names) == 1 else None


def announce(files: Files, nbytes: int) -> None:
    """Tells files that show progress how many bytes are still going to be read."""
    expect = getattr(files, "expect", None)
    if expect is not None:
        expect(nbytes)
