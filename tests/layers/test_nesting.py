"""Layers made of layers, models and variables, however they hold them: counted once,
trained, frozen, saved and loaded with the layer around them.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers, models
from pywebml.formats.layers_models import layers_model_files, load_layers_model
from pywebml.host.stores.folders import zip_bytes

Array = Any


@layers.register_layer
class Holding(layers.Layer):
    """Runs its input through all layers that `make` puts into attributes."""

    def __init__(self, how: str, **options: Any):
        super().__init__(**options)
        self.how = how
        HOLDS[how](self)

    def call(self, inputs: Any) -> Any:
        x = inputs
        for layer in self._inner():
            x = layer(x)
        for _, variable in self._parts():
            if isinstance(variable, pw.Variable) and variable.dtype == "float32":
                x = x * variable
        return x


def dense() -> layers.Layer:
    return layers.Dense(3, "tanh")


def attribute(self: Any) -> None:
    self.inner = dense()


def many(self: Any) -> None:
    self.pair = [dense(), dense()]
    self.queue = deque([dense()])
    self.fixed = (dense(), [dense(), {"deep": (dense(),)}])


def named(self: Any) -> None:
    self.blocks = {"first": dense(), "last": {"of": dense(), 3: dense()}}
    self.loose = {dense(), dense()}


def a_model(self: Any) -> None:
    x = layers.Input((3,))
    self.model = models.Model(x, dense()(layers.Add()([x, dense()(x)])))
    self.stack = models.Sequential([dense(), dense()])  # knows no shape yet


def a_layer_in_a_model_in_a_layer(self: Any) -> None:
    self.stack = models.Sequential([Holding("many"), dense()])


def twice(self: Any) -> None:
    self.inner = dense()
    self.again = self.inner
    self.all = [self.inner, self.inner]


def in_a_circle(self: Any) -> None:
    inner = dense()
    inner.around = self  # type: ignore[attr-defined]
    self.inner = inner
    self.all: list[Any] = [inner]
    self.all.append(self.all)


def replaced(self: Any) -> None:
    self.inner = dense()
    self.inner = dense()
    self.gone = dense()
    del self.gone


def variables(self: Any) -> None:
    self.scale = pw.Variable(np.full(3, 1.5))
    self.others = [pw.Variable(np.full(3, 0.5)), {"shift": pw.Variable(np.ones(3))}]
    self.fixed = pw.Variable(np.full(3, 2.0), trainable=False)
    self.count = pw.Variable(0)


def added(self: Any) -> None:
    self.add_weight((3,), "ones", trainable=False, name="fixed")
    self.add_weight(shape=(3,), initializer="ones")
    self.add_weight(shape=3, initializer="ones")
    self.add_weight(dtype="int32", trainable=False, name="count")


def normalised(self: Any) -> None:
    self.inner = dense()
    self.norm = layers.BatchNormalization()


HOLDS: dict[str, Callable[[Any], None]] = {
    f.__name__: f
    for f in (
        attribute, many, named, a_model, a_layer_in_a_model_in_a_layer, twice, in_a_circle,
        replaced, variables, added, normalised,
    )
}  # fmt: skip
PARAMETERS = {  # by hand; a Dense(3) of 3 has 12
    "attribute": 12, "many": 72, "named": 60, "a_model": 48,
    "a_layer_in_a_model_in_a_layer": 84, "twice": 12, "in_a_circle": 12, "replaced": 12,
    "variables": 13, "added": 10, "normalised": 24,
}  # fmt: skip
FROZEN = {"variables": 4, "added": 4, "normalised": 6}


def model_of(how: str, late: bool = False) -> models.Model:
    first = [] if late else [layers.Input((3,))]
    return models.Sequential([*first, Holding(how, name="holding"), layers.Dense(1, name="out")])


def data() -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 3)).astype(np.float32)
    return x, np.ones((8, 1), np.float32) * 3


@pytest.mark.parametrize("how", HOLDS)
@pytest.mark.parametrize("late", [False, True], ids=["known", "unknown"])
def test_what_a_layer_holds_is_counted_and_trained(host: str, how: str, late: bool) -> None:
    model, (x, y) = model_of(how, late), data()
    model.compile("sgd", "mse")
    if late:
        model.predict(x)
    assert model.layers[0].count_params() == PARAMETERS[how]
    assert model.count_params() == PARAMETERS[how] + 4
    trained = sum(int(np.prod(w.shape)) for w in model.layers[0].trainable_weights)
    assert trained == PARAMETERS[how] - FROZEN.get(how, 0)
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]
    own = [row for row in cells if row[0] == "holding (Holding)"]
    assert [row[-1] for row in own] == [f"{PARAMETERS[how]:,}"]
    before = [w.numpy() for w in model.trainable_weights]
    model.fit_sync(x, y, epochs=1, verbose=0)
    for weight, old in zip(model.trainable_weights, before, strict=True):
        assert not np.array_equal(weight.numpy(), old), weight.path


@pytest.mark.parametrize("how", HOLDS)
def test_what_a_layer_holds_is_frozen_with_it(how: str) -> None:
    model, (x, y) = model_of(how), data()
    layer = model.layers[0]
    layer.trainable = False
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == len(layer.weights)
    before = layer.get_weights()
    model.compile("sgd", "mse")
    model.fit_sync(x, y, epochs=1, verbose=0)
    for now, old in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, old)
    layer.trainable = True
    count = sum(int(np.prod(w.shape)) for w in layer.trainable_weights)
    assert count == PARAMETERS[how] - FROZEN.get(how, 0)


@pytest.mark.parametrize("how", HOLDS)
def test_what_a_layer_holds_is_saved_and_loaded(how: str) -> None:
    model, (x, y) = model_of(how), data()
    model.compile("sgd", "mse")
    model.fit_sync(x, y, epochs=2, verbose=0)
    expected = model.predict(x).numpy()
    again = load_layers_model(zip_bytes(layers_model_files(model)))
    np.testing.assert_array_equal(again.predict(x).numpy(), expected)
    copy = model.astype("float32")
    np.testing.assert_array_equal(copy.predict(x).numpy(), expected)
    half = model.astype("float16")
    assert half.count_params() == model.count_params()
    dtypes = {w.dtype for w in half.weights if "variables" not in how and "count" not in w.path}
    assert dtypes <= {"float16"}


@pytest.mark.parametrize("how", HOLDS)
def test_set_weights_goes_by_the_order_of_weights(how: str) -> None:
    layer = Holding(how)
    layer.build((None, 3))
    values = [np.full(w.shape, i + 1) for i, w in enumerate(layer.weights)]
    layer.set_weights(values)
    for weight, value in zip(layer.weights, values, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_the_order_is_keras_s() -> None:
    """The layer's own, trainable ones first, then layer by layer."""
    layer = Holding("added", name="own")
    names = ["own/variable", "own/variable_1", "own/fixed", "own/count"]
    assert [w.path for w in layer.weights] == names
    layer.inner = dense()  # type: ignore[attr-defined]
    layer(np.ones((1, 3)))
    inner = [w.path for w in layer.inner.weights]  # type: ignore[attr-defined]
    assert [w.path for w in layer.weights] == [*names, *inner]
    layer.weights[0].trainable = False  # moves nothing
    assert [w.path for w in layer.weights] == [*names, *inner]
    with pytest.raises(TypeError, match="takes the weight's shape first, got 'scale'"):
        layer.add_weight("scale", (3,))  # type: ignore[arg-type]


