"""Rows picked by number, and one-hot rows."""

from __future__ import annotations

import math
import operator
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.basic import Fill
from ..core.calling import is_int
from ..core.composite import Sample, composite
from ..core.lowering import Lowering, pack
from ..core.op import Case, Op, register
from ..core.spec import Spec
from ..core.tensor import Tensor, as_tensor
from ..device.kernels import kernel, typed_kernel
from ..host.lazy import np
from .complex_numbers import of_pairs, pairs
from .scatter.segments import SegmentSum
from .support.axes import check_ids, check_words, normalize_axis, numbers, ramp
from .support.typed import moved_as

__all__ = ["gather", "one_hot", "take"]


@register
@dataclass(frozen=True)
class Gather(Op):
    """out[..., i, ...] = x[..., indices[i], ...] at `axis`. Indices outside the axis
    are clamped to its ends, on every host.
    """

    axis: int = 0
    halves = True
    complexes = True

    def infer(self, x: Spec, indices: Spec) -> Spec:
        check_words(self, x)
        check_ids(self, indices, "indices")
        axis = normalize_axis(self.axis, len(x.shape))
        if indices.size and not x.shape[axis]:
            raise ValueError(f"gather: axis {axis} of shape {x.shape} has nothing to pick")
        out = Spec((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)
        check_words(self, out)
        return out

    def numpy(self, x: Any, indices: Any) -> Any:
        return np.take(x, indices, self.axis, mode="clip")

    def gpu(self, k: Lowering) -> None:
        x, indices = k.ins
        out = k.outs[0]
        axis = self.axis % len(x.shape)
        inner = math.prod(x.shape[axis + 1 :])
        element, lanes = moved_as(x.dtype, inner)
        params = pack("4I", out.size // lanes, x.shape[axis], indices.size, inner // lanes)
        k.launch_flat(
            typed_kernel("gather", element, "gather"), [x, indices, out], params, out.size // lanes
        )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, indices, g = ins[0], ins[1], grads[0]
        axis = self.axis % x.ndim
        if x.dtype == "complex64":
            to_pairs, _ = Gather(axis).vjp((pairs(x), indices), outs, (pairs(g),))
            return of_pairs(to_pairs), None
        outer, inner = math.prod(x.shape[:axis]), math.prod(x.shape[axis + 1 :])
        rows = g.reshape(outer, indices.size, inner).transpose((1, 0, 2))
        sums = SegmentSum(x.shape[axis], clip=True)(rows, indices.reshape(-1))
        return sums.transpose((1, 0, 2)).reshape(x.shape), None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(3)
        for name, shape, axis, at in [
            ("rows", (5, 3), 0, [4, 0, 0, 2]), ("one", (5, 8), 0, 3),
            ("outside", (5, 3), 0, [-1, 7]),
            ("middle", (2, 4, 3), 1, [[1, 1], [3, 0]]), ("last", (3, 1, 6), -1, [5, 0, 5]),
            ("wide", (6, 2, 4), 0, [[5], [1], [0]]), ("single", (1,), 0, [0]),
        ]:  # fmt: skip
            yield Case(
                name,
                cls(axis),
                (rng.normal(size=shape).astype(np.float32), np.array(at, np.int32)),
                0,
                0,
            )
        yield Case(
            "int32",
            cls(0),
            (rng.integers(-99, 99, (7, 2), dtype=np.int32), np.array([6, 3], np.int32)),
            0,
            0,
        )
        yield Case("bool", cls(0), (np.eye(4, dtype=bool), np.array([2, 2, 1], np.int32)), 0, 0)


@register
@dataclass(frozen=True)
class OneHot(Op):
    """float32 [..., depth]: `on` at the index, `off` elsewhere; only `off` for an index
    outside 0 ... depth - 1.
    """

    depth: int
    on: float = 1.0
    off: float = 0.0

    def infer(self, indices: Spec) -> Spec:
        check_ids(self, indices, "indices")
        if self.depth < 1:
            raise ValueError(f"one_hot: depth must be at least 1, got {self.depth}")
        return Spec((*indices.shape, self.depth))

    def numpy(self, indices: Any) -> Any:
        return np.where(indices[..., None] == np.arange(self.depth), self.on, self.off)

    def gpu(self, k: Lowering) -> None:
        out = k.outs[0]
        k.launch_flat(
            kernel("one_hot"),
            [k.ins[0], out],
            pack("2I2f", out.size, self.depth, self.on, self.off),
            out.size,
        )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (None,)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("classes", cls(4), (np.array([0, 3, 1, 1, -1, 4], np.int32),), 0, 0)
        yield Case("scalar", cls(3), (np.array(2, np.int32),), 0, 0)
        yield Case("smoothed", cls(5, 0.5, -0.25), (np.array([[1], [4], [0]], np.int32),), 0, 0)
        yield Case("depth 1", cls(1), (np.array([0, 1], np.int32),), 0, 0)


def gather(x: Any, indices: Any, axis: int = 0, *, batch_dims: int = 0) -> Tensor:
    """Entries of `axis` picked by int32 `indices` (any shape, which takes the axis's
    place). The first `batch_dims` axes of both are one: each example of x has indices
    of its own.

    Indices given as numbers or arrays are checked here (ValueError outside 0 ... n - 1;
    no counting from the end). A tensor's are not read back: outside the axis they are
    clamped to its ends. Gradients are summed without atomics.

    Example:
        >>> ops.gather([[1, 2], [3, 4], [5, 6]], [2, 0]).tolist()
        [[5, 6], [1, 2]]
        >>> ops.gather([[1, 2], [3, 4]], [1], axis=1).tolist()
        [[2], [4]]
        >>> ops.gather([[1, 2], [3, 4]], [[1], [0]], axis=1, batch_dims=1).tolist()
        [[2], [3]]
    """
    x = as_tensor(x)
    if getattr(indices, "dtype", None) == "bool":
        raise TypeError("gather: indices must be ints, got bools; a mask is for where")
    at = normalize_axis(axis, x.ndim, "gather: axis")
    if not isinstance(indices, Tensor):
        indices = indices.tolist() if isinstance(indices, (memoryview, array)) else indices
        _check_range(indices, x.shape[at], at, x.shape)
    ids = numbers(indices)
    return _of_examples(x, ids, at, batch_dims) if batch_dims else Gather(at)(x, ids)


@composite(
    meaning=lambda x, indices, axis=None: np.take(x, indices, axis),
    cases=lambda: [
        Sample("flat", (ramp((2, 3)), np.array([[5, 0], [-1, 2]], np.int32)), {}, 0, 0),
        Sample("columns", (ramp((2, 3)), np.array([-3, 1], np.int32)), {"axis": 1}, 0, 0),
    ],
    halves=True,
)
def take(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """`gather` as NumPy has it: of x laid out flat where no axis is said, and with
    negative indices, which count from the end.

    Example:
        >>> ops.take([10, 20, 30], [-1, 0]).tolist()
        [30, 10]
        >>> ops.take([[1, 2], [3, 4]], [1], axis=1).tolist()
        [[2], [4]]
    """
    x = as_tensor(x)
    x, axis = (x.reshape(-1), 0) if axis is None else (x, axis)
    n = x.shape[normalize_axis(axis, x.ndim, "take: axis")]
    if isinstance(indices, Tensor):
        return gather(x, (indices < 0).where(indices + n, indices), axis)
    ids = np.asarray(indices)
    return gather(x, np.where(ids < 0, ids + n, ids) if ids.dtype.kind in "iu" else ids, axis)


def _of_examples(x: Any, ids: Any, axis: int, batch_dims: int) -> Tensor:
    """Each example's picks among its own entries: as rows of one long axis."""
    b = operator.index(batch_dims)
    b += ids.ndim if b < 0 else 0
    if not 0 <= b <= min(axis, ids.ndim) or x.shape[:b] != ids.shape[:b]:
        raise ValueError(
            f"gather: batch_dims {batch_dims} must be at most axis {axis} and the rank of the"
            f" indices, and x {x.shape} and indices {ids.shape} equal in so many first axes"
        )
    n, batch, picks = x.shape[axis], x.shape[:b], ids.shape[b:]
    between, after = x.shape[b:axis], x.shape[axis + 1 :]
    examples, outer, inner = map(math.prod, (batch, between, after))
    first = x.reshape(examples, outer, n, inner).transpose((0, 2, 1, 3))
    starts = Fill((examples, 1), 0.0, float(n), "int32")()
    rows = ids.reshape(examples, math.prod(picks)).maximum(0).minimum(n - 1) + starts
    y = Gather(0)(first.reshape(examples * n, outer * inner), rows)
    y = y.reshape(examples, math.prod(picks), outer, inner).transpose((0, 2, 1, 3))
    return y.reshape(*batch, *between, *picks, *after)  # type: ignore[no-any-return]


def _check_range(indices: Any, n: int, axis: int, shape: tuple[int, ...]) -> None:
    if isinstance(indices, (list, tuple)):
        for i in indices:
            _check_range(i, n, axis, shape)
        return
    if hasattr(indices, "dtype") and indices.shape:  # a NumPy array
        if indices.dtype.kind not in "iu":
            raise TypeError(f"gather: indices must be ints, got an array of {indices.dtype}")
        if not indices.size:
            return
        low, high = int(indices.min()), int(indices.max())
    else:
        if not is_int(indices):
            hint = "; a mask is for where" if isinstance(indices, bool) else ""
            raise TypeError(f"gather: indices must be ints, got {indices!r}{hint}")
        low = high = operator.index(indices)
    if low < 0 or high >= n:
        raise ValueError(
            f"gather: index {low if low < 0 else high} is outside axis {axis} of shape {shape}; use"
            f" 0 to {n - 1}"
        )


def one_hot(
    indices: Any,
    depth: int,
    *,
    on_value: float = 1.0,
    off_value: float = 0.0,
    dtype: str = "float32",
) -> Tensor:
    """[..., depth] with `on_value` at each int32 index and `off_value` elsewhere; an
    index outside gives a row of `off_value`.

    Example:
        >>> ops.one_hot([2, 0], 3).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    one = OneHot(operator.index(depth), float(on_value), float(off_value))
    return one(numbers(indices)).astype(dtype)  # type: ignore[no-any-return]
