"""Functional models from Keras's own files: functions and operators on tensors, masks,
dicts, and what their calls were told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from in_keras import keras

import pywebml as pw

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
WORDS = np.array([[1, 2, 0, 0, 0], [3, 4, 5, 0, 0], [1, 1, 1, 1, 1]])


def of_operations() -> Any:
    ops = keras.ops
    x = keras.Input((4,), name="x")
    y = ops.relu(x * 2.0 + 1)[:, 1:]
    z = ops.concatenate([y, ops.mean(y, axis=-1, keepdims=True)], axis=-1)
    w = ops.softmax(-z / 3, axis=1) ** 2
    return keras.Model(
        x,
        {
            "w": w, "product": ops.matmul(w, ops.transpose(w)), "first": x[:, 0],
            "rows": ops.reshape(x, (-1, 2, 2)), "sum": ops.sum(x, axis=1), "kind": x > 0,
            "more": ops.expand_dims(1 - x, 1), "whole": ops.cast(x, "int32"), "one": x[..., None],
            "parts": ops.split(x, 2, axis=1)[1], "stacked": ops.stack([x, x * x], axis=1),
            "squared": keras.layers.Dense(2, name="d")(ops.square(x)),
        },
    )  # fmt: skip


def test_functions_are_read(host: str, tmp_path: Path) -> None:
    theirs = of_operations()
    theirs.save(tmp_path / "model.keras")
    ours = pw.load_model(str(tmp_path / "model.keras"))
    want, got = theirs.predict(X, verbose=0), ours.predict(X)
    assert set(got) == set(want)
    for name, values in want.items():
        np.testing.assert_allclose(got[name].numpy(), values, rtol=1e-5, atol=1e-6, err_msg=name)


def test_masks_are_read(host: str, tmp_path: Path) -> None:
    """Keras writes how they are computed into the graph."""
    t = keras.Input((5,), name="t")
    hidden = keras.layers.Embedding(10, 4, mask_zero=True)(t)
    theirs = keras.Model(t, keras.layers.LSTM(3)(keras.layers.Dropout(0.5)(hidden)))
    theirs.save(tmp_path / "model.keras")
    ours = pw.load_model(str(tmp_path / "model.keras"))
    want = theirs.predict(WORDS, verbose=0)
    np.testing.assert_allclose(ours.predict(WORDS).numpy(), want, rtol=1e-5, atol=1e-6)


def test_layers_that_train_differently_do_so(host: str, tmp_path: Path) -> None:
    x = keras.Input((4,))
    y = keras.layers.Dropout(0.9)(keras.layers.BatchNormalization()(x))
    keras.Model(x, y).save(tmp_path / "model.keras")
    model = pw.load_model(str(tmp_path / "model.keras"))
    assert (model(X, training=True).numpy() == 0).mean() > 0.3
    assert model.get_layer(index=1).moving_mean.numpy().any()
