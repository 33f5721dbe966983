"""Every method of Keras's that a subclass may give is called where Keras calls it, or
refused in a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from small_models import blobs, head

import pywebml as pw
from pywebml import layers, models, ops
from pywebml.formats.layers_models import layers_model_files
from pywebml.train import overrides
from pywebml.train.callbacks import Callback
from pywebml.train.schedules import SCHEDULES, LearningRateSchedule

KERAS: Mapping[str, tuple[str, ...]] = {
    "layer": (
        "build", "call", "compute_output_shape", "compute_mask", "get_config", "from_config",
        "__call__", "symbolic_call", "stateless_call", "losses", "quantize",
        "quantized_call", "save_own_variables",
        "load_own_variables", "save_assets", "load_assets", "add_weight", "add_loss",
    ),
    "model": (
        "call", "train_step", "test_step", "predict_step", "compute_loss", "compile", "fit",
        "get_config", "from_config", "compute_metrics", "metrics", "reset_metrics",
        "get_metrics_result", "make_train_function", "make_test_function", "make_predict_function",
        "get_compile_config", "compile_from_config", "stateless_call", "stateless_compute_loss",
        "__call__",
    ),
    "optimizer": (
        "build", "apply", "get_config", "finalize_variable_values", "update_step",
        "apply_gradients", "minimize", "compute_gradients", "get_gradients", "get_updates",
        "clip_gradients", "stateless_apply", "add_variable_from_reference", "create_slots",
        "_create_slots", "_resource_apply_dense", "_resource_apply_sparse", "save_own_variables",
        "load_own_variables",
    ),
    "loss": ("call", "__call__", "get_config"),
    "metric": (
        "get_config", "update_state", "result", "reset_state", "reset_states", "add_variable",
        "add_weight", "__call__", "stateless_update_state", "stateless_result",
        "stateless_reset_state",
    ),
    "schedule": ("__call__", "get_config"),
    "callback": (
        "set_model", "set_params", "on_train_begin", "on_train_end", "on_epoch_begin",
        "on_epoch_end", "on_train_batch_begin", "on_train_batch_end", "on_batch_begin",
        "on_batch_end", "on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end",
        "on_predict_begin", "on_predict_end", "on_predict_batch_begin", "on_predict_batch_end",
    ),
}  # fmt: skip
"""What Keras 2 and 3 document as to be overridden."""

REFUSED = {
    "layer": overrides.LAYER, "model": {**overrides.MODEL, **overrides.LAYER},
    "optimizer": overrides.OPTIMIZER, "loss": {"__call__": ""}, "metric": overrides.METRIC,
    "schedule": overrides.SCHEDULE, "callback": {},
}  # fmt: skip
ROWS = [(kind, method) for kind, methods in KERAS.items() for method in methods]

X, Y = blobs(8)
LABELS = np.eye(3, dtype=np.float32)[Y]


def bases() -> dict[str, type]:
    @SCHEDULES("Rate")
    class Rate(LearningRateSchedule):
        def at(self, step: Any) -> Any:
            return step * 0.0 + 0.01

        def get_config(self) -> dict[str, Any]:
            return {}

    return {
        "layer": layers.Dense, "model": models.Model, "optimizer": pw.optimizers.SGD,
        "loss": pw.losses.MeanSquaredError, "metric": pw.metrics.MeanAbsoluteError,
        "schedule": Rate, "callback": Callback,
    }  # fmt: skip


def overriding(kind: str, method: str, calls: list[str]) -> type:
    """A subclass whose method writes down that it was called and calls its base's."""
    base: Any = bases()[kind]

    if method == "metrics" or method == "losses":
        said = property(lambda self: calls.append(method) or [])  # type: ignore[func-returns-value]
        return type("Own", (base,), {method: said})

    def own(self: Any, *args: Any, **named: Any) -> Any:
        calls.append(method)
        return getattr(super(cls, self), method)(*args, **named)

    if method == "from_config":

        def remade(cls: Any, config: Any) -> Any:
            calls.append(method)
            return base.from_config.__func__(cls, config)

        return type("Own", (base,), {method: classmethod(remade)})
    if method == "call" and kind in ("layer", "model"):

        def call(self: Any, inputs: Any, training: bool = False) -> Any:
            calls.append(method)
            more = () if kind == "layer" else (training,)
            return super(cls, self).call(inputs, *more)

        own = call
    cls = type("Own", (base,), {method: own})
    if kind == "schedule":
        SCHEDULES.add(cls, "Own")
    return cls


