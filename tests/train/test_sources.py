"""Data that come batch by batch, of every kind that Keras takes: each trains as the
arrays do, and as Keras's own model does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count, pairwise
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.data import PyDataset
from pywebml.train import SGD, Callback

N, SIZE = 22, 4
RNG = np.random.default_rng(7)
X = RNG.normal(size=(N, 3)).astype(np.float32)
Y = (X @ [[1.0], [-2.0], [0.5]] + 0.3).astype(np.float32)
WEIGHTS = RNG.uniform(0.5, 2.0, N).astype(np.float32)
BATCHES = [(X[i : i + SIZE], Y[i : i + SIZE]) for i in range(0, N, SIZE)]
WEIGHTED = [(*BATCHES[i], WEIGHTS[4 * i : 4 * i + 4]) for i in range(len(BATCHES))]


class Numbered(PyDataset):
    def __init__(self, batches: Any = BATCHES, **options: Any):
        super().__init__(**options)
        self.batches, self.begun, self.ended = batches, 0, 0

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        return self.batches[index]

    def on_epoch_begin(self) -> None:
        self.begun += 1

    def on_epoch_end(self) -> None:
        self.ended += 1


class Endless(PyDataset):
    num_batches = None

    def __getitem__(self, index: int) -> Any:
        return BATCHES[index % len(BATCHES)]


class Loader:
    """As a data loader of PyTorch: a length, and lists."""

    def __len__(self) -> int:
        return len(BATCHES)

    def __iter__(self) -> Iterator[Any]:
        return (list(batch) for batch in BATCHES)


class Iterable:
    def __iter__(self) -> Iterator[Any]:
        return iter(BATCHES)


class Later:
    async def __aiter__(self) -> Any:
        for batch in BATCHES:
            await asyncio.sleep(0)
            yield batch


def forever() -> Iterator[Any]:
    for i in count():
        yield BATCHES[i % len(BATCHES)]


def net() -> Any:
    model = pw.Sequential(
        [pw.layers.Input((3,)), pw.layers.Dense(1, kernel_initializer="zeros", name="line")]
    )
    model.compile(SGD(0.05), "mse", metrics=["mae"])
    return model


def by_keras(epochs: int = 3, **options: Any) -> Any:
    from in_keras import keras

    model = keras.Sequential(
        [keras.layers.Input((3,)), keras.layers.Dense(1, kernel_initializer="zeros")]
    )
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    history = model.fit(**options, epochs=epochs, shuffle=False, verbose=0)
    return history.history, model.get_weights()


def same(history: Any, model: Any, theirs: Any) -> None:
    figures, weights = theirs
    assert history.history.keys() == figures.keys()
    for key, values in figures.items():
        np.testing.assert_allclose(history.history[key], values, rtol=1e-4, atol=1e-6)
    for ours, other in zip(model.weights, weights, strict=True):
        np.testing.assert_allclose(ours.numpy(), other, rtol=1e-4, atol=1e-6)


SOURCES = {
    "a data set by numbers": (Numbered, {}),
    "an endless one": (Endless, {"steps_per_epoch": 6}),
    "a loader": (Loader, {}),
    "an iterable": (Iterable, {}),
    "an async one": (Later, {}),
    "a generator without end": (forever, {"steps_per_epoch": 6}),
    "a generator of three epochs": (lambda: iter(3 * BATCHES), {"steps_per_epoch": 6}),
    "pairs": (lambda: ({"xs": x, "ys": y} for x, y in 3 * BATCHES), {"steps_per_epoch": 6}),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_batches_train_as_arrays_do(host: str, kind: str) -> None:
    make, options = SOURCES[kind]
    model, whole = net(), net()
    history = model.fit_sync(make(), epochs=3, shuffle=False, verbose=0, **options)
    expected = whole.fit_sync(X, Y, SIZE, 3, 0, shuffle=False)
    assert history.history.keys() == expected.history.keys()
    for key, values in expected.history.items():
        np.testing.assert_allclose(history.history[key], values, rtol=1e-5)
    for one, other in zip(model.weights, whole.weights, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5)


CALLS: dict[str, dict[str, Any]] = {
    "arrays": {"x": X, "y": Y, "batch_size": SIZE},
    "weights": {"x": X, "y": Y, "batch_size": SIZE, "sample_weight": WEIGHTS},
    "split": {"x": X, "y": Y, "batch_size": SIZE, "validation_split": 0.3},
    "few steps": {"x": X, "y": Y, "batch_size": SIZE, "steps_per_epoch": 2},
    "steps that do not divide": {"x": X, "y": Y, "batch_size": SIZE, "steps_per_epoch": 3},
    "validation": {
        "x": X,
        "y": Y,
        "batch_size": SIZE,
        "validation_data": (X[:7], Y[:7]),
        "validation_batch_size": 3,
        "validation_steps": 2,
        "validation_freq": 2,
        "epochs": 5,
    },
    "listed epochs": {
        "x": X,
        "y": Y,
        "validation_data": (X[:7], Y[:7], WEIGHTS[:7]),
        "validation_freq": [1, 4],
        "epochs": 5,
    },
}


@pytest.mark.parametrize("name", CALLS)
def test_arrays_train_as_in_keras(host: str, name: str) -> None:
    call = {"epochs": 3, **CALLS[name]}
    model = net()
    history = model.fit_sync(**call, shuffle=False, verbose=0)
    same(history, model, by_keras(**call))


STREAMED: dict[str, dict[str, Any]] = {
    "generator": {"x": lambda k: forever(), "steps_per_epoch": 4},
    "weights": {"x": lambda k: (b for b in 3 * WEIGHTED), "steps_per_epoch": 6},
    "data set": {"x": lambda k: numbered(k, BATCHES)},
    "few of a data set": {"x": lambda k: numbered(k, BATCHES), "steps_per_epoch": 3},
    "weights of a data set": {"x": lambda k: numbered(k, WEIGHTED)},
    "validated": {
        "x": lambda k: numbered(k, WEIGHTED),
        "validation_data": lambda k: numbered(k, BATCHES[:2]),
    },
    "validated by arrays": {
        "x": lambda k: numbered(k, WEIGHTED),
        "validation_data": lambda k: (X[:9], Y[:9]),
        "validation_batch_size": 2,
    },
    "validated in part": {
        "x": lambda k: numbered(k, WEIGHTED),
        "validation_data": lambda k: numbered(k, BATCHES),
        "validation_steps": 4,
        "epochs": 4,
        "initial_epoch": 2,
    },
}


def numbered(base: Any, batches: Any) -> Any:
    methods = {"__len__": lambda self: len(batches), "__getitem__": lambda self, i: batches[i]}
    return type("Batches", (base,), methods)()


@pytest.mark.parametrize("name", STREAMED)
def test_batches_train_as_in_keras(host: str, name: str) -> None:
    from in_keras import keras

    def call(base: Any) -> dict[str, Any]:
        said = {"epochs": 3, **STREAMED[name]}
        return {key: value(base) if callable(value) else value for key, value in said.items()}

    model = net()
    history = model.fit_sync(**call(PyDataset), shuffle=False, verbose=0)
    same(history, model, by_keras(**call(keras.utils.PyDataset)))


@pytest.mark.parametrize("kind", [k for k in SOURCES if "end" not in k and k != "pairs"])
def test_batches_are_evaluated_and_predicted(host: str, kind: str) -> None:
    make, options = SOURCES[kind]
    steps = {"steps": options["steps_per_epoch"]} if options else {}
    model = net()
    model.fit_sync(X, Y, epochs=1, verbose=0)
    expected = model.evaluate_sync(X, Y, verbose=0)
    assert model.evaluate_sync(make(), verbose=0, **steps) == pytest.approx(expected, rel=1e-5)
    if kind == "an async one":
        with pytest.raises(TypeError, match=r"a Later is iterated by async for: .*predict_on"):
            model.predict(make())
        return
    rows = model.predict(make(), verbose=0, **steps).numpy()
    # a BLAS may round a row otherwise in a batch of another size
    np.testing.assert_allclose(rows, model.predict(X).numpy(), rtol=1e-6, atol=1e-7)
    first = model.predict(make(), verbose=0, steps=2).numpy()
    np.testing.assert_allclose(first, rows[: 2 * SIZE], rtol=1e-6, atol=1e-7)


def test_endless_data_need_a_number_of_steps() -> None:
    for work in (net().fit_sync, net().evaluate_sync, net().predict):
        with pytest.raises(ValueError, match=r"an Endless has no end: say how .*steps_per_epoch"):
            work(Endless(), verbose=0)
    with pytest.raises(ValueError, match=r"validation_data: an Endless has .* validation_steps"):
        net().fit_sync(X, Y, verbose=0, validation_data=Endless())


def test_an_iterator_goes_on_where_it_was(host: str) -> None:
    """An epoch of so many steps takes so many batches, and not one more."""
    batches = iter(BATCHES)
    net().fit_sync(batches, steps_per_epoch=2, epochs=2, verbose=0)
    assert len(list(batches)) == len(BATCHES) - 4


def test_data_that_run_out_are_told(host: str) -> None:
    with pytest.warns(UserWarning, match=r"ran out of data after 2 of 4 batches"):
        history = net().fit_sync(iter(BATCHES), steps_per_epoch=4, epochs=2, verbose=0)
    assert history.epoch == [0, 1]
    with pytest.warns(UserWarning, match=r"no data any more for epoch 2"):
        history = net().fit_sync(iter(BATCHES), epochs=3, verbose=0)
    assert history.epoch == [0]
    for work in (net().fit_sync, net().evaluate_sync, net().predict):
        with pytest.raises(ValueError, match="x gives no batch"):
            work(iter([]), verbose=0)


def test_an_epoch_of_a_data_set_is_shuffled_and_has_hooks(host: str) -> None:
    asked: list[int] = []

    class Asked(Numbered):
        def __getitem__(self, index: int) -> Any:
            asked.append(index)
            return super().__getitem__(index)

    data = Asked()
    net().fit_sync(data, epochs=3, verbose=0, seed=1)
    epochs = [asked[i : i + 6] for i in range(0, 18, 6)]
    assert len(asked) == 18
    assert all(sorted(epoch) == list(range(6)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1
    assert (data.begun, data.ended) == (3, 3)
    again = list(asked)
    asked.clear()
    net().fit_sync(data, epochs=3, verbose=0, seed=1)
    assert asked == again


def test_labels_of_every_batch_are_looked_at(host: str) -> None:
    """Of the first before it trains; of later ones at the latest when the epoch ends."""
    labels = [np.array([0, 1, 2, 1]) for _ in range(4)]
    for wrong in (0, 3):
        model = pw.Sequential([pw.layers.Input((3,)), pw.layers.Dense(3, "softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        ys = [y + 5 * (i == wrong) for i, y in enumerate(labels)]
        batches = [(X[:4], y) for y in ys]
        with pytest.raises(ValueError, match=r"class numbers must lie in 0 \.\.\. 2"):
            model.fit_sync(iter(batches), verbose=0)
        with pytest.raises(ValueError, match=r"class numbers must lie in 0 \.\.\. 2"):
            model.evaluate_sync(iter(batches), verbose=0)


def test_class_weights_count_in_batches(host: str) -> None:
    y = np.array([[0.0], [1.0]] * 11, np.float32)
    batches = [(X[i : i + SIZE], y[i : i + SIZE]) for i in range(0, N, SIZE)]
    losses = []
    for data, labels in ((X, y), (Numbered(batches), None)):
        model = net()
        model.compile(SGD(0.1), "mse")
        history = model.fit_sync(
            data, labels, SIZE, 2, 0, shuffle=False, class_weight={0: 0.5, 1: 3.0}
        )
        losses.append(history.history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


@pytest.mark.parametrize("extra", [{"y": Y}, {"sample_weight": WEIGHTS}])
def test_labels_do_not_stand_beside_batches(extra: dict[str, Any]) -> None:
    (name,) = extra
    for work in (net().fit_sync, net().evaluate_sync):
        with pytest.raises(ValueError, match=f"{name} cannot stand beside x as a Numbered"):
            work(Numbered(), verbose=0, **extra)
    with pytest.raises(ValueError, match=r"validation_split takes .* x is a Numbered"):
        net().fit_sync(Numbered(), verbose=0, validation_split=0.2)
    with pytest.raises(ValueError, match=r"a batch is x, \(x, y\) or .* got 4 parts"):
        net().fit_sync(iter([(X, Y, WEIGHTS, Y)]), verbose=0)


def test_several_inputs_and_outputs_come_in_batches(host: str) -> None:
    a, b = pw.Input((3,), name="a"), pw.Input((1,), name="b")
    total = pw.layers.Concatenate()([a, b])
    model = pw.Model([a, b], [pw.layers.Dense(1, name="p")(total), pw.layers.Dense(1, name="q")(b)])
    model.compile("sgd", {"p": "mse", "q": "mse"})
    batches = [({"a": x, "b": y}, {"p": y, "q": y}) for x, y in BATCHES]
    history = model.fit_sync(Numbered(batches), epochs=2, verbose=0)
    assert list(history.history) == ["loss", "p_loss", "q_loss"]
    assert [p.shape for p in model.predict(Numbered(batches), verbose=0)] == [(N, 1)] * 2


def test_an_unbuilt_model_is_built_for_the_first_batch(host: str) -> None:
    model = pw.Sequential([pw.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert model.fit_sync(Loader(), verbose=0).epoch == [0]
    assert model.weights[0].shape == (3, 1)


def test_a_step_of_a_batch_is_one_run(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded once; batches are brought to the device, and nothing is read back."""
    device = pw.get_device()
    calls = {"run": 0, "download": 0}
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

    net().fit_sync(forever(), steps_per_epoch=12, epochs=2, verbose=0, callbacks=[Count()])
    later = list(pairwise(marks[13:]))
    assert all(after["download"] == before["download"] for before, after in later)
    assert max(after["run"] - before["run"] for before, after in later) <= 2


def test_the_bar_knows_no_length_in_the_first_epoch(host: str) -> None:
    known: list[Any] = []

    class Steps(Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            known.append(self.params["steps"])

    net().fit_sync(Iterable(), epochs=2, verbose=0, callbacks=[Steps()])
    assert known == [None, 6]


def test_frames_of_pandas(host: str) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    labels = pandas.Series(Y[:, 0])
    model, other = net(), net()
    ours = model.fit_sync(frame, labels, SIZE, 2, 0, shuffle=False)
    theirs = other.fit_sync(X, Y, SIZE, 2, 0, shuffle=False)
    np.testing.assert_allclose(ours.history["loss"], theirs.history["loss"], rtol=1e-6)
