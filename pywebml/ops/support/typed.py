"""Kernels whose text serves several element types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from ...core.lowering import Slot
from ...core.spec import ITEMSIZE, WGSL_TYPE
from ...device.seam import Program, kernel

_ALIAS = re.compile(r"^alias (\w+) = (?:f32|u32);", re.MULTILINE)
_CONST = re.compile(r"^const (\w+): u32 = \d+u;", re.MULTILINE)


def with_types(text: str, *elements: str) -> str:
    """A kernel's text with its first lines `alias NAME = f32;` (or u32) naming
    `elements` instead, in this order.

    So one text serves f32, i32 and u32, moves four words at a time as vec4f or vec4u,
    or keeps floats in memory as f16.
    """
    marks = _ALIAS.findall(text)
    if len(marks) < len(elements):
        raise ValueError(
            f"the kernel has {len(marks)} lines 'alias NAME = f32;' or '= u32;' to put"
            f" {', '.join(elements)} in"
        )
    left = iter(elements)
    text = _ALIAS.sub(
        lambda mark: f"alias {mark[1]} = {element};" if (element := next(left, "")) else mark[0],
        text,
    )
    return f"enable f16;\n{text}" if "f16" in elements else text


def with_sizes(text: str, sizes: Mapping[str, int]) -> str:
    """A kernel's text with its lines `const NAME: u32 = 8u;` saying `sizes` instead:
    for those of arrays within arrays, where WGSL takes no override constants.
    ValueError for a name that has no such line.
    """
    if missing := sorted(sizes.keys() - set(_CONST.findall(text))):
        raise ValueError(
            f"the kernel has no line 'const NAME: u32 = ...u;' for {', '.join(missing)}"
        )
    return _CONST.sub(
        lambda line: f"const {line[1]}: u32 = {sizes[line[1]]}u;" if line[1] in sizes else line[0],
        text,
    )


@cache
def typed_kernel(
    name: str,
    elements: str | tuple[str, ...],
    entry: str = "main",
    after: tuple[str, ...] = (),
    **constants: float,
) -> Program:
    """`kernel` with these element types, see `with_types`."""
    elements = (elements,) if isinstance(elements, str) else elements
    program = kernel(name, entry, after, **constants)
    shown = f"<{','.join(elements)}>" if {*elements} - {"f32"} else ""
    return replace(program, name=program.name + shown, source=with_types(program.source, *elements))


def floats(*slots: Slot) -> tuple[str, ...]:
    """The element types of slots for `typed_kernel`, where one is float16; else none,
    as kernels are written for float32.
    """
    elements = tuple(WGSL_TYPE[slot.dtype] for slot in slots)
    return elements if "f16" in elements else ()


def moved_as(dtype: str, *extents: int) -> tuple[str, int]:
    """(element type, values in one): the widest that moves values of `dtype` where all
    `extents` are multiples of it.
    """
    for element, nbytes in (("vec4u", 16), ("u32", 4)):
        lanes = nbytes // ITEMSIZE[dtype]
        if not any(n % lanes for n in extents):
            return element, lanes
    return "f16", 1