def used(kind: str, own: type) -> None:
    """A model with one of that class, through all that a model can do."""
    make: Any = own
    x = layers.Input((6,))
    dense = make(3, name="own") if kind == "layer" else layers.Dense(3, name="own")
    model: Any = (make if kind == "model" else models.Model)(x, dense(x))
    rate = make() if kind == "schedule" else 0.01
    optimizer = make(0.01) if kind == "optimizer" else pw.optimizers.SGD(rate)
    loss = make() if kind == "loss" else "mse"
    model.compile(optimizer, loss, metrics=[make() if kind == "metric" else "mae"])
    callbacks = [make()] if kind == "callback" else None
    model.fit_sync(X, LABELS, verbose=0, callbacks=callbacks, validation_data=(X, LABELS))
    model.evaluate_sync(X, LABELS, callbacks=callbacks)
    model.predict(X, callbacks=callbacks)
    dense.call_masked(X, mask=np.ones((8,), bool))
    for one in (model.optimizer, *[t.loss for t in model.compiled.targets], dense):
        one.get_config()
    for score in model.compiled.scores:
        score.metric.get_config()
    model.astype("float32")
    layers_model_files(model)


@pytest.mark.parametrize(("kind", "method"), ROWS)
def test_a_method_of_a_subclass_is_called_or_refused(kind: str, method: str) -> None:
    calls: list[str] = []
    own = overriding(kind, method, calls)
    if method in REFUSED[kind]:
        says = rf"the {kind} Own (has a|overrides) {method}\b.*, which (would|fit does) not .*: \w"
        with pytest.raises(TypeError, match=says):
            used(kind, own)
    else:
        used(kind, own)
        if method in ("add_loss", "add_weight", "add_variable"):  # called by whom they are for
            return
        assert calls, f"{method} of a {kind} is neither called nor refused"


@pytest.mark.parametrize("kind", REFUSED)
def test_all_that_is_refused_is_in_the_list(kind: str) -> None:
    unlisted = set(REFUSED[kind]) - set(KERAS[kind])
    assert kind == "model" or not unlisted
    assert kind != "model" or unlisted <= set(overrides.LAYER)


def test_a_method_set_on_the_object_counts_as_the_class_s() -> None:
    model: Any = head()
    model.make_train_function = lambda force=False: None
    with pytest.raises(TypeError, match="make_train_function of its own"):
        model.compile("sgd", "mse")
    model = head()
    model.train_step = lambda data: {"loss": ops.mean(data[0]) * 0.0 + 7.0}
    model.compile("sgd", "mse")
    assert model.fit_sync(X, LABELS, verbose=0).history["loss"] == pytest.approx([7.0])


def test_a_layer_inside_a_layer_is_looked_at_when_it_is_saved_too() -> None:
    class Inside(layers.Dense):
        def save_own_variables(self, store: Any) -> None:
            store["extra"] = 1

    class Outside(layers.Layer):
        def __init__(self, **options: Any):
            super().__init__(**options)
            self.inside = [Inside(3)]

        def call(self, inputs: Any) -> Any:
            return self.inside[0](inputs)

    model = models.Sequential([layers.Input((3,)), Outside()])
    with pytest.raises(TypeError, match="the layer Inside has a save_own_variables"):
        layers_model_files(model)
    with pytest.raises(TypeError, match="files hold the config and the weights"):
        model.compile("sgd", "mse")


def test_hooks_of_predict_cannot_be_async() -> None:
    class Slow(Callback):
        async def on_predict_end(self, logs: Any = None) -> None:
            """Never reached."""

    with pytest.raises(TypeError, match=r"Slow\.on_predict_end is async"):
        head().predict(X, callbacks=Slow())


def test_hooks_come_in_keras_s_order(host: str) -> None:
    seen: list[str] = []

    def hook(name: str) -> Any:
        return lambda self, *args: seen.append(name)

    names = [name for name in KERAS["callback"] if name.startswith("on_")]
    callback: Any = type("Listening", (Callback,), {name: hook(name) for name in names})()
    model = head()
    model.compile("sgd", "categorical_crossentropy")
    model.fit_sync(X, LABELS, batch_size=4, verbose=0, callbacks=[callback], validation_split=0.5)
    assert seen == [
        "on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end",
        "on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end",
        "on_epoch_end", "on_train_end",
    ]  # fmt: skip
    seen.clear()
    model.evaluate_sync(X, LABELS, batch_size=4, callbacks=[callback])
    batch = ["on_test_batch_begin", "on_test_batch_end"]
    assert seen == ["on_test_begin", *batch, *batch, "on_test_end"]
    seen.clear()
    model.predict(X, batch_size=8, callbacks=[callback])
    batch = ["on_predict_batch_begin", "on_predict_batch_end"]
    assert seen == ["on_predict_begin", *batch, "on_predict_end"]
