"""Numbers from Python, NumPy or any buffer to the bytes of a tensor.

Arrays are taken as bytes, and lists level by level: nothing is done value by value in
Python, however the numbers are nested.
"""

from __future__ import annotations

import reprlib
import struct
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain
from numbers import Complex, Integral, Real
from typing import Any

from ..host.lazy import np
from .spec import BOUNDS, FLOATS, ITEMSIZE, checked_dtype

FORMAT = {
    "float32": "f", "float16": "f", "int32": "i", "uint32": "I", "bool": "I", "uint8": "B",
    "complex64": "f",
}  # fmt: skip
"""struct's letter for each dtype as Python sees it: half floats are widened, and
complex numbers are pairs, as memoryview and array do not know them.
"""
_OF_FORMAT = {"f": "float32", "i": "int32", "I": "uint32", "B": "uint8", "l": "int32"}
_BUFFERS = (memoryview, array, bytes, bytearray)
_LISTS = {list, tuple}
_DEEPEST = 32
"""Levels of lists. One that holds itself has no end."""


class OutOfRange(ValueError):
    """Numbers that are beyond those of a dtype."""


Parts = tuple[bytes | memoryview, tuple[int, ...], str]
"""Bytes, shape and dtype. The bytes may be the data's own, so they are good until
those change.
"""


def to_bytes(data: Any, dtype: str | None) -> Parts:
    """(bytes, shape, dtype) of numbers, an array, a table of columns, anything with the
    buffer protocol, or lists of such.
    """
    if dtype is not None:
        checked_dtype(dtype)
    try:
        raw, shape, dtype = _read(data, dtype)
    except RecursionError:  # whose items are like itself, as the rows of a sparse matrix are
        raise _no_number(data) from None
    return raw, shape, dtype


def widened(halves: memoryview) -> memoryview:
    """float16 bytes -> float32 bytes."""
    return memoryview(array("f", struct.unpack(f"<{halves.nbytes // 2}e", halves))).cast("B")


def common_type(dtypes: Iterable[str]) -> str:
    """The dtype that values of all these fit into."""
    several = set(dtypes)
    if len(several) == 1:
        return several.pop()
    if "complex64" in several:
        return "complex64"
    return "float32" if several & set(FLOATS) else "int32"


def holds(data: Any, cls: type) -> bool:
    """Whether an instance of `cls` stands anywhere in nested lists."""
    level = [data] if type(data) in _LISTS else []
    for _ in range(_DEEPEST):
        kinds = set(map(type, level))
        if any(issubclass(kind, cls) for kind in kinds):
            return True
        if not kinds <= _LISTS:
            level = [item for item in level if type(item) in _LISTS]
        level = list(chain.from_iterable(level))
    return False


def _read(data: Any, dtype: str | None) -> Parts:
    kind = type(data)
    if _is_number(kind) or kind in _LISTS:
        return _from_lists(data, dtype)
    if _is_array(kind):
        return _from_array(data, dtype)
    try:
        view = memoryview(data)
    except TypeError:
        return _from_lists(list(data) if _is_list(kind) else data, dtype)
    return _from_buffer(view, dtype)


# --- kinds of things, by their types, so that a list's are asked once


def _is_number(kind: type) -> bool:
    """NumPy's numbers are among Python's, but for its bool; Decimal is not."""
    return (
        issubclass(kind, Complex)
        or _is_bool(kind)
        or (hasattr(kind, "__float__") and not _is_array(kind) and not hasattr(kind, "__len__"))
    )


