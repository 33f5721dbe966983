"""Kernels whose text serves several element types."""

from __future__ import annotations

from functools import cache

from ..device.seam import Program, kernel_text

_MARK = "alias T = {};"


@cache
def typed_kernel(name: str, element: str, entry: str = "main", **constants: float) -> Program:
    """The program of an entry point of kernels/NAME.wgsl with its line `alias T = f32;` (or u32) naming `element` instead.

    So one text serves f32, i32 and u32, or moves four words at a time as vec4f or vec4u.
    """
    text = kernel_text(name)
    mark = next((m for m in (_MARK.format("f32"), _MARK.format("u32")) if m in text), None)
    if mark is None:
        raise ValueError(f"kernels/{name}.wgsl has no line 'alias T = f32;' or 'alias T = u32;' to put {element} in")
    return Program(f"{name}.{entry}<{element}>", text.replace(mark, _MARK.format(element)), entry, tuple(sorted(constants.items())))