class Training(layers.Layer):
    """Says nothing of training to what it holds, and has a branch for training alone."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.drop = layers.Dropout(0.5)
        self.norm = layers.BatchNormalization()
        self.extra = layers.Dense(3, name="extra")

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = self.norm(inputs)
        return self.drop(x) + self.extra(x) if training else self.drop(x)


class Silent(Training):
    def call(self, inputs: Any) -> Any:  # type: ignore[override]
        return self.drop(self.norm(inputs))


@pytest.mark.parametrize("kind", [Training, Silent])
def test_layers_inside_train_when_the_one_around_them_does(host: str, kind: Any) -> None:
    x, y = data()
    model = models.Sequential([layers.Input((3,)), kind(name="kind"), layers.Dense(1)])
    layer: Any = model.layers[0]
    np.testing.assert_allclose(layer(x).numpy(), x / np.sqrt(1.001), rtol=1e-5)
    assert np.any(layer(x, training=True).numpy() == 0) or kind is Training
    model.compile("sgd", "mse")
    before = layer.norm.moving_mean.numpy()
    model.fit_sync(x, y, epochs=1, verbose=0)
    assert not np.array_equal(layer.norm.moving_mean.numpy(), before)
    if kind is Training:
        assert layer.extra.built
        assert {w.path for w in layer.extra.weights} <= {w.path for w in model.trainable_weights}
    layer.trainable = False
    before = layer.norm.moving_mean.numpy()
    model.fit_sync(x, y, epochs=1, verbose=0)
    np.testing.assert_array_equal(layer.norm.moving_mean.numpy(), before)


def test_a_call_that_says_training_means_it_for_good(host: str) -> None:
    """Keras's way to fine-tune around a batch norm that stays as it is."""
    x, y = data()
    base = models.Sequential([layers.Input((3,)), layers.BatchNormalization(name="norm")])
    start = layers.Input((3,))
    model = models.Model(start, layers.Dense(1)(base(start, training=False)))
    norm: Any = base.get_layer("norm")
    for net in (model, load_layers_model(zip_bytes(layers_model_files(model)))):
        norm = net.layers[1].get_layer("norm")  # type: ignore[attr-defined]
        net.compile("sgd", "mse")
        before = norm.moving_mean.numpy()
        net.fit_sync(x, y, epochs=1, verbose=0)
        np.testing.assert_array_equal(norm.moving_mean.numpy(), before)


