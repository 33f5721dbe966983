"""Inputs that may be None: in calls, training and files, beside Keras."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_keras import keras, uncompiled

import pywebml as pw
import pywebml.keras as ours
from pywebml import layers, models

X = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
Y = X[:, :1]


def network(of: Any, takes: str = "list") -> Any:
    class Plus(of.layers.Layer):
        """The second where it is there, added to the first."""

        def call(self, x: Any, more: Any = None) -> Any:
            return x if more is None else x + more

    a, b = of.Input((3,), name="a"), of.Input((3,), name="b", optional=True)
    out = of.layers.Dense(1, kernel_initializer="ones")(Plus(name="plus")(a, b))
    return of.Model([a, b] if takes == "list" else {"a": a, "b": b}, out)


def given(takes: str, *values: Any) -> Any:
    return list(values) if takes == "list" else dict(zip("ab", values, strict=True))


@pytest.mark.parametrize("takes", ["list", "dict"])
def test_as_keras_takes_them(host: str, takes: str) -> None:
    mine, theirs = network(ours, takes), network(keras, takes)
    for model in (mine, theirs):
        model.compile("sgd", "mse")
    for second in (None, X, None):
        x = given(takes, X, second)
        with uncompiled():
            expected = np.asarray(theirs(x))
        np.testing.assert_allclose(mine(x).numpy(), expected, rtol=1e-5)
        np.testing.assert_allclose(mine.predict(x, verbose=0), expected, rtol=1e-5)
        a = mine.fit(x, Y, epochs=2, shuffle=False, batch_size=4, verbose=0).history["loss"]
        b = theirs.fit(x, Y, epochs=2, shuffle=False, batch_size=4, verbose=0).history["loss"]
        np.testing.assert_allclose(a, b, rtol=1e-4)
        losses = [m.evaluate(x, Y, verbose=0) for m in (mine, theirs)]
        np.testing.assert_allclose(*losses, rtol=1e-4)
        assert mine.train_on_batch(x, Y) == pytest.approx(theirs.train_on_batch(x, Y), rel=1e-4)
    for model in (mine, theirs):
        with pytest.raises(ValueError, match="input 'a' is not optional"):
            model.predict(given(takes, None, X), verbose=0)
        with pytest.raises(ValueError, match="input 'a' is not optional"):
            model(given(takes, None, X))


def test_batches_may_have_it_or_not(host: str) -> None:
    """Of a generator some batches do."""
    model = network(ours)
    model.compile("sgd", "mse")
    batches = [((X, None), Y), ((X, X), Y), ((X, None), Y)]
    history = model.fit(iter([([*x], y) for x, y in batches]), steps_per_epoch=3, verbose=0)
    other = network(ours)
    other.compile("sgd", "mse")
    by_hand = [other.train_on_batch(list(x), y) for x, y in batches]
    assert history.history["loss"][0] == pytest.approx(np.mean(by_hand), rel=1e-5)


def test_in_files_copies_and_other_models(host: str, tmp_path: Path) -> None:
    model = network(ours)
    expected = model([X, None]).numpy()
    plus = {"Plus": type(model.get_layer("plus"))}
    model.save(tmp_path / "m.keras")
    read = pw.load_model(tmp_path / "m.keras", custom_objects=plus)
    with pw.saving.custom_object_scope(plus):
        twins = [read, copy.deepcopy(model), ours.models.clone_model(model)]
    for twin in twins:
        twin.set_weights(model.get_weights())
        np.testing.assert_array_equal(twin([X, None]).numpy(), expected)
    x, y = layers.Input((3,)), layers.Input((3,), optional=True)
    around = models.Model([x, y], model([x, y]))
    np.testing.assert_array_equal(around([X, None]).numpy(), expected)
    without = models.Model(x, model([x, None]))
    np.testing.assert_array_equal(without(X).numpy(), expected)


def test_what_cannot_do_without_says_so(host: str) -> None:
    x = layers.Input((3,), name="x", optional=True)
    y = layers.Input((3,), name="y")
    model = models.Model([x, y], layers.Add()([layers.Dense(3, name="d")(x), y]))
    with pytest.raises((TypeError, ValueError), match="'d' was called with None, which the opt"):
        model([None, X])
    with pytest.raises(ValueError, match="None for all of its inputs"):
        models.Model([x, layers.Input((1,), optional=True)], x).predict([None, None])
