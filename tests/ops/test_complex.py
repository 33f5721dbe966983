"""complex64: in and out, arithmetic, moves, gradients, and what refuses it; on every
host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numeric import differences

import pywebml as pw
from pywebml import ops
from pywebml.core.op import REGISTRY, Op
from pywebml.core.spec import Spec
from pywebml.ops.complex_numbers import ARITHMETIC

RANDOM = np.random.default_rng(0)


def drawn(*shape: int) -> Any:
    return (RANDOM.normal(size=shape) + 1j * RANDOM.normal(size=shape)).astype(np.complex64)


Z, W = drawn(3, 4), drawn(3, 4)


@pytest.mark.parametrize(
    "data",
    [1 + 2j, [1j, 2], [[1 + 2j, 3.5]], Z, Z.T, np.complex128(2 - 1j), [np.complex64(1j), True]],
)
def test_in_and_out(host: str, data: Any) -> None:
    t = pw.tensor(data)
    want = np.asarray(data, np.complex64)
    assert t.dtype == "complex64" and t.shape == want.shape
    assert t.numpy().dtype == np.complex64 and t.tolist() == want.tolist()
    np.testing.assert_array_equal(t.numpy(), want)
    pairs = np.asarray(t.data_sync()).reshape(*want.shape, 2)
    np.testing.assert_array_equal(pairs, np.stack([want.real, want.imag], -1))
    assert pw.tensor([t, t]).shape == (2, *want.shape)


def test_one_number_and_what_shows_it() -> None:
    assert pw.tensor(1 + 2j).item() == 1 + 2j
    assert "1.+2.j" in repr(pw.tensor([1 + 2j])) and "complex64" in repr(pw.tensor([1j]))
    assert pw.tensor([1, 2], dtype="complex64").tolist() == [1, 2]
    v = pw.Variable([1j])
    v.assign(v * 2j)
    assert v.tolist() == [-2]
    with pytest.raises(TypeError, match="complex numbers do not fit float32"):
        pw.tensor([1j], dtype="float32")
    with pytest.raises(TypeError, match="complex numbers do not fit int32"):
        pw.tensor(Z, dtype="int32")


CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    # f(ops or NumPy, z, w)
    "add": lambda o, z, w: z + w, "sub": lambda o, z, w: z - w, "mul": lambda o, z, w: z * w,
    "div": lambda o, z, w: z / w, "neg": lambda o, z, w: -z, "abs": lambda o, z, w: abs(z),
    "square": lambda o, z, w: o.square(z), "reciprocal": lambda o, z, w: o.reciprocal(z),
    "numbers": lambda o, z, w: 2 * z - 1j + z * (1 + 1j) - 1 / z + z / 3.0,
    "broadcast": lambda o, z, w: z * w[0] + w[:, :1], "conj": lambda o, z, w: o.conj(z),
    "real": lambda o, z, w: o.real(z), "imag": lambda o, z, w: o.imag(z),
    "equal": lambda o, z, w: z == z * 1, "not_equal": lambda o, z, w: z != w,
    "where": lambda o, z, w: o.where(abs(z) > 1, z, w),
    "sum": lambda o, z, w: z.sum(0), "mean": lambda o, z, w: z.mean(), "T": lambda o, z, w: z.T,
    "slice": lambda o, z, w: z[1:, ::-1], "item": lambda o, z, w: z[2, 1],
    "adjoint": lambda o, z, w: o.conj(z).T if o is np else o.transpose(z, conjugate=True),
    "reshape": lambda o, z, w: z.reshape(2, 6), "flip": lambda o, z, w: o.flip(z, 1),
    "stack": lambda o, z, w: o.stack([z, w], 1), "tile": lambda o, z, w: o.tile(z, (2, 1)),
    "concat": lambda o, z, w: o.concat([z, w], 1),
    "pad": lambda o, z, w: o.pad(z, [(1, 0), (0, 2)]),
    "broadcast_to": lambda o, z, w: o.broadcast_to(z[:1], (3, 4)),
    "einsum": lambda o, z, w: o.einsum("ij,kj->ki", z, w),
    "trace": lambda o, z, w: o.einsum("ii", z[:, :3]),
    "matmul": lambda o, z, w: o.matmul(z, w.T), "ones_like": lambda o, z, w: o.ones_like(z),
    "zeros_like": lambda o, z, w: o.zeros_like(z), "squeeze": lambda o, z, w: o.squeeze(z[:1]),
    "expand_dims": lambda o, z, w: o.expand_dims(z, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_means_what_numpy_means(host: str, name: str) -> None:
    call = CALLS[name]
    want = np.asarray(call(np, Z, W))
    for got in (
        call(ops, pw.tensor(Z), pw.tensor(W)),
        pw.capture(lambda z, w: call(ops, z, w))(Z, W),
    ):
        assert got.dtype == str(want.dtype)
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-5, atol=1e-6)


def test_with_real_tensors(host: str) -> None:
    x = pw.tensor([1.0, 2.0])
    assert (x * pw.tensor([1j, 1 + 1j])).tolist() == [1j, 2 + 2j]
    assert (x + pw.tensor([1j, 1 + 1j])).tolist() == [1 + 1j, 3 + 1j]
    assert (x * 1j).tolist() == [1j, 2j] and (1j - x).tolist() == [-1 + 1j, -2 + 1j]
    assert x.cast("complex64").dtype == "complex64" and pw.tensor([3 - 1j]).cast(
        "int32"
    ).tolist() == [3]
    assert ops.complex(x, [3, 4]).tolist() == [1 + 3j, 2 + 4j]
    assert ops.real(x).tolist() == [1, 2] and ops.imag(x).tolist() == [0, 0]
    assert pw.ones((2,), "complex64").tolist() == [1, 1]
    assert pw.fill((1,), 2.5, "complex64").tolist() == [2.5]
    assert pw.tensor(Z).gather([2, 0]).numpy().tolist() == Z[[2, 0]].tolist()


def test_norms_and_what_has_none(host: str) -> None:
    np.testing.assert_allclose(ops.norm(Z).numpy(), np.linalg.norm(Z), rtol=1e-5)
    np.testing.assert_allclose(ops.norm(Z, 1, 0).numpy(), np.linalg.norm(Z, 1, 0), rtol=1e-5)
    with pytest.raises(TypeError, match="moments takes no complex64"):
        ops.moments(Z)


def test_large_and_small_ones(host: str) -> None:
    assert abs(pw.tensor([3e30 + 4e30j, 3e-30 + 4e-30j, 0])).numpy() == pytest.approx(
        [5e30, 5e-30, 0]
    )
    np.testing.assert_allclose(
        (pw.tensor([1e30 + 1e30j]) / pw.tensor([1e30 + 0j])).numpy(), [1 + 1j]
    )


WITH_GRADIENTS = (
    "mul div abs square broadcast conj sum T slice stack concat pad tile matmul where numbers"
)


@pytest.mark.parametrize("name", WITH_GRADIENTS.split())
def test_gradients_are_those_of_the_parts(host: str, name: str) -> None:
    """d/d real + i d/d imaginary of a real loss, as in PyTorch."""
    call = CALLS[name]
    weights = drawn(*np.shape(call(np, Z, W)))

    def loss(pairs: Any) -> float:
        y = call(np, pairs[..., 0] + 1j * pairs[..., 1], W.astype(np.complex128))
        return float((y * weights).real.sum())

    slope = differences(loss, np.stack([Z.real, Z.imag], -1).astype(np.float64))
    got = pw.grad(lambda z: ops.real(call(ops, z, pw.tensor(W)) * weights).sum())(
        pw.tensor(Z)
    ).numpy()
    np.testing.assert_allclose(got, slope[..., 0] + 1j * slope[..., 1], rtol=2e-3, atol=2e-3)


def test_gradients_of_gathered_rows(host: str) -> None:
    got = pw.grad(lambda z: ops.real(z.gather([2, 2, 0]) * (1 - 2j)).sum())(
        pw.tensor(Z[:, :1])
    ).numpy()
    np.testing.assert_allclose(got, np.array([[1], [0], [2]]) * (1 + 2j))


def test_every_other_op_refuses_them_in_one_sentence() -> None:
    """Those that say so (`complexes`) have been tried above; the others are asked."""
    assert {name for name, op in REGISTRY.items() if op.complexes} == {
        "AsComplex", "AsPairs", "Assign", "BroadcastTo", "Concat", "DynamicPlace", "DynamicSlice",
        "FFT", "Flip", "Frames", "Gather", "IRFFT", "Pad", "RFFT", "Reshape", "Slice",
        "StridedPlace", "StridedSlice", "Transpose",
    }  # fmt: skip
    asked = 0
    for op in REGISTRY.values():
        case = next(iter(op.cases()))
        if op.complexes or not case.inputs:
            continue
        specs = [Spec(np.shape(x), "complex64") for x in case.inputs]
        with pytest.raises(TypeError, match=r"takes no complex64; give it the parts"):
            case.op.outputs(*specs)
        asked += 1
    assert asked > 40
    assert issubclass(Op, object) and not Op.complexes


@pytest.mark.parametrize("name", ["exp", "max", "softmax", "less", "prod", "sqrt", "argmax"])
def test_refusals_name_the_function(name: str) -> None:
    z = pw.tensor([1 + 1j, 2])
    with pytest.raises(TypeError, match="takes no complex64"):
        getattr(ops, name)(*([z, z] if name == "less" else [z]))
    assert name not in ARITHMETIC


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.complex([1.0], [1.0, 2.0]), "must have one shape"),
        (lambda: ops.complex([1j], [1.0]), "must be real numbers"),
        (lambda: ops.pad([1j], [(1, 1)], constant_value=2), "complex64 is padded with 0 alone"),
        (lambda: pw.tensor([1j]).cast("complex128"), "cast to 'complex128'; expected"),
        (lambda: float(pw.tensor(1j)), "complex"),
    ],
)  # fmt: skip
def test_sentences(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        call()
