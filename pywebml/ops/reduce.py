"""Reductions over any axes: sum, mean, max, min, prod, any, all, argmax, argmin,
logsumexp.

A kernel sees [outer, n, inner] and reduces the middle. Axes that do not stand side by
side are transposed to the end first.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core.autodiff import stop_gradient
from ..core.choices import Choice
from ..core.composite import Sample, composite
from ..core.fusion import SumsRows
from ..core.lowering import Lowering, pack
from ..core.op import Case, Op, register
from ..core.spec import FLOATS, WGSL_TYPE, Spec
from ..core.tensor import Tensor, as_tensor
from ..device.kernels import typed_kernel
from ..device.seam import Adapter
from ..host.lazy import np
from .support.axes import normalize_axis
from .support.rows import SHARED, lanes, launch_rows, shared_forms, usual

__all__ = ["all", "any", "argmax", "argmin", "logsumexp", "max", "mean", "min", "prod", "sum"]

_KINDS = ("sum", "mean", "max", "min", "prod")
# values one invocation takes at most: below lavapipe's 65,535 iterations, and sums stay
# accurate
_SERIAL = 16384
_PARALLEL = 512  # workgroups (for a result an invocation: invocations) that keep a device busy
_NAN = 0x7FC00000  # bits


def _check(op: Op, axes: tuple[int, ...], x: Spec) -> None:
    if x.dtype == "uint8":
        raise TypeError(
            f"{op.name}: uint8 pixels cannot be reduced; make floats of them with pixels_to_tensor"
            " first"
        )
    if x.size == 0:
        raise ValueError(
            f"{op.name}: shape {x.shape} has no elements; every dimension must be at least 1"
        )
    if axes and (
        axes != tuple(range(axes[0], axes[-1] + 1)) or not 0 <= axes[0] <= axes[-1] < len(x.shape)
    ):
        raise ValueError(
            f"{op.name}: axes {axes} must stand side by side within shape {x.shape}; transpose"
            " first"
        )


def _split(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, int, int]:
    """Shape as [outer, n, inner] around the reduced axes."""
    if not axes:
        return math.prod(shape), 1, 1
    return (
        math.prod(shape[: axes[0]]),
        math.prod(shape[axes[0] : axes[-1] + 1]),
        math.prod(shape[axes[-1] + 1 :]),
    )


def _reduced(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    return tuple(1 if i in axes else n for i, n in enumerate(shape) if keepdims or i not in axes)


class Reduction(NamedTuple):
    """What a form is chosen for: [outer, n, inner], of which n is reduced."""

    kind: str
    outer: int
    n: int
    inner: int


def _candidates(adapter: Adapter, shape: Reduction) -> list[str]:
    """'thread': a result an invocation. 'columns': a workgroup for some neighbouring
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


