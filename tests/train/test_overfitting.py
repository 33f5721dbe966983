"""`overfit_check`: whether a model can learn a few examples by heart."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from small_models import blobs, head

import pywebml as pw

RNG = np.random.default_rng(2)


def test_a_model_that_can_says_so_and_stays_as_it_is(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    x, y = blobs(60)
    model = head()
    model.compile(pw.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    before = model.get_weights()
    result = model.overfit_check_sync((x, y), n=12)
    assert result and result.fits and result.loss_after < result.loss_before
    assert "can learn 12 examples by heart" in capsys.readouterr().out
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    model.fit_sync(x, y, verbose=0)  # its optimizer has trained no other


@pytest.mark.parametrize("kind", ["contradicting", "frozen", "too fast"])
def test_a_model_that_cannot_says_so(host: str, kind: str) -> None:
    x = RNG.normal(size=(30, 6)).astype(np.float32)
    y = RNG.integers(0, 3, 30)
    model = head()
    rate = 1e30 if kind == "too fast" else 0.05
    if kind == "contradicting":
        x = np.ones_like(x)
    if kind == "frozen":
        model.trainable = False
    model.compile(pw.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is not trained, and of losses that are nan
        result = model.overfit_check_sync((x, y), n=10, epochs=30)
    assert not result
    assert "cannot learn" in result.sentence
    words = "lower the learning rate" if kind == "too fast" else "look at the labels"
    assert words in result.sentence


def test_examples_come_from_all_over_the_data(host: str) -> None:
    """Sorted by label, as data often are: the first ones would be one class."""
    from pywebml.train.overfitting import few_of

    x = np.arange(100, dtype=np.float32).reshape(100, 1)
    model = pw.Sequential([pw.Input((1,)), pw.layers.Dense(1)])
    model.compile("sgd", "mse")
    batch = pw.run_sync(few_of(model, (x, x), 10))
    assert batch.inputs[0].tolist() == [[float(i)] for i in range(0, 100, 10)]
    batches = [(x[i : i + 8], x[i : i + 8]) for i in range(0, 100, 8)]
    assert pw.run_sync(few_of(model, iter(batches), 10)).n == 10


def test_a_regression_fits(host: str) -> None:
    x = np.linspace(-1, 1, 40, dtype=np.float32).reshape(40, 1)
    model = pw.Sequential([pw.Input((1,)), pw.layers.Dense(1)])
    model.compile(pw.optimizers.Adam(0.1), "mse")
    assert model.overfit_check_sync((x, 3 * x - 1))


@pytest.mark.parametrize("data", [np.ones((4, 2)), (1,), "x"])
def test_data_of_another_kind_are_refused(data: Any) -> None:
    model = head()
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"overfit_check takes \(x, y\)"):
        model.overfit_check_sync(data)
