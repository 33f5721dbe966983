"""The numbers of layers that `check` compares with are Keras's, and what is wrong with a
layer is seen.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from in_keras import keras

from pywebml.apps import check as job
from pywebml.apps.check_layers import ATOL, LAYERS, RTOL


# All 23 were asked when they were written; that layers are Keras's is tested in tests/layers.
@pytest.mark.parametrize("name", ["Conv2D", "BatchNormalization", "LSTM"])
def test_keras_gives_these_numbers(name: str) -> None:
    row = LAYERS[f"layers.{name}"]
    network, (x, y) = row.network(keras.layers, keras.Model), row.data()
    predicted = network.predict_on_batch(x).ravel().tolist()
    losses = [float(network.train_on_batch(x, y)) for _ in range(2)]
    assert row.numbers == pytest.approx([*predicted, *losses], rel=RTOL / 3, abs=ATOL / 3)


@pytest.mark.parametrize("wrong", [0, 1, 2, 3])
def test_another_number_is_a_miss(wrong: int) -> None:
    row = LAYERS["layers.Conv2D"]
    other = tuple(n * (1.01 if i == wrong else 1) for i, n in enumerate(row.numbers))
    checks = {"layers.right": row, "layers.wrong": replace(row, numbers=other)}
    rows = {row["kernel"]: row["ok"] for row, _ in job.check(["reference"], checks)}
    assert rows == {"layers.right": True, "layers.wrong": False}


def test_a_layer_that_raises_is_a_miss() -> None:
    row = replace(LAYERS["layers.Dense"], make=lambda layers: layers.Dense(-1))
    ((found, trouble),) = job.check(["reference"], {"layers.broken": row})
    assert not found["ok"]
    assert "ValueError" in trouble
