"""Which element types a kernel's text gets for the dtypes at hand."""

from __future__ import annotations

from ...core.lowering import Slot
from ...core.spec import ITEMSIZE, WGSL_TYPE

__all__ = ["floats", "moved_as"]


def floats(*slots: Slot) -> tuple[str, ...]:
    """The element types of slots for `typed_kernel`, where one is float16; else none,
    as kernels are written for float32.
    """
    elements = tuple(WGSL_TYPE[slot.dtype] for slot in slots)
    return elements if "f16" in elements else ()


def moved_as(dtype: str, *extents: int) -> tuple[str, int]:
    """(element type, values in one): the widest that moves values of `dtype` where all
    `extents` are multiples of it (vectorised loads and stores).
    """
    words = ("vec2u", 8) if dtype == "complex64" else ("u32", 4)
    for element, nbytes in (("vec4u", 16), words):
        lanes = nbytes // ITEMSIZE[dtype]
        if not any(n % lanes for n in extents):
            return element, lanes
    return "f16", 1
