"""Matrix products with fused bias and activation: what dense layers, their gradients
and 1x1 convolutions are made of.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.basic import Fill
from ...core.calls import Calls
from ...core.composite import Sample, composite
from ...core.fusion import Activates, Joins, Parted, SumsRows
from ...core.lowering import Lowering, pack
from ...core.op import Case, register
from ...core.precision import half_sums
from ...core.spec import FLOATS, WGSL_TYPE, Spec
from ...core.tensor import Tensor, as_tensor
from ...device.seam import Adapter
from ...device.threads import spread
from ...host.lazy import np
from ..complex_numbers import is_complex
from ..complex_numbers import product as complex_product
from ..elementwise.instructions import broadcast_shapes, common_dtype
from ..shape.functions import broadcast_to
from ..support.activation import (
    FUSED,
    activate,
    activation_grad,
    check_activation,
    check_join,
    join_grad,
    joined,
)
from ..support.axes import ramp
from ..support.xnnpack_calls import product
from .integers import IntegerMatMul
from .matmul_forms import FORMS, Product, choose, program_of, split
from .samples import sample_products

__all__ = ["MatMul", "matmul"]

LARGE = 500_000
"""Multiplications of one matrix of many from which on XNNPACK is worth a call: its
threads take some 0.1 ms to start, in which NumPy does as much.
"""
_ROWS = 1 << 20  # products and sums that are worth a thread of their own (NumPy)


@register
@dataclass(frozen=True)
class MatMul(Activates, Joins, SumsRows):
    """y = activation(join(op(a) . op(b) + bias, other)), all float32 or all float16
    (summed in float32, and rounded once; with `half_sums` tiles may sum float16 in runs
    of that, see `core.precision`).

    Inputs: a [..., m, k] ([..., k, m] with `transpose_a`), b [..., k, n] ([..., n, k]
    with `transpose_b`), with equal leading dimensions, and optionally bias [n] as a
    third one. Output: [..., m, n]. All four combinations of transposes have kernels, so
    nothing is ever copied to transpose it: A.B and A.B^T carry activations and their
    gradients, A^T.B weight gradients.

    `activation` is None or one of `activations`. With a `join` a last input `other`, as
    large as the result, is joined to it: by 'add', 'relu_grad' or 'relu6_grad' (see ops
    of these names). A long k with few results is split over workgroups and summed in a
    fixed order.

    `heads` names what is laid out as attention has it, "a", "b" or "y" (with `other`):
    rows of all heads side by side, [..., rows, heads, columns] instead of [..., heads,
    rows, columns]. Nothing is copied for it either.

    A `chunk` leaves the sums over so much of k each apart: [parts, m, n], of two
    matrices without an epilogue. It is a multiple of what the kernel loads per step.

    Call it with tensors: `MatMul()(a, b)`, `MatMul(activation="relu")(x, w, bias)`. A
    1x1 convolution is the same on x reshaped to [pixels, channels], and its filter
    gradient `MatMul(transpose_a=True)(x, dy)`.

    ValueError for shapes that do not fit or an unknown activation; TypeError for other
    dtypes, or a mixture.
    """

    transpose_a: bool = False
    transpose_b: bool = False
    activation: str | None = None
    join: str | None = None
    half_sums: bool = False
    heads: str = ""
    chunk: int = 0

    activations = FUSED
    halves = True

    def __post_init__(self) -> None:
        check_activation("MatMul", self.activation)
        check_join("MatMul", self.join)
        if not set(self.heads) <= set("aby"):
            raise ValueError(f"MatMul: heads may name a, b and y, got {self.heads!r}")

    def _laid(self, which: str, shape: Sequence[int]) -> tuple[int, ...]:
        """A shape of a, b or y as [..., heads, rows, columns], or from that back."""
        if which not in self.heads:
            return tuple(shape)
        if len(shape) < 3:
            raise ValueError(
                f"MatMul: {which} [..., rows, heads, columns] expected, got {tuple(shape)}"
            )
        return (*shape[:-3], shape[-2], shape[-3], shape[-1])

    def _sizes(self, ins: Sequence[Any]) -> tuple[int, int, int, int]:
        """Batches, m, n, k."""
        a, b = self._laid("a", ins[0].shape), self._laid("b", ins[1].shape)
        m, k = (a[-1], a[-2]) if self.transpose_a else (a[-2], a[-1])
        return math.prod(a[:-2]), m, b[-2] if self.transpose_b else b[-1], k

    def infer(self, *ins: Spec) -> Spec:
        if self.join is not None and len(ins) > 2:
            out = dataclasses.replace(self, join=None).infer(*ins[:-1])
            if ins[-1] != out:
                raise ValueError(
                    f"MatMul: other must have the result's shape {out.shape}, got {ins[-1].dtype}"
                    f" {ins[-1].shape}"
                )
            return out
        if len(ins) not in (2, 3) or self.join is not None:
            raise TypeError(
                "MatMul takes a, b, optionally bias, and with a join another tensor, got"
                f" {len(ins)} inputs"
            )
        for name, spec in zip(("a", "b", "bias"), ins, strict=False):
            if spec.dtype not in FLOATS or spec.dtype != ins[0].dtype:
                dtype = ins[0].dtype if ins[0].dtype in FLOATS else " or ".join(FLOATS)
                raise TypeError(f"MatMul: {name} must be {dtype}, got {spec.dtype}; cast it first")
        a, b = self._laid("a", ins[0].shape), self._laid("b", ins[1].shape)
        if len(a) < 2 or len(b) < 2:
            raise ValueError(
                f"MatMul: a and b need at least 2 dimensions, got {a} and {b}; reshape a vector to"
                " one row or column"
            )
        if a[:-2] != b[:-2]:
            raise ValueError(
                f"MatMul: leading dimensions must be equal, got {a} and {b}; use broadcast_to or"
                " reshape first"
            )
        _, m, n, k = self._sizes(ins)
        if k != (inner := b[-1] if self.transpose_b else b[-2]):
            how = f"transpose_a={self.transpose_a}, transpose_b={self.transpose_b}"
            raise ValueError(
                f"MatMul: inner dimensions must be equal, got {k} and {inner} (a {a}, b {b}, {how})"
            )
        if k == 0 and len(ins) > 2:
            raise ValueError(f"MatMul: no columns to sum over in {a}, and a bias")
        if len(ins) == 3 and ins[2].shape != (n,):
            raise ValueError(
                f"MatMul: bias must have shape ({n},), one value a column of the result, got"
                f" {ins[2].shape}"
            )
        lead = (-(-k // self.chunk),) if self.chunk else a[:-2]
        return Spec(self._laid("y", (*lead, m, n)), ins[0].dtype)

    def _parts(self, ins: Sequence[Any]) -> tuple[Any, Any]:
        """Bias and other, None where there is none."""
        rest = list(ins[2:])
        other = rest.pop() if self.join is not None else None
        return (rest[0] if rest else None), other

    def in_parts(self, ins: Sequence[Spec], adapter: Adapter) -> Parted | None:
        plain = self == MatMul(self.transpose_a, self.transpose_b) and len(ins) == 2
        if not plain or len(ins[0].shape) > 2 or ins[0].dtype != "float32":
            return None
        _, m, n, k = self._sizes(ins)
        if adapter.language == "numpy" or not k:
            return None
        chunk = split(adapter, self._form(adapter, ins), 1, m, n, k)
        if chunk >= k:
            return None
        return Parted(dataclasses.replace(self, chunk=chunk), -(-k // chunk), ins)

    def _form(self, adapter: Adapter, ins: Sequence[Any]) -> str:
        """The kernel's, by the choice of the adapter."""
        batches, m, n, k = self._sizes(ins)
        lengths = (n, m if self.transpose_a else k, k if self.transpose_b else n)
        words = all(length % 4 == 0 for length in lengths)
        halves = ins[0].dtype == "float16"
        flags = (self.transpose_a, self.transpose_b, words, halves, halves and self.half_sums)
        return choose(adapter, Product(batches, m, n, k, *flags))

    def numpy(self, a: Any, b: Any, *rest: Any) -> Any:
        if self.chunk:
            whole = dataclasses.replace(self, chunk=0)
            axes = (0 if self.transpose_a else 1, 1 if self.transpose_b else 0)
            cuts = range(self.chunk, a.shape[axes[0]], self.chunk)
            parts = (np.split(x, list(cuts), axis) for x, axis in zip((a, b), axes, strict=True))
            return np.stack([whole.numpy(*pair) for pair in zip(*parts, strict=True)])
        if self.heads:
            more = list(rest)
            other = more.pop() if self.join else None
            a, b, other = (
                x.swapaxes(-3, -2) if x is not None and which in self.heads else x
                for which, x in (("a", a), ("b", b), ("y", other))
            )
            rest = (*more, other) if self.join else tuple(more)
            y = dataclasses.replace(self, heads="").numpy(a, b, *rest)
            return np.ascontiguousarray(y.swapaxes(-3, -2)) if "y" in self.heads else y
        a, b = (
            a.swapaxes(-1, -2) if self.transpose_a else a,
            (b.swapaxes(-1, -2) if self.transpose_b else b),
        )
        bias, other = self._parts((a, b, *rest))
        y = np.zeros((*a.shape[:-1], b.shape[-1]), a.dtype)
        if not y.size or not a.shape[-1]:
            return y

        def rows(start: int, stop: int) -> None:
            part = np.matmul(a[..., start:stop, :], b, out=y[..., start:stop, :])
            if bias is not None:
                part += bias
            activate(
                joined(part, self.join, None if other is None else other[..., start:stop, :]),
                self.activation,
            )

        spread(rows, y.shape[-2], 1 + _ROWS * y.shape[-2] // (y.size * a.shape[-1]))
        return y

    def gpu(self, k: Lowering) -> None:
        batches, m, n, depth = self._sizes(k.ins)
        if depth == 0:
            Fill(k.outs[0].shape, 0.0, 0.0, k.outs[0].dtype).gpu(k)
            return
        # lengths of the stored rows
        rows = (n, m if self.transpose_a else depth, depth if self.transpose_b else n)
        words = all(length % 4 == 0 for length in rows)
        in_halves = k.ins[0].dtype == "float16" and self.half_sums
        name = self._form(k.adapter, k.ins)
        form = FORMS[name]
        chunk = self.chunk or split(k.adapter, name, batches, m, n, depth)
        parts = -(-depth // chunk)
        words = words and form.entry != "narrow" and not (form.entry == "row" and self.transpose_a)
        a, b = k.ins[:2]
        bias, other = self._parts(k.ins)
        has_bias = bias is not None
        bias, other = bias or a, other or a
        apart = parts == 1 or self.chunk > 0
        sums = k.outs[0] if apart else k.scratch((parts, batches, m, n))
        whole = (self.activation, self.join)
        heads = self._heads(k.ins)
        program = program_of(
            name,
            words,
            (WGSL_TYPE[a.dtype], WGSL_TYPE[sums.dtype]),
            *(whole if parts == 1 else (None, None)),
            self.transpose_a,
            self.transpose_b,
            m == 1 and not self.transpose_b,
            in_halves,
            (*heads[:2], heads[2] if parts == 1 else 1),
        )
        params = pack("7I", m, n, depth, batches, parts, chunk, has_bias)
        threads = form.tiles(batches, m, n) * parts * form.threads
        group = 64 if name == "registers" else 256
        if form.tall or form.sharing:
            group = form.threads
        k.launch_flat(program, (a, b, bias, other, sums), params, threads, group)
        if not apart:
            program = program_of(
                "combine",
                words,
                (WGSL_TYPE[sums.dtype], WGSL_TYPE[a.dtype]),
                *whole,
                False,
                False,
                heads=(1, 1, heads[2]),
            )
            params = pack("7I", m, n, depth, batches, 1, parts, has_bias)
            k.launch_flat(
                program, (sums, sums, bias, other, k.outs[0]), params, batches * m * -(-n // 4)
            )

    def _heads(self, ins: Sequence[Any]) -> tuple[int, int, int]:
        """How many lie side by side in a, b and y."""
        if not self.heads:
            return 1, 1, 1
        count = self._laid("a", ins[0].shape)[-3]
        a, b, y = (count if which in self.heads else 1 for which in "aby")
        return a, b, y

    def xnnpack(self, k: Calls) -> None:
        batches, m, n, depth = self._sizes(k.ins)
        large = batches == 1 or m * n * depth >= LARGE
        if batches * m * n * depth and large and not self.chunk:
            product(k, k.ins[0], k.ins[1], *self._parts(k.ins), self)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        a, b = ins[:2]
        bias, other = self._parts(ins)
        g, to_other = join_grad(
            self.join, other, activation_grad(self.activation, outs[0], grads[0])
        )
        ta, tb = self.transpose_a, self.transpose_b
        da = self._with("bya", tb, True)(b, g) if ta else self._with("yba", False, not tb)(g, b)
        db = self._with("yab", True, ta)(g, a) if tb else self._with("ayb", not ta, False)(a, g)
        to_bias = [] if bias is None else [g.sum(axis=tuple(range(g.ndim - 1)))]
        return (da, db, *to_bias, to_other)[: len(ins)]

    def _with(self, roles: str, transpose_a: bool, transpose_b: bool) -> MatMul:
        """A product of what stands for a, b and y here, each with its heads."""
        pairs = zip(roles, "aby", strict=True)
        heads = "".join(there for here, there in pairs if here in self.heads)
        return MatMul(transpose_a, transpose_b, heads=heads)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        batches, m, n, k = self._sizes(ins)
        return 2 * batches * m * n * k

    @classmethod
    def cases(cls) -> Iterable[Case]:
        return sample_products(cls)


def batched(a: Any, b: Any) -> tuple[Any, Any]:
    """Both [..., rows, columns] with one shape of leading dimensions (NumPy's rule)."""
    lead = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return broadcast_to(a, (*lead, *a.shape[-2:])), broadcast_to(b, (*lead, *b.shape[-2:]))


@composite(
    meaning=lambda a, b, transpose_a=False, transpose_b=False: np.matmul(
        np.swapaxes(a, -1, -2) if transpose_a else a, np.swapaxes(b, -1, -2) if transpose_b else b
    ),
    cases=lambda: [
        Sample("one b for all", (ramp((2, 2, 3)), ramp((3, 4)))),
        Sample("broadcast", (ramp((2, 1, 2, 3)), ramp((3, 4, 3))), {"transpose_b": True}),
        Sample("a row and a matrix", (ramp((3,)), ramp((3, 2)))),
        Sample("two vectors", (ramp((3,)), ramp((3,)))),
    ],
)
def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    """The matrix product of a [..., m, k] and b [..., k, n]: [..., m, n].

    Leading dimensions are broadcast. A vector is a row as a and a column as b, and the
    result has no such axis. `transpose_a`: a is stored as [..., k, m]; `transpose_b`: b
    is stored as [..., n, k]. Dtypes meet as in `mul`: integers stay integers (exact
    modulo 2^32, bools count), with floats they become such. ValueError for shapes that
    do not fit.

    Example:
        >>> ops.matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
        [[11.0]]
        >>> ops.matmul(ops.ones((7, 2, 3)), ops.ones((4, 3)), transpose_b=True).shape
        (7, 2, 4)
        >>> ops.matmul([[1, 2], [3, 4]], [1, 1]).tolist()
        [3, 7]
    """
    a, b = as_tensor(a), as_tensor(b)
    if a.ndim == 1 and b.ndim:
        y = matmul(a.reshape(1, -1), b, False, transpose_b)
        return y.reshape(y.shape[1:] if b.ndim == 1 else (*y.shape[:-2], y.shape[-1]))
    if b.ndim == 1 and a.ndim:
        y = matmul(a, b.reshape(-1, 1), transpose_a)
        return y.reshape(y.shape[:-1])
    if is_complex(a) or is_complex(b):
        return complex_product(a, b, transpose_a, transpose_b)  # type: ignore[no-any-return]
    dtype = common_dtype((a.dtype, b.dtype))
    dtype = "int32" if dtype == "bool" else dtype
    a, b = a.astype(dtype), b.astype(dtype)
    if b.ndim == 2 and a.ndim > 2 and not transpose_a:
        y = matmul(a.reshape(-1, a.shape[-1]), b, transpose_b=transpose_b)
        return y.reshape(*a.shape[:-1], y.shape[-1])
    if a.ndim >= 2 and b.ndim >= 2:
        a, b = batched(a, b)
    if dtype not in FLOATS and a.ndim >= 2 and b.ndim >= 2:
        return IntegerMatMul(transpose_a, transpose_b)(a, b)  # type: ignore[no-any-return]
    return MatMul(transpose_a, transpose_b, half_sums=half_sums(dtype))(a, b)  # type: ignore[no-any-return]
