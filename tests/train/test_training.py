"""compile, fit, evaluate, train_on_batch: what they compute, that they repeat and keep
to their memory, and what they refuse.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from small_models import blobs, head, linear

import pywebml.core.tensor as core
from pywebml import layers, models, ops
from pywebml.device import set_device
from pywebml.train import SGD, Adam, Callback, RMSprop, losses


def test_fit_learns_and_reports(host: str) -> None:
    layers.set_seed(1)
    x, y = blobs()
    model = head()
    model.compile(Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit_sync(x, y, batch_size=16, epochs=12, validation_split=0.2, verbose=0)
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert history.epoch == list(range(12))
    assert history.history["loss"][-1] < 0.3 * history.history["loss"][0]
    assert history.history["val_accuracy"][-1] > 0.9
    loss, accuracy = model.evaluate_sync(x[72:], y[72:])
    assert loss == pytest.approx(history.history["val_loss"][-1], rel=1e-4)
    assert accuracy == pytest.approx(history.history["val_accuracy"][-1])
    predicted = model.predict(x).numpy()
    np.testing.assert_allclose(predicted.sum(1), 1, rtol=1e-5)
    assert model.evaluate_sync(x, y, return_dict=True)["accuracy"] == pytest.approx(
        (predicted.argmax(1) == y).mean()
    )


def test_fit_is_the_steps_one_by_one(host: str) -> None:
    """An epoch without shuffling, last partial batch included, equals train_on_batch on
    its slices.
    """
    x, y = blobs(22)
    one, other = head(), head()
    other.set_weights(one.get_weights())
    for model in (one, other):
        model.compile(RMSprop(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = one.fit_sync(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    for epoch in range(2):
        found = [other.train_on_batch_sync(x[i : i + 8], y[i : i + 8]) for i in (0, 8, 16)]
        means = np.average(found, axis=0, weights=[8, 8, 6])
        np.testing.assert_allclose(
            [history.history[k][epoch] for k in ("loss", "accuracy")], means, rtol=1e-4
        )
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_every_row_is_seen_once_an_epoch(host: str) -> None:
    """With targets 0 and a rate of 0 the loss is the mean of w x^2, whatever the order:
    each row exactly once.
    """
    x = np.arange(1, 38, dtype=np.float32).reshape(-1, 1)
    model = linear(1.0)
    model.compile(SGD(0.0), "mse")
    history = model.fit_sync(x, np.zeros((37, 1)), batch_size=5, epochs=3, verbose=0)
    np.testing.assert_allclose(history.history["loss"], [(x**2).mean()] * 3, rtol=1e-5)


def test_seeds_decide_the_training(host: str) -> None:
    x, y = blobs()

    def train(seed: int, order: int | None) -> list[float]:
        layers.set_seed(seed)
        model = models.Sequential(
            [
                layers.Input((6,)),
                layers.Dense(8, activation="relu"),
                layers.Dropout(0.3),
                layers.Dense(3, "softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        return model.fit_sync(x, y, epochs=2, verbose=0, seed=order).history["loss"]

    assert train(4, None) == train(4, None)
    assert train(4, None) != train(5, None)
    assert train(4, 1) == train(4, 1)
    assert train(4, 1) != train(4, 2)


@pytest.mark.gpu
def test_hosts_train_alike() -> None:
    """One seed gives the same weights, dropout and order on every host, so the losses
    agree too.
    """
    x, y = blobs()
    found = []
    for choice in ("cpu", "gpu"):
        set_device(shared_device(choice))
        layers.set_seed(11)
        model = models.Sequential(
            [layers.Dense(16, "relu"), layers.Dropout(0.2), layers.Dense(3, "softmax")]
        )
        model.compile(Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
        found.append(model.fit_sync(x, y, batch_size=16, epochs=3, verbose=0).history)
        del model
    set_device(shared_device("cpu"))
    np.testing.assert_allclose(found[0]["loss"], found[1]["loss"], rtol=1e-4)
    np.testing.assert_allclose(found[0]["accuracy"], found[1]["accuracy"])


@pytest.mark.gpu
def test_training_needs_no_numpy() -> None:
    """In the page NumPy is 3 MB and two seconds: layers and training must do without."""
    code = """