def _is_bool(kind: type) -> bool:
    return kind is bool or (kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"))


def _is_complex(kind: type) -> bool:
    return issubclass(kind, Complex) and not issubclass(kind, Real)


def _is_array(kind: type) -> bool:
    return any(hasattr(kind, f"__{way}__") for way in ("array_interface", "array", "dlpack"))


def _is_list(kind: type) -> bool:
    """Whether it gives its items in an order that means something."""
    return hasattr(kind, "__iter__") and not issubclass(kind, (str, Mapping, Set))


def is_stream(data: Any) -> bool:
    """Whether it gives its items one by one and is no sequence: a generator, a data set
    of batches.
    """
    kind = type(data)
    is_data = isinstance(data, (Sequence, *_BUFFERS)) or hasattr(kind, "__buffer__")
    return _is_list(kind) and not is_data and not _is_array(kind) and not hasattr(kind, "columns")


def _is_readable(kind: type) -> bool:
    is_buffer = issubclass(kind, _BUFFERS) or hasattr(kind, "__buffer__")
    return is_buffer or _is_number(kind) or _is_array(kind) or _is_list(kind)


# --- buffers


def _from_buffer(view: memoryview, dtype: str | None) -> Parts:
    """An object with the buffer protocol. Bytes of the right type are taken as they
    are, the mark of this machine's byte order left out.
    """
    here = ("@", "=", "<" if sys.byteorder == "little" else ">")
    form: Any = view.format[1:] if view.format[:1] in here else view.format
    raw, shape, own = view.tobytes(), tuple(view.shape or ()), _OF_FORMAT.get(form)
    if own is not None and (dtype or own) == own and view.itemsize == ITEMSIZE[own]:
        return raw, shape, own
    kind = {"f": float, "d": float, "?": bool}.get(form, int)
    if form not in "fd?bBhHiIlLqQnN":
        raise TypeError(
            f"cannot make a tensor of a buffer of format {view.format!r}; convert it to float32"
            " first"
        )
    packed, dtype = _packed(memoryview(raw).cast(form), {kind}, dtype)
    return packed, shape, dtype


# --- lists


def _from_lists(data: Any, dtype: str | None) -> Parts:
    shape: list[int] = []
    level = [data]
    while True:
        kinds = set(map(type, level))
        if all(map(_is_number, kinds)):
            raw, dtype = _packed(level, kinds, dtype)
            return raw, tuple(shape), dtype
        if not kinds <= _LISTS:
            return _from_blocks(level, kinds, shape, dtype, data)
        lengths = set(map(len, level))
        if len(lengths) != 1:
            raise _ragged(data, lengths, len(shape) + 1)
        shape.append(lengths.pop())
        if shape[-1] == 0:  # of what type is nobody's to tell
            return b"", tuple(shape), dtype or "float32"
        if len(shape) > _DEEPEST:
            raise ValueError(f"a tensor of lists has up to {_DEEPEST} levels, got more")
        level = list(chain.from_iterable(level))


def _from_blocks(
    level: list[Any], kinds: set[type], shape: list[int], dtype: str | None, data: Any
) -> Parts:
    """A level with arrays, buffers or ranges in it: each gives its bytes."""
    for kind in kinds:
        if not _is_readable(kind):
            item = next(item for item in level if type(item) is kind)
            raise _no_number(item)
    if any(kind not in _LISTS and not _is_array(kind) and _is_list(kind) for kind in kinds):
        level = [list(item) if _is_once(type(item)) else item for item in level]
    blocks = [_read(item, dtype) for item in level]
    shapes = {block[1] for block in blocks}
    if len(shapes) != 1:
        raise _ragged(data, shapes, len(shape) + 1)
    if dtype is None:
        dtype = common_type(block[2] for block in blocks)
        blocks = [
            block if block[2] == dtype else _read(item, dtype)
            for item, block in zip(level, blocks, strict=True)
        ]
    return b"".join(block[0] for block in blocks), (*shape, *shapes.pop()), dtype


def _is_once(kind: type) -> bool:
    """An iterator: read twice it would be empty."""
    return hasattr(kind, "__next__")


def _packed(numbers: Any, kinds: set[type], dtype: str | None) -> tuple[bytes, str]:
    """The bytes of a flat run of numbers of these types, and their dtype: the
    narrowest, all bools, all integers, or others, where none is asked for.
    """
    whole = all(issubclass(kind, Integral) or _is_bool(kind) for kind in kinds)
    if dtype == "complex64" or any(map(_is_complex, kinds)):
        return _packed_pairs(numbers, dtype)
    if dtype is None:
        of_numbers = "int32" if whole else "float32"
        dtype = "bool" if all(map(_is_bool, kinds)) else of_numbers
    if dtype not in (*FLOATS, "bool") and not whole and any(v != v for v in numbers):
        raise ValueError(f"nan does not fit {dtype}; use float32, or replace it")
    try:
        if dtype == "float16":
            return struct.pack(f"<{len(numbers)}e", *numbers), dtype
        if dtype == "bool":
            return array("I", map(bool, numbers)).tobytes(), dtype
        if dtype != "float32" and not all(issubclass(kind, Integral) for kind in kinds):
            numbers = list(map(int, numbers))
        return array(FORMAT[dtype], numbers).tobytes(), dtype
    except OverflowError:
        low, high = map(reprlib.repr, (min(numbers), max(numbers)))
        raise _out_of_range(f"from {low} to {high}", dtype) from None


def _packed_pairs(numbers: Any, dtype: str | None) -> tuple[bytes, str]:
    """Complex numbers, and others with them."""
    if dtype not in (None, "complex64"):
        raise TypeError(
            f"complex numbers do not fit {dtype}; take their real or imaginary part, or abs"
        )
    parts = ((z.real, z.imag) for z in map(complex, numbers))
    return array("f", chain.from_iterable(parts)).tobytes(), "complex64"


def _out_of_range(values: str, dtype: str | None) -> OutOfRange:
    largest = 65504 if dtype == "float16" else 3.4e38
    low, high = BOUNDS.get(dtype or "", (-largest, largest))
    hint = "; give dtype='float32'" if dtype in BOUNDS else ""
    return OutOfRange(f"values {values} do not fit {dtype} ({low} to {high}){hint}")


def _ragged(data: Any, extents: set[Any], level: int) -> ValueError:
    several = " and ".join(sorted(map(str, extents))[:3])
    what = "shapes" if isinstance(next(iter(extents)), tuple) else "lengths"
    return ValueError(
        "a tensor needs equal lengths on every level, got"
        f" {what} {several} on level {level} of"
        f" {type(data).__name__} {reprlib.repr(data)}"
    )


def _no_number(item: Any) -> TypeError:
    hint = ""
    if item is None or type(item).__name__ in ("NAType", "NaTType"):
        hint = "; fill in what is missing, with 0 or float('nan')"
    elif isinstance(item, str):
        hint = "; give words numbers, or take their column out"
    return TypeError(
        f"cannot make a tensor of {type(item).__name__} {reprlib.repr(item)}; expected numbers,"
        f" nested lists or an array{hint}"
    )


# --- arrays


def _array_of(data: Any) -> Any:
    """As NumPy sees it. TypeError with what its owner says, where that won't do."""
    if hasattr(data, "columns") and hasattr(data, "items"):  # pandas: a type per column
        return _table(data)
    if type(data).__name__ == "MaskedArray" and data.mask.any():
        raise ValueError(
            "cannot make a tensor of an array with masked values; fill them in with .filled(0), or"
            " drop their rows"
        )
    try:
        if hasattr(data, "__array_interface__") or hasattr(data, "__array__"):
            return np.asarray(data)
        return np.from_dlpack(data)
    except Exception as error:  # as many kinds as there are libraries
        raise TypeError(f"cannot make a tensor of {type(data).__name__}: {error}") from None


def _table(data: Any) -> Any:
    columns = {name: np.asarray(column) for name, column in data.items()}
    for name, values in columns.items():
        if values.dtype.kind in "biuf":
            continue
        odd = [value for value in values.tolist() if not _is_number(type(value))]
        if odd or values.dtype.kind != "O":
            raise TypeError(
                f"cannot make a tensor of column {name!r}, which holds"
                f" {odd[0] if odd else values[0]!r}; expected numbers: convert the column or drop"
                " it, and fill in what is missing"
            )
        columns[name] = values.astype(float)
    return np.stack(list(columns.values()), 1) if columns else np.zeros(data.shape)


def _from_array(data: Any, dtype: str | None) -> Parts:
    values = _array_of(data)
    if values.dtype.kind == "O":  # numbers of several types, or arrays
        if not values.shape:
            raise _no_number(data)
        return _from_lists(values.tolist(), dtype)
    own = {
        "b": "bool",
        "i": "int32",
        "u": "uint32" if values.dtype.itemsize == 4 else "int32",
        "f": "float32",
        "c": "complex64",
    }.get(values.dtype.kind)
    if own is None:  # words, dates: NumPy would make numbers of them
        raise TypeError(
            f"cannot make a tensor of a NumPy array of {values.dtype}; convert it to float32,"
            " int32 or bool first"
        )
    dtype = dtype or own
    if own == "complex64" and dtype != own:
        raise TypeError(
            f"complex numbers do not fit {dtype}; take their real or imaginary part, or abs"
        )
    if dtype == "bool":
        values = values.astype(bool)
    elif dtype in BOUNDS and values.size and not np.can_cast(values.dtype, getattr(np, dtype)):
        low, high = BOUNDS[dtype]
        # nan does not fit either
        if not (low <= values.min().item() and values.max().item() <= high):
            raise _out_of_range(f"from {values.min()} to {values.max()}", dtype)
    elif (
        dtype == "float16"
        and values.dtype != np.float16
        and np.any(np.isfinite(values) & (np.abs(values) >= 65520))
    ):
        raise ValueError(
            f"values from {values.min()} to {values.max()} do not fit float16 (-65504 to 65504);"
            " scale them, or use float32"
        )
    code = "uint32" if dtype == "bool" else dtype
    whole = np.ascontiguousarray(values, getattr(np, code)).reshape(-1).view(np.uint8)
    return whole.data if whole.size else b"", tuple(values.shape), dtype
