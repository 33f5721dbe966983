"""Trainings with callbacks beside Keras 3's, from the same weights on the same data:
histories, files and learning rates are the same.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw

RNG = np.random.default_rng(5)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = (X @ [[1.0], [-2.0], [0.5]] + 0.1 * RNG.normal(size=(40, 1))).astype(np.float32)
VALID = (X[:8] + 0.5, Y[:8])
KERNEL = RNG.normal(size=(3, 1)).astype(np.float32)


def net(k: Any, rate: float = 0.05, **options: Any) -> Any:
    model = k.Sequential([k.layers.Input((3,)), k.layers.Dense(1)])
    model.set_weights([KERNEL, np.zeros(1, np.float32)])
    model.compile(k.optimizers.SGD(rate, **options), "mse", metrics=["mae"])
    return model


def fit(k: Any, model: Any, callbacks: list[Any], epochs: int = 8, **options: Any) -> Any:
    work = model.fit if k is keras else model.fit_sync
    return work(X, Y, 8, epochs, 0, callbacks, validation_data=VALID, shuffle=False, **options)


CASES: dict[str, Any] = {
    "plateau": lambda k, c: [c.ReduceLROnPlateau("val_loss", 0.5, 1, min_delta=0.05, cooldown=1)],
    "plateau of a metric": lambda k, c: [
        c.ReduceLROnPlateau("mae", factor=0.3, patience=1, min_delta=0.2, min_lr=0.01)
    ],
    "scheduler": lambda k, c: [c.LearningRateScheduler(lambda epoch, rate: rate * 0.8)],
    "scheduler of epochs": lambda k, c: [c.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))],
    "stopping": lambda k, c: [c.EarlyStopping("val_loss", min_delta=0.1, patience=1)],
    "best weights": lambda k, c: [
        c.EarlyStopping("val_mae", 0.3, 2, mode="min", restore_best_weights=True)
    ],
    "nan": lambda k, c: [c.TerminateOnNaN()],
    "lambda": lambda k, c: [
        c.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(twice=2 * logs["loss"]))
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_histories_are_keras_s(host: str, name: str) -> None:
    models = []
    for k in (pw, keras):
        model = net(k)
        history = fit(k, model, CASES[name](k, k.callbacks))
        models.append((history, model))
    (ours, mine), (theirs, other) = models
    assert ours.epoch == theirs.epoch
    assert set(ours.history) == set(theirs.history)
    for key, values in theirs.history.items():
        np.testing.assert_allclose(ours.history[key], values, rtol=1e-4, atol=1e-6)
    for one, two in zip(mine.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_batch_logs_are_keras_s(host: str) -> None:
    """The loss of the epoch so far, in the hook of the first batch, too."""
    seen: list[list[Any]] = []
    for k in (pw, keras):
        rows: list[Any] = []

        def row(batch: int, logs: Any, rows: list[Any] = rows) -> None:
            rows.append((batch, *(logs[key] for key in ("loss", "mae"))))

        class Rows(k.callbacks.Callback):  # type: ignore[misc]
            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                row(batch, logs)

            def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
                row(-batch, logs)

        model = net(k)
        fit(k, model, [Rows()], epochs=2)
        evaluate = model.evaluate if k is keras else model.evaluate_sync
        evaluate(X, Y, 16, 0, callbacks=[Rows()])
        seen.append(rows)
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-4, atol=1e-6)


def test_a_training_that_diverges_ends(host: str) -> None:
    epochs = []
    for k in (pw, keras):
        with np.errstate(all="ignore"):
            history = fit(k, net(k, 1e20), [k.callbacks.TerminateOnNaN()])
        epochs.append(len(history.epoch))
    assert epochs == [1, 1]
    with pytest.raises(RuntimeError, match=r"the loss is (inf|nan) after batch"):
        fit(pw, net(pw, 1e20), [pw.callbacks.TerminateOnNaN(raise_error=True)])


def test_tables_are_keras_s(tmp_path: Path) -> None:
    tables = []
    for k in (pw, keras):
        path = tmp_path / f"{k.__name__}.csv"
        for append in (False, True):
            fit(k, net(k), [k.callbacks.CSVLogger(path, ";", append)], epochs=2)
        lines = path.read_text("utf-8").splitlines()
        tables.append((lines[0], [[float(v) for v in line.split(";")] for line in lines[1:]]))
    assert tables[0][0] == tables[1][0]
    np.testing.assert_allclose(tables[0][1], tables[1][1], rtol=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"filepath": "m-{epoch:02d}-{val_loss:.2f}.keras"},
        {"filepath": "m-{epoch}.keras", "save_best_only": True, "monitor": "val_mae"},
        {"filepath": "m-{epoch}.weights.h5", "save_weights_only": True, "save_freq": 7},
        {"filepath": "m-{epoch}-{batch}.keras", "save_freq": 4},
        {
            "filepath": "m-{epoch}.keras",
            "save_best_only": True,
            "monitor": "loss",
            "initial_value_threshold": 0.5,
        },
    ],
    ids=lambda options: options["filepath"] + options.get("monitor", ""),
)
def test_checkpoints_are_keras_s(tmp_path: Path, options: dict[str, Any]) -> None:
    """The same files at the same times, and the other library reads them."""
    names = []
    for k in (pw, keras):
        folder = tmp_path / k.__name__
        path = str(folder / options["filepath"])
        fit(k, net(k, 0.2), [k.callbacks.ModelCheckpoint(**{**options, "filepath": path})])
        names.append(sorted(p.name for p in folder.iterdir()))
    assert names[0] == names[1] != []
    for name in names[0][-2:]:
        mine, other = net(pw), net(pw)
        mine.load_weights(tmp_path / "pywebml" / name)
        other.load_weights(tmp_path / "keras" / name)
        for one, two in zip(mine.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("path", ["m.h5", "m", "m.weights.h5"])
def test_a_checkpoint_of_another_kind_is_refused_at_once(path: str) -> None:
    with pytest.raises(ValueError, match=r"filepath must end in \.keras"):
        pw.callbacks.ModelCheckpoint(path)
    with pytest.raises(ValueError, match=r"filepath must end in \.weights\.h5"):
        pw.callbacks.ModelCheckpoint("m.keras", save_weights_only=True)
    with pytest.raises(ValueError, match=r"save_freq must be 'epoch' or a number of batches"):
        pw.callbacks.ModelCheckpoint("m.keras", save_freq="batch")


def test_a_name_that_the_logs_do_not_have_is_told(tmp_path: Path) -> None:
    path = str(tmp_path / "{accuracy}.keras")
    with pytest.raises(ValueError, match=r"asks for what the logs do not have.*loss, mae, val_"):
        fit(pw, net(pw), [pw.callbacks.ModelCheckpoint(path)])


# --- going on


def noisy() -> Any:
    pw.set_seed(3)
    model = pw.Sequential(
        [
            pw.layers.Input((3,)),
            pw.layers.Dense(16, activation="relu"),
            pw.layers.Dropout(0.5),
            pw.layers.BatchNormalization(),
            pw.layers.Dense(1),
        ]
    )
    model.compile(pw.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


class Cut(pw.train.Callback):
    """Ctrl-C in the middle of an epoch, or after one."""

    def __init__(self, epoch: int, batch: int | None):
        self.epoch, self.batch, self.now = epoch, batch, -1

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.now = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if (self.now, batch) == (self.epoch, self.batch):
            signal.raise_signal(signal.SIGINT)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.epoch and self.batch is None:
            raise KeyboardInterrupt


@pytest.mark.parametrize("batch", [None, 2])
def test_an_interrupted_training_goes_on_bit_for_bit(
    host: str, tmp_path: Path, batch: int | None
) -> None:
    """With a shuffled order and dropout: as if it had not been interrupted."""
    # who is started in the background ignores Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options: dict[str, Any] = {"batch_size": 8, "epochs": 5, "verbose": 0}
    whole = noisy()
    expected = whole.fit_sync(X, Y, **options)
    backup = pw.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(KeyboardInterrupt):
        noisy().fit_sync(X, Y, **options, callbacks=[backup, Cut(2, batch)])
    assert (tmp_path / "backup" / "latest.keras").is_file()
    model = noisy()
    again = pw.callbacks.BackupAndRestore(tmp_path / "backup")
    history = model.fit_sync(X, Y, **options, callbacks=[again])
    first = 3 if batch is None else 2
    assert history.epoch == list(range(first, 5))
    for key, values in expected.history.items():
        assert history.history[key] == values[first:], key
    for one, two in zip(model.get_weights(), whole.get_weights(), strict=True):
        assert one.tobytes() == two.tobytes()
    assert not (tmp_path / "backup").exists()


def test_averages_are_evaluated_as_in_keras(host: str) -> None:
    losses = []
    for k in (pw, keras):
        model = net(k, 0.1, use_ema=True, ema_momentum=0.8)
        losses.append(fit(k, model, [k.callbacks.SwapEMAWeights()]).history["val_loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    with pytest.raises(ValueError, match="give the optimizer use_ema=True"):
        fit(pw, net(pw), [pw.callbacks.SwapEMAWeights()])


def test_a_schedule_leaves_nothing_to_change() -> None:
    schedule = pw.train.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
    for callback in (
        pw.callbacks.ReduceLROnPlateau(),
        pw.callbacks.LearningRateScheduler(lambda epoch: 0.1),
    ):
        model = net(pw)
        model.compile(pw.optimizers.SGD(schedule), "mse")
        with pytest.raises(ValueError, match="give the optimizer a number"):
            fit(pw, model, [callback])
    with pytest.raises(ValueError, match="what the schedule of LearningRateScheduler gives"):
        fit(pw, net(pw), [pw.callbacks.LearningRateScheduler(lambda epoch: "fast")])


def test_one_bar_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    net(pw).fit_sync(X, Y, epochs=2, callbacks=[pw.callbacks.ProgbarLogger()])
    assert capsys.readouterr().out.count("Epoch 1/2") == 1