@register
@dataclass(frozen=True)
class Reduce(SumsRows):
    """x reduced over adjacent `axes` by `kind`: sum, mean, max, min or prod.

    A sum or product of bools counts in int32. NaN in, NaN out, for max and min too. The
    gradient of max and min is shared evenly by equal elements, as in TensorFlow.
    """

    kind: str
    axes: tuple[int, ...]
    keepdims: bool = False
    halves = True

    @property
    def name(self) -> str:
        return f"Reduce.{self.kind}"

    def infer(self, x: Spec) -> Spec:
        if self.kind not in _KINDS:
            raise ValueError(f"Reduce: kind must be one of {', '.join(_KINDS)}, got {self.kind!r}")
        _check(self, self.axes, x)
        if self.kind == "mean" and x.dtype not in FLOATS:
            raise TypeError(f"mean: x must be float32 or float16, got {x.dtype}; cast it first")
        dtype = "int32" if x.dtype == "bool" and self.kind in ("sum", "prod") else x.dtype
        return Spec(_reduced(x.shape, self.axes, self.keepdims), dtype)

    def rows_summed(self, x: Spec) -> int:
        """How many rows of the result's size this sums up, where it does nothing else:
        see `core.fuse`.
        """
        outer, n, _ = _split(x.shape, self.axes)
        return n if outer == 1 and self.kind == "sum" and x.dtype == "float32" else 0

    def numpy(self, x: Any) -> Any:
        return getattr(np, self.kind)(x, axis=self.axes, keepdims=self.keepdims) if self.axes else x

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        outer, n, inner = _split(x.shape, self.axes)
        form = choose(k.adapter, Reduction(self.kind, outer, n, inner))
        chunks, chunk = _chunks(form, outer, n, inner)
        if chunks == 1:
            self.launch(k, form, self.kind, [x, y], (outer, n, inner), 1, n, n)
            return
        partial = k.scratch((outer, chunks, inner), "float32" if x.dtype == "float16" else x.dtype)
        self.launch(
            k,
            form,
            "sum" if self.kind == "mean" else self.kind,
            [x, partial],
            (outer, n, inner),
            chunks,
            chunk,
            n,
        )
        self.launch(k, form, self.kind, [partial, y], (outer, chunks, inner), 1, chunks, n)

    def launch(
        self,
        k: Lowering,
        form: str,
        kind: str,
        slots: list[Any],
        dims: tuple[int, int, int],
        chunks: int,
        chunk: int,
        divisor: int,
    ) -> None:
        outer, n, inner = dims
        is_float = slots[0].dtype in FLOATS
        elements = tuple(
            WGSL_TYPE[dtype]
            for dtype in ("float32" if is_float else slots[0].dtype, slots[0].dtype, slots[1].dtype)
        )
        code = _KINDS.index(kind)
        width = _width(inner)
        params = pack("6IfI", outer, n, inner, chunks, chunk, width, divisor, _NAN)
        if form not in ("thread", "columns"):
            launch_rows(
                k,
                form,
                "reduce",
                slots,
                params,
                outer * chunks,
                elements,
                "row",
                KIND=code,
                FLOAT=int(is_float),
            )
            return
        program = typed_kernel(
            "reduce", elements, form, ("rows/thread",), KIND=code, FLOAT=int(is_float)
        )
        if form == "thread":
            k.launch_flat(program, slots, params, outer * chunks * inner)
        else:
            k.launch_flat(program, slots, params, outer * chunks * -(-inner // width), 1)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, y, g = ins[0], outs[0], grads[0]
        if x.dtype != "float32":
            return (None,)
        kept = _reduced(x.shape, self.axes, True)

        def spread(t: Any) -> Any:
            return t.reshape(kept).broadcast_to(x.shape)

        if self.kind == "sum":
            return (spread(g),)
        if self.kind == "mean":
            return (spread(g * (1.0 / _split(x.shape, self.axes)[1])),)
        if self.kind in ("max", "min"):
            winners = (x == spread(y)).astype("float32")
            return (winners * spread(g / Reduce("sum", self.axes)(winners).reshape(y.shape)),)
        return (_prod_gradient(x, g, self.axes, spread),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(1)
        for kind in _KINDS:
            for shape, axes in [
                ((7,), (0,)), ((3, 5, 4), (1,)), ((2, 3, 5), (1, 2)), ((1, 4, 1, 3), (2,)),
                ((2, 300, 33), (1,)), ((4, 1), (0, 1)),
            ]:  # fmt: skip
                x = (
                    rng.uniform(0.5, 1.5, shape).astype(np.float32)
                    if kind == "prod"
                    else rng.normal(size=shape).astype(np.float32)
                )
                if kind != "prod" or math.prod(shape[a] for a in axes) < 100:
                    yield Case(f"{kind} {shape} {axes}", cls(kind, axes, shape[0] == 3), (x,))
        for form in SHARED:
            forms = (("reduce", form),)
            for kind in ("sum", "mean", "max", "min"):
                for shape in ((3, 5), (2, 3000)):
                    yield Case(
                        f"{form}: {kind} {shape}",
                        cls(kind, (len(shape) - 1,)),
                        (rng.normal(size=shape).astype(np.float32),),
                        forms=forms,
                    )
            yield Case(
                f"{form}: mean 70001",
                cls("mean", (0,)),
                (rng.normal(size=70001).astype(np.float32),),
                forms=forms,
            )
            yield Case(
                f"{form}: max with nan",
                cls("max", (1,)),
                (np.array([[1, np.nan, 3], [-1, -5, -2]], np.float32),),
                forms=forms,
            )
            yield Case(
                f"{form}: min with nan",
                cls("min", (1,)),
                (np.array([[1, 2, 3], [-1, np.nan, 7]], np.float32),),
                forms=forms,
            )
            yield Case(
                f"{form}: min int32",
                cls("min", (1,)),
                (rng.integers(-9, 9, (3, 40), dtype=np.int32),),
                0,
                0,
                forms,
            )
            yield Case(
                f"{form}: sum int32",
                cls("sum", (1,)),
                (rng.integers(-9, 9, (3, 40), dtype=np.int32),),
                0,
                0,
                forms,
            )
            yield Case(
                f"{form}: max bool", cls("max", (1,)), (np.eye(3, 4, dtype=bool),), 0, 0, forms
            )
        for form in ("thread", "columns"):
            yield Case(
                f"{form}: mean (2, 300, 33)",
                cls("mean", (1,)),
                (rng.normal(size=(2, 300, 33)).astype(np.float32),),
                forms=(("reduce", form),),
            )
        # 70,001 numbers of size 1
        yield Case(
            "sum 70001", cls("sum", (0,)), (rng.normal(size=70001).astype(np.float32),), 2e-3
        )
        yield Case("mean 70001", cls("mean", (0,)), (rng.normal(size=70001).astype(np.float32),))
        yield Case(
            "max with nan",
            cls("max", (1,)),
            (np.array([[1, np.nan, 3], [-1, -5, -2]], np.float32),),
        )
        yield Case(
            "sum int32", cls("sum", (0,)), (rng.integers(-9, 9, (40, 3), dtype=np.int32),), 0, 0
        )
        yield Case(
            "min int32", cls("min", (0,)), (rng.integers(-9, 9, (40, 3), dtype=np.int32),), 0, 0
        )
        yield Case("max bool", cls("max", (1,)), (np.eye(3, 4, dtype=bool),), 0, 0)
        yield Case("sum bool", cls("sum", (0, 1)), (np.eye(5, 4, dtype=bool),), 0, 0)


def _width(inner: int) -> int:
    """Columns that a workgroup of the form 'columns' takes side by side: enough for
    memory to be read in lines.
    """
    return builtins.min(32, 1 << (inner - 1).bit_length())


def _chunks(form: str, outer: int, n: int, inner: int) -> tuple[int, int]:
    """(chunks, values a chunk): n is cut where it is too long, or where too few results
    keep the device busy.
    """
    if form == "thread":
        wanted = builtins.max(
            -(-n // _SERIAL), builtins.min(-(-_PARALLEL // (outer * inner)), n // 1024)
        )
    else:
        width = _width(inner)
        shared = 256 // width if form == "columns" else lanes(form)
        groups = outer * -(-inner // width)
        wanted = builtins.max(
            -(-n // (_SERIAL * shared)), builtins.min(-(-_PARALLEL // groups), n // (shared * 8))
        )
    chunk = -(-n // builtins.max(1, wanted))
    return -(-n // chunk), chunk


def _prod_gradient(x: Any, g: Any, axes: tuple[int, ...], spread: Any) -> Any:
    """y / x where no factor is zero; the product of the others at a single zero; 0
    where there are more zeros.
    """
    zero = (x == 0.0).astype("float32")
    safe = x + zero
    others = spread(g * Reduce("prod", axes)(safe).reshape(g.shape)) / safe
    zeros = spread(Reduce("sum", axes)(zero))
    return others * ((zeros == 0.0).astype("float32") + zero * (zeros == 1.0).astype("float32"))


@register
@dataclass(frozen=True)
class ArgReduce(Op):
    """int32 index of the largest (or smallest) along `axis`: the first of equals, and
    the first NaN if there is one.
    """

    axis: int
    largest: bool = True
    keepdims: bool = False
    halves = True

    def infer(self, x: Spec) -> Spec:
        _check(self, (self.axis,), x)
        return Spec(_reduced(x.shape, (self.axis,), self.keepdims), "int32")

    def numpy(self, x: Any) -> Any:
        return (np.argmax if self.largest else np.argmin)(x, axis=self.axis, keepdims=self.keepdims)

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        outer, n, inner = _split(x.shape, (self.axis,))
        wanted = builtins.min(
            builtins.max(1, n // 64), builtins.max(1, -(-4096 // (outer * inner)))
        )
        chunk = builtins.min(-(-n // wanted), _SERIAL)
        chunks = -(-n // chunk)
        elements = WGSL_TYPE["float32" if x.dtype in FLOATS else x.dtype], WGSL_TYPE[x.dtype]
        constants = {"LARGEST": int(self.largest), "FLOAT": int(x.dtype in FLOATS)}
        params = pack("8I", outer, n, inner, chunks, chunk, 0, 0, 0)
        best = k.scratch((outer, chunks, inner), "int32") if chunks > 1 else y
        k.launch_flat(
            typed_kernel("arg_reduce", elements, "chunk", **constants),
            [x, x, best],
            params,
            outer * chunks * inner,
        )
        if chunks > 1:
            k.launch_flat(
                typed_kernel("arg_reduce", elements, "merge", **constants),
                [x, best, y],
                params,
                outer * inner,
            )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (None,)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(2)
        for shape, axis in [
            ((5, 7), 1),
            ((4, 3, 5), 1),
            ((1,), 0),
            ((3000, 2), 0),
            ((6, 1), 1),
            ((2, 1000), 1),
        ]:
            yield Case(
                f"{shape} {axis}",
                cls(axis, axis == 1, shape[0] == 4),
                (rng.normal(size=shape).astype(np.float32),),
                0,
                0,
            )
        yield Case("equals", cls(0), (np.array([1, 3, 3, 2], np.float32),), 0, 0)
        yield Case("nan", cls(0, False), (np.array([1, -3, np.nan, -9, np.nan], np.float32),), 0, 0)
        yield Case("int32", cls(1), (rng.integers(-3, 3, (4, 200), dtype=np.int32),), 0, 0)


def _axes(axis: int | Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, (list, tuple)) else (axis,)
    axes = tuple(sorted({normalize_axis(a, ndim) for a in given}))
    if len(axes) != len(given):
        raise ValueError(f"axis {axis} names an axis of a tensor of rank {ndim} twice")
    return axes


def _reduce(kind: str, x: Any, axis: int | Sequence[int] | None, keepdims: bool) -> Any:
    axes = _axes(axis, x.ndim)
    if not axes or axes == tuple(range(axes[0], axes[-1] + 1)):
        return Reduce(kind, axes, keepdims)(x)
    kept = tuple(i for i in range(x.ndim) if i not in axes)
    y = Reduce(kind, tuple(range(len(kept), x.ndim)))(x.transpose(kept + axes))
    return y.reshape(_reduced(x.shape, axes, True)) if keepdims else y


def sum(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Sum over `axis` (one, several, or all). Bools are counted in int32; integers wrap
    at 32 bits.
    """
    return _reduce("sum", as_tensor(x), axis, keepdims)


def mean(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Arithmetic mean over `axis` (one, several, or all); integers and bools are
    averaged as float32.
    """
    x = as_tensor(x)
    return _reduce("mean", x if x.dtype in FLOATS else x.astype("float32"), axis, keepdims)


def max(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Largest value over `axis`; NaN if there is one. Equal elements share the gradient
    evenly.
    """
    return _reduce("max", as_tensor(x), axis, keepdims)


def min(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Smallest value over `axis`; NaN if there is one. Equal elements share the
    gradient evenly.
    """
    return _reduce("min", as_tensor(x), axis, keepdims)


def prod(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Product over `axis`. The gradient is right with zeros among the factors too; its
    own gradient is not defined there.
    """
    return _reduce("prod", as_tensor(x), axis, keepdims)


@composite(
    meaning=lambda x, axis=None, keepdims=False: np.any(x, axis, keepdims=keepdims),
    cases=lambda: _sample_truths(),
)
def any(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """True where some element along `axis` is true (not zero)."""
    return _reduce("max", as_tensor(x).astype("bool"), axis, keepdims)


@composite(
    meaning=lambda x, axis=None, keepdims=False: np.all(x, axis, keepdims=keepdims),
    cases=lambda: _sample_truths(),
)
def all(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """True where every element along `axis` is true (not zero)."""
    return _reduce("min", as_tensor(x).astype("bool"), axis, keepdims)


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """int32 index of the largest along `axis`, the first of equals; of the flattened x
    without an axis. NaN counts as largest.
    """
    return _arg(x, axis, keepdims, True)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """int32 index of the smallest along `axis`, the first of equals; of the flattened x
    without an axis. NaN counts as smallest.
    """
    return _arg(x, axis, keepdims, False)


def _arg(x: Any, axis: int | None, keepdims: bool, largest: bool) -> Any:
    x = as_tensor(x)
    if axis is None:
        y = ArgReduce(0, largest)(x.reshape((x.size,)))
        return y.reshape((1,) * x.ndim) if keepdims else y
    return ArgReduce(normalize_axis(axis, x.ndim), largest, keepdims)(x)


def _sample_truths() -> Iterator[Sample]:
    x = (np.random.default_rng(4).random((3, 4, 5)) < 0.3).astype(np.float32)
    yield Sample("all axes", (x,), {}, 0, 0)
    yield Sample("outer axes, kept", (x,), {"axis": (0, 2), "keepdims": True}, 0, 0)
    yield Sample("bool", (x[0] > 0,), {"axis": 1}, 0, 0)


def _sample_logits() -> Iterator[Sample]:
    x = np.random.default_rng(5).normal(size=(2, 3, 7)).astype(np.float32) * 5
    yield Sample("last axis", (x,), {"axis": -1})
    yield Sample("outer axes, kept", (x,), {"axis": (0, 2), "keepdims": True})
    yield Sample("of 1e4", (np.array([1e4, 9999, -1e4], np.float32),))


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    top = x.max()
    return np.log(np.exp(x - top).sum(axis, keepdims=keepdims)) + top


@composite(meaning=_logsumexp, cases=_sample_logits)
def logsumexp(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """log(sum(exp(x))) over `axis`, without overflow: the largest element is taken out
    first.
    """
    x = as_tensor(x)
    # a finite stand-in for an infinite maximum: x - inf would be nan where both are
    # infinite
    top = stop_gradient(max(x, axis, True)).clip_by_value(-3.4e38, 3.4e38)
    y = sum((x - top).exp(), axis, True).log() + top
    return y if keepdims else y.reshape(_reduced(x.shape, _axes(axis, x.ndim), False))
