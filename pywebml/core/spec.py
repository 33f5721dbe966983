"""What a tensor is apart from its values: shape, dtype and bytes."""

from __future__ import annotations

import math
from typing import NamedTuple

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


def checked_dtype(dtype: str) -> str:
    """The dtype. ValueError names those that there are."""
    if not isinstance(dtype, str) or dtype not in ITEMSIZE:
        raise ValueError(f"dtype {dtype!r}; expected one of {', '.join(ITEMSIZE)}")
    return dtype


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
