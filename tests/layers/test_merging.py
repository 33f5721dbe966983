"""Layers of several inputs."""

from __future__ import annotations

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers

CASES = [
    LayerCase(lambda: layers.Add(), [(2, 3), (2, 3), (2, 3)], [], lambda xs: sum(xs)),
    LayerCase(lambda: layers.Add(), [(2, 4, 3), (2, 1, 3)], [], lambda xs: sum(xs), any_size=False),
    LayerCase(
        lambda: layers.Concatenate(), [(2, 3), (2, 5)], [], lambda xs: np.concatenate(xs, -1)
    ),
    LayerCase(
        lambda: layers.Concatenate(axis=1),
        [(2, 3, 2), (2, 1, 2)],
        [],
        lambda xs: np.concatenate(xs, 1),
    ),
]


@parameters(CASES)
def test_merging(host: str, case: LayerCase) -> None:
    case.check()


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match="one shape"):
        layers.Add()([layers.Input((3,)), layers.Input((4,))])
    with pytest.raises(ValueError, match="must agree"):
        layers.Concatenate()([layers.Input((3, 2)), layers.Input((4, 2))])
    with pytest.raises(ValueError, match="tensors of one rank that has it"):
        layers.Concatenate(axis=3)([layers.Input((3, 2)), layers.Input((4, 2))])
    with pytest.raises(ValueError, match="list of at least two"):
        layers.Add()(layers.Input((3,)))
