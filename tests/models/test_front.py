"""Models that begin with texts: what works on the host runs there, before the device."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers
from pywebml.utils import FeatureSpace

TEXTS = np.array(["good film", "bad film", "a good one", "so bad"] * 8)
LABELS = np.array([1.0, 0.0, 1.0, 0.0] * 8)[:, None]


def of_texts() -> Any:
    vectorize = layers.TextVectorization(output_mode="multi_hot")
    vectorize.adapt(TEXTS)
    texts = layers.Input((1,), dtype="string")
    hidden = layers.Dense(8, activation="relu")(vectorize(texts))
    return pw.Model(texts, layers.Dense(1, activation="sigmoid")(hidden))


def test_a_model_takes_texts(host: str) -> None:
    pw.set_seed(1)
    model = of_texts()
    model.compile(pw.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit_sync(TEXTS, LABELS, epochs=15, batch_size=8, verbose=0).history
    assert history["accuracy"][-1] == 1.0
    batches = pw.data.Dataset.from_tensor_slices((TEXTS, LABELS)).batch(8)
    assert model.evaluate_sync(batches)[1] == 1.0
    model.fit_sync(batches, epochs=1, verbose=0)
    got = model.predict(np.array([["a bad film"], ["good"]])).numpy()
    assert got[0, 0] < 0.5 < got[1, 0]
    np.testing.assert_allclose(model(["a bad film", "good"]).numpy(), got, rtol=1e-5)
    np.testing.assert_allclose(
        copy.deepcopy(model).predict(["a bad film", "good"]).numpy(), got, rtol=1e-5
    )


def test_sequences_of_words(host: str) -> None:
    vectorize = layers.TextVectorization(output_sequence_length=4)
    vectorize.adapt(TEXTS)
    model = pw.Sequential(
        [layers.Input((1,), dtype="string"), vectorize, layers.Rescaling(0.1), layers.Dense(2)]
    )
    assert model.output_shape == (None, 2)
    assert model.predict(TEXTS[:3]).shape == (3, 2)


def test_it_is_saved_with_its_words(tmp_path: Path) -> None:
    model = of_texts()
    pw.save_model(model, str(tmp_path / "model"))
    again = pw.load_model(str(tmp_path / "model"))
    np.testing.assert_allclose(
        again.predict(TEXTS[:5]).numpy(), model.predict(TEXTS[:5]).numpy(), rtol=1e-5
    )


def test_a_space_of_features_stands_before_a_network(host: str) -> None:
    """Keras's guide: trained on numbers, used on columns."""
    table = {"age": np.array([20.0, 60.0, 40.0]), "city": np.array(["a", "b", "a"]),
             "rooms": np.array([1, 2, 2])}  # fmt: skip
    space = FeatureSpace(
        {"age": "float_normalized", "city": "string_categorical", "rooms": "integer_categorical"},
        crosses=[("city", "rooms")], crossing_dim=4,
    )  # fmt: skip
    space.adapt(table)
    encoded = space.get_encoded_features()
    outputs = layers.Dense(1)(encoded)
    training, inference = pw.Model(encoded, outputs), pw.Model(space.get_inputs(), outputs)
    want = training.predict(space(table)).numpy()
    np.testing.assert_allclose(inference.predict(table).numpy(), want, rtol=1e-4, atol=1e-5)
    one = {name: values[:1] for name, values in table.items()}
    np.testing.assert_allclose(inference(one).numpy(), want[:1], rtol=1e-4, atol=1e-5)
    columns = {name: values[:, None] for name, values in table.items()}
    np.testing.assert_allclose(inference.predict(columns).numpy(), want, rtol=1e-4, atol=1e-5)


def test_behind_the_device_is_no_place_for_it() -> None:
    x = layers.Input((3,))
    hidden = layers.Dense(3)(x)
    with pytest.raises(ValueError, match="at the front of a model"):
        pw.Model(x, layers.IntegerLookup(vocabulary=[1])(hidden))
