"""Dense layers whose weights stay in bytes on the device: a quarter of the memory, and
of what a product with few rows reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...core.choices import Choice
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import kernel
from ...device.seam import Adapter
from ...host.lazy import np
from ..support.activation import CODES, activate, check_activation
from ..support.rows import SHARED, lanes, row_text, shared_forms, usual

__all__ = ["BytesDense", "bytes_dense"]

_FEW = 4096  # results, up to which several invocations share one
_LONGEST = 48 << 10  # k for one invocation


class _Shape(NamedTuple):
    m: int
    n: int
    k: int


def _candidates(adapter: Adapter, shape: _Shape) -> list[str]:
    alone = ["thread", "tiles"] if shape.k <= _LONGEST else []
    return [*alone, *shared_forms(adapter)]


def _rule(adapter: Adapter, shape: _Shape) -> str:
    alone = shape.k <= _LONGEST
    if alone and (adapter.software or shape.m * shape.n > _FEW):
        return "tiles" if shape.m > 1 else "thread"
    return usual(adapter, shape.k // 4)


_choose = Choice("bytes_dense", ("dense/bytes",), _candidates, _rule)


@register
@dataclass(frozen=True)
class BytesDense(Op):
    """y = activation(x . w^T + bias) with w = bytes * scale + low, row by row: x [m,
    k], bytes uint8 [n, k rounded up to fours], scale, low and bias float32 [n] -> [m,
    n].

    For inference: it has no gradient. TypeError for other dtypes, ValueError for shapes
    that do not fit or an unknown activation.
    """

    activation: str | None = None

    def __post_init__(self) -> None:
        check_activation("bytes_dense", self.activation)

    def infer(self, x: Spec, data: Spec, scale: Spec, low: Spec, bias: Spec) -> Spec:
        if data.dtype != "uint8" or {s.dtype for s in (x, scale, low, bias)} != {"float32"}:
            raise TypeError(
                "bytes_dense: weights must be uint8 and the rest float32, got"
                f" {[s.dtype for s in (x, data, scale, low, bias)]}"
            )
        if len(x.shape) != 2 or len(data.shape) != 2 or data.shape[1] != -(-x.shape[1] // 4) * 4:
            raise ValueError(
                "bytes_dense: x [m, k] and weights [n, k rounded up to a multiple of 4] expected,"
                f" got {x.shape} and {data.shape}"
            )
        n = data.shape[0]
        if {scale.shape, low.shape, bias.shape} != {(n,)}:
            raise ValueError(
                f"bytes_dense: scale, low and bias must have shape ({n},), got {scale.shape},"
                f" {low.shape} and {bias.shape}"
            )
        return Spec((x.shape[0], n))

    def numpy(self, x: Any, data: Any, scale: Any, low: Any, bias: Any) -> Any:
        weights = data[:, : x.shape[1]].astype(x.dtype) * scale[:, None] + low[:, None]
        return activate(x @ weights.T + bias, self.activation)

    def gpu(self, k: Lowering) -> None:
        (m, n), depth = k.outs[0].shape, k.ins[0].shape[1]
        params = pack("4I", m, n, depth, -(-depth // 4))
        slots = [*k.ins, k.outs[0]]
        form = _choose(k.adapter, _Shape(m, n, depth))
        code = {"ACTIVATION": CODES[self.activation]}
        if form == "tiles":
            program = kernel("dense/bytes", "tiles", ("rows/thread",), **code)
            k.launch_flat(program, slots, params, -(-m // 4) * -(-n // 4))
            return
        shared = lanes(form)
        sizes = {} if form == "thread" else {"LANES": shared}
        program = kernel("dense/bytes", "row", (row_text(form),), **code, **sizes)
        k.launch_flat(program, slots, params, m * n * shared, 64 if form == "thread" else shared)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 2 * outs[0].size * ins[0].shape[1]

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(0)

        def inputs(m: int, k: int, n: int) -> tuple[Any, ...]:
            floats = [rng.normal(size=size).astype(np.float32) for size in ((m, k), n, n)]
            data = rng.integers(0, 256, (n, -(-k // 4) * 4), dtype=np.uint8)
            scale = rng.uniform(0.001, 0.01, n).astype(np.float32)
            return floats[0], data, scale, floats[1], floats[2]

        for m, k, n in ((1, 8, 4), (1, 37, 5), (7, 3, 2), (6, 65, 18), (1, 1280, 9)):
            for form in ("", "thread", "tiles", *SHARED):
                forms = (("bytes_dense", form),) if form else ()
                name = f"{m}x{k}x{n}" + (f", {form}" if form else "")
                yield Case(name, cls(), inputs(m, k, n), 1e-4, 1e-4, forms)
        for activation in CODES:
            yield Case(f"{activation}", cls(activation), inputs(5, 12, 6), 1e-4, 1e-4)


def bytes_dense(
    x: Any, weights: Any, scale: Any, low: Any, bias: Any, *, activation: str | None = None
) -> Tensor:
    """activation(x . w^T + bias) over the last axis with w = weights * scale + low, a
    number of each for every row: x [..., k], weights uint8 [n, k rounded up to a
    multiple of 4], scale, low and bias [n] -> [..., n]. The bytes are read as they are;
    nothing of w's size is made on a GPU.

    It has no gradient. TypeError for other dtypes; ValueError for shapes that do not
    fit.

    Example:
        >>> weights = np.array([[0, 1, 2, 0], [255, 0, 0, 0]], np.uint8)
        >>> scale, low, bias = [0.5, 1.0], [0.0, -1.0], [0.0, 10.0]
        >>> ops.bytes_dense([[1.0, 1.0, 1.0]], weights, scale, low, bias).tolist()
        [[1.5, 262.0]]
    """
    x, weights = as_tensor(x), as_tensor(weights, "uint8")
    rest = (as_tensor(each) for each in (scale, low, bias))
    y = BytesDense(activation)(x.reshape(-1, x.shape[-1]), weights, *rest)
    return y.reshape(*x.shape[:-1], weights.shape[0])