def test_a_layer_made_frozen_freezes_what_it_is_made_of() -> None:
    layer = Training(trainable=False)
    layer.build((None, 3))
    assert not layer.norm.trainable


@layers.register_layer
class Around(layers.Layer):
    """Takes the layers it is made of as arguments."""

    def __init__(self, first: Any, others: Any = (), **options: Any):
        super().__init__(**options)
        self.first, self.others = first, list(others)

    def call(self, inputs: Any) -> Any:
        x = self.first(inputs)
        for layer in self.others:
            x = layer(x)
        return x


def test_layers_given_to_a_layer_come_back_from_its_config() -> None:
    shared = layers.Dense(3, "tanh")
    stack = models.Sequential([layers.Dense(3), layers.Activation("relu")])
    x = layers.Input((3,))
    y = Around(shared, [stack, shared, Around(layers.Dense(2))])(shared(x))
    model = models.Model(x, y)
    assert model.count_params() == 12 + 12 + 8
    inputs, _ = data()
    again = load_layers_model(zip_bytes(layers_model_files(model)))
    assert again.count_params() == model.count_params()
    np.testing.assert_array_equal(again.predict(inputs).numpy(), model.predict(inputs).numpy())
    half = model.astype("float16")
    assert {w.dtype for w in half.weights} == {"float16"}


def test_a_layer_set_after_the_first_call_belongs_to_it() -> None:
    layer = Holding("attribute")
    layer(np.ones((1, 3)))
    layer.later = dense()  # type: ignore[attr-defined]
    assert layer.count_params() == 12
    layer(np.ones((1, 3)))
    assert layer.count_params() == 24


def test_an_init_that_forgets_its_base_says_so() -> None:
    class Forgetful(layers.Layer):
        def __init__(self) -> None:
            self.inner = dense()

    with pytest.raises(AttributeError, match=r"its __init__ must call super\(\).__init__"):
        Forgetful()(np.ones((1, 3)))


@layers.register_layer
class Bare(layers.Layer):
    """Its constructor takes nothing of what every layer has."""

    def __init__(self, units: int):
        super().__init__()
        self.units, self.dense = units, layers.Dense(units)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def test_a_constructor_without_a_layer_s_own_arguments_will_do() -> None:
    model = models.Sequential([layers.Input((3,)), Bare(4), layers.Dense(1)])
    model.layers[0].trainable = False
    x, _ = data()
    for again in (
        load_layers_model(zip_bytes(layers_model_files(model))),
        model.astype("float32"),
    ):
        np.testing.assert_array_equal(again.predict(x).numpy(), model.predict(x).numpy())
        assert again.layers[0].name == model.layers[0].name
        assert len(again.trainable_weights) == 2
    assert model.astype("float16").layers[0].dtype == "float16"


