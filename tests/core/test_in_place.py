"""Chains that write what they read: whatever order a function reads and assigns
variables in, a replay means what eager runs mean; and an update is one launch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pywebml as pw
from pywebml import ops

SHAPE = (3, 4)
READS: dict[str, Callable[..., Any]] = {
    "sum": lambda a, b: a * 0.5 + b,
    "difference": lambda a, b: a - b * 0.25,
    "itself": lambda a, b: a.tanh(),
    "row": lambda a, b: a + b[:1] * 0.5,
    "reshaped": lambda a, b: (a.reshape(4, 3) * 0.5).reshape(3, 4) + b,
    "spread": lambda a, b: ops.broadcast_to(b[:, :1], SHAPE) * 0.5 - a,
    "flipped": lambda a, b: a.flip(0) * 0.5 + b,
    "mean": lambda a, b: a - b.mean(),
    "constant": lambda a, b: ops.ones(SHAPE) * 0.5,
    "alias": lambda a, b: a,
}
statement = st.tuples(
    st.sampled_from(["let", "assign"]),
    st.integers(0, 5),
    st.sampled_from(sorted(READS)),
    st.integers(0, 8),
    st.integers(0, 8),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(statement, min_size=2, max_size=12), st.integers(0, 99))
def test_random_programs_on_variables(host: str, program: list[Any], seed: int) -> None:
    """Each statement makes a value or assigns one to a variable, from two of the
    variables and values before.
    """
    start = np.random.default_rng(seed).uniform(-1, 1, (4, *SHAPE)).astype(np.float32)

    def run(wrap: Callable[..., Any]) -> list[Any]:
        variables = [pw.Variable(a) for a in start[:3]]

        def step(x: pw.Tensor) -> Any:
            values: list[Any] = [*variables, x]
            for what, target, read, first, second in program:
                value = READS[read](values[first % len(values)], values[second % len(values)])
                if what == "let":
                    values.append(value)
                else:
                    variables[target % 3].assign(value)
            return values[-1] * 1.0

        once = wrap(step)
        results = [once(pw.tensor(start[3] + i)).numpy() for i in range(3)]
        return results + [v.numpy() for v in variables]

    for eager, captured in zip(run(lambda f: f), run(pw.capture), strict=True):
        np.testing.assert_allclose(captured, eager, rtol=1e-4, atol=1e-5)


def kernels(captured: Any) -> list[str]:
    return [row.kernel for row in captured.plans()[0].rows]


def adam(order: str, shape: tuple[int, ...] = SHAPE) -> tuple[Any, list[pw.Variable]]:
    """A step of Adam in operators, assigning as it goes or at the end."""
    w, m, v = (pw.Variable(np.full(shape, x, np.float32)) for x in (1.0, 0.0, 0.0))
    rate = pw.Variable(0.1)

    def step(g: pw.Tensor) -> None:
        if order == "at once":
            m.assign(m * 0.9 + g * 0.1)
            v.assign(v * 0.99 + g * g * 0.01)
            w.assign(w - rate * m / (v.sqrt() + 1e-3))
            return
        new_m, new_v = m * 0.9 + g * 0.1, v * 0.99 + g * g * 0.01
        new_w = w - rate * new_m / (new_v.sqrt() + 1e-3)
        for variable, value in ((w, new_w), (m, new_m), (v, new_v)):
            variable.assign(value)

    return step, [w, m, v]


@pytest.mark.parametrize("order", ["at once", "at the end"])
@pytest.mark.parametrize("shape", [(3, 4), (3, 5), (1,), ()], ids=str)
def test_an_update_in_operators_is_one_launch(
    host: str, order: str, shape: tuple[int, ...]
) -> None:
    (step, state), (eager, expected) = adam(order, shape), adam(order, shape)
    captured = pw.capture(step)
    for i in range(3):
        g = np.full(shape, 0.5 + i, np.float32)
        captured(g)
        eager(pw.tensor(g))
        for got, want in zip(state, expected, strict=True):
            np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-5)
    assert len(kernels(captured)) == 1


def test_a_variable_that_is_read_as_it_was_is_not_written_too_early(host: str) -> None:
    """Nesterov's step: the weight needs the velocity before and after."""
    w, v = pw.Variable([1.0, 2.0]), pw.Variable([0.5, -0.5])

    @pw.capture
    def step(g: pw.Tensor) -> Any:
        velocity = v * 0.9 - g
        w.assign(w + velocity * 1.9 - v * 0.9)
        v.assign(velocity)
        return w.sum()

    step([1.0, 1.0])
    np.testing.assert_allclose(v.numpy(), [-0.55, -1.45], rtol=1e-6)
    np.testing.assert_allclose(w.numpy(), [1 - 0.55 * 1.9 - 0.45, 2 - 1.45 * 1.9 + 0.45], rtol=1e-5)
    assert len(kernels(step)) == 2, "the update and the sum"


def test_a_chain_does_not_write_what_it_broadcasts(host: str) -> None:
    v = pw.Variable(np.arange(16, dtype=np.float32).reshape(4, 4))

    @pw.capture
    def step() -> None:
        v.assign(v + ops.broadcast_to(v[:1], (4, 4)) + ops.transpose(v))

    expected = v.numpy()
    for _ in range(2):
        step()
        expected = expected + expected[:1] + expected.T
        np.testing.assert_allclose(v.numpy(), expected, rtol=1e-6)


def test_one_value_in_another_shape_is_not_written_in_place(host: str) -> None:
    """A variable [1] read as a scalar beside itself."""
    v = pw.Variable([2.0])
    step = pw.capture(lambda: v.assign(v * ops.broadcast_to(v, (1, 1)).reshape(1) + 1.0))
    step()
    assert v.tolist() == [5.0]


def test_half_floats_are_written_in_place(host: str) -> None:
    v = pw.Variable([1.0, 2.0, 3.0], dtype="float16")
    step = pw.capture(lambda: v.assign(v * 0.5 + 1.0))
    for _ in range(2):
        step()
    np.testing.assert_allclose(v.numpy(), [1.75, 2.0, 2.25])
    assert len(kernels(step)) == 1


def test_many_variables_stay_within_the_bindings_of_a_kernel(host: str) -> None:
    """Ten variables in a circle: no kernel can bind them all."""
    variables = [pw.Variable([float(i)]) for i in range(10)]

    @pw.capture
    def turn() -> None:
        values = [v * 1.0 for v in variables]
        for i, value in enumerate(values):
            variables[(i + 1) % 10].assign(value + values[(i + 3) % 10] * 0.0)

    for _ in range(3):
        turn()
    assert [v.item() for v in variables] == [float((i - 3) % 10) for i in range(10)]


def test_a_chain_writes_only_its_like() -> None:
    pw.set_device("cpu")
    double = pw.core.fusion.Instruction("mul", (("x", 0), ("x", 1)))
    op = ops.Elementwise((double,), (), ((0, 0),))
    with pytest.raises(ValueError, match=r"makes float32 \(4, 4\) and cannot write it into"):
        op(pw.Variable([1.0] * 4), pw.ones((4, 4)))
