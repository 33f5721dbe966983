"""Data that one buffer of the device cannot hold train, are evaluated and predicted from
as those that it holds: in the same order, to the same figures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

import pywebml as pw
from pywebml import layers
from pywebml.data.host_rows import HostRows, Picked
from pywebml.device import get_device, set_device
from pywebml.train import callbacks, on_host

N, LIMIT = 300, 4096
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] > 0)
WEIGHTS = RNG.random(N).astype(np.float32)


@pytest.fixture(params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def small(request: Any) -> Iterator[Callable[[], None]]:
    """Afterwards the device says that a buffer has 4 KB at most."""
    set_device(shared_device(request.param))
    device = get_device()
    before = device.adapter

    def claim() -> None:
        device.adapter = dataclasses.replace(before, max_binding=LIMIT)

    yield claim
    device.adapter = before
    set_device(shared_device("cpu"))


def classifier() -> Any:
    pw.set_seed(1)
    model = pw.Sequential(
        [layers.Dense(8, "relu", input_shape=(6,)), layers.Dropout(0.2), layers.Dense(3, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def of_several() -> Any:
    pw.set_seed(1)
    a, b = layers.Input((6,), name="a"), layers.Input((6,), name="b")
    both = layers.Concatenate()([a, b])
    outputs = [layers.Dense(3, "softmax", name="kind")(both), layers.Dense(1, name="sum")(both)]
    model = pw.Model([a, b], outputs)
    model.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    return model


def mapped_array(folder: Path) -> Any:
    np.save(folder / "x.npy", X)
    return np.load(folder / "x.npy", mmap_mode="r")


S = X.sum(1, keepdims=True)
CASES: dict[str, tuple[Callable[[], Any], Callable[[Path], Any], dict[str, Any]]] = {
    "arrays": (classifier, lambda _: (X, Y), {}),
    "in order": (classifier, lambda _: (X, Y), {"shuffle": False}),
    "lists": (classifier, lambda _: (X.tolist(), Y.tolist()), {}),
    "memory-mapped": (classifier, lambda f: (mapped_array(f), Y), {}),
    "labels on the device": (classifier, lambda _: (X, pw.tensor(Y, dtype="int32")), {}),
    "of other types": (classifier, lambda _: (X.astype(np.float64), Y.astype(np.float32)), {}),
    "weights": (classifier, lambda _: (X, Y), {"sample_weight": WEIGHTS}),
    "weights of classes": (classifier, lambda _: (X, Y), {"class_weight": {0: 3.0, 2: 0.5}}),
    "split": (classifier, lambda _: (X, Y), {"validation_split": 0.3}),
    "validated": (classifier, lambda _: (X, Y), {"validation_data": (X[::-1], Y[::-1])}),
    "steps": (classifier, lambda _: (X, Y), {"steps_per_epoch": 3}),
    "several": (of_several, lambda _: ([X, X[::-1]], [Y, S]), {}),
    "several by name": (of_several, lambda _: ({"a": X, "b": X}, {"kind": Y, "sum": S}), {}),
}  # fmt: skip


def trained(case: str, folder: Path) -> tuple[Any, ...]:
    make, data, options = CASES[case]
    model, (x, y) = make(), data(folder)
    history = model.fit_sync(x, y, batch_size=32, epochs=3, verbose=0, seed=5, **options).history
    evaluated = model.evaluate_sync(x, y, verbose=0)
    outputs = model.predict(x, batch_size=50)
    several = outputs if isinstance(outputs, list) else [outputs]
    return history, evaluated, [w.numpy() for w in model.weights], [o.numpy() for o in several]


@pytest.mark.parametrize("case", CASES)
def test_what_does_not_fit_gives_the_same(
    case: str, small: Callable[[], None], tmp_path: Path
) -> None:
    expected = trained(case, tmp_path)
    small()
    got = trained(case, tmp_path)
    for name, values in expected[0].items():
        np.testing.assert_allclose(got[0][name], values, rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(got[1], expected[1], rtol=1e-6)
    for one, other in zip(got[2] + got[3], expected[2] + expected[3], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_rows_on_the_host_stay_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small they are; and the next batches are gathered by a thread."""
    monkeypatch.setattr("pywebml.data.host_rows.MANY", 0)
    x = HostRows.of([X[:100], X[100:]])
    model = classifier()
    said = model.fit_sync(x, Y, epochs=2, verbose=0, seed=5).history
    assert said == classifier().fit_sync(X, Y, epochs=2, verbose=0, seed=5).history
    some = list(range(0, N, 3))
    picked = model.evaluate_sync(Picked(x, some), Y[some], verbose=0)
    assert picked == model.evaluate_sync(X[some], Y[some], verbose=0)


def test_a_training_goes_on_in_its_order(small: Callable[[], None], tmp_path: Path) -> None:
    """One that is cut off and begins again is one that was not."""

    class Cut(pw.train.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                raise KeyboardInterrupt

    small()
    whole = classifier()
    whole.fit_sync(X, Y, epochs=4, verbose=0, seed=5)
    kept = [callbacks.BackupAndRestore(tmp_path)]
    with pytest.raises(KeyboardInterrupt):
        classifier().fit_sync(X, Y, epochs=4, verbose=0, seed=5, callbacks=[*kept, Cut()])
    again = classifier()
    again.fit_sync(X, Y, epochs=4, verbose=0, seed=5, callbacks=kept)
    for one, other in zip(whole.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_bad_data_are_refused_in_the_same_words(small: Callable[[], None]) -> None:
    small()
    model = classifier()
    for x, y, said in (
        (X, Y[:-1], "x has 300 examples but y has 299; they must be equally long"),
        (X, None, "no labels"),
        (X, Y + 1, "class numbers must lie in 0 ... 2"),
        (X[:, :5], Y, "expects x of shape"),
        (np.full((N, 6), "a"), Y, "cannot make a tensor|x"),
    ):
        with pytest.raises((ValueError, TypeError), match=said):
            model.fit_sync(x, y, verbose=0)
    late = Y.copy()
    late[-1] = 7  # not among the first
    with pytest.raises(ValueError, match=r"class numbers must lie in 0 \.\.\. 2"):
        model.fit_sync(X, late, shuffle=False, verbose=0)


@pytest.mark.gpu
def test_what_cannot_be_cut_says_so() -> None:
    """A batch, and the outputs of a prediction, are one tensor."""
    set_device(shared_device("gpu"))
    device = get_device()
    before = device.adapter
    try:
        model = classifier()
        device.adapter = dataclasses.replace(before, max_binding=LIMIT)
        for work in (lambda: model.train_on_batch_sync(X, Y), lambda: model.predict_on_batch(X)):
            with pytest.raises(ValueError, match=r"x is a tensor of .*allows.*give fewer examples"):
                work()
        with pytest.raises(ValueError, match=r"outputs together are a tensor .*predict from some"):
            model.predict(np.concatenate([X, X]))
    finally:
        device.adapter = before
        set_device(shared_device("cpu"))


def test_what_fits_goes_to_the_device() -> None:
    model = classifier()
    assert on_host.Examples.of(model, X, Y) is None
    assert on_host.Examples.of(model, X.tolist(), Y.tolist()) is None
    assert on_host.Examples.of(model, [], None) is None
