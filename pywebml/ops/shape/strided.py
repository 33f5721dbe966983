"""Entries some steps apart, forwards or backwards; TensorFlow's way to ask for them."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.basic import fill
from ...core.calling import ints, is_int
from ...core.composite import Sample, composite
from ...core.lowering import Lowering
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..support.axes import check_words, copy, ramp, strides

__all__ = ["StridedPlace", "StridedSlice", "strided_slice"]


def _places(begin: Sequence[int], step: Sequence[int], size: Sequence[int]) -> Any:
    """The places as NumPy's index."""
    return np.ix_(*(b + s * np.arange(n) for b, s, n in zip(begin, step, size, strict=True)))


def _walk(begin: Sequence[int], step: Sequence[int], shape: Sequence[int]) -> tuple[int, list[int]]:
    """The first element, and the distances between those that are meant."""
    apart = strides(shape)
    start = sum(b * n for b, n in zip(begin, apart, strict=True))
    return start, [s * n for s, n in zip(step, apart, strict=True)]


def _check_places(
    op: Op, begin: Sequence[int], step: Sequence[int], size: Sequence[int], shape: Sequence[int]
) -> None:
    if not len(begin) == len(step) == len(size) == len(shape):
        raise ValueError(
            f"{op.name}: begin {begin}, step {step} and size {size} must have one entry for each"
            f" axis of shape {shape}"
        )
    for axis, (b, s, m, n) in enumerate(zip(begin, step, size, shape, strict=True)):
        if m and not (0 <= b < n and 0 <= b + s * (m - 1) < n):
            raise ValueError(
                f"{op.name}: {m} entries from {b} on, {s} apart, leave axis {axis} of shape {shape}"
            )


@register
@dataclass(frozen=True)
class StridedSlice(Op):
    """out[i, ...] = x[begin[0] + step[0] * i, ...], `size` entries of each axis."""

    begin: tuple[int, ...]
    step: tuple[int, ...]
    size: tuple[int, ...]
    halves = True
    complexes = True

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        _check_places(self, self.begin, self.step, self.size, x.shape)
        return Spec(self.size, x.dtype)

    def numpy(self, x: Any) -> Any:
        return x[_places(self.begin, self.step, self.size)]

    def gpu(self, k: Lowering) -> None:
        start, from_ = _walk(self.begin, self.step, k.ins[0].shape)
        copy(k, k.ins[0], k.outs[0], zip(self.size, from_, strides(self.size), strict=True), start)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (StridedPlace(self.begin, self.step, ins[0].shape)(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, begin, step, size in [
            ((9,), (1,), (3,), (3,)), ((5, 8), (4, 0), (-2, 1), (3, 8)),
            ((3, 4, 5), (0, 3, 4), (2, -1, -4), (2, 3, 2)),
        ]:  # fmt: skip
            yield Case(f"{shape}[{begin}+{step}*]", cls(begin, step, size), (ramp(shape),), 0, 0)


@register
@dataclass(frozen=True)
class StridedPlace(Op):
    """The adjoint of StridedSlice: x's entries at these places of `shape`, 0 elsewhere."""

    begin: tuple[int, ...]
    step: tuple[int, ...]
    shape: tuple[int, ...]
    halves = True
    complexes = True

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        _check_places(self, self.begin, self.step, x.shape, self.shape)
        return Spec(self.shape, x.dtype)

    def numpy(self, x: Any) -> Any:
        out = np.zeros(self.shape, x.dtype)
        out[_places(self.begin, self.step, x.shape)] = x
        return out

    def gpu(self, k: Lowering) -> None:
        x, out = k.ins[0], k.outs[0]
        start, to = _walk(self.begin, self.step, self.shape)
        fill(k, out, 0)
        copy(k, x, out, zip(x.shape, strides(x.shape), to, strict=True), 0, start)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (StridedSlice(self.begin, self.step, ins[0].shape)(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for x, begin, step, shape in [
            ((3,), (1,), (3,), (9,)), ((3, 8), (4, 0), (-2, 1), (5, 8)),
            ((1, 2), (1, 3), (2, -3), (2, 4)),
        ]:  # fmt: skip
            yield Case(f"{x} in {shape}", cls(begin, step, shape), (ramp(x),), 0, 0)


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def _meaning(x: Any, begin: Any, end: Any, strides: Any = None, **masks: int) -> Any:
    return x[_key(begin, end, strides, *(masks.get(name, 0) for name in _MASKS))]


def _samples() -> Iterator[Sample]:
    x = ramp((3, 4, 5))
    steps = {"begin": (0, 3, -1), "end": (3, 0, -4), "strides": (2, -2, -1)}
    yield Sample("steps", (x,), steps, 0, 0)
    masks = {"begin_mask": 1, "end_mask": 4, "shrink_axis_mask": 2}
    yield Sample("masks", (x,), {"begin": (2, 1, 1), "end": (2, 9, 2), **masks}, 0, 0)
    others = {"ellipsis_mask": 2, "new_axis_mask": 1}
    yield Sample("others", (x,), {"begin": (0, 0, 1), "end": (0, 0, 4), **others}, 0, 0)


@composite(meaning=_meaning, cases=_samples, halves=True)
def strided_slice(
    x: Any,
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int] | None = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> Tensor:
    """`x[begin[0]:end[0]:strides[0], ...]`: Python's slices, told in numbers.

    Bit i of a mask is for entry i: `begin_mask` and `end_mask` leave its begin or end
    out, `ellipsis_mask` makes it `...`, `new_axis_mask` None, `shrink_axis_mask` the
    index `begin[i]`. ValueError for a step of 0 or lists of several lengths, IndexError
    for an index that is outside.

    Example:
        >>> ops.strided_slice([[1, 2, 3], [4, 5, 6]], [0, 2], [2, 0], [1, -1]).tolist()
        [[3, 2], [6, 5]]
    """
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    if not all(is_int(mask) for mask in masks):
        raise TypeError(f"strided_slice: masks must be ints, got {masks}")
    if bin(ellipsis_mask).count("1") > 1:
        raise ValueError(f"strided_slice: ellipsis_mask {ellipsis_mask:#b} may have one bit")
    return as_tensor(x)[_key(begin, end, strides, *masks)]


def _key(begin: Any, end: Any, steps: Any, *masks: int) -> tuple[Any, ...]:
    """What stands in brackets."""
    first, last = ints(begin, "strided_slice: begin"), ints(end, "strided_slice: end")
    step = (1,) * len(first) if steps is None else ints(steps, "strided_slice: strides")
    if not len(first) == len(last) == len(step):
        raise ValueError(
            f"strided_slice: begin {first}, end {last} and strides {step} must have one length"
        )
    if 0 in step:
        raise ValueError(f"strided_slice: strides {step} must not be 0")

    def entry(i: int) -> Any:
        no_begin, no_end, ellipsis, new_axis, shrink = (mask >> i & 1 for mask in masks)
        if ellipsis:
            return ...
        if new_axis:
            return None
        if shrink:
            return first[i]
        return builtins.slice(None if no_begin else first[i], None if no_end else last[i], step[i])

    return tuple(map(entry, range(len(first))))
