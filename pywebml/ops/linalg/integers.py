"""Products of matrices of whole numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...device.kernels import kernel
from ...host.lazy import np

__all__ = ["IntegerMatMul"]


@register
@dataclass(frozen=True)
class IntegerMatMul(Op):
    """y = op(a) . op(b) of int32 or uint32, exact modulo 2^32: a [..., m, k], b
    [..., k, n] with equal leading dimensions. `transpose_a` and `transpose_b` as in
    MatMul.
    """

    transpose_a: bool = False
    transpose_b: bool = False

    def infer(self, a: Spec, b: Spec) -> Spec:
        if a.dtype not in ("int32", "uint32") or b.dtype != a.dtype:
            raise TypeError(
                f"matmul: a and b must both be int32 or uint32, got {a.dtype} and {b.dtype}; cast"
                " one of them"
            )
        m, k = a.shape[-2:][:: -1 if self.transpose_a else 1]
        inner, n = b.shape[-2:][:: -1 if self.transpose_b else 1]
        if k != inner or a.shape[:-2] != b.shape[:-2]:
            raise ValueError(
                f"matmul: inner dimensions must be equal, got {k} and {inner} (a {a.shape}, b"
                f" {b.shape})"
            )
        return Spec((*a.shape[:-2], m, n), a.dtype)

    def numpy(self, a: Any, b: Any) -> Any:
        a = a.swapaxes(-1, -2) if self.transpose_a else a
        b = b.swapaxes(-1, -2) if self.transpose_b else b
        return np.matmul(a, b)

    def gpu(self, k: Lowering) -> None:
        a, b = k.ins
        *lead, m, n = k.outs[0].shape
        depth, batches = a.shape[-2 if self.transpose_a else -1], math.prod(lead)
        params = pack("6I", m, n, depth, batches, int(self.transpose_a), int(self.transpose_b))
        tiles = batches * -(-m // 16) * -(-n // 16)
        program = kernel("dense/integers", "integers")
        k.launch_flat(program, [a, b, k.outs[0]], params, 256 * tiles, 256)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return None, None

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 2 * outs[0].size * ins[0].shape[-2 if self.transpose_a else -1]

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(0)

        def drawn(*shape: int) -> Any:
            return random.integers(-(2**31), 2**31, shape).astype(np.int32)

        yield Case("2x3x4, wrapping", cls(), (drawn(2, 3), drawn(3, 4)), 0, 0)
        yield Case("17x33x18, two", cls(), (drawn(2, 17, 33), drawn(2, 33, 18)), 0, 0)
        yield Case("A^T.B^T", cls(True, True), (drawn(5, 19), drawn(3, 5)), 0, 0)
        unsigned = drawn(3, 3).view(np.uint32)
        yield Case("uint32", cls(), (unsigned, unsigned), 0, 0)
