"""Optimizer updates: twenty steps of each against the formulas written out in float64,
on sizes that do and do not divide by four.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pywebml.core.capture import capture
from pywebml.core.op import Op
from pywebml.core.tensor import Variable, tensor
from pywebml.ops.updates import AdamAdvance, AdamUpdate, RMSpropUpdate, SGDUpdate

few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
RATE = 0.05
Rule = Callable[[np.ndarray, list[np.ndarray], dict[str, Any]], np.ndarray]


def sgd(momentum: float, nesterov: bool) -> Rule:
    def step(p: np.ndarray, gradients: list[np.ndarray], s: dict[str, Any]) -> np.ndarray:
        g = gradients[-1]
        s["v"] = momentum * s.get("v", 0.0) - RATE * g
        return p + (momentum * s["v"] - RATE * g if nesterov else s["v"])

    return step


def adam(epsilon: float = 1e-7, corrected: bool = False) -> Rule:
    return lambda p, gradients, _: adams(p, gradients, epsilon, corrected)


def adams(
    p: np.ndarray, gradients: list[np.ndarray], epsilon: float, corrected: bool
) -> np.ndarray:
    """Means of all gradients so far, weighted and divided by their weights: Adam
    without its recurrences, epsilon beside the root that is not divided yet.
    """
    t = len(gradients)
    first = sum(0.9 ** (t - 1 - i) * g for i, g in enumerate(gradients)) * 0.1 / (1 - 0.9**t)
    second = (
        sum(0.999 ** (t - 1 - i) * g * g for i, g in enumerate(gradients)) * 0.001 / (1 - 0.999**t)
    )
    root = 1.0 if corrected else np.sqrt(1 - 0.999**t)
    return p - RATE * first * root / (np.sqrt(second) * root + epsilon)


def rmsprop(momentum: float, centered: bool) -> Rule:
    def step(p: np.ndarray, gradients: list[np.ndarray], s: dict[str, Any]) -> np.ndarray:
        t = len(gradients)
        square = sum(0.9 ** (t - 1 - i) * g * g for i, g in enumerate(gradients)) * 0.1
        mean = (
            sum(0.9 ** (t - 1 - i) * g for i, g in enumerate(gradients)) * 0.1 if centered else 0.0
        )
        s["b"] = momentum * s.get("b", 0.0) + RATE * gradients[-1] / np.sqrt(
            square - mean**2 + 1e-7
        )
        return p - s["b"]

    return step


RULES: list[tuple[Op, Rule, int]] = [
    (SGDUpdate(), sgd(0.0, False), 0),
    (SGDUpdate(0.9), sgd(0.9, False), 1),
    (SGDUpdate(0.9, True), sgd(0.9, True), 1),
    (AdamUpdate(), adam(), 2),
    (AdamUpdate(epsilon=0.1), adam(0.1), 2),
    (AdamUpdate(epsilon=0.1, corrected=True), adam(0.1, True), 2),
    (RMSpropUpdate(), rmsprop(0.0, False), 1),
    (RMSpropUpdate(momentum=0.8), rmsprop(0.8, False), 2),
    (RMSpropUpdate(centered=True), rmsprop(0.0, True), 2),
    (RMSpropUpdate(momentum=0.8, centered=True), rmsprop(0.8, True), 3),
]


@few
@given(
    st.lists(st.integers(1, 9), min_size=0, max_size=3).map(tuple),
    st.sampled_from(range(len(RULES))),
    st.integers(0, 99),
)
def test_twenty_steps(host: str, shape: tuple[int, ...], which: int, seed: int) -> None:
    op, rule, slots = RULES[which]
    rng = np.random.default_rng(seed)
    start = rng.normal(size=shape).astype(np.float32)
    param, hyper = Variable(start), Variable([RATE, 0.9, 0.999, 0.0])
    remembered = [Variable(np.zeros(shape, np.float32)) for _ in range(slots)]
    want, gradients, state = start.astype(np.float64), [], {}
    for _ in range(20):
        g = rng.normal(size=shape).astype(np.float32)
        gradients.append(g.astype(np.float64))
        want = rule(want, gradients, state)
        assert op(param, tensor(g), *remembered, hyper) is None
        AdamAdvance()(hyper)
    np.testing.assert_allclose(param.numpy(), want, rtol=1e-3, atol=2e-4)
    np.testing.assert_allclose(hyper.numpy(), [RATE, 0.9**21, 0.999**21, 0], rtol=1e-5)


@pytest.mark.parametrize("which", range(len(RULES)))
def test_captured_steps_go_on_from_where_they_are(host: str, which: int) -> None:
    """A replayed step updates in place: five replays are five eager steps, Adam's
    powers included.
    """
    op, _, slots = RULES[which]
    start = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)
    found = []
    for wrap in (lambda f: f, capture):
        param, hyper = Variable(start), Variable([RATE, 0.9, 0.999, 0.0])
        remembered = [Variable(np.zeros((4, 3), np.float32)) for _ in range(slots)]

        def step(
            x: Any, param: Any = param, remembered: Any = remembered, hyper: Any = hyper
        ) -> Any:
            op(param, param * x, *remembered, hyper)
            AdamAdvance()(hyper)
            return x * 2.0

        run = wrap(step)
        for i in range(5):
            run(tensor(np.full((4, 3), 1.0 + i, np.float32)))
        found.append([t.numpy() for t in (param, *remembered, hyper)])
    for eager, replayed in zip(*found, strict=True):
        np.testing.assert_allclose(replayed, eager, rtol=1e-5, atol=1e-7)
    assert (found[0][0] != start).all(axis=None)


def test_rate_changes_without_a_new_op(host: str) -> None:
    param, hyper = Variable([1.0, 2.0, 3.0, 4.0]), Variable([0.5, 0.0, 0.0, 0.0])
    SGDUpdate()(param, tensor([1.0] * 4), hyper)
    hyper.assign([0.0, 0.0, 0.0, 0.0])
    SGDUpdate()(param, tensor([1.0] * 4), hyper)
    np.testing.assert_array_equal(param.numpy(), [0.5, 1.5, 2.5, 3.5])


def test_only_what_is_written_changes(host: str) -> None:
    g = Variable([1.0, -1.0, 2.0])
    param, m, v, hyper = (
        Variable([0.0] * 3),
        Variable([0.0] * 3),
        Variable([0.0] * 3),
        Variable([0.1, 0.9, 0.999, 0.0]),
    )
    AdamUpdate()(param, g, m, v, hyper)
    np.testing.assert_array_equal(g.numpy(), [1, -1, 2])
    np.testing.assert_allclose(hyper.numpy(), [0.1, 0.9, 0.999, 0], rtol=1e-6)
    # Adam's first step is the rate, whatever the gradient
    np.testing.assert_allclose(param.numpy(), [-0.1, 0.1, -0.1], rtol=1e-5)


def test_refusals(host: str) -> None:
    hyper = Variable([0.1, 0.9, 0.999, 0.0])
    p = Variable([1.0, 2.0])
    with pytest.raises(
        ValueError, match="takes \\(param, gradient, 1 remembered, hyper\\), got 3 tensors"
    ):
        SGDUpdate(0.9)(p, tensor([1.0, 1.0]), hyper)
    with pytest.raises(ValueError, match="float32 of one shape"):
        SGDUpdate()(p, tensor([1.0, 1.0, 1.0]), hyper)
    with pytest.raises(ValueError, match="hyper must be float32 \\[4\\]"):
        SGDUpdate()(p, tensor([1.0, 1.0]), tensor([0.1]))
