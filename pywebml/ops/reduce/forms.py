"""How a reduction becomes launches: [outer, n, inner] around the reduced axes, which
form on which adapter, and how a long n is cut.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ...core.choices import Choice
from ...core.op import Op
from ...core.spec import BOUNDS, Spec
from ...device.seam import Adapter
from ..support.rows import lanes, shared_forms, usual

KINDS = ("sum", "mean", "max", "min", "prod")
# values one invocation takes at most: below lavapipe's 65,535 iterations, and sums stay
# accurate
SERIAL = 16384
_PARALLEL = 512  # workgroups (for one result per invocation: invocations) that keep a device busy
NAN = 0x7FC00000  # bits


def check_axes(op: Op, axes: tuple[int, ...], x: Spec) -> None:
    if x.dtype == "uint8":
        raise TypeError(
            f"{op.name}: uint8 pixels cannot be reduced; make floats of them with pixels_to_tensor"
            " first"
        )
    if axes and (
        axes != tuple(range(axes[0], axes[-1] + 1)) or not 0 <= axes[0] <= axes[-1] < len(x.shape)
    ):
        raise ValueError(
            f"{op.name}: axes {axes} must stand side by side within shape {x.shape}; transpose"
            " first"
        )


def of_nothing(kind: str, dtype: str) -> float:
    """What no values come to: what changes no others, NaN for a mean."""
    low, high = BOUNDS.get(dtype, (-math.inf, math.inf))
    return {"sum": 0, "mean": math.nan, "max": low, "min": high, "prod": 1}[kind]


def around(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, int, int]:
    """Shape as [outer, n, inner] around the reduced axes."""
    if not axes:
        return math.prod(shape), 1, 1
    return (
        math.prod(shape[: axes[0]]),
        math.prod(shape[axes[0] : axes[-1] + 1]),
        math.prod(shape[axes[-1] + 1 :]),
    )


def reduced(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    return tuple(1 if i in axes else n for i, n in enumerate(shape) if keepdims or i not in axes)


class Reduction(NamedTuple):
    """What a form is chosen for: [outer, n, inner], of which n is reduced."""

    kind: str
    outer: int
    n: int
    inner: int


def _candidates(adapter: Adapter, shape: Reduction) -> list[str]:
    """'thread': one result per invocation. 'columns': a workgroup for some neighbouring
    results. And those that share a row.
    """
    return ["thread", "columns", *(shared_forms(adapter) if _has_rows(shape) else [])]


def _has_rows(shape: Reduction) -> bool:
    return shape.inner == 1 and shape.kind != "prod"


def _rule(adapter: Adapter, shape: Reduction) -> str:
    if adapter.software:
        return "thread"
    if _has_rows(shape):
        return usual(adapter, shape.n, "columns")
    # 10 to 20 % faster on an H100
    return "thread" if shape.n <= 64 and shape.outer * shape.inner >= 1024 else "columns"


choose = Choice("reduce", ("reduce",), _candidates, _rule)


def width_of(inner: int) -> int:
    """Columns that a workgroup of the form 'columns' takes side by side: enough for
    memory to be read in lines.
    """
    return min(32, 1 << (inner - 1).bit_length())


def chunks_of(form: str, outer: int, n: int, inner: int) -> tuple[int, int]:
    """(chunks, values per chunk): n is cut where it is too long, or where too few
    results keep the device busy.
    """
    if form == "thread":
        count = max(-(-n // SERIAL), min(-(-_PARALLEL // (outer * inner)), n // 1024))
    else:
        width = width_of(inner)
        shared = 256 // width if form == "columns" else lanes(form)
        groups = outer * -(-inner // width)
        count = max(-(-n // (SERIAL * shared)), min(-(-_PARALLEL // groups), n // (shared * 8)))
    chunk = -(-n // max(1, count))
    return -(-n // chunk), chunk
