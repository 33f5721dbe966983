"""Layers of several inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers, models

MERGES: list[tuple[Any, Any]] = [
    (layers.Subtract, lambda xs: xs[0] - xs[1]),
    (layers.Multiply, lambda xs: np.prod(xs, 0)),
    (layers.Average, lambda xs: np.mean(xs, 0)),
    (layers.Maximum, lambda xs: np.max(xs, 0)),
    (layers.Minimum, lambda xs: np.min(xs, 0)),
]


def broadcast(xs: list[Any]) -> list[Any]:
    """Keras's way: dimensions that one lacks come behind its batch."""
    rank = max(x.ndim for x in xs)
    return np.broadcast_arrays(
        *(x.reshape(x.shape[0], *(1,) * (rank - x.ndim), *x.shape[1:]) for x in xs)
    )


CASES = [
    LayerCase(lambda: layers.Add(), [(2, 3), (2, 3), (2, 3)], [], lambda xs: sum(xs)),
    LayerCase(lambda: layers.Add(), [(2, 4, 3), (2, 1, 3)], [], lambda xs: sum(xs), any_size=False),
    LayerCase(
        lambda: layers.Add(),
        [(2, 3), (2, 4, 5, 3), (2, 5, 3)],
        [],
        lambda xs: xs[0][:, None, None] + xs[1] + xs[2][:, None],
        any_size=False,
    ),
    *(
        LayerCase(make, shapes, [], lambda xs, merge=merge: merge(broadcast(xs)), any_size=any_size)
        for make, merge in MERGES
        for shapes, any_size in (
            ([(2, 3), (2, 3)], True),
            ([(2, 4, 3), (2, 1, 3)], False),
            ([(2, 4, 5, 3), (2, 3)], False),
        )
    ),
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
    with pytest.raises(ValueError, match="broadcast behind the batch"):
        layers.Add()([layers.Input((3,)), layers.Input((3, 4))])
    with pytest.raises(ValueError, match="broadcast behind the batch"):
        layers.Add()([layers.Input(batch_shape=(1, 3)), layers.Input(batch_shape=(2, 3))])
    with pytest.raises(ValueError, match="must agree"):
        layers.Concatenate()([layers.Input((3, 2)), layers.Input((4, 2))])
    with pytest.raises(ValueError, match="tensors of one rank that has it"):
        layers.Concatenate(axis=3)([layers.Input((3, 2)), layers.Input((4, 2))])
    with pytest.raises(ValueError, match="Subtract takes two tensors, got 3"):
        layers.Subtract()([layers.Input((3,))] * 3)
    with pytest.raises(ValueError, match="list of at least two"):
        layers.Add()(layers.Input((3,)))


def test_an_open_size_stays_open_beside_a_one() -> None:
    add = layers.Add()
    assert add.compute_output_shape([(None, None, 1), (None, 1, 3)]) == (None, None, 3)
    assert add.compute_output_shape([(None, None, 1), (None, 4, 1)]) == (None, 4, 1)


def test_masks_of_tensors_of_different_ranks_are_not_mixed(host: str) -> None:
    x = layers.Masking()(layers.Input((4, 3)))
    y = layers.Input((3,))
    model = models.Model([x, y], layers.Add()([x, y]))
    assert model.predict([np.ones((2, 4, 3)), np.ones((2, 3))]).shape == (2, 4, 3)
