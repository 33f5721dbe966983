"""A training that was interrupted and goes on is one that was not, bit for bit: over
every layer, optimizer, kind of data and callback that keeps something.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, all_cases

import pywebml as pw
from pywebml import keras, layers, models, optimizers
from pywebml.layers.support.kept import kept_states
from pywebml.train.optimizers import OPTIMIZERS

X = np.random.default_rng(0).normal(size=(24, 4, 3)).astype(np.float32)
Y = X[:, :, 0].sum(1, keepdims=True)


class Cut(pw.train.Callback):
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 2:
            raise KeyboardInterrupt


class Seeded(layers.Layer):
    """Noise from a stream of its own, in a list."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.streams = {"all": [keras.random.SeedGenerator(5)]}

    def call(self, inputs: Any) -> Any:
        return inputs + keras.random.normal((4, 3), seed=self.streams["all"][0])


LAYERS: dict[str, Callable[[], Any]] = {
    "stateful LSTM": lambda: layers.LSTM(3, stateful=True, dropout=0.3, recurrent_dropout=0.2),
    "stateful GRU": lambda: layers.GRU(3, stateful=True),
    "stateful cells": lambda: layers.RNN(
        [layers.SimpleRNNCell(3), layers.LSTMCell(2)], stateful=True
    ),
    "stateful, both ways": lambda: layers.Bidirectional(layers.GRU(3, stateful=True)),
    "dropout": lambda: layers.Dropout(0.4),
    "noise": lambda: layers.GaussianNoise(0.3),
    "a SeedGenerator": Seeded,
    "attention": lambda: layers.TimeDistributed(layers.Dropout(0.2)),
    "averages": lambda: layers.BatchNormalization(),
    "power iteration": lambda: layers.SpectralNormalization(layers.Dense(3)),
    "flips": lambda: models.Sequential(
        [layers.Reshape((4, 3, 1)), layers.RandomFlip(), layers.Reshape((4, 3))]
    ),
}


def network(layer: Any = None, optimizer: Any = None) -> Any:
    pw.set_seed(3)
    stack = [layers.Input(batch_shape=(8, 4, 3))]
    stack += [] if layer is None else [layer]
    model = models.Sequential([*stack, layers.Flatten(), layers.Dense(1)])
    model.compile(optimizer or optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


Fit = Callable[..., Any]


def arrays(model: Any, **options: Any) -> Any:
    return model.fit_sync(X, Y, batch_size=8, epochs=4, verbose=0, **options)


def resumed(folder: Path, make: Callable[[], Any], fit: Fit = arrays, others: Any = list) -> None:
    """Trains as a whole, and cut after two epochs and again."""
    whole = make()
    expected = fit(whole, callbacks=others())
    with pytest.raises(KeyboardInterrupt):
        fit(make(), callbacks=[pw.callbacks.BackupAndRestore(folder / "b"), *others(), Cut()])
    model, kept = make(), others()
    history = fit(model, callbacks=[pw.callbacks.BackupAndRestore(folder / "b"), *kept])
    assert history.epoch == expected.epoch[2:]
    for key, values in expected.history.items():
        now = history.history[key]  # validation does not stand in each epoch
        np.testing.assert_array_equal(now, values[len(values) - len(now) :], err_msg=key)
    for one, two in zip(model.get_weights(), whole.get_weights(), strict=True):
        assert one.tobytes() == two.tobytes()
    states = kept_states(whole)
    assert states.keys() == kept_states(model).keys()
    for place, variable in kept_states(model).items():
        assert variable.numpy().tobytes() == states[place].numpy().tobytes(), place


@pytest.mark.parametrize("name", LAYERS)
def test_layers(host: str, name: str, tmp_path: Path) -> None:
    resumed(tmp_path, lambda: network(LAYERS[name]()))


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.names()))
def test_optimizers(name: str, tmp_path: Path) -> None:
    def make() -> Any:
        if name == "LossScaleOptimizer":
            return network(None, optimizers.LossScaleOptimizer(optimizers.Adam(0.01), 8.0, 3))
        if name == "MultiOptimizer":
            by = optimizers.OptimizerMap(optimizers.SGD(0.01), {".*/bias": optimizers.Adam(0.01)})
            return network(None, optimizers.MultiOptimizer(by))
        rate = optimizers.schedules.CosineDecay(0.01, 9)
        options = {"use_ema": True, "gradient_accumulation_steps": 2, "weight_decay": 0.01}
        return network(None, OPTIMIZERS.find(name)(rate, **options))

    resumed(tmp_path, make)


