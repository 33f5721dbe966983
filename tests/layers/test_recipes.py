"""Blocks of layers: what each part sees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.layers import Conv2D, Input, SeparableConv2D
from pywebml.layers.recipes import dense_block


def block(first: bool, skips: bool) -> tuple[Any, list[Any]]:
    """(a model of one block, its convolutions in their order)."""
    pw.set_seed(3)
    x = Input((8, 8, 3))
    model = pw.Model(x, dense_block(x, 5, first=first, skips=skips))
    return model, [each for each in model.layers if isinstance(each, (Conv2D, SeparableConv2D))]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("skips", [True, False])
def test_each_convolution_sees_the_sum_of_those_before(first: bool, skips: bool) -> None:
    model, convolutions = block(first, skips)
    kinds = [SeparableConv2D] * 4
    if first:
        kinds[0] = Conv2D
    assert [type(each) for each in convolutions] == kinds
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    results: list[Any] = []
    seen: Any = x
    for convolution in convolutions:
        results.append(convolution(seen).numpy())
        sums = np.sum(results, axis=0) if skips else results[-1]
        seen = np.maximum(sums, 0)
    assert seen.shape == (2, 4, 4, 5)
    np.testing.assert_allclose(model(x).numpy(), seen, atol=1e-5)


def test_skips_cost_no_weights() -> None:
    assert block(True, True)[0].count_params() == block(True, False)[0].count_params()
