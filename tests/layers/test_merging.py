"""Layers of several inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from in_keras import keras
from layer_cases import LayerCase, parameters

import pywebml as pw
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


def products(xs: list[Any], axes: Any, normalize: bool) -> Any:
    """Example by example: one after the other."""
    pairs = [axes, axes] if isinstance(axes, int) else axes
    along = [axis % x.ndim - 1 for axis, x in zip(pairs, xs, strict=True)]
    if normalize:
        xs = [
            x / np.linalg.norm(x, axis=axis + 1, keepdims=True)
            for axis, x in zip(along, xs, strict=True)
        ]
    rows = zip(*xs, strict=True)
    return np.stack([np.atleast_1d(np.tensordot(a, b, tuple(along))) for a, b in rows])


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
    LayerCase(lambda: layers.Add(), [(2, 3)], [], lambda xs: xs[0]),
    *(
        LayerCase(
            lambda axes=axes, normalize=normalize: layers.Dot(axes, normalize),
            shapes,
            [],
            lambda xs, axes=axes, normalize=normalize: products(xs, axes, normalize),
            any_size=False,
            half=False,
        )
        for shapes, axes in (
            ([(3, 4), (3, 4)], 1),
            ([(3, 4), (3, 4)], -1),
            ([(2, 3, 4), (2, 5, 4)], (2, 2)),
            ([(2, 4, 3), (2, 5, 4)], [1, -1]),
            ([(2, 3), (2, 4, 3)], (1, 2)),
            ([(2, 4, 3), (2, 3)], -1),
            ([(2, 2, 3, 4), (2, 5, 3)], (2, 2)),
            ([(2, 2, 3), (2, 4, 3, 2)], -2),
        )
        for normalize in (False, True)
        if (shapes, axes) != ([(2, 2, 3), (2, 4, 3, 2)], -2)
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
    with pytest.raises(ValueError, match="called with a list of tensors"):
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


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Dot((1, 2, 3)), r"axes must be a number or two of them, got \(1, 2, 3\)"),
        (lambda: layers.Dot(0)([layers.Input((3,))] * 2), "behind the batch, got axes 0"),
        (lambda: layers.Dot((1, -3))([layers.Input((3,))] * 2), "behind the batch"),
        (lambda: layers.Dot(3)([layers.Input((3, 4))] * 2), "behind the batch"),
        (lambda: layers.Dot(1)([layers.Input((3,)), layers.Input((4,))]), "axes 1 of equal size"),
        (lambda: layers.Dot(1)([layers.Input((3,))] * 3), "Dot takes two tensors, got 3"),
        (lambda: layers.Dot(1)(layers.Input((3,))), "called with a list of tensors"),
        (lambda: layers.concatenate([]), "at least|list of tensors"),
    ],
)
def test_wrong_products_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


FUNCTIONS: dict[str, Any] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "maximum": np.maximum,
    "minimum": np.minimum, "average": lambda a, b: (a + b) / 2,
    "concatenate": lambda a, b: np.concatenate([a, b], -1),
    "dot": lambda a, b: (a * b).sum(-1, keepdims=True),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_merge_tensors_and_symbols(host: str, name: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 4, 3)).astype(np.float32)
    merge, want = getattr(layers, name), FUNCTIONS[name](a, b)
    np.testing.assert_allclose(merge([a, b]).numpy(), want, rtol=1e-5)
    inputs = [layers.Input((3,)), layers.Input((3,))]
    symbol = merge(inputs, name="merged")
    assert symbol.layer.name == "merged"
    got = models.Model(inputs, symbol).predict([a, b]).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-5)


def test_functions_take_the_arguments_of_their_layers() -> None:
    a, b = np.ones((2, 3, 2)), np.zeros((2, 1, 2))
    assert layers.concatenate([a, b], 1).shape == (2, 4, 2)
    assert layers.concatenate([a, b], axis=-2).shape == (2, 4, 2)
    assert layers.dot([a, b], 2, normalize=True).shape == (2, 3, 1)
    assert layers.dot([a, a], axes=(1, 1)).shape == (2, 2, 2)


@pytest.mark.parametrize("name", ["Add", "Average", "Multiply", "Maximum", "Minimum"])
@pytest.mark.parametrize("masked", [(True, True, True), (True, False, True), (False, True, False)])
def test_masked_steps_merge_as_in_keras(host: str, name: str, masked: tuple[bool, ...]) -> None:
    """A step that one input leaves out does not spoil what the others have there."""
    rng = np.random.default_rng(1)
    xs = [rng.normal(size=(2, 4, 3)).astype(np.float32) for _ in masked]
    masks = [rng.random((2, 4)) > 0.4 if there else None for there in masked]
    theirs = []
    for x, mask in zip(xs, masks, strict=True):
        tensor = keras.ops.convert_to_tensor(x)
        if mask is not None:
            keras.src.backend.set_keras_mask(tensor, keras.ops.convert_to_tensor(mask))
        theirs.append(tensor)
    want = getattr(keras.layers, name)()(theirs)
    layer = getattr(layers, name)()
    tensors = [pw.tensor(mask) if mask is not None else None for mask in masks]
    got, mask = layer.call_masked([pw.tensor(x) for x in xs], mask=tensors)
    np.testing.assert_allclose(got.numpy(), np.asarray(want), rtol=1e-5, atol=1e-6)
    want_mask = keras.src.backend.get_keras_mask(want)
    if all(masked):
        np.testing.assert_array_equal(mask.numpy(), np.asarray(want_mask))
    else:
        assert mask is None


@pytest.mark.parametrize("name", ["Add", "Multiply", "Maximum", "Concatenate"])
def test_a_mask_belongs_to_each_input(name: str) -> None:
    layer = getattr(layers, name)()
    xs = [pw.ones((2, 4, 3)), pw.ones((2, 4, 3))]
    mask = pw.tensor(np.ones((2, 4), bool))
    assert layer.compute_mask(xs, [mask, mask]).shape == (2, 4)
    assert layer.compute_mask(xs) is None
    for inputs, masks in ((xs[0], [mask, mask]), (xs, mask), (xs, [mask]), (xs, [mask] * 3)):
        with pytest.raises(ValueError, match="a list of as many masks"):
            layer.compute_mask(inputs, masks)
