"""`fit` notices NaN on every device, in one warning that says where to look: in inputs,
labels, weights of examples, in the loss, in the validation's, and in weights.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers

L = layers
RNG = np.random.default_rng(0)


def said(model: Any, *data: Any, **options: Any) -> list[str]:
    """What `fit` warns of."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        model.fit_sync(*data, verbose=0, **options)
    return [str(w.message) for w in record]


NETWORKS: dict[str, Callable[[], list[Any]]] = {
    **{
        f"dense, {name}": lambda name=name: [L.Dense(8, activation=name)]  # type: ignore[misc]
        for name in ("relu", "relu6", "sigmoid", "tanh", "elu", "swish", "selu", "softmax")
    },
    "batch normalization": lambda: [L.Dense(8), L.BatchNormalization(), L.Activation("relu")],
    "pictures": lambda: [
        L.Reshape((4, 4, 1)),
        L.Conv2D(4, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Flatten(),
    ],
    "depthwise": lambda: [
        L.Reshape((4, 4, 1)),
        L.DepthwiseConv2D(3, padding="same", activation="relu6"),
        L.GlobalAveragePooling2D(),
    ],
}


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_one_bad_input(host: str, name: str, watched: bool, value: float) -> None:
    x = RNG.normal(size=(32, 16)).astype(np.float32)
    x[7, 3] = value
    pw.set_seed(1)
    model = pw.Sequential([*NETWORKS[name](), L.Dense(1)])
    model.compile("sgd", "mse")
    callbacks = [pw.callbacks.Callback()] if watched else []
    messages = said(model, x, np.ones((32, 1)), epochs=3,
                    callbacks=callbacks)  # fmt: skip
    if value == np.inf and model.history.history["loss"][-1] < 1e9:
        assert not messages  # an activation took infinity for a number: sigmoid gives 1
        assert all(np.isfinite(w.numpy()).all() for w in model.weights)
        return
    (message,) = messages
    assert "epoch" in message and "the inputs have nan, infinite" in message


@pytest.mark.parametrize("watched", [False, True])
def test_a_loss_that_grows_without_bounds(host: str, watched: bool) -> None:
    x = RNG.normal(size=(32, 4)).astype(np.float32)
    model = pw.Sequential([L.Dense(4), L.Dense(1)])
    model.compile(pw.optimizers.SGD(1e10), "mse")
    callbacks = [pw.callbacks.Callback()] if watched else []
    (message,) = said(model, x, np.ones((32, 1)), epochs=5, batch_size=8, callbacks=callbacks)
    assert "the data are finite, so lower the learning rate (now 1e+10)" in message


@pytest.mark.parametrize("watched", [False, True])
def test_a_bad_input_of_the_validation(host: str, watched: bool) -> None:
    x = RNG.normal(size=(32, 4)).astype(np.float32)
    bad = x.copy()
    bad[0, 0] = np.nan
    model = pw.Sequential([L.Dense(4, activation="relu"), L.Dense(1)])
    model.compile("sgd", "mse")
    y = np.ones((32, 1))
    callbacks = [pw.callbacks.Callback()] if watched else []
    messages = said(model, x, y, validation_data=(bad, y), epochs=3, callbacks=callbacks)
    assert messages == [
        "the val_loss is nan in epoch 1: the inputs have nan, infinite or very large values; find"
        " them with numpy.isfinite, and mend them or leave those examples out"
    ]


@pytest.mark.parametrize("watched", [False, True])
def test_weights_that_the_last_step_broke(host: str, watched: bool) -> None:
    """The gradient of a root at 0 is infinite: the loss before that step is 0."""
    model = pw.Sequential([L.Dense(1, use_bias=False, kernel_initializer="zeros", name="d")])
    model.compile("sgd", lambda labels, outputs: pw.ops.sqrt(outputs * outputs))
    callbacks = [pw.callbacks.Callback()] if watched else []
    (message,) = said(model, np.ones((4, 1)), np.ones((4, 1)), callbacks=callbacks)
    assert "d/kernel" in message and "after epoch 1, though its loss was finite" in message
    assert np.isnan(model.weights[0].numpy()).all()


def test_nothing_is_said_of_what_is_well(host: str) -> None:
    x = RNG.normal(size=(32, 4)).astype(np.float32)
    model = pw.Sequential([L.Dense(4), L.BatchNormalization(), L.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    assert said(model, x, np.ones((32, 1)), validation_split=0.25, epochs=2) == []
