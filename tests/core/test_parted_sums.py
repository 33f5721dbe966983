"""Gradients that two launches sum up are handed to the update after the first; variables
are read in other shapes without a copy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.core.autodiff import variable_grads
from pywebml.train.optimizers import SGD, Adam, RMSprop

RNG = np.random.default_rng(0)


def trained(optimizer: Any, captured: bool) -> tuple[list[Any], list[str]]:
    """Weights after three steps on many rows, and the plan's ops."""
    rng = np.random.default_rng(1)
    x = pw.tensor(rng.normal(size=(20_000, 4)).astype(np.float32))
    weights = [
        pw.Variable(rng.normal(size=shape).astype(np.float32)) for shape in ((4, 8), (8,), (2, 4))
    ]

    def step() -> Any:
        def loss() -> Any:
            y = pw.ops.dense(x, weights[0], weights[1])
            return ((y * weights[2].reshape(8)).tanh() * 0.1).square().mean()

        value, grads = variable_grads(loss, weights)
        optimizer.apply(grads, weights)
        return value

    run = pw.capture(step) if captured else step
    for _ in range(3):
        run()
    names = [row.ops for row in run.plans()[0].rows] if captured else []
    return [w.numpy() for w in weights], names


@pytest.mark.parametrize(
    "make", [lambda: Adam(0.01), lambda: SGD(0.1, momentum=0.9), lambda: RMSprop(0.01)]
)
def test_steps_are_those_of_eager_runs(host: str, make: Any) -> None:
    eager, _ = trained(make(), False)
    captured, names = trained(make(), True)
    for got, want in zip(captured, eager, strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-4, atol=1e-6)
    assert not any(name.startswith("Reshape") for name in names)
    if host == "gpu":
        assert "SumsOfRows" in names


@pytest.mark.parametrize(
    ("size", "strides", "alone"), [(1, 1, True), (1, 2, False), (3, 1, False)], ids=str
)
def test_a_filter_of_a_product_takes_its_parts(
    host: str, size: int, strides: int, alone: bool
) -> None:
    """A pointwise convolution's gradient to its filter: a launch for the parts, and the
    update sums them up.
    """
    rng = np.random.default_rng(2)
    x = pw.tensor(rng.normal(size=(3, 50, 50, 4)).astype(np.float32))
    start = rng.normal(size=(size, size, 4, 8)).astype(np.float32)

    def run(captured: bool) -> tuple[Any, list[str]]:
        weight, adam = pw.Variable(start), Adam(0.01)

        def step() -> Any:
            def loss() -> Any:
                return pw.ops.conv2d(x, weight, strides, "same").tanh().square().mean()

            value, grads = variable_grads(loss, [weight])
            adam.apply(grads, [weight])
            return value

        run = pw.capture(step) if captured else step
        for _ in range(3):
            run()
        return weight.numpy(), [row.kernel for row in run.plans()[0].rows] if captured else []

    (eager, _), (captured, kernels) = run(False), run(True)
    np.testing.assert_allclose(captured, eager, rtol=2e-4, atol=1e-6)
    if host == "gpu" and alone:
        update = next(i for i, name in enumerate(kernels) if name.startswith("updates.adam"))
        assert kernels[update - 1].startswith("dense.") and "dense.combine" not in kernels


def test_a_gradient_that_is_shown_too_is_summed_up(host: str) -> None:
    """Nothing is handed on in parts that somebody else reads."""
    weight = pw.Variable(np.ones(8, np.float32))
    x = pw.tensor(RNG.normal(size=(20_000, 8)).astype(np.float32))
    adam = Adam(0.01)

    def step() -> Any:
        _, (slope,) = variable_grads(lambda: (x * weight).sum(), [weight])
        adam.apply([slope], [weight])
        return slope

    got = pw.capture(step)().numpy()
    np.testing.assert_allclose(got, x.numpy().sum(0), rtol=1e-3, atol=1e-2)


def test_a_variable_written_before_it_is_read_is_copied(host: str) -> None:
    """What was reshaped before the write is what was there before it."""
    variable = pw.Variable(np.arange(6, dtype=np.float32))

    def step() -> Any:
        before = variable.reshape(2, 3)
        variable.assign(variable + 10.0)
        return before * 2.0, variable.reshape(2, 3) * 1.0

    captured = pw.capture(step)
    for i in range(3):
        before, after = captured()
        first = np.arange(6).reshape(2, 3) + 10 * i
        np.testing.assert_array_equal(before.numpy(), first * 2)
        np.testing.assert_array_equal(after.numpy(), first + 10)
