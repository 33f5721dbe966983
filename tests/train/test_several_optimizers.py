"""MultiOptimizer and OptimizerMap beside Keras's own: steps, options, files, refusals."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_keras import keras, uncompiled

import pywebml as pw
from pywebml import layers, models, optimizers

KEYS = {".*/a/.*": "Adam", ".*/b/kernel": "Adam", ".*/b/bias": "RMSprop"}
"""Of which the first two share an optimizer; all others are the default's."""
X = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
Y = X[:, :1] * 2


def several(of: Any, **options: Any) -> Any:
    adam = of.Adam(0.01, use_ema=True, clipnorm=0.5)
    by_key = {"Adam": adam, "RMSprop": of.RMSprop(0.02)}
    return of.MultiOptimizer(
        of.OptimizerMap(of.SGD(0.05, momentum=0.9), {k: by_key[v] for k, v in KEYS.items()}),
        **options,
    )


def network(of: Any = models) -> Any:
    dense = keras.layers.Dense if of is keras else layers.Dense
    start = keras.Input if of is keras else layers.Input
    return of.Sequential(
        [start((3,)), dense(4, "tanh", name="a"), dense(2, name="b"), dense(1, name="c")], name="n"
    )


@pytest.mark.parametrize("options", [{}, {"loss_scale_factor": 4.0}], ids=str)
def test_twenty_steps(host: str, options: Any) -> None:
    ours, theirs = network(), network(keras)
    theirs.set_weights(ours.get_weights())
    a, b = several(optimizers, **options), several(keras.optimizers, **options)
    ws, vs = ours.trainable_weights, theirs.trainable_variables
    a.build(ws)
    step = pw.capture(lambda *gs: a.apply(gs, ws))
    draw = np.random.default_rng(1)
    for _ in range(20):
        gradients = [draw.normal(size=w.shape).astype(np.float32) for w in ws]
        step(*map(pw.tensor, gradients))
        with uncompiled():
            b.apply(gradients, vs)
    assert int(a.iterations.item()) == int(b.iterations) == 20
    assert [type(o).__name__ for o in a.optimizers] == [type(o).__name__ for o in b.optimizers]
    for one in (a, b):
        one.finalize_variable_values(ws if one is a else vs)
    for w, v in zip(ws, vs, strict=True):
        np.testing.assert_allclose(w.numpy(), np.asarray(v), rtol=2e-4, atol=2e-6)


def trained(model: Any, epochs: int = 2) -> list[Any]:
    model.fit_sync(X, Y, batch_size=4, epochs=epochs, shuffle=False, verbose=0)
    return [w.numpy() for w in model.weights]


@pytest.mark.parametrize("scaled", [False, True])
def test_a_training_goes_on_in_a_file_in_keras_and_in_a_copy(
    host: str, scaled: bool, tmp_path: Path
) -> None:
    model = network()
    optimizer = several(optimizers)
    optimizer = optimizers.LossScaleOptimizer(optimizer, 8.0, 3) if scaled else optimizer
    model.compile(optimizer, "mse")
    trained(model)
    model.save(tmp_path / "m.keras")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    read = pw.load_model(tmp_path / "m.keras")
    again, copied = trained(read), trained(copy.deepcopy(model))
    on = trained(model)
    for a, b, c in zip(on, again, copied, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, c)
    inner = read.optimizer.inner_optimizer if scaled else read.optimizer
    assert [type(o).__name__ for o in inner.optimizers] == ["Adam", "RMSprop", "SGD"]
    multi = theirs.optimizer.inner_optimizer if scaled else theirs.optimizer
    assert [int(o.iterations) for o in multi.optimizers] == [6, 6, 6]
    theirs.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    for w, v in zip(model.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(w.numpy(), np.asarray(v), rtol=2e-3, atol=2e-4)


def test_a_function_chooses(host: str, tmp_path: Path) -> None:
    fast, slow = optimizers.SGD(0.5), optimizers.SGD(0.25)
    model = network()
    model.compile(optimizers.MultiOptimizer(lambda v: fast if "/c/" in v.path else slow), "mse")
    trained(model)
    assert model.optimizer.optimizers == [slow, fast]
    with pytest.warns(UserWarning, match="without how it was compiled: MultiOptimizer: nothing is"):
        model.save(tmp_path / "m.keras")
    assert pw.load_model(tmp_path / "m.keras").compiled is None


def test_callbacks_set_every_rate(host: str) -> None:
    model = network()
    model.compile(several(optimizers), "mse")
    halves = pw.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    model.fit_sync(X, Y, epochs=2, callbacks=[halves], verbose=0)
    rates = [o.learning_rate for o in model.optimizer.optimizers]
    np.testing.assert_allclose(rates, [0.0025, 0.005, 0.0125])
    logs = model.history.history
    assert {key for key in logs if key.startswith("learning_rate")} == {
        "learning_rate_adam", "learning_rate_rmsprop", "learning_rate_sgd",
    }  # fmt: skip
    plateau = pw.callbacks.ReduceLROnPlateau("loss", 0.5, 1, min_delta=1e9, min_lr=0.004)
    model.fit_sync(X, Y, epochs=2, callbacks=[plateau], verbose=0)
    rates = [o.learning_rate for o in model.optimizer.optimizers]
    np.testing.assert_allclose(rates, [0.0025, 0.004, 0.00625])


def test_maps_are_dicts_as_keras_s() -> None:
    for of in (optimizers, keras.optimizers):
        one, other = of.Adam(), of.SGD()
        by = of.OptimizerMap(one, {"x": other})
        by["e/.*"] = other
        assert by["e/k"] is other and by["f"] is one and by.default_optimizer is one
        assert list(by) == ["x", "e/.*"] and len(by) == 2
        with pytest.raises(ValueError, match="already"):
            by["x"] = one
        by["e/k.*"] = one
        with pytest.raises(ValueError, match=r"Multiple|both match"):
            by["e/kk"]
        del by["e/k.*"]
        assert by["e/kk"] is other


def test_refusals() -> None:
    sgd, multi = optimizers.SGD(), several(optimizers)
    around = optimizers.LossScaleOptimizer(optimizers.SGD())
    with pytest.raises(TypeError, match="default_optimizer must be one such as Adam"):
        optimizers.OptimizerMap("sgd")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be a dict of optimizers by path"):
        optimizers.OptimizerMap(sgd, [sgd])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'\(' is no path or pattern"):
        optimizers.OptimizerMap(sgd, {"(": sgd})
    for inside in (multi, around):
        with pytest.raises(ValueError, match=f"cannot be a {type(inside).__name__}"):
            optimizers.OptimizerMap(sgd, {"a": inside})
        with pytest.raises(
            ValueError, match="the optimizer that optimizer_map gives 'w' cannot be a"
        ):
            optimizers.MultiOptimizer(lambda v, one=inside: one).build([pw.Variable(0.0, name="w")])
    with pytest.raises(TypeError, match="the optimizer that optimizer_map gives 'w' must be one"):
        optimizers.MultiOptimizer(lambda v: None).build([pw.Variable(0.0, name="w")])
    with pytest.raises(TypeError, match="must be an OptimizerMap or a function"):
        optimizers.MultiOptimizer({"a": sgd})  # type: ignore[arg-type]
    for use in (lambda: multi.learning_rate, lambda: setattr(multi, "learning_rate", 1.0)):
        with pytest.raises(AttributeError, match="each of its"):
            use()
