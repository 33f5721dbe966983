"""Systems of linear equations, inverses and determinants. On a GPU a workgroup has a
matrix to itself, so these are made for many small ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...core.composite import Sample, composite
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import kernel
from ...host.lazy import np
from ..creation import eye
from .matmul import MatMul, batched
from .structure import band_part, check_matrices, turned

__all__ = ["Det", "Solve", "TriangularSolve", "det", "inv", "solve", "solve_triangular"]

_SINGULAR = "a singular matrix, or one with NaN or infinity, gives NaN or infinity"


def _solved(what: str, a: Spec, b: Spec) -> Spec:
    check_matrices(what, a, square=True)
    check_matrices(what, b)
    if a.shape[:-1] != b.shape[:-1]:
        raise ValueError(
            f"{what}: b must be [..., n, columns] for a [..., n, n], got {b.shape} for {a.shape}"
        )
    return b


def _one_by_one(f: Callable[..., Any], wrong: Any, *arrays: Any) -> Any:
    """f(*arrays), or where a matrix is singular, f of each, `wrong` for those."""
    try:
        return f(*arrays)
    except np.linalg.LinAlgError:
        if arrays[0].ndim == 2:
            return wrong
        return np.stack([_one_by_one(f, wrong, *each) for each in zip(*arrays, strict=True)])


@register
@dataclass(frozen=True)
class TriangularSolve(Op):
    """x with op(a) . x = b, op(a) = a or with `transposed` a^T: a [..., n, n], of which
    the `lower` half counts or the upper one, b and x [..., n, columns].
    """

    lower: bool = True
    transposed: bool = False
    not_finite = "a 0 on the diagonal, NaN or infinity give NaN or infinity"
    not_finite_inputs = ()

    def infer(self, a: Spec, b: Spec) -> Spec:
        return _solved("solve_triangular", a, b)

    def numpy(self, a: Any, b: Any) -> Any:
        a = np.swapaxes(a, -1, -2) if self.transposed else a
        x, n = b.copy(), a.shape[-1]
        forward = self.lower != self.transposed
        for i in range(n) if forward else reversed(range(n)):
            known = slice(0, i) if forward else slice(i + 1, n)
            x[..., i, :] -= np.matmul(a[..., i : i + 1, known], x[..., known, :])[..., 0, :]
            x[..., i, :] /= a[..., i, i, None]
        return x

    def gpu(self, k: Lowering) -> None:
        *lead, n, columns = k.ins[1].shape
        count = math.prod(lead) * columns
        params = pack("5I", n, columns, count, int(self.lower), int(self.transposed))
        program = kernel("linalg/triangular", "triangular")
        k.launch_flat(program, [*k.ins, *k.outs], params, count)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        to_b = replace(self, transposed=not self.transposed)(ins[0], grads[0])
        pair = (outs[0], to_b) if self.transposed else (to_b, outs[0])
        half = (-1, 0) if self.lower else (0, -1)
        return band_part(-MatMul(False, True)(*pair), *half), to_b

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(2)
        for lower, transposed in [(True, False), (True, True), (False, False), (False, True)]:
            a = random.standard_normal((2, 9, 9), np.float32) / 3 + 2 * np.eye(9, dtype=np.float32)
            b = random.standard_normal((2, 9, 3), np.float32)
            yield Case(f"{lower=} {transposed=}", cls(lower, transposed), (a, b), 1e-4)
        yield Case("1 x 1", cls(), (np.array([[4]], np.float32), np.array([[2]], np.float32)))


@register
@dataclass(frozen=True)
class Solve(Op):
    """x with a . x = b: a [..., n, n], b and x [..., n, columns], by elimination with
    partial pivoting.
    """

    not_finite = _SINGULAR
    not_finite_inputs = ()

    def infer(self, a: Spec, b: Spec) -> Spec:
        return _solved("solve", a, b)

    def numpy(self, a: Any, b: Any) -> Any:
        return _one_by_one(np.linalg.solve, np.full_like(b[(0,) * (b.ndim - 2)], np.nan), a, b)

    def gpu(self, k: Lowering) -> None:
        *lead, n, columns = k.ins[1].shape
        _eliminate(k, [k.ins[0], k.ins[1]], math.prod(lead), n, columns)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        to_b = Solve()(turned(ins[0]), grads[0])
        return -MatMul(False, True)(to_b, outs[0]), to_b

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(3)
        for shape, columns in [((1, 1), 1), ((2, 5, 5), 3), ((40, 40), 2)]:
            a = random.standard_normal(shape, np.float32) + 3 * np.eye(shape[-1], dtype=np.float32)
            b = random.standard_normal((*shape[:-1], columns), np.float32)
            yield Case(f"{shape}", cls(), (a, b), 1e-4, 1e-3)
        rows = np.array([[0, 2, 1], [1, 0, 0], [3, 1, 0]], np.float32)
        yield Case("rows out of order", cls(), (rows, np.eye(3, dtype=np.float32)))


@register
@dataclass(frozen=True)
class Det(Op):
    """The determinants [...] of a [..., n, n]."""

    not_finite = "NaN or infinity give NaN or infinity"
    not_finite_inputs = ()

    def infer(self, a: Spec) -> Spec:
        check_matrices("det", a, square=True)
        return Spec(a.shape[:-2])

    def numpy(self, a: Any) -> Any:
        return np.linalg.det(a)

    def gpu(self, k: Lowering) -> None:
        *lead, n, _ = k.ins[0].shape
        _eliminate(k, [k.ins[0], k.ins[0]], math.prod(lead), n, 0)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        factor = (grads[0] * outs[0]).reshape(*outs[0].shape, 1, 1)
        return (turned(inv(ins[0])) * factor,)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(4)
        for shape in [(1, 1), (3, 4, 4), (2, 1, 7, 7)]:
            yield Case(f"{shape}", cls(), (random.standard_normal(shape, np.float32),), 1e-4)
        yield Case("of rank 1", cls(), (np.ones((2, 2), np.float32),), 1e-6)


def _eliminate(k: Lowering, ins: Sequence[Any], batches: int, n: int, columns: int) -> None:
    program = kernel("linalg/eliminate", "eliminate", SOLVE=float(columns > 0))
    slots = [*ins, k.scratch((batches, n, n)), k.outs[0]]
    k.launch_flat(program, slots, pack("3I", n, columns, batches), 256 * batches, 256)


def _right_hand(op: Op, a: Any, b: Any) -> Any:
    """b may be one vector, or have other leading dimensions."""
    a, b = as_tensor(a), as_tensor(b)
    if b.ndim == 1:
        return _right_hand(op, a, b.reshape(-1, 1)).reshape(*a.shape[:-1])
    return op(*batched(a, b))


def _sample_systems() -> list[Sample]:
    random = np.random.default_rng(5)
    a = random.standard_normal((2, 4, 4), np.float32) + 3 * np.eye(4, dtype=np.float32)
    b = random.standard_normal((4, 3), np.float32)
    return [
        Sample("one b for all", (a, b), {}, 1e-4),
        Sample("a vector", (a[0], b[:, 0]), {}, 1e-4),
    ]


def solve(a: Any, b: Any) -> Tensor:
    """x with a . x = b: a [..., n, n], b [..., n, columns] or a vector [n], leading
    dimensions broadcast; by elimination with partial pivoting. (numpy.linalg.solve)

    A singular matrix gives NaN or infinity. ValueError for shapes that do not fit,
    TypeError unless both are float32.

    Example:
        >>> ops.linalg.solve([[2.0, 1.0], [1.0, 3.0]], [3.0, 5.0]).numpy()
        array([0.8, 1.4], dtype=float32)
    """
    return _right_hand(Solve(), a, b)


def _triangular(a: Any, b: Any, lower: bool = False) -> Any:
    return np.linalg.solve(np.tril(a) if lower else np.triu(a), b)


@composite(meaning=_triangular, cases=_sample_systems, finite=True)
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Tensor:
    """x with a . x = b for the upper half of a, or the `lower` one; the other half is
    not read. Shapes as in `solve`. (scipy.linalg.solve_triangular)

    Example:
        >>> a = [[2.0, 0.0], [1.0, 4.0]]
        >>> ops.linalg.solve_triangular(a, [2.0, 9.0], lower=True).tolist()
        [1.0, 2.0]
    """
    return _right_hand(TriangularSolve(lower), a, b)


@composite(
    finite=True,
    meaning=lambda a: np.linalg.inv(a),
    cases=lambda: [sample._replace(inputs=sample.inputs[:1]) for sample in _sample_systems()],
)
def inv(a: Any) -> Tensor:
    """The inverses of a [..., n, n]. A singular matrix gives NaN or infinity; `solve`
    is faster and nearer where a product with the inverse is wanted.

    Example:
        >>> ops.linalg.inv([[2.0, 0.0], [0.0, 4.0]]).tolist()
        [[0.5, 0.0], [0.0, 0.25]]
    """
    a = as_tensor(a)
    check_matrices("inv", a.spec, square=True)
    return solve(a, eye(a.shape[-1]))


def det(a: Any) -> Tensor:
    """The determinants [...] of a [..., n, n]. Their gradient needs a to be regular.

    Example:
        >>> ops.linalg.det([[2.0, 0.0], [1.0, 3.0]]).item()
        6.0
    """
    return Det()(as_tensor(a))  # type: ignore[no-any-return]
