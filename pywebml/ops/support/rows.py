"""Kernels that work row by row (kernels/rows/*.wgsl): how many invocations share a row,
and by which reduction they join their parts.

The forms are 'thread' (one invocation per row), 'tree N' and 'subgroups N': N
invocations, a workgroup, join by a tree reduction in workgroup (shared) memory, or by
subgroup (warp) reductions, where the adapter has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ...core.lowering import Lowering, Slot
from ...device.kernels import typed_kernel
from ...device.seam import Adapter

SHARED = ("tree 32", "tree 256", "subgroups 32", "subgroups 64", "subgroups 128", "subgroups 256")
"""All forms where several invocations share a row, for sample cases."""

_LEAST, _MOST = 32, 256  # invocations per row; WebGPU promises workgroups of 256
_LONG = 512  # columns, above which a row is for as many as can share it
_LARGEST_SUBGROUP = 128  # that WGSL allows, where a host does not tell the adapter's
_ROWS = 64  # per workgroup of 'thread'
# columns for one invocation: lavapipe ends loops after 65,535 rounds, and kernels pass
# over a row up to four times
_LONGEST = 16000


class Rows(NamedTuple):
    """What a form is chosen for."""

    rows: int
    columns: int


def lanes(form: str) -> int:
    """How many invocations share a row."""
    return 1 if form == "thread" else int(form.split()[1])


def row_text(form: str) -> str:
    """The text of a form: the choice of a kernel that works row by row."""
    return f"rows/{form.split()[0]}"


def shared_forms(adapter: Adapter) -> list[str]:
    """Those of SHARED that the adapter can run. A workgroup must hold a whole subgroup,
    however large.
    """
    forms = [f"tree {_LEAST}", f"tree {_MOST}"]
    if "subgroups" in adapter.features:
        forms += [
            f"subgroups {max(_LEAST, adapter.max_subgroup or _LARGEST_SUBGROUP)}",
            f"subgroups {_MOST}",
        ]
    return forms


def usual(adapter: Adapter, columns: int, otherwise: str = f"tree {_MOST}") -> str:
    """What a rule takes for rows of so many columns that several invocations share:
    subgroups where the adapter has them, which an H100 finds faster by 2 to 13 % for
    sums and softmax, and up to twice as fast for a row of a matrix product; else
    `otherwise`.
    """
    few, many = [form for form in shared_forms(adapter) if form.startswith("subgroups")] or ("", "")
    if not few:
        return otherwise
    return many if columns > _LONG else few


def team(adapter: Adapter, shape: Rows | None = None) -> str:
    """Few subgroups a row, where there are many rows of some length (or with no shape
    said): on an H200 softmax takes 0.10 ms for 32,768 rows of 1,000 with two, 0.12 with
    four and 0.17 with eight. "" elsewhere.
    """
    size = max(64, adapter.max_subgroup or _LARGEST_SUBGROUP)
    fit = "subgroups" in adapter.features and size < _MOST
    many = shape is None or (shape.rows >= 4096 and _LONG < shape.columns <= 4096)
    return f"subgroups {size}" if fit and many else ""


def candidates(adapter: Adapter, shape: Rows) -> list[str]:
    """The forms of a kernel that passes over a row a few times."""
    alone = ["thread"] if shape.columns <= _LONGEST else []
    forms = [*alone, *shared_forms(adapter), team(adapter)]
    return list(filter(None, dict.fromkeys(forms)))


def rule(adapter: Adapter, shape: Rows) -> str:
    """What such kernels take where nothing was measured."""
    if shape.columns <= (_LONGEST if adapter.software else 32):
        return "thread"
    return team(adapter, shape) or usual(adapter, shape.columns)


def launch_rows(
    k: Lowering,
    form: str,
    name: str,
    slots: Sequence[Slot],
    params: bytes,
    rows: int,
    elements: str | tuple[str, ...] = "f32",
    entry: str = "main",
    **constants: float,
) -> None:
    """A launch of an entry point of kernels/NAME.wgsl, which needs one of rows/*.wgsl:
    the form's. The first of `elements` is what is joined.
    """
    shared = lanes(form)
    if form != "thread":
        constants["LANES"] = shared
    program = typed_kernel(name, elements, entry, (row_text(form),), **constants)
    k.launch_flat(
        replace(program, name=f"{name}.{form}"),
        slots,
        params,
        rows * shared,
        _ROWS if form == "thread" else shared,
    )
