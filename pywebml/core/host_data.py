"""Numbers from Python, NumPy or any buffer to the bytes of a tensor."""

from __future__ import annotations

import math
import struct
import sys
from array import array
from typing import Any

from ..host.lazy import np
from .spec import FLOATS, ITEMSIZE

FORMAT = {"float32": "f", "float16": "f", "int32": "i", "uint32": "I", "bool": "I", "uint8": "B"}
"""struct's letter for each dtype as Python sees it: half floats are widened, as
memoryview and array do not know them.
"""
_FOUND = {"f": "float32", "i": "int32", "I": "uint32", "B": "uint8", "l": "int32", "?": "bool"}


def to_bytes(data: Any, dtype: str | None) -> tuple[bytes, tuple[int, ...], str]:
    """(bytes, shape, dtype) of numbers, nested lists, a NumPy array or anything with
    the buffer protocol.
    """
    if dtype is not None and dtype not in ITEMSIZE:
        raise ValueError(f"dtype {dtype!r}; expected one of {', '.join(ITEMSIZE)}")
    if hasattr(data, "__array_interface__") or hasattr(data, "__array__"):
        raw, shape, dtype = _from_array(data, dtype)
    elif (view := _buffer(data)) is not None:
        own = _FOUND.get(view.format)
        if own is None or (dtype or own) != own or view.itemsize != ITEMSIZE[own]:
            try:
                return to_bytes(view.tolist(), dtype)
            except NotImplementedError:
                raise TypeError(
                    f"cannot make a tensor of a buffer of format {view.format!r}; convert it to"
                    " float32 first"
                ) from None
        raw, shape, dtype = view.tobytes(), tuple(view.shape or ()), own
    else:
        raw, shape, dtype = _from_lists(data, dtype)
    if math.prod(shape) == 0:
        raise ValueError(
            f"empty tensors are not supported, got shape {shape}; check that the data has at least"
            " one row"
        )
    return raw, shape, dtype


def widened(halves: memoryview) -> memoryview:
    """float16 bytes -> float32 bytes."""
    return memoryview(array("f", struct.unpack(f"<{halves.nbytes // 2}e", halves))).cast("B")


def _buffer(data: Any) -> memoryview | None:
    """A view of an object with the buffer protocol, its format without the mark of this
    machine's byte order; None for others.
    """
    try:
        view = memoryview(data)
    except TypeError:
        return None
    here = ("@", "=", "<" if sys.byteorder == "little" else ">")
    form: Any = view.format[1:]
    return (
        view.cast("B").cast(form, view.shape or ())
        if view.format[:1] in here and view.c_contiguous
        else view
    )


def _from_lists(data: Any, dtype: str | None) -> tuple[bytes, tuple[int, ...], str]:
    flat: list[Any] = []
    shape = _flatten(data, flat)
    if dtype is None:
        dtype = _type_of(flat)
    if dtype not in (*FLOATS, "bool") and any(v != v for v in flat):
        raise ValueError(f"nan does not fit {dtype}; use float32, or replace it")
    try:
        if dtype == "float16":
            return struct.pack(f"<{len(flat)}e", *flat), shape, dtype
        if dtype == "bool":
            flat = [int(bool(v)) for v in flat]
        elif dtype != "float32":
            flat = [int(v) for v in flat]
        return array(FORMAT[dtype], flat).tobytes(), shape, dtype
    except OverflowError:
        raise ValueError(f"a value of {min(flat)} to {max(flat)} does not fit {dtype}") from None


def _type_of(numbers: list[Any]) -> str:
    """The narrowest type of Python numbers: all bools, all integers, or others."""
    if all(isinstance(v, bool) for v in numbers):
        return "bool"
    return "int32" if all(isinstance(v, int) for v in numbers) else "float32"


def _spec_error(data: Any) -> ValueError:
    return ValueError(
        "a tensor needs at least one value and equal lengths on every level, got"
        f" {type(data).__name__} {str(data)[:80]}"
    )


def _flatten(data: Any, into: list[Any]) -> tuple[int, ...]:
    """Appends the numbers of nested lists to `into` and returns their shape."""
    if isinstance(data, (list, tuple, range)):
        if not data:
            raise _spec_error(data)
        # rows may be arrays
        shapes = {
            _flatten(item.tolist() if hasattr(item, "tolist") else item, into) for item in data
        }
        if len(shapes) != 1:
            raise _spec_error(data)
        return (len(data), *shapes.pop())
    if isinstance(data, (bool, int, float)) or hasattr(data, "__float__"):
        into.append(data if isinstance(data, (bool, int, float)) else float(data))
        return ()
    raise TypeError(
        f"cannot make a tensor of {type(data).__name__} {str(data)[:80]!r}; expected numbers,"
        " nested lists or an array"
    )


def _from_array(data: Any, dtype: str | None) -> tuple[bytes, tuple[int, ...], str]:
    values = np.asarray(data)
    if dtype is None:
        dtype = {
            "b": "bool",
            "i": "int32",
            "u": "uint32" if values.dtype.itemsize == 4 else "int32",
            "f": "float32",
        }.get(values.dtype.kind)
        if dtype is None:
            raise TypeError(
                f"cannot make a tensor of a NumPy array of {values.dtype}; convert it to float32,"
                " int32 or bool first"
            )
    if dtype == "bool":
        values = values.astype(bool)
    elif dtype in ("int32", "uint32", "uint8") and values.size:
        bounds = np.iinfo(dtype)
        # nan does not fit either
        if values.dtype.kind in "iuf" and not (
            bounds.min <= values.min() and values.max() <= bounds.max
        ):
            raise ValueError(
                f"values from {values.min()} to {values.max()} do not fit {dtype} ({bounds.min} to"
                f" {bounds.max})"
            )
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
    return np.ascontiguousarray(values, getattr(np, code)).tobytes(), tuple(values.shape), dtype
