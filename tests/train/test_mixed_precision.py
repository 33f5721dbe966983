"""The policy "mixed_float16": layers compute in float16 on weights in float32, and the
loss's scale finds itself; beside Keras 3.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from in_keras import keras

import pywebml as pw
from pywebml import keras as ours
from pywebml import layers, models
from pywebml.device import get_device
from pywebml.train import optimizers


@pytest.fixture(autouse=True)
def policies() -> Iterator[None]:
    yield
    for library in (ours, keras):
        library.config.set_dtype_policy("float32")


def network(library: Any) -> Any:
    """Made under the policy of `library`."""
    library.config.set_dtype_policy("mixed_float16")
    at = library.layers
    return library.Sequential(
        [
            library.Input((8, 8, 2)),
            at.Conv2D(6, 3, activation="relu"),
            at.BatchNormalization(),
            at.DepthwiseConv2D(3, activation="tanh"),
            at.MaxPooling2D(2),
            at.Flatten(),
            at.Dense(10, activation="relu", kernel_regularizer="l2"),
            at.LayerNormalization(),
            at.Dense(3, activation="softmax", dtype="float32"),
        ]
    )


def batches() -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(80, 8, 8, 2)).astype(np.float32)
    return x, (x[:, :, :, 0].sum((1, 2)) > 0).astype(np.int32) + (x[:, 0, 0, 1] > 1)


def test_twenty_steps_beside_keras(host: str, tmp_path: Path) -> None:
    """float16 keeps 11 bits, and the two round in other places: outputs agree to 1e-2,
    weights after 20 steps to 6e-2 of how far they went (measured: 3e-2).
    """
    x, y = batches()
    pw.utils.set_random_seed(3)
    a, b = network(ours), network(keras)
    b.set_weights(a.get_weights())
    start = a.get_weights()
    losses = []
    for model, library in ((a, ours), (b, keras)):
        model.compile(library.optimizers.SGD(0.02, momentum=0.5), "sparse_categorical_crossentropy")
        assert type(model.optimizer).__name__ == "LossScaleOptimizer"
        history = model.fit(x, y, batch_size=16, epochs=4, shuffle=False, verbose=0)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-2)
    assert {str(w.dtype) for w in a.weights} == {"float32"}
    for before, mine, theirs in zip(start, a.get_weights(), b.get_weights(), strict=True):
        assert np.abs(mine - theirs).max() <= 6e-2 * max(np.abs(theirs - before).max(), 0.05)
    assert int(a.optimizer.iterations.item()) == int(b.optimizer.iterations) == 20
    assert float(a.optimizer.dynamic_scale.item()) == float(b.optimizer.dynamic_scale)
    for name, reader in (("ours", keras.models.load_model), ("keras", ours.models.load_model)):
        path = str(tmp_path / f"{name}.keras")
        (a if name == "ours" else b).save(path)
        again = reader(path)
        want = (a if name == "ours" else b).predict(x[:8], verbose=0)
        np.testing.assert_allclose(again.predict(x[:8], verbose=0), want, atol=5e-3)
        assert float(np.asarray(again.optimizer.dynamic_scale)) == 2.0**15
        assert int(np.asarray(again.optimizer.iterations)) == 20
        assert again.layers[0].dtype_policy.name == "mixed_float16"
        assert again.layers[0].compute_dtype == "float16" and again.layers[-1].dtype == "float32"


@pytest.mark.parametrize("kind", ["SGD", "Adam", "RMSprop"])
def test_the_scale_finds_itself_as_keras_s_does(host: str, kind: str) -> None:
    """Over good steps and bad ones; of the bad nothing remains but half the scale. On a
    software adapter powers of the betas are less exact.
    """
    rough = 1e-3 if host == "gpu" else 2e-5
    a = optimizers.LossScaleOptimizer(getattr(optimizers, kind)(0.1), 64.0, 3)
    inner = getattr(keras.optimizers, kind)(0.1)
    b = keras.optimizers.LossScaleOptimizer(inner, 64.0, 3)
    w, v = pw.Variable([1.0, -2.0]), keras.Variable([1.0, -2.0])
    b.build([v])
    values, state = [v.value], [variable.value for variable in b.variables]
    places = [[x.name for x in b.variables].index(n) for n in ("dynamic_scale", "step_counter")]
    a.build([w])
    step = pw.capture(lambda g: a.apply([g], [w]))
    for i in range(14):
        g = np.float32([8.0 + i, np.nan if i == 5 else -16.0])
        g[0] = np.inf if i in (6, 9) else g[0]
        step(pw.tensor(g))
        values, state = b.stateless_apply(state, [g], values)  # `apply` leaks tracers there
        assert [a.dynamic_scale.item(), a.step_counter.item()] == [float(state[i]) for i in places]
        np.testing.assert_allclose(w.numpy(), np.asarray(values[0]), rtol=rough, atol=rough / 10)
    assert int(a.iterations.item()) == 11


def test_overflowing_losses_train_once_the_scale_has_fallen(host: str) -> None:
    ours.config.set_dtype_policy("mixed_float16")
    model = models.Sequential([layers.Input((4,)), layers.Dense(1)])
    scaled = optimizers.LossScaleOptimizer(optimizers.SGD(0.01), 2.0**30)
    model.compile(scaled, "mse")
    x = np.ones((8, 4), np.float32)
    losses = model.fit_sync(x, 9 * np.ones((8, 1)), epochs=40, verbose=0).history["loss"]
    assert (
        losses[0] == losses[5]
        and losses[-1] < losses[0] / 2
        and scaled.dynamic_scale.item() < 2.0**20
    )


def test_layers_that_sum_up_much_compute_in_float32(host: str) -> None:
    ours.config.set_dtype_policy("mixed_float16")
    x = pw.tensor(np.full((2, 4), 300.0, np.float32))
    assert (
        layers.Dense(3)(x).dtype == "float16"
        and layers.Dense(3, dtype="float32")(x).dtype == "float32"
    )
    assert layers.Input((3,)).dtype == "float32"
    normal = layers.LayerNormalization()(x * pw.tensor([1.0, 1.1, 1.2, 0.9]))
    assert normal.dtype == "float16" and np.isfinite(normal.numpy()).all()

    class Scale(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.factor = self.add_weight((), "ones", name="factor")
            self.exact = self.add_weight((), "ones", autocast=False, name="exact")

        def call(self, inputs: Any) -> Any:
            assert (self.factor.dtype, self.exact.dtype) == ("float16", "float32")
            return inputs * self.factor

    layer = Scale()
    assert layer(x).dtype == "float16" and layer.factor.dtype == "float32"
    assert layer.factor is layer.weights[0] and layer.get_config()["dtype"] == "mixed_float16"
    again = layers.Dense.from_config(layers.Dense(3).get_config())
    assert again.dtype_policy == ours.DTypePolicy("mixed_float16") and again.dtype == "float32"


def test_weights_in_lists_and_dicts_are_cast_too(host: str) -> None:
    class Held(layers.Layer):
        def build(self, input_shape: Any) -> None:
            make = [self.add_weight((4, 4), "ones", name=f"w{i}") for i in range(3)]
            self.all = [make[0], {"b": [make[1]]}]
            self.by_name = {"c": make[2]}

        def call(self, inputs: Any) -> Any:
            weights = [self.all[0], self.all[1]["b"][0], self.by_name["c"]]
            assert [w.dtype for w in weights] == ["float16"] * 3
            for w in weights:
                inputs = pw.ops.matmul(inputs, w)
            return inputs

    ours.config.set_dtype_policy("mixed_float16")
    layer = Held()
    assert layer(np.ones((2, 4), np.float32)).dtype == "float16"
    assert [w.dtype for w in layer.weights] == ["float32"] * 3 and len(layer.weights) == 3
    assert layer.all[0] is layer.weights[0] and layer.by_name["c"] is layer.weights[2]


def test_refusals(host: str) -> None:
    with pytest.raises(ValueError, match="no policy 'mixed_bfloat16' here; take 'float32'"):
        ours.config.set_dtype_policy("mixed_bfloat16")
    with pytest.raises(ValueError, match="takes a name such as 'mixed_float16'"):
        ours.config.set_dtype_policy(3)
    sgd = optimizers.SGD()
    with pytest.raises(ValueError, match="no clipnorm: give it to the inner optimizer"):
        optimizers.LossScaleOptimizer(sgd, clipnorm=1.0)
    with pytest.raises(ValueError, match="for a fixed one give an optimizer loss_scale_factor"):
        optimizers.LossScaleOptimizer(sgd, dynamic=False)
    with pytest.raises(TypeError, match="inner_optimizer must be one, got 'sgd'"):
        optimizers.LossScaleOptimizer("sgd")  # type: ignore[arg-type]


def test_without_16_bit_floats_it_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    pw.set_device(shared_device("gpu"))
    device = get_device()
    plain = dataclasses.replace(device.adapter, features=device.adapter.features - {"f16"})
    monkeypatch.setattr(device, "adapter", plain)
    model = network(ours)
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = batches()
    for call in (lambda: model.fit(x, y, verbose=0), lambda: model.predict(x, verbose=0)):
        with pytest.raises(RuntimeError, match="needs 16-bit floats"):
            call()
