"""Layers that do something else while training."""

from __future__ import annotations

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers
from pywebml.core.tensor import tensor

CASES = [
    LayerCase(lambda: layers.Dropout(0.25), (3, 4), [], lambda x: x),
    LayerCase(lambda: layers.Dropout(0, seed=1), (2, 3, 4), [], lambda x: x),
]


@parameters(CASES)
def test_regularization(host: str, case: LayerCase) -> None:
    case.check()


def test_dropout(host: str) -> None:
    x = np.ones((50, 40), np.float32)
    layer = layers.Dropout(0.25, seed=3)
    np.testing.assert_array_equal(layer(tensor(x)).numpy(), x)  # inference leaves it alone
    first, second = layer(tensor(x), training=True).numpy(), layer(tensor(x), training=True).numpy()
    for y in (first, second):
        assert set(np.unique(np.round(y, 5))) == {0.0, np.float32(np.round(4 / 3, 5))}
        assert abs((y == 0).mean() - 0.25) < 0.04  # 4 standard deviations of 2,000 draws
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(
        layers.Dropout(0.25, seed=3)(tensor(x), training=True).numpy(), first
    )
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        layers.Dropout(1.5)
    with pytest.raises(ValueError, match="noise_shape is not supported"):
        layers.Dropout(0.5, noise_shape=(1, 2))  # type: ignore[arg-type]
