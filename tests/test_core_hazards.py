"""Where the core could go wrong quietly: aliases, reused memory, types that compare equal, recordings within recordings."""

from __future__ import annotations

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops

# types of elementwise operands


def test_a_python_int_and_a_float_of_one_value_are_different_constants(host: str) -> None:
    assert (pw.tensor([0, 1, 2]) < 1).tolist() == [True, False, False]
    assert (pw.tensor([0, 1, 2, 3, 4]) < 1.0).tolist() == [True, False, False, False, False]
    assert (pw.tensor([1, 2]) * 1).dtype == "int32" and (pw.tensor([1, 2]) * 1.0).dtype == "float32"


def test_bools_and_unsigned_integers_meet_python_numbers(host: str) -> None:
    flags, counts = pw.tensor([True, False]), pw.tensor([1, 2], dtype="uint32")
    assert (flags * -1).tolist() == [-1, 0]
    assert (flags < -1).tolist() == [False, False]
    assert (counts * -1).tolist() == [-1, -2] and (counts * 3).dtype == "uint32"
    assert (-counts).tolist() == [-1, -2]
    assert ops.sign(counts).tolist() == [1, 1]
    with pytest.raises(ValueError, match="3000000000 does not fit int32"):
        _ = pw.tensor([1, 2]) + 3_000_000_000
    assert (counts + 3_000_000_000).tolist() == [3_000_000_001, 3_000_000_002]


def test_bools_stay_bools_inside_a_chain(host: str) -> None:
    a, b = pw.tensor([True, False]), pw.tensor([True, True])
    assert pw.capture(lambda a, b: ops.abs(a - b) * 0.5)(a, b).tolist() == [0, 0.5]
    assert ops.where(pw.tensor([True, False]), a, b).tolist() == [True, True]
    assert ops.where(pw.tensor([True, False]), a, b).dtype == "bool"


def test_floats_too_large_for_an_integer_become_the_nearest_that_fits(host: str) -> None:
    x = pw.tensor([3e9, -3e9, -1.5, float("inf")])
    assert x.astype("int32").tolist() == [2**31 - 128, -(2**31), -1, 2**31 - 128]
    assert pw.tensor([5e9, -1.5, 3e9]).astype("uint32").tolist() == [2**32 - 256, 0, 3_000_000_000]


def test_powers_of_zero_have_slopes(host: str) -> None:
    x = pw.tensor([0.0, 2.0])
    assert pw.grad(lambda x: (x**0).sum())(x).tolist() == [0, 0]
    zero = pw.tensor([0.0, 0.0])
    assert pw.grad(lambda x: (x**zero).sum())(x).tolist() == [0, 0]
    np.testing.assert_allclose(pw.grad(lambda b: (x**b).sum())(pw.tensor([2.0, 2.0])).numpy(), [0, 4 * np.log(2)], rtol=1e-5)


# gradients


def test_what_is_watched_may_itself_be_the_value(host: str) -> None:
    assert pw.grad(lambda x: x)(pw.tensor(3.0)).tolist() == 1
    v = pw.Variable(2.0)
    value, (slope,) = pw.variable_grads(lambda: v, [v])
    assert (value.item(), slope.item()) == (2, 1)
    assert pw.grad(lambda x: pw.grad(lambda y: y)(x) * x)(pw.tensor(3.0)).tolist() == 1


def test_a_variable_listed_twice_gets_its_gradient_twice(host: str) -> None:
    v = pw.Variable([2.0])
    assert [g.tolist() for g in pw.variable_grads(lambda: (v * v).sum(), [v, v])[1]] == [[4], [4]]
    x = pw.tensor([3.0])
    assert [g.tolist() for g in pw.grad(lambda a, b: (a * a * b).sum(), (0, 1))(x, x)] == [[18], [9]]


def test_integers_have_no_gradient() -> None:
    with pytest.raises(TypeError, match=r"float32 tensors, got int32 \(2,\)"):
        pw.grad(lambda x: (x * 1.0).sum())(pw.tensor([1, 2]))


def test_closed_tapes_are_history(host: str) -> None:
    """A state carried from step to step leads back neither to overwritten variables nor to the results of all steps before."""
    w = pw.Variable([0.5])
    state = [pw.tensor([1.0])]

    def loss() -> pw.Tensor:
        state[0] = w * state[0]
        return state[0].sum()

    want_w, want_state = 0.5, 1.0
    for _ in range(4):
        value, (g,) = pw.variable_grads(loss, [w])
        w.assign(w - g * 0.1)
        slope, want_state = want_state, want_w * want_state
        want_w -= 0.1 * slope
        np.testing.assert_allclose([value.item(), w.numpy()[0]], [want_state, want_w], rtol=1e-5)


def test_a_kept_loss_keeps_no_activations(host: str) -> None:
    w = pw.Variable(np.ones(1000, np.float32))
    before = pw.memory()["bytes"]
    losses = [pw.variable_grads(lambda: ops.exp(w * 0.1).sum(), [w])[0] for _ in range(5)]
    assert pw.memory()["bytes"] - before == 4 * len(losses)


def test_a_constant_overwritten_before_its_gradient_is_refused(host: str) -> None:
    w, scale = pw.Variable([1.0]), pw.Variable([3.0], trainable=False)

    def loss() -> pw.Tensor:
        value = (w * scale).sum()
        scale.assign([100.0])
        return value

    with pytest.raises(RuntimeError, match="overwritten between mul and its gradient"):
        pw.variable_grads(loss, [w])
