"""Sums of rows by number: the gradient of picking, and what scatters."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.basic import fill
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import FLOATS, WGSL_TYPE, Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import kernel, typed_kernel
from ...host.lazy import np
from ..sort.launches import keys_of_ids, launch_sort
from ..support.axes import check_ids, check_words, numbers

__all__ = ["SegmentSum", "unsorted_segment_sum"]

_FEW_ROWS = 4096
_FEW_PAIRS = 1 << 24  # of rows and results, compared with each other in one launch
_CHUNK = 32  # sorted rows that one invocation sums: the kernel's
_CLEARING = 4  # invocations per segment that clear it where it has no rows: the kernel's


@register
@dataclass(frozen=True)
class SegmentSum(Op):
    """out[s, ...] = sum of x[r, ...] over the rows r with ids[r] == s; rows in order,
    so that a repeat gives the same bits.

    Ids outside 0 ... segments - 1 are dropped, or with `clip` counted to the nearest
    segment. Few rows and segments are compared with each other; else floats are sorted
    by their ids first, and integers are summed by atomics.
    """

    segments: int
    clip: bool = False
    halves = True

    def infer(self, x: Spec, ids: Spec) -> Spec:
        check_words(self, x)
        check_ids(self, ids, "segment ids")
        if x.dtype == "bool":
            raise TypeError(
                f"unsorted_segment_sum: x must be floats, int32 or uint32, got {x.dtype}; cast it"
                " first"
            )
        if len(ids.shape) != 1 or not x.shape or x.shape[0] != ids.shape[0]:
            raise ValueError(
                "unsorted_segment_sum: segment ids must be [rows] for x [rows, ...], got"
                f" {ids.shape} for {x.shape}"
            )
        if self.segments < 1:
            raise ValueError(
                f"unsorted_segment_sum: num_segments must be at least 1, got {self.segments}"
            )
        return Spec((self.segments, *x.shape[1:]), x.dtype)

    def numpy(self, x: Any, ids: Any) -> Any:
        inside = np.ones(ids.shape, bool) if self.clip else (ids >= 0) & (ids < self.segments)
        out = np.zeros((self.segments, *x.shape[1:]), x.dtype)
        np.add.at(out, np.clip(ids[inside], 0, self.segments - 1), x[inside])
        return out

    def gpu(self, k: Lowering) -> None:
        x, ids = k.ins
        rows, inner = x.shape[0], math.prod(x.shape[1:])
        few = rows <= _FEW_ROWS and rows * k.outs[0].size <= _FEW_PAIRS
        if x.dtype == "float32" and rows and few:
            element, lanes = ("vec4f", 4) if inner % 4 == 0 else ("f32", 1)
            params = pack("4I", rows, self.segments, inner // lanes, int(self.clip))
            program = typed_kernel("scatter/compared", element)
            k.launch_flat(program, [x, ids, k.outs[0]], params, k.outs[0].size // lanes)
            return
        if rows and x.dtype in FLOATS:
            self._launch_sorted(k, rows, inner)
            return
        fill(k, k.outs[0], 0)
        if rows:
            params = pack("4I", rows, self.segments, inner, int(self.clip))
            program = kernel("scatter/atomic", "add")
            k.launch_flat(program, [x, ids, k.outs[0]], params, x.size)

    def _launch_sorted(self, k: Lowering, rows: int, inner: int) -> None:
        """The rows in the order of their segments, so that each segment is a run."""
        x, ids = k.ins
        order = k.scratch((rows,), "uint32")
        keys = launch_sort(k, ids, order, 1, rows, keys_of_ids(self.segments, self.clip))
        lanes = 4 if inner % 4 == 0 and x.dtype == "float32" else 1
        element = WGSL_TYPE[x.dtype]
        types = ("vec4f",) * 3 if lanes == 4 else ("f32", element, element)
        chunks = -(-rows // _CHUNK)
        parts = k.scratch((chunks, 2, inner))
        params = pack("4I", rows, self.segments, inner // lanes, chunks)
        slots = [x, keys, order, parts, k.outs[0]]
        k.launch_flat(
            typed_kernel("scatter/sorted", types, "chunk"),
            slots,
            params,
            chunks * inner // lanes + self.segments * _CLEARING,
        )
        if chunks > 1:
            across = typed_kernel("scatter/sorted", types, "across")
            k.launch_flat(across, slots, params, chunks * inner // lanes)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, ids, g = ins[0], ins[1], grads[0]
        if x.dtype not in FLOATS:
            return None, None
        rows = g.gather(ids)
        if self.clip:
            return rows, None
        inside = ((ids >= 0) * (ids < self.segments)).astype("float32")
        return rows * inside.reshape((x.shape[0],) + (1,) * (x.ndim - 1)), None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(4)
        for name, shape, segments, clip in [
            ("rows", (7, 3), 4, False), ("clip", (9, 8), 5, True), ("cube", (6, 2, 4), 3, False),
            ("flat", (11,), 1, False),
            ("many", (2100, 3), 2, False), ("sorted", (3000, 4), 700, True),
            ("sorted, long runs", (5000, 3), 3, False), ("sorted, one", (4200,), 1, True),
            ("sorted in a workgroup", (500, 16), 3000, False),
        ]:  # fmt: skip
            ids = rng.integers(-1, segments + 1, shape[0], dtype=np.int32)
            yield Case(
                name, cls(segments, clip), (rng.normal(size=shape).astype(np.float32), ids), 1e-4
            )
        yield Case(
            "int32",
            cls(3),
            (rng.integers(-9, 9, (20, 4), dtype=np.int32), rng.integers(0, 3, 20, dtype=np.int32)),
            0,
            0,
        )


def unsorted_segment_sum(x: Any, segment_ids: Any, num_segments: int) -> Tensor:
    """[num_segments, ...] sums of the rows of x [rows, ...] that share an int32 id in
    `segment_ids` [rows]; ids outside are dropped.

    Example:
        >>> ops.unsorted_segment_sum([1.0, 2.0, 3.0], [1, 0, 1], 2).tolist()
        [2.0, 4.0]
    """
    return SegmentSum(operator.index(num_segments))(as_tensor(x), numbers(segment_ids))
