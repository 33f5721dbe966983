"""Chains beside each other in one launch: what may change places does, and replays still
mean what eager runs mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import pywebml as pw
from pywebml import layers


def replayed(make: Callable[[], tuple[Any, list[pw.Variable]]], *inputs: Any) -> list[str]:
    """Two steps eager and two replays, compared by results and variables; the plan's
    ops.
    """
    (eager, expected), (function, state) = make(), make()
    captured = pw.capture(function)
    for _ in range(2):
        want, got = eager(*map(pw.tensor, inputs)), captured(*inputs)
        for a, b in zip([want, *expected], [got, *state], strict=True):
            np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=1e-5, atol=1e-6)
    return [row.ops for row in captured.plans()[0].rows if row.ops]


X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


def averages(read_between: bool) -> tuple[Any, list[pw.Variable]]:
    """Two variables that follow a mean and a sum; in between stands a reader of the
    second one as it was, or of the first as it became.
    """
    first, second = pw.Variable([0.5] * 5), pw.Variable([-1.0] * 5)

    def step(x: pw.Tensor) -> pw.Tensor:
        mean, total = x.mean(0), x.sum(0)
        first.assign(first * 0.9 + mean * 0.1)
        seen = (first if read_between else x[0]).sum() + (second.max() if read_between else 0.0)
        second.assign(second * 0.8 + total * 0.2)
        return seen

    return step, [first, second]


def test_two_averages_are_one_launch(host: str) -> None:
    names = replayed(lambda: averages(False), X)
    assert names.count("mul + mul + add + mul + mul + add") == 1
    assert names.count("mul + mul + add") == 0


def test_no_chain_passes_who_reads_what_it_writes(host: str) -> None:
    """Neither up past a reader of the old value, nor down past one of the new."""
    names = replayed(lambda: averages(True), X)
    assert names.count("mul + mul + add") == 2


def test_what_needs_the_other_s_result_in_between_stays_behind(host: str) -> None:
    def make() -> tuple[Any, list[pw.Variable]]:
        v = pw.Variable([1.0] * 5)

        def step(x: pw.Tensor) -> pw.Tensor:
            a = (x[0] * 2.0).tanh()
            b = (a.cumsum() + 1.0).tanh()  # of the first chain's result
            v.assign(v * 0.5 + b)
            return a + v * 3.0

        return step, [v]

    replayed(make, X)


def test_large_chains_stay_apart(host: str) -> None:
    """Nothing is gained by one launch for what takes longer than a launch."""
    large = np.ones((300, 300), np.float32)

    def make() -> tuple[Any, list[pw.Variable]]:
        a, b = pw.Variable(large), pw.Variable(large)

        def step(x: pw.Tensor) -> pw.Tensor:
            a.assign(a * 0.5 + x)
            b.assign(b * 0.25)
            return x.sum()

        return step, [a, b]

    assert {"mul + add", "mul"} <= set(replayed(make, large))


def test_batch_normalization_trains_in_three_steps_forward_and_two_back(host: str) -> None:
    """Moments, then what is as long as the channels in one chain, then the values; sums,
    then the gradient.
    """

    def make() -> tuple[Any, list[pw.Variable]]:
        layer = layers.BatchNormalization()
        layer.build((None, 5))

        def step(x: pw.Tensor) -> pw.Tensor:
            return pw.grad(lambda x: layer(x, training=True).square().sum())(x)

        return step, list(layer.weights)

    names = replayed(make, X)
    assert len(names) == 5 and {"ColumnMoments", "ColumnPairs"} <= set(names)