# --- weights that others are put in the stead of


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("fitted", [False, True])
def test_a_variable_in_a_weight_s_stead_is_that_weight(
    host: str, frozen: bool, fitted: bool
) -> None:
    x, y = data()
    model = models.Sequential([layers.Dense(2, input_shape=(3,)), layers.Dense(1)])
    dense = model.layers[0]
    dense.trainable = not frozen
    model.compile("sgd", "mse")
    model.predict(x)
    if fitted:
        model.fit_sync(x, y, verbose=0)
    names = models.weights.weight_names(model)
    dense.kernel = pw.Variable(np.zeros((3, 2)), name="another")
    dense.bias.assign([1.0, 2.0])
    assert [w.shape for w in model.weights] == [(3, 2), (2,), (2, 1), (1,)]
    assert models.weights.weight_names(model) == names
    assert model.count_params() == 11
    kernel, bias = model.layers[1].get_weights()
    expected = np.array([[1.0, 2.0]]) @ kernel + bias
    np.testing.assert_allclose(model.predict(x).numpy(), np.repeat(expected, 8, 0), rtol=1e-6)
    loaded = load_layers_model(zip_bytes(layers_model_files(model)))
    np.testing.assert_allclose(loaded.predict(x).numpy(), model.predict(x).numpy(), rtol=1e-6)
    model.fit_sync(x, y, verbose=0)
    assert (np.abs(dense.kernel.numpy()).max() == 0) == frozen
    dense.bias = None
    assert len(dense.weights) == 1
    del dense.kernel
    assert not dense.weights


@pytest.mark.parametrize("value", [np.zeros((3, 2)), [[0.0] * 2] * 3, 0.0, "tensor"])
def test_numbers_are_no_weight(value: Any) -> None:
    dense = layers.Dense(2)
    dense.build((None, 3))
    value = pw.tensor(np.zeros((3, 2))) if isinstance(value, str) else value
    with pytest.raises(TypeError, match=r"kernel is a weight: write kernel\.assign\(values\)"):
        dense.kernel = value
    assert len(dense.weights) == 2


def test_a_variable_of_another_layer_s_may_stand_in() -> None:
    """Tied weights: each layer has them in its own order."""
    first, second = layers.Dense(3), layers.Dense(3)
    first.build((None, 3))
    second.build((None, 3))
    first.kernel = second.kernel
    assert [w.shape for w in first.weights] == [(3, 3), (3,)]
    assert first.weights[0] is second.weights[0]
    assert len(models.Sequential([layers.Input((3,)), first, second]).weights) == 3


# --- layers that belong to nobody


class Calls(layers.Layer):
    """Calls whatever it is given, and has none of it."""

    def __init__(self, inner: Any, **options: Any):
        super().__init__(**options)
        self.get = lambda: inner() if isinstance(inner, type) else inner

    def call(self, inputs: Any) -> Any:
        layer = self.get()
        return layer(inputs) if isinstance(layer, layers.Layer) else inputs


class Anew(layers.Dense):
    def __init__(self) -> None:
        super().__init__(3)


def test_a_layer_that_is_called_and_belongs_to_nobody_is_mentioned(host: str) -> None:
    x, y = data()
    inner = layers.Dense(3, name="lost")
    model = models.Sequential([layers.Input((3,)), Calls(inner), layers.Dense(1)])
    model.compile("sgd", "mse")
    for work in (model.predict, lambda x: model.fit_sync(x, y, verbose=0)):
        with pytest.warns(UserWarning, match="a layer 'lost' that none of its layers has"):
            work(x)
    model.layers[0].inner = inner  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(x)
        model.fit_sync(x, y, verbose=0)
    assert len(model.trainable_weights) == 4


@pytest.mark.parametrize("method", ["predict", "fit_sync", "evaluate_sync", "train_on_batch_sync"])
def test_a_layer_that_each_call_makes_anew_is_refused(host: str, method: str) -> None:
    x, y = data()
    model = models.Sequential([layers.Input((3,)), Calls(Anew), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(RuntimeError, match="each call would make new weights: make it in __init__"):
        getattr(model, method)(*((x,) if method == "predict" else (x, y)))
