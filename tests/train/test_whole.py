"""What is whole after anything: the best weights after an interruption, an optimizer
that is one model's, and a direction for whatever is monitored.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from small_models import head, linear

from pywebml import Variable, layers, losses, models, ops, run_sync, tensor
from pywebml.device import set_device
from pywebml.train import SGD, Adam, Callback, EarlyStopping, metrics, optimizers
from pywebml.train.optimizers import OPTIMIZERS, OptimizerMap

ONE = np.ones((4, 1), np.float32)


# --- interruptions


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As in a terminal; what a shell runs in its background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _press() -> None:
    signal.raise_signal(signal.SIGINT)


def _fail() -> None:
    raise OSError("the disk is full")


def _cancel() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


ENDINGS: dict[str, tuple[Callable[[], None], type[BaseException]]] = {
    "Ctrl-C": (_press, KeyboardInterrupt),
    "an error": (_fail, OSError),
    "a cancelled task": (_cancel, asyncio.CancelledError),
}
HOOKS = [
    "on_epoch_begin",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_batch_end",
    "on_test_begin",
    "on_test_batch_begin",
    "on_test_batch_end",
    "on_test_end",
    "on_epoch_end",
]


class At(Callback):
    """Ends the training in a hook, in epoch 6."""

    def __init__(self, hook: str, end: Callable[[], None]):
        self.hook, self.end, self.epoch = hook, end, -1
        self.ended: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        inner = object.__getattribute__(self, name)
        return self._seen(name, inner) if name in HOOKS else inner

    def _seen(self, name: str, inner: Any) -> Any:
        def call(number: Any, logs: Any = None) -> Any:
            if name == "on_epoch_begin":
                self.epoch = number
            if name == self.hook and self.epoch == 6:
                self.end()
            return inner(number, logs) if name not in ("on_test_begin", "on_test_end") else None

        return call

    # overridden, so that they are asked for
    def on_train_batch_end(self, batch: int, logs: Any = None) -> Any:
        return super().on_train_batch_end(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> Any:
        return super().on_test_batch_end(batch, logs)

    def on_train_end(self, logs: Any = None) -> None:
        self.ended.append("end")

    def on_train_interrupt(self) -> None:
        self.ended.append("interrupt")


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_the_best_weights_are_there_after_any_ending(ending: str, hook: str, first: bool) -> None:
    """Training wants 2, validation 1.2: the best epoch is soon over."""
    set_device("cpu")
    end, error = ENDINGS[ending]
    best: list[float] = []

    class Keep(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            best.append(self.model.weights[0].item())

    model = linear(0.0)
    model.compile(Adam(0.1), "mse")
    stop, at = EarlyStopping(patience=99, restore_best_weights=True), At(hook, end)
    order = [at, stop] if first else [stop, at]
    with pytest.raises(error):
        model.fit_sync(
            ONE, 2 * ONE, batch_size=2, epochs=99, verbose=0,
            validation_data=(ONE, 1.2 * ONE), callbacks=[Keep(), *order],
        )  # fmt: skip
    assert at.ended == ["interrupt"]
    assert model.weights[0].item() in best
    nearest = min(best, key=lambda w: abs(w - 1.2))
    assert model.weights[0].item() == pytest.approx(nearest)
    history = model.fit_sync(ONE, 2 * ONE, epochs=60, verbose=0)  # all is whole, and goes on
    assert history.history["loss"][-1] < 0.05


def test_one_callback_s_end_does_not_keep_another_from_its_own() -> None:
    class Broken(Callback):
        def on_train_end(self, logs: Any = None) -> None:
            raise OSError("the disk is full")

        def on_train_interrupt(self) -> None:
            raise RuntimeError("and the printer is on fire")

    model = linear(0.0)
    model.compile(SGD(0.5), "mse")
    stop = EarlyStopping(mode="max", monitor="loss", patience=99, restore_best_weights=True)
    with (
        pytest.warns(UserWarning, match="Broken: and the printer is on fire"),
        pytest.raises(OSError, match="the disk is full"),
    ):
        model.fit_sync(ONE, 2 * ONE, epochs=3, verbose=0, callbacks=[Broken(), stop])
    assert stop.best_epoch == 0
    assert model.weights[0].item() == pytest.approx(2.0)  # of the epoch whose loss was largest


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("raises", [True, False], ids=["IPython", "asyncio"])
def test_ctrl_c_ends_a_training_that_blocks_a_loop(raises: bool) -> None:
    """In a notebook fit_sync works in another thread than Ctrl-C reaches. IPython has it
    raise KeyboardInterrupt, asyncio.run cancels the task.
    """
    set_device("cpu")

    class Press(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 3:
                _press()

    model = linear(0.0)
    model.compile(SGD(0.1), "mse")

    async def cell() -> None:
        if raises:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        model.fit_sync(ONE, ONE, epochs=20000, verbose=0, callbacks=[Press()])

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(cell())
    assert model.history is not None and 4 <= len(model.history.epoch) < 20000
    assert run_sync(tensor([1.0]).data()).tolist() == [1.0]


def test_keras_s_hooks_are_all_called() -> None:
    calls: list[str] = []
    names = [
        name
        for name in dir(Callback)
        if name.startswith("on_") and "predict" not in name and name != "on_train_interrupt"
    ]

    def hook(name: str) -> Any:
        return lambda self, *args: calls.append(name)

    aliases = {"on_batch_begin", "on_batch_end"}  # which the newer names call
    for chosen in (set(names) - aliases, aliases):
        calls.clear()
        every = type("Every", (Callback,), {name: hook(name) for name in chosen})
        model = linear()
        model.compile("sgd", "mse")
        model.fit_sync(
            ONE, ONE, batch_size=2, verbose=0, callbacks=every(), validation_data=(ONE, ONE)
        )
        assert set(calls) == chosen
        assert all(calls.count(name) == 2 for name in chosen if "batch" in name)


# --- directions

DIRECTIONS = {name: entry.larger_is_better for name, entry in metrics.METRICS.entries().items()}


def own_f1(y_true: Any, y_pred: Any) -> Any:
    return ops.mean(y_true * y_pred, -1)


def figure(monitor: str, **options: Any) -> EarlyStopping:
    """An EarlyStopping that has seen one epoch of a model with these metrics."""
    model = head(2)
    model.compile(SGD(0.1), "categorical_crossentropy", **options)
    stop = EarlyStopping(monitor, patience=9)
    x, y = np.ones((4, 6), np.float32), np.eye(2)[[0, 1, 1, 0]]
    model.fit_sync(x, y, validation_data=(x, y), verbose=0, callbacks=[stop])
    return stop


LEAST = {
    "SensitivityAtSpecificity": ["specificity"],
    "SpecificityAtSensitivity": ["sensitivity"],
    "PrecisionAtRecall": ["recall"],
    "RecallAtPrecision": ["precision"],
}
BY_HAND = {"Mean", "Sum", "MeanMetricWrapper"}


def configured(name: str) -> Any:
    options: dict[str, Any] = {"num_classes": 2} if name.endswith("IoU") else {}
    if name.startswith("Binary"):
        options = {}
    elif name in ("IoU", "OneHotIoU"):
        options["target_class_ids"] = [0, 1]
    if name in ("IoU", "MeanIoU"):
        options |= {"sparse_y_true": False, "sparse_y_pred": False}
    options |= dict.fromkeys(LEAST.get(name, ()), 0.5)
    if name in ("F1Score", "FBetaScore"):
        options = {"average": "macro"}
    return metrics.METRICS.entries()[name](name="mine", **options)


@pytest.mark.parametrize("name", sorted({k for k in DIRECTIONS if "Sparse" not in k} - BY_HAND))
@pytest.mark.parametrize("prefix", ["", "val_"])
def test_auto_knows_every_metric_under_any_name(name: str, prefix: str) -> None:
    for where in ("metrics", "weighted_metrics"):
        stop = figure(f"{prefix}mine", **{where: [configured(name)]})
        assert stop.best is not None
        larger, smaller = stop.best + 1, stop.best - 1
        assert stop._better(larger, stop.best) is DIRECTIONS[name]
        assert stop._better(smaller, stop.best) is not DIRECTIONS[name]


@pytest.mark.parametrize("prefix", ["", "val_"])
def test_auto_does_not_guess(prefix: str) -> None:
    """A metric that does not say is refused before training, one that says is not."""
    with pytest.raises(ValueError, match=r"whether a larger '\w+' is better; give mode='max'"):
        figure(f"{prefix}own_f1", metrics=[own_f1])
    with pytest.raises(ValueError, match=r"no '(val_)?f2' to monitor, only loss, own_f1; give"):
        figure(f"{prefix}f2", metrics=[own_f1])

    def my_acc(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(y_pred, -1)

    assert figure(f"{prefix}my_acc", metrics=[my_acc])._better(2.0, 1.0)
    wrapper = metrics.MeanMetricWrapper(own_f1)
    wrapper.larger_is_better = True
    assert figure(f"{prefix}own_f1", metrics=[wrapper])._better(2.0, 1.0)
    assert not figure(f"{prefix}loss")._better(2.0, 1.0)


def test_auto_knows_an_accuracy_by_its_name_and_nothing_like_it() -> None:
    def vaccinated(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(y_pred, -1)

    with pytest.raises(ValueError, match="whether a larger 'vaccinated' is better"):
        figure("vaccinated", metrics=[vaccinated])
    with pytest.raises(ValueError, match="no 'val_acc' to monitor, only loss, accuracy; give"):
        figure("val_acc", metrics=["accuracy"])


def test_a_metric_of_one_figure_in_a_list_is_monitored() -> None:
    model = linear()
    model.compile(SGD(0.0), "mse", metrics=[metrics.F1Score(threshold=0.5)])
    stop = EarlyStopping("f1_score", patience=1)
    history = model.fit_sync(ONE, ONE, epochs=5, verbose=0, callbacks=stop).history
    assert [stop.best] == history["f1_score"][0]
    assert len(history["loss"]) == 2


def test_what_cannot_be_monitored_is_said_once_before_training() -> None:
    model, said = linear(), []

    class Looks(Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            said.append(len(warned))

    model.compile("sgd", "mse")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        model.fit_sync(ONE, ONE, epochs=3, verbose=0, callbacks=[EarlyStopping(), Looks()])
    assert said == [1, 1, 1]
    assert len(warned) == 1
    assert "no 'val_loss' to monitor without validation_data" in str(warned[0].message)


class OneArgument(Callback):
    def on_epoch_end(self, epoch: int) -> None:  # type: ignore[override]
        raise AssertionError("never called")


class Misspelt(Callback):
    def on_epoch_ends(self, epoch: int, logs: Any = None) -> None:
        raise AssertionError("never called")

    def on_my_own(self) -> None:
        raise AssertionError("never called")


def test_hooks_that_could_not_be_called_are_said_before_training(host: str) -> None:
    model = linear()
    model.compile("sgd", "mse")
    before = model.get_weights()
    with pytest.raises(TypeError, match=r"write def on_epoch_end\(self, epoch, logs\)"):
        model.fit_sync(ONE, ONE, verbose=0, callbacks=[OneArgument()])
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    with pytest.warns(UserWarning, match="did you mean on_epoch_end") as warned:
        model.fit_sync(ONE, ONE, verbose=0, callbacks=[Misspelt()])
    assert len(warned) == 1


def test_the_losses_of_outputs_go_down() -> None:
    inputs = layers.Input((1,))
    model = models.Model(inputs, [layers.Dense(1, name=n)(inputs) for n in ("a", "b")])
    model.compile("sgd", "mse")
    stop = EarlyStopping("val_b_loss", patience=9)
    model.fit_sync(ONE, [ONE, ONE], validation_data=(ONE, [ONE, ONE]), verbose=0, callbacks=stop)
    assert stop.best is not None and stop._better(stop.best - 1, stop.best)


# --- optimizers


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.entries()))
def test_an_optimizer_is_one_model_s(name: str) -> None:
    """The second model is refused, when compiled and when trained; with one of its own
    it trains as from new.
    """
    set_device("cpu")
    make = OPTIMIZERS.entries()[name]
    sgd = OPTIMIZERS.find("SGD")(0.1)
    around = {"LossScaleOptimizer": sgd, "MultiOptimizer": OptimizerMap(sgd)}
    optimizer = make(around.get(name, 0.1))
    one, other, third = linear(0.0), linear(0.0), linear(0.0)
    third.compile(optimizer, "mse")  # before anything was trained
    one.compile(optimizer, "mse")
    one.fit_sync(ONE, 2 * ONE, epochs=3, verbose=0)
    words = rf"this {name} has trained model 'sequential_?\d*'.* one of its own"
    with pytest.raises(ValueError, match=words):
        other.compile(optimizer, "mse")
    assert other.compiled is None
    for work in (third.fit_sync, third.train_on_batch_sync):
        with pytest.raises(ValueError, match=words):
            work(ONE, ONE)
    assert third.weights[0].item() == 0.0
    own = make.from_config(optimizer.get_config())
    fresh = linear(0.0)
    for model, of in ((other, own), (fresh, make.from_config(own.get_config()))):
        model.compile(of, "mse")
        model.fit_sync(ONE, 2 * ONE, epochs=3, verbose=0)
    assert other.weights[0].item() == fresh.weights[0].item() == one.weights[0].item()
    del one, model
    gc.collect()
    with pytest.raises(ValueError, match="has trained another model, and its step count"):
        linear().compile(optimizer, "mse")


def test_compiled_again_it_goes_on() -> None:
    """As in Keras: the same model keeps the step count and the averages."""
    models_ = [linear(0.0), linear(0.0)]
    for again, model in zip((False, True), models_, strict=True):
        optimizer = Adam(0.1)
        model.compile(optimizer, "mse")
        model.fit_sync(ONE, 2 * ONE, epochs=3, verbose=0)
        if again:
            model.compile(optimizer, losses.MeanSquaredError(), metrics=["mae"])
        model.fit_sync(ONE, 2 * ONE, epochs=3, verbose=0)
    assert models_[0].weights[0].item() == models_[1].weights[0].item()
    models_[0].compile("adam", "mse")  # a name is a new one


def test_layers_that_thaw_join_in() -> None:
    model = models.Sequential([layers.Input((1,)), layers.Dense(2), layers.Dense(1)])
    model.layers[0].trainable = False
    optimizer = Adam(0.01)
    model.compile(optimizer, "mse")
    model.fit_sync(ONE, ONE, verbose=0)
    model.layers[0].trainable = True
    model.compile(optimizer, "mse")
    before = model.layers[0].get_weights()[0]
    model.fit_sync(ONE, ONE, verbose=0)
    assert (model.layers[0].get_weights()[0] != before).any()


def test_a_loop_of_one_s_own_uses_one_optimizer_for_one_set_of_variables() -> None:
    a, b = Variable([1.0], name="a"), Variable([1.0, 2.0], name="b")
    adam = Adam(0.1)
    adam.apply([tensor([1.0])], [a])
    with pytest.raises(ValueError, match=r"adam: variable 'b' of shape \(2,\) is new to this opt"):
        adam.apply([tensor([1.0, 1.0])], [b])
    both = optimizers.SGD(0.5)
    both.build([a, b])
    both.apply([tensor([1.0])], [a])
    both.apply([tensor([1.0, 1.0])], [b])
    assert b.tolist() == [0.5, 1.5]


# --- what a callback does to the model


class Does(Callback):
    """`what(model)` before the second epoch; the weights after each."""

    def __init__(self, what: Callable[[Any], Any]):
        self.what, self.weights = what, list[list[Any]]()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 1:
            self.what(self.model)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.weights.append(self.model.get_weights())  # type: ignore[attr-defined]


def two_layers() -> tuple[models.Model, Any, Any]:
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(6, 2)
    first, last = layers.Dense(2), layers.Dense(1)
    model = models.Sequential([layers.Input((2,)), first, last])
    model.compile("adam", "mse")
    return model, x, x[:, :1] + 1


def test_layers_that_a_callback_freezes_stay_as_they_are(host: str) -> None:
    model, x, y = two_layers()
    does = Does(lambda model: setattr(model.layers[0], "trainable", False))
    model.fit_sync(x, y, epochs=3, verbose=0, callbacks=does, validation_data=(x, y))
    first, second, third = does.weights
    for i, changes in enumerate([False, False, True, True]):
        assert np.array_equal(first[i], second[i]) != changes
        assert np.array_equal(second[i], third[i]) != changes


def test_layers_that_a_callback_thaws_or_adds_train(host: str) -> None:
    model, x, y = two_layers()
    model.layers[0].trainable = False
    does = Does(lambda model: setattr(model.layers[0], "trainable", True))
    model.fit_sync(x, y, epochs=2, verbose=0, callbacks=does)
    assert not np.array_equal(does.weights[0][0], does.weights[1][0])
    does = Does(lambda model: model.add(layers.Dense(1, kernel_initializer="ones")))
    model.fit_sync(x, y, epochs=2, verbose=0, callbacks=does)
    assert len(does.weights[1]) == 6
    assert not np.array_equal(does.weights[1][4], [[1.0]])


def test_a_model_is_not_compiled_while_it_is_trained(host: str) -> None:
    model, x, y = two_layers()
    does = Does(lambda model: model.compile("sgd", "mse"))
    with pytest.raises(RuntimeError, match="compiled again while it was trained: end the training"):
        model.fit_sync(x, y, epochs=2, verbose=0, callbacks=does)
