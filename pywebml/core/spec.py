"""What a tensor is apart from its values: shape, dtype and bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

ITEMSIZE = {
    "float32": 4, "float16": 2, "int32": 4, "uint32": 4, "bool": 4, "uint8": 1, "complex64": 8,
}  # fmt: skip


WGSL_TYPE = {
    "float32": "f32", "float16": "f16", "int32": "i32", "uint32": "u32", "bool": "u32",
    "complex64": "vec2f",
}  # fmt: skip


FLOATS = ("float32", "float16")
"""What is stored as a float. Kernels compute in float32 in any case but that of
core/precision.py: float16 halves memory and what is moved, not accuracy within.
"""


BOUNDS = {
    "int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1), "bool": (0, 1), "uint8": (0, 255),
}  # fmt: skip
"""The least and the largest number of the dtypes of whole numbers."""


_RANK = {"bool": 0, "uint32": 1, "int32": 2, "float16": 3, "float32": 4, "complex64": 5}


def common_dtype(kinds: Sequence[str]) -> str:
    """The dtype that several operands meet in: bool < uint32, int32 < float16 < float32
    < complex64. TypeError for int32 and uint32 without a float, as no type here holds
    both, and for the bytes of pictures with anything else.

    Python's ints are 'weak int': of any type. Its floats are 'weak float': float32,
    unless they meet float16.
    """
    if len(set(kinds)) == 1 and not kinds[0].startswith("weak"):
        return kinds[0]
    strong = [k for k in kinds if not k.startswith("weak")]
    if "uint8" in strong:
        raise TypeError("bytes of pictures (uint8) meet no other type; cast them to float32 first")
    wide = {"weak float", *FLOATS, "complex64"}
    if {"int32", "uint32"} <= set(kinds) and not wide & set(kinds):
        raise TypeError("int32 and uint32 meet in no type of 32 bits; cast one of them")
    highest = max(strong, key=_RANK.__getitem__) if strong else "int32"
    if "weak float" in kinds and highest not in (*FLOATS, "complex64"):
        return "float32"
    return "int32" if highest == "bool" and len(strong) < len(kinds) else highest


def checked_dtype(dtype: str) -> str:
    """The dtype. ValueError names those that there are."""
    if not isinstance(dtype, str) or dtype not in ITEMSIZE:
        raise ValueError(f"dtype {dtype!r}; expected one of {', '.join(ITEMSIZE)}")
    return dtype


def widened(x: Any) -> Any:
    """A float16 tensor as float32, any other as it is: for what sums up much, such as
    losses and gradients of filters.
    """
    return x.astype("float32") if x.dtype == "float16" else x


class Spec(NamedTuple):
    """Shape and dtype of a tensor. A bool takes 32 bits on every device; bytes and half
    floats are padded to whole words.
    """

    shape: tuple[int, ...]
    dtype: str = "float32"

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return -(-self.size * ITEMSIZE[self.dtype] // 4) * 4