class Numbered(pw.data.PyDataset):
    """Whole batches by number, which it mixes itself after each epoch, too."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.draw = np.arange(24), np.random.default_rng(7)

    def __len__(self) -> int:
        return 3

    def __getitem__(self, i: int) -> Any:
        rows = self.rows[8 * i : 8 * i + 8]
        return X[rows], Y[rows]

    def on_epoch_end(self) -> None:
        self.draw.shuffle(self.rows)


def endless() -> Iterator[Any]:
    draw = np.random.default_rng(7)
    while True:
        rows = draw.permutation(24)[:8]
        yield X[rows], Y[rows]


def of_slices() -> Any:
    return pw.data.Dataset.from_tensor_slices((X, Y)).shuffle(24).batch(8)


DATA: dict[str, Fit] = {
    "some steps of arrays": lambda m, **o: arrays(m, steps_per_epoch=2, **o),
    "in their order": lambda m, **o: arrays(m, shuffle=False, steps_per_epoch=2, **o),
    "a data set": lambda m, **o: m.fit_sync(of_slices(), epochs=4, verbose=0, **o),
    "some steps of a data set": lambda m, **o: m.fit_sync(
        of_slices().repeat(), epochs=4, steps_per_epoch=2, verbose=0, **o
    ),
    "a PyDataset": lambda m, **o: m.fit_sync(Numbered(), epochs=4, verbose=0, **o),
    "a generator": lambda m, **o: m.fit_sync(
        endless(), epochs=4, steps_per_epoch=2, verbose=0, **o
    ),
    "validated": lambda m, **o: arrays(m, validation_data=of_slices(), validation_freq=2, **o),
}


@pytest.mark.parametrize("name", DATA)
def test_data(name: str, tmp_path: Path) -> None:
    resumed(tmp_path, lambda: network(layers.Dropout(0.3)), DATA[name])


class Best(pw.train.Callback):
    """One of a user's own, in Keras's manner."""

    def __init__(self) -> None:
        self.best, self.seen, self.told = np.inf, [], {"n": 0}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.best = min(self.best, logs["loss"])
        self.seen.append(np.float32(epoch))
        self.told["n"] += 1
        logs["seen"] = len(self.seen) + self.told["n"] + (self.best < logs["loss"])


CALLBACKS: dict[str, Callable[[], Any]] = {
    "ModelCheckpoint": lambda: pw.callbacks.ModelCheckpoint(
        f"{tempfile.mkdtemp()}/best.keras", "loss", save_best_only=True
    ),
    "EarlyStopping": lambda: pw.callbacks.EarlyStopping(
        "loss", min_delta=1e9, patience=3, restore_best_weights=True
    ),
    "ReduceLROnPlateau": lambda: pw.callbacks.ReduceLROnPlateau(
        "loss", factor=0.5, patience=3, min_delta=1e9
    ),
    "its own": Best,
    "LearningRateScheduler": lambda: pw.callbacks.LearningRateScheduler(lambda e, rate: rate / 2),
}


@pytest.mark.parametrize("name", CALLBACKS)
def test_callbacks(name: str, tmp_path: Path) -> None:
    """Those behind the one that saves have counted, too."""
    resumed(tmp_path, network, others=lambda: [CALLBACKS[name]()])


def drawing() -> list[Any]:
    return [pytest.param(case, id=f"{type(case.make()).__name__}{i}")
            for i, case in enumerate(all_cases()) if not isinstance(case.shape, list)]  # fmt: skip


@pytest.mark.parametrize("case", drawing())
def test_every_layer_goes_on_in_a_file(case: LayerCase, tmp_path: Path) -> None:
    """What a layer draws or remembers while it trains is what it would have been."""
    draw = case.draw or (lambda rng, shape: rng.normal(size=shape).astype(np.float32))
    x = draw(np.random.default_rng(0), case.shape)
    layer = case.make()
    layer(x, training=True)
    if not kept_states(layer) and not layer.non_trainable_weights:
        return
    start = layers.Input(batch_shape=case.shape)
    model = models.Sequential([start, layer])
    model.save(tmp_path / "m.keras")
    read = pw.load_model(tmp_path / "m.keras")
    for _ in range(2):
        a, b = model(x, training=True), read(x, training=True)
        assert a.numpy().tobytes() == b.numpy().tobytes()
