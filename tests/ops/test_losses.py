"""`pw.ops.losses`, LSTM cells and moving averages: gradients, refusals, and what samples
and TensorFlow.js (test_beside_tensorflow.py) do not see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numeric import differences

import pywebml as pw
from pywebml import ops
from pywebml.core.composite import COMPOSITES
from pywebml.ops import losses

LABELS, PREDICTIONS = np.random.default_rng(1).uniform(0.15, 0.85, (2, 3, 4)).astype(np.float32)
ROWS = np.array([[0.5], [0.0], [2.0]], np.float32)
PAIRS = [name for name in losses.__all__ if name not in ("Reduction", "compute_weighted_loss")]


@pytest.mark.parametrize("reduction", losses.Reduction)
@pytest.mark.parametrize("name", PAIRS)
def test_gradients_are_the_slopes_of_the_loss(
    host: str, name: str, reduction: losses.Reduction
) -> None:
    function, meaning = getattr(losses, name), COMPOSITES[name].meaning
    weights = ROWS[:, 0] if name == "softmax_cross_entropy" else ROWS
    named: dict[str, Any] = {"weights": weights, "reduction": reduction}
    if name == "cosine_distance":
        named["axis"] = 1

    def loss(p: np.ndarray) -> float:
        return float(meaning(LABELS.astype(np.float64), p, **named).sum())

    slope = pw.grad(lambda p: function(LABELS, p, **named).sum())(pw.tensor(PREDICTIONS))
    want = differences(loss, PREDICTIONS.astype(np.float64))
    np.testing.assert_allclose(slope.numpy(), want, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", PAIRS)
def test_shapes_that_differ_are_refused(name: str) -> None:
    axis = (1,) if name == "cosine_distance" else ()
    with pytest.raises(ValueError, match=rf"{name}: labels \(3, 4\) and predictions \(3, 2\)"):
        getattr(losses, name)(LABELS, PREDICTIONS[:, :2], *axis)


def test_reductions_are_numbers_or_members() -> None:
    summed = ops.losses.compute_weighted_loss([1.0, 2.0], None, 2)
    member = losses.compute_weighted_loss([1.0, 2.0], None, losses.Reduction.SUM)
    assert float(summed) == float(member) == 3.0
    with pytest.raises(ValueError, match=r"reduction must be one of 0 \(NONE\), .*, got 4"):
        losses.compute_weighted_loss([1.0], None, 4)


def test_large_logits_do_not_overflow(host: str) -> None:
    loss = losses.sigmoid_cross_entropy([1.0, 0.0, 0.0], [500.0, -500.0, 500.0], None, 0.0, 0)
    np.testing.assert_allclose(loss.numpy(), [0, 0, 500], rtol=1e-6)


def cell(seed: int, inputs: int) -> Callable[..., Any]:
    kernel = np.random.default_rng(seed).normal(size=(inputs + 2, 8)).astype(np.float32)
    return lambda x, c, h: ops.basic_lstm_cell(1.0, kernel, np.zeros(8, "f4"), x, c, h)


def test_each_cell_takes_what_the_one_below_gives(host: str) -> None:
    low, high = cell(0, 3), cell(1, 2)
    x, *states = np.random.default_rng(2).normal(size=(5, 4, 3)).astype(np.float32)
    c0, h0, c1, h1 = (pw.tensor(state[:, :2]) for state in states)
    cells, hiddens = ops.multi_rnn_cell([low, high], x, [c0, c1], [h0, h1])
    below = low(x, c0, h0)
    above = high(below[1], c1, h1)
    for got, want in zip([*cells, *hiddens], [below[0], above[0], below[1], above[1]], strict=True):
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-6)


def test_cells_that_do_not_fit_are_refused() -> None:
    state = ops.zeros((4, 2))
    with pytest.raises(ValueError, match="2 cells need as many c and h, got 1 and 2"):
        ops.multi_rnn_cell([cell(0, 3), cell(1, 2)], ops.ones((4, 3)), [state], [state, state])
    with pytest.raises(ValueError, match=r"data must be \[rows, values\]"):
        cell(0, 3)(ops.ones((3, 3)), state, state)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.moving_average([1.0], [2.0], 0.9), "write step=1 for the first one"),
        (lambda: ops.moving_average([1.0], [2.0, 3.0], 0.9, 1), "one shape and dtype"),
        (lambda: ops.moving_average([1.0], [2], 0.9, 1), "one shape and dtype"),
    ],
)
def test_moving_averages_say_what_they_need(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
