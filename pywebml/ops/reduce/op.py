"""Reductions over axes that stand side by side: sum, mean, max, min, prod."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.basic import fill
from ...core.calls import Calls
from ...core.fusion import Parted, SumsRows
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import FLOATS, WGSL_TYPE, Spec
from ...device.kernels import typed_kernel
from ...device.seam import Adapter
from ...host.lazy import np
from ..support.rows import SHARED, launch_rows
from ..support.xnnpack_calls import whole_average
from .forms import (
    KINDS,
    NAN,
    Reduction,
    around,
    check_axes,
    choose,
    chunks_of,
    of_nothing,
    reduced,
    width_of,
)


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
        if self.kind not in KINDS:
            raise ValueError(f"Reduce: kind must be one of {', '.join(KINDS)}, got {self.kind!r}")
        check_axes(self, self.axes, x)
        if self.kind == "mean" and x.dtype not in FLOATS:
            raise TypeError(f"mean: x must be float32 or float16, got {x.dtype}; cast it first")
        dtype = "int32" if x.dtype == "bool" and self.kind in ("sum", "prod") else x.dtype
        return Spec(reduced(x.shape, self.axes, self.keepdims), dtype)

    def rows_summed(self, x: Spec) -> int:
        """How many rows of the result's size this sums up, where it does nothing else:
        see `core.epilogues`.
        """
        outer, n, _ = around(x.shape, self.axes)
        return n if outer == 1 and self.kind == "sum" and x.dtype == "float32" else 0

    def in_parts(self, ins: Sequence[Spec], adapter: Adapter) -> Parted | None:
        if not self.rows_summed(*ins) or adapter.language == "numpy":
            return None
        _, n, inner = around(ins[0].shape, self.axes)
        form = choose(adapter, Reduction("sum", 1, n, inner))
        parts, chunk = chunks_of(form, 1, n, inner)
        return Parted(SumsOfRows(n, inner, chunk), parts, ins) if parts > 1 else None

    def numpy(self, x: Any) -> Any:
        if not x.size:
            shape = reduced(x.shape, self.axes, self.keepdims)
            return np.full(shape, of_nothing(self.kind, x.dtype.name), x.dtype)
        return getattr(np, self.kind)(x, axis=self.axes, keepdims=self.keepdims) if self.axes else x

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        if not x.size:
            fill(k, y, of_nothing(self.kind, x.dtype))
            return
        outer, n, inner = around(x.shape, self.axes)
        form = choose(k.adapter, Reduction(self.kind, outer, n, inner))
        chunks, chunk = chunks_of(form, outer, n, inner)
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

    def xnnpack(self, k: Calls) -> None:
        x = k.ins[0]
        if self.kind == "mean" and self.axes == (1, 2) and len(x.shape) == 4 and x.size:
            whole_average(k, x)

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
        code = KINDS.index(kind)
        width = width_of(inner)
        params = pack("6IfI", outer, n, inner, chunks, chunk, width, divisor, NAN)
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
        if x.dtype not in FLOATS:
            return (None,)
        ones = reduced(x.shape, self.axes, True)  # the reduced axes as 1

        def spread(t: Any) -> Any:
            return t.reshape(ones).broadcast_to(x.shape)

        if self.kind == "sum":
            return (spread(g),)
        if self.kind == "mean":
            return (spread(g * (1.0 / around(x.shape, self.axes)[1])),)
        if self.kind in ("max", "min"):
            winners = (x == spread(y)).astype("float32")
            return (winners * spread(g / Reduce("sum", self.axes)(winners).reshape(y.shape)),)
        return (_prod_gradient(x, g, self.axes, spread),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(1)
        for kind in KINDS:
            for shape, axes in [
                ((7,), (0,)), ((3, 5, 4), (1,)), ((2, 3, 5), (1, 2)), ((1, 4, 1, 3), (2,)),
                ((2, 300, 33), (1,)), ((4, 1), (0, 1)), ((2, 5, 7, 6), (1, 2)),
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
        for kind in KINDS:
            yield Case(f"{kind} of nothing", cls(kind, (1,)), (np.zeros((3, 0), np.float32),))
        yield Case("sum bool", cls("sum", (0, 1)), (np.eye(5, 4, dtype=bool),), 0, 0)


@register
@dataclass(frozen=True)
class SumsOfRows(Op):
    """Sums over chunks of rows: float32 of n rows -> [chunks, columns]. What updates of
    parameters sum up further (`core.epilogues.fuse_row_sums`).
    """

    n: int
    columns: int
    chunk: int

    def infer(self, x: Spec) -> Spec:
        return Spec((-(-self.n // self.chunk), self.columns))

    def numpy(self, x: Any) -> Any:
        rows = x.reshape(self.n, self.columns)
        return np.add.reduceat(rows, np.arange(0, self.n, self.chunk))

    def gpu(self, k: Lowering) -> None:
        form = choose(k.adapter, Reduction("sum", 1, self.n, self.columns))
        chunks = k.outs[0].shape[0]
        dims = (1, self.n, self.columns)
        Reduce("sum", (0,)).launch(
            k, form, "sum", [k.ins[0], k.outs[0]], dims, chunks, self.chunk, self.n
        )

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(2)
        for n, columns, chunk in ((40, 3, 7), (300, 40, 64), (1000, 1, 100)):
            x = rng.standard_normal((n, columns), np.float32)
            yield Case(f"{n} x {columns} by {chunk}", cls(n, columns, chunk), (x,))


def _prod_gradient(x: Any, g: Any, axes: tuple[int, ...], spread: Any) -> Any:
    """y / x where no factor is zero; the product of the others at a single zero; 0
    where there are more zeros.
    """
    zero = (x == 0.0).astype("float32")
    safe = x + zero
    others = spread(g * Reduce("prod", axes)(safe).reshape(g.shape)) / safe
    zeros = spread(Reduce("sum", axes)(zero))
    return others * ((zeros == 0.0).astype("float32") + zero * (zeros == 1.0).astype("float32"))