import sys
sys.modules["numpy"] = None
import asyncio
from pywebml import layers, models, set_device
from pywebml.train import EarlyStopping
set_device("gpu")
layers.set_seed(1)
model = models.Sequential([layers.Dense(8, "relu"), layers.Dropout(0.1), layers.Dense(2,
  "softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = [[i % 2, 1 - i % 2, i / 50] for i in range(50)], [i % 2 for i in range(50)]
async def main():
    stop = EarlyStopping(patience=5, restore_best_weights=True)
    history = await model.fit(x, y, epochs=20, validation_split=0.2, verbose=0, callbacks=[stop])
    assert history.history["loss"][-1] < history.history["loss"][0]
    loss, accuracy = await model.evaluate(x, y, verbose=0)
    said = (await model.predict(x).data()).tolist()
    assert sum((a < b) == bool(label) for (a, b), label in zip(said, y)) == round(accuracy * 50)
    from pywebml.train import metrics
    sums = [metrics.AUC(), metrics.Precision(top_k=1), metrics.F1Score("macro"), metrics.R2Score()]
    model.compile("adam", "categorical_crossentropy", metrics=sums, weighted_metrics=["accuracy"])
    history = await model.fit(x, [[1 - i % 2, i % 2] for i in range(50)], epochs=2, verbose=0)
    assert all(len(values) == 2 for values in history.history.values())
    assert len(history.history) == 6
asyncio.run(main())
print("trained")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "trained", done.stderr[-2000:]


def test_a_thousand_steps_leave_memory_flat(host: str) -> None:
    x, y = blobs(40)
    model = head()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    seen: list[dict[str, int]] = []

    class Look(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(core.memory())

    model.fit_sync(
        x, y, batch_size=4, epochs=100, verbose=0, callbacks=[Look()], validation_data=(x, y)
    )
    assert len(seen) == 100
    for key in ("tensors", "bytes", "bind_groups", "pooled_bytes", "pipelines"):
        assert len({look[key] for look in seen[3:]}) == 1, key

    def use() -> tuple[int, ...]:
        for _ in range(10):
            model.train_on_batch_sync(x[:4], y[:4])
            model.predict(x)
            model.evaluate_sync(x, y)
        return tuple(core.memory()[key] for key in ("tensors", "bytes", "pooled_bytes"))

    assert use() == use()


def test_a_step_is_one_run_and_no_readback(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pywebml.device import get_device

    x, y = blobs(40)
    model = head()
    model.compile("adam", "sparse_categorical_crossentropy")
    device = get_device()
    calls = {"run": 0, "download": 0, "upload": 0}
    real = {verb: getattr(device, verb) for verb in calls}
    for verb in calls:

        def counted(*args: Any, verb: str = verb, **options: Any) -> Any:
            calls[verb] += 1
            return real[verb](*args, **options)

        monkeypatch.setattr(device, verb, counted)
    marks: list[dict[str, int]] = []

    class Count(Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            marks.append(dict(calls))

    class Read(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            assert logs["loss"] > 0

    for callbacks, downloads in (([Count()], 0), ([Count(), Read()], 1)):
        marks.clear()
        model.fit_sync(x, y, batch_size=10, epochs=2, verbose=0, callbacks=callbacks)
        for a, b in pairwise(marks[4:]):  # the second epoch: everything is recorded
            taken = {verb: b[verb] - a[verb] for verb in calls}
            assert taken == {"run": 1, "download": downloads, "upload": 0}


def test_logits_and_probabilities_train_alike(host: str) -> None:
    """A final softmax with the plain loss; the same behind a reshape, so that
    probabilities it is; and from_logits without one.
    """
    x, y = blobs(24)
    hidden = [layers.Input((6,)), layers.Dense(8, activation="relu")]
    kinds = [
        (models.Sequential([*hidden, layers.Dense(3, "softmax")]), False),
        (
            models.Sequential(
                [
                    layers.Input((6,)),
                    layers.Dense(8, "relu"),
                    layers.Dense(3, "softmax"),
                    layers.Reshape((3,)),
                ]
            ),
            False,
        ),
        (models.Sequential([layers.Input((6,)), layers.Dense(8, "relu"), layers.Dense(3)]), True),
    ]
    found = []
    for model, from_logits in kinds:
        rng = np.random.default_rng(3)
        model.set_weights([rng.normal(size=w.shape, scale=0.3) for w in model.weights])
        model.compile(
            "sgd", losses.SparseCategoricalCrossentropy(from_logits), metrics=["accuracy"]
        )
        found.append(model.fit_sync(x, y, epochs=3, shuffle=False, verbose=0).history)
    assert [model.split_activation() for model, _ in kinds] == ["softmax", None, None]
    for other in found[1:]:
        np.testing.assert_allclose(other["loss"], found[0]["loss"], rtol=1e-4)
        assert other["accuracy"] == found[0]["accuracy"]


def test_accuracy_is_the_kind_that_fits(host: str) -> None:
    x, y = blobs(30)
    for loss, labels in [
        ("categorical_crossentropy", np.eye(3)[y]),
        ("sparse_categorical_crossentropy", y.reshape(-1, 1)),
    ]:
        model = head()
        model.compile("sgd", loss, metrics=["accuracy", "acc"])
        _, accuracy, again = model.evaluate_sync(x, labels)
        assert accuracy == again == pytest.approx((model.predict(x).numpy().argmax(1) == y).mean())
    model = head(1, "sigmoid")
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", "mae"])
    found = model.evaluate_sync(x, (y > 0).astype(float), return_dict=True)
    p = model.predict(x).numpy()[:, 0]
    assert found["accuracy"] == pytest.approx(((p > 0.5) == (y > 0)).mean())
    assert found["mae"] == pytest.approx(np.abs(p - (y > 0)).mean(), rel=1e-4)
    assert found["loss"] == pytest.approx(-np.log(np.where(y > 0, p, 1 - p)).mean(), rel=1e-4)


def test_own_losses_and_metrics(host: str) -> None:
    def fourth_power(y_true: Any, y_pred: Any) -> Any:
        return ops.square(ops.square(y_pred - y_true))

    def largest(y_true: Any, y_pred: Any) -> Any:
        return ops.max(y_pred, -1)

    model = linear(2.0)
    model.compile(SGD(0.01), fourth_power, metrics=[largest])
    assert model.train_on_batch_sync(
        [[1.0], [2.0]], [[1.0], [2.0]], return_dict=True
    ) == pytest.approx({"loss": (1 + 16) / 2, "largest": 3.0})
    assert model.weights[0].item() == pytest.approx(2 - 0.01 * (4 * 1 * 1 + 4 * 8 * 2) / 2)


def test_weights_of_classes_and_samples(host: str) -> None:
    """The loss is the weighted sum over the number of examples: one SGD step by hand."""
    x, y = np.array([[1.0], [2.0], [3.0]], np.float32), np.array([0, 1, 1])
    for options, weights in [
        ({"class_weight": {0: 2.0, 1: 0.5}}, [2, 0.5, 0.5]),
        ({"class_weight": {1: 3.0}}, [1, 3, 3]),
        ({"sample_weight": [1.0, 0.0, 4.0]}, [1, 0, 4]),
        ({"class_weight": {0: 2.0, 1: 0.5}, "sample_weight": [1.0, 0.0, 4.0]}, [2, 0, 2]),
    ]:
        model = linear(0.5)
        model.compile(SGD(0.1), "mse")
        history = model.fit_sync(x, y.reshape(3, 1), verbose=0, **options)  # type: ignore[arg-type]
        error, weights = x[:, 0] * 0.5 - y, np.array(weights)  # type: ignore[assignment]
        assert history.history["loss"][0] == pytest.approx((weights * error**2).sum() / 3, rel=1e-5)
        assert model.weights[0].item() == pytest.approx(
            0.5 - 0.1 * (weights * 2 * error * x[:, 0]).sum() / 3, rel=1e-5
        )
    model = head()
    model.compile("sgd", "categorical_crossentropy")
    points, classes = blobs(20)
    plain = model.evaluate_sync(points, np.eye(3)[classes])
    weighted = model.evaluate_sync(points, np.eye(3)[classes], sample_weight=np.full(20, 2.5))
    assert weighted == pytest.approx(2.5 * plain, rel=1e-4)


def test_validation_split_takes_the_end(host: str) -> None:
    x = np.concatenate([np.ones((8, 1)), np.full((2, 1), 5.0)]).astype(np.float32)
    model = linear(1.0)
    model.compile(SGD(0.0), "mse")
    history = model.fit_sync(x, np.zeros((10, 1)), validation_split=0.2, verbose=0)
    assert history.history["loss"] == [pytest.approx(1.0)]
    assert history.history["val_loss"] == [pytest.approx(25.0)]
    with pytest.raises(ValueError, match="leaves nothing"):
        model.fit_sync(x, np.zeros((10, 1)), validation_split=0.999, verbose=0)


def test_bad_data_is_refused(host: str) -> None:
    x, y = blobs(20)
    model = head()
    with pytest.raises(RuntimeError, match="not compiled"):
        model.fit_sync(x, y)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    for given, message in [
        ((x, y[:-1]), "x has 20 examples but y has 19"),
        ((x, y + 1), r"0 \.\.\. 2 for a model of 3 outputs, got 1 \.\.\. 3"),
        ((x, y - 1), r"got -1 \.\.\. 1"),
        ((x, np.eye(3)[y]), "one-hot labels need loss='categorical_crossentropy'"),
        ((x[:, :5], y), r"expects x of shape \(n, 6\), got \(20, 5\)"),
        ((x, None), "no labels"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit_sync(*given, verbose=0)
    for options, message in [
        ({"batch_size": 0}, "batch_size"),
        ({"validation_data": x}, "validation_data must be"),
        ({"sample_weight": [1.0]}, "sample_weight must hold one number for each of the 20"),
        ({"class_weight": {"a": 1.0}}, "class_weight maps class numbers"),
        ({"validation_split": 1.5}, "validation_split"),
        ({"epochs": 1, "initial_epoch": 2}, "initial_epoch"),
        ({"verbose": 7}, "verbose"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit_sync(x, y, **{"verbose": 0, **options})  # type: ignore[arg-type]
    model.compile("sgd", "categorical_crossentropy")
    with pytest.raises(
        ValueError, match="for class numbers use loss='sparse_categorical_crossentropy'"
    ):
        model.fit_sync(x, y, verbose=0)
    for bad, error in [
        ({"loss": "mee"}, ValueError),
        ({"loss": "mse", "metrics": "accuracy"}, TypeError),
    ]:
        with pytest.raises(error):
            model.compile("sgd", **bad)
    # a batch larger than the data is fine
    model.fit_sync(x, np.eye(3)[y], batch_size=500, verbose=0)


def test_several_inputs(host: str) -> None:
    a, b = layers.Input((2,)), layers.Input((3,))
    model = models.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b])))
    model.compile(Adam(0.1), "mse")
    rng = np.random.default_rng(0)
    xa, xb = (
        rng.normal(size=(30, 2)).astype(np.float32),
        rng.normal(size=(30, 3)).astype(np.float32),
    )
    y = xa[:, :1] - xb[:, 2:]
    history = model.fit_sync([xa, xb], y, batch_size=8, epochs=30, verbose=0, seed=1)
    assert history.history["loss"][-1] < 0.05 * history.history["loss"][0]
    assert model.evaluate_sync([xa, xb], y) < 0.05 * history.history["loss"][0]


def test_plain_python_data_needs_no_arrays(host: str) -> None:
    model = models.Sequential([layers.Dense(1)])
    model.compile(SGD(0.1), "mse")
    history = model.fit_sync([[1.0], [2.0], [3.0]], [[2.0], [4.0], [6.0]], epochs=40, verbose=0)
    assert history.history["loss"][-1] < 0.1
    assert model.predict([[4.0]]).item() == pytest.approx(8, abs=0.7)


def test_optimizers_apply_gradients_in_loops_of_ones_own(host: str) -> None:
    v = core.Variable([1.0, 2.0])
    sgd = SGD(0.5)
    sgd.apply([core.tensor([2.0, 2.0])], [v])
    sgd.apply_gradients([(core.tensor([2.0, 0.0]), v)])
    assert v.tolist() == [-1, 1]
    with pytest.raises(ValueError, match="0 gradients for 1 variables"):
        sgd.apply([], [v])


def test_history_is_the_same_whether_somebody_watches_or_not(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywebml.train.training.LOOK", 1e9)
    x, y = blobs()
    found = []
    for callbacks in (None, [Callback()]):
        layers.set_seed(5)
        model = head()
        model.compile(Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
        reads = []
        device = core.get_device()
        inner = device.download

        async def download(*args: Any, inner: Any = inner, reads: list[int] = reads) -> bytes:
            reads.append(1)
            return await inner(*args)

        device.download = download  # type: ignore[method-assign]
        try:
            history = model.fit_sync(
                x,
                y,
                batch_size=16,
                epochs=4,
                validation_split=0.25,
                verbose=0,
                callbacks=callbacks,
                seed=3,
            )
        finally:
            del device.download
        found.append((history.epoch, history.history))
        checks = 1  # of the labels' range
        assert len(reads) - checks == (5 if callbacks else 1), (
            "unwatched sums are read once, watched ones after each epoch, and weights at the end"
        )
    assert found[0][0] == found[1][0] == [0, 1, 2, 3]
    assert list(found[0][1]) == list(found[1][1])
    for key, values in found[0][1].items():
        np.testing.assert_allclose(values, found[1][1][key], rtol=1e-6)
