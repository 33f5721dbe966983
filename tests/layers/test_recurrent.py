"""Recurrent layers: values, masks, states, dropout, cells of one's own, beside NumPy and
Keras 3.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from in_keras import keras, uncompiled
from layer_cases import LayerCase, parameters

import pywebml as pw
from pywebml import layers, models, ops
from pywebml.core.capture import capture
from pywebml.core.tensor import tensor
from pywebml.layers.support.structures import leaves

Array = Any


def s(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x: Array) -> Array:
    return np.clip(x / 6 + 0.5, 0, 1)


def lstm(
    x: Array, kernel: Array, recurrent: Array, bias: Array = 0.0, gate: Any = s, act: Any = np.tanh
) -> Array:
    """All h of Keras's LSTM; gates i, f, c, o."""
    u = len(recurrent)
    h = c = np.zeros((len(x), u))
    hs = []
    for t in range(x.shape[1]):
        z = x[:, t] @ kernel + h @ recurrent + bias
        i, f, g, o = (z[:, k * u : (k + 1) * u] for k in range(4))
        c = gate(f) * c + gate(i) * act(g)
        h = gate(o) * act(c)
        hs.append(h)
    return np.stack(hs, 1)


def gru(x: Array, kernel: Array, recurrent: Array, bias: Array) -> Array:
    """All h of Keras's GRU with reset_after; gates z, r, h."""
    u = len(recurrent)
    h, hs = np.zeros((len(x), u)), []
    for t in range(x.shape[1]):
        q, p = x[:, t] @ kernel + bias[0], h @ recurrent + bias[1]
        z, r = s(q[:, :u] + p[:, :u]), s(q[:, u : 2 * u] + p[:, u : 2 * u])
        h = z * h + (1 - z) * np.tanh(q[:, 2 * u :] + r * p[:, 2 * u :])
        hs.append(h)
    return np.stack(hs, 1)


def gru_before(x: Array, kernel: Array, recurrent: Array, bias: Array) -> Array:
    """The same without reset_after."""
    u = len(recurrent)
    h, hs = np.zeros((len(x), u)), []
    for t in range(x.shape[1]):
        q, p = x[:, t] @ kernel + bias, h @ recurrent[:, : 2 * u]
        z, r = s(q[:, :u] + p[:, :u]), s(q[:, u : 2 * u] + p[:, u:])
        h = z * h + (1 - z) * np.tanh(q[:, 2 * u :] + (r * h) @ recurrent[:, 2 * u :])
        hs.append(h)
    return np.stack(hs, 1)


def simple(x: Array, kernel: Array, recurrent: Array, bias: Array = 0.0, act: Any = np.tanh) -> Any:
    h, hs = np.zeros((len(x), len(recurrent))), []
    for t in range(x.shape[1]):
        h = act(x[:, t] @ kernel + h @ recurrent + bias)
        hs.append(h)
    return np.stack(hs, 1)


def small(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """With weights of about 1 larger inputs would drive all gates to their ends."""
    return rng.normal(size=shape) / 4


def convolved(x: Array, kernel: Array, same: bool) -> Array:
    """x [n, *sizes, c] with a kernel of 3 along each axis."""
    rank = x.ndim - 2
    x = np.pad(x, [(0, 0), *[(1, 1)] * rank, (0, 0)]) if same else x
    sizes = [n - 2 for n in x.shape[1:-1]]
    y = np.zeros((len(x), *sizes, kernel.shape[-1]))
    for at in itertools.product(range(3), repeat=rank):
        window = tuple(slice(k, k + n) for k, n in zip(at, sizes, strict=True))
        y = y + x[(slice(None), *window)] @ kernel[at]
    return y


def conv_lstm(x: Array, kernel: Array, recurrent: Array, bias: Array) -> Array:
    """All h; gates i, f, g, o."""
    hs: list[Array] = []
    h = c = np.zeros((*convolved(x[:, 0], kernel, False).shape[:-1], kernel.shape[-1] // 4))
    for t in range(x.shape[1]):
        z = convolved(x[:, t], kernel, False) + convolved(h, recurrent, True) + bias
        i, f, g, o = np.split(z, 4, -1)
        c = s(f) * c + s(i) * np.tanh(g)
        h = s(o) * np.tanh(c)
        hs.append(h)
    return np.stack(hs, 1)


LSTM = [("kernel", (3, 8)), ("recurrent_kernel", (2, 8)), ("bias", (8,))]
GRU = [("kernel", (3, 6)), ("recurrent_kernel", (2, 6)), ("bias", (2, 6))]
SIMPLE = [("kernel", (3, 2)), ("recurrent_kernel", (2, 2)), ("bias", (2,))]


def case(make: Callable[[], Any], weights: Any, expected: Any, **options: Any) -> LayerCase:
    return LayerCase(make, (2, 4, 3), weights, expected, draw=small, **options)


CASES = [
    case(lambda: layers.LSTM(2), LSTM, lambda x, *w: lstm(x, *w)[:, -1]),
    case(lambda: layers.LSTM(2, return_sequences=True, use_bias=False), LSTM[:2], lstm),
    case(
        lambda: layers.LSTM(2, "relu", "hard_sigmoid", return_sequences=True),
        LSTM,
        lambda x, *w: lstm(x, *w, gate=hard_sigmoid, act=lambda v: np.maximum(v, 0)),
    ),
    case(
        lambda: layers.LSTM(2, go_backwards=True, return_sequences=True),
        LSTM,
        lambda x, *w: lstm(x[:, ::-1], *w),
    ),
    case(lambda: layers.GRU(2), GRU, lambda x, *w: gru(x, *w)[:, -1]),
    case(lambda: layers.GRU(2, return_sequences=True), GRU, gru),
    case(
        lambda: layers.GRU(2, reset_after=False, return_sequences=True),
        [*GRU[:2], ("bias", (6,))],
        gru_before,
    ),
    case(lambda: layers.SimpleRNN(2), SIMPLE, lambda x, *w: simple(x, *w)[:, -1]),
    case(
        lambda: layers.SimpleRNN(2, "elu", return_sequences=True),
        SIMPLE,
        lambda x, *w: simple(x, *w, act=lambda v: np.where(v > 0, v, np.exp(v) - 1)),
    ),
    case(
        lambda: layers.RNN(layers.GRUCell(2), return_sequences=True, unroll=True),
        GRU,
        gru,
        half=False,  # the cell is a layer with a dtype of its own
    ),
    case(
        lambda: layers.RNN([layers.SimpleRNNCell(2), layers.LSTMCell(2)]),
        [*SIMPLE, ("kernel", (2, 8)), *LSTM[1:]],
        lambda x, *w: lstm(simple(x, *w[:3]), *w[3:])[:, -1],
        half=False,
    ),
    case(
        lambda: layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True)),
        [*SIMPLE, *SIMPLE],
        lambda x, *w: np.concatenate([simple(x, *w[:3]), simple(x[:, ::-1], *w[3:])[:, ::-1]], -1),
        half=False,
    ),
    case(
        lambda: layers.TimeDistributed(layers.Dense(2)),
        [("kernel", (3, 2)), ("bias", (2,))],
        lambda x, kernel, bias: x @ kernel + bias,
        half=False,
    ),
]

CASES += [
    LayerCase(
        lambda: layers.ConvLSTM1D(2, 3, return_sequences=True),
        (2, 3, 5, 2),
        [("kernel", (3, 2, 8)), ("recurrent_kernel", (3, 2, 8)), ("bias", (8,))],
        conv_lstm,
        draw=small,
        any_size=False,
        half=False,
    ),
    LayerCase(
        lambda: layers.ConvLSTM2D(1, 3),
        (2, 3, 4, 5, 1),
        [("kernel", (3, 3, 1, 4)), ("recurrent_kernel", (3, 3, 1, 4)), ("bias", (4,))],
        lambda x, *w: conv_lstm(x, *w)[:, -1],
        draw=small,
        any_size=False,
        half=False,
    ),
    LayerCase(
        lambda: layers.ConvLSTM3D(1, 3),
        (1, 2, 3, 4, 3, 1),
        [("kernel", (3, 3, 3, 1, 4)), ("recurrent_kernel", (3, 3, 3, 1, 4)), ("bias", (4,))],
        lambda x, *w: conv_lstm(x, *w)[:, -1],
        draw=small,
        any_size=False,
        half=False,
    ),
]


@parameters(CASES)
def test_recurrent_layers_are_kerass_formulas(host: str, case: LayerCase) -> None:
    case.check()


# --- masks and states, beside Keras

MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 1], [1, 1, 1, 1, 1]], bool)
KINDS: dict[str, dict[str, Any]] = {
    "LSTM": {},
    "LSTM, other gates": {"recurrent_activation": "hard_sigmoid"},
    "GRU": {},
    "GRU, before": {"reset_after": False},
    "SimpleRNN": {"activation": "relu"},
}
FORMS: list[dict[str, Any]] = [
    {},
    {"return_sequences": True},
    {"return_state": True, "go_backwards": True},
    {"return_sequences": True, "return_state": True, "zero_output_for_mask": True},
    {"return_sequences": True, "unroll": True},
]


def listed(outputs: Any) -> list[Array]:
    if isinstance(outputs, (list, tuple)):
        return [array for one in outputs for array in listed(one)]
    return [np.asarray(outputs.numpy() if hasattr(outputs, "numpy") else outputs)]


def beside(ours: Any, theirs: Any, call: Callable[[Any, Any], Any], x: Array) -> None:
    """Both layers give the same, with the weights of ours."""
    shape = (None, *x.shape[1:])
    ours.build(shape)
    theirs.build(shape)
    rng = np.random.default_rng(3)
    weights = [rng.normal(size=w.shape).astype(np.float32) / 2 for w in ours.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    got = listed(call(ours, tensor))
    with uncompiled():
        want = listed(call(theirs, np.asarray))
    assert [y.shape for y in got] == [y.shape for y in want]
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def twice(make: Callable[[Any], Any]) -> tuple[Any, Any]:
    """Made of our layers, and of Keras's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make(layers), make(keras.layers)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: " ".join(form) or "plain")
@pytest.mark.parametrize("masked", [False, True], ids=["all steps", "masked"])
@pytest.mark.parametrize("kind", KINDS)
def test_masks_and_states_are_kerass(kind: str, masked: bool, form: dict[str, Any]) -> None:
    pw.set_device("cpu")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3, 5, 2)).astype(np.float32)
    name = kind.split(",")[0]
    state = [rng.normal(size=(3, 4)).astype(np.float32) for _ in range(1 + (name == "LSTM"))]
    ours, theirs = twice(lambda space: getattr(space, name)(4, **KINDS[kind], **form))

    def call(layer: Any, tensor: Any) -> Any:
        mask = {"mask": tensor(MASK)} if masked else {}
        begun = layer(tensor(x), initial_state=[tensor(h) for h in state], **mask)
        return [layer(tensor(x), **mask), begun]

    beside(ours, theirs, call, x)


CELLS: dict[str, Callable[[Any], Any]] = {
    "a cell": lambda space: space.GRUCell(3),
    "two": lambda space: [space.LSTMCell(3), space.LSTMCell(4)],
    "of three kinds": lambda space: space.StackedRNNCells(
        [space.SimpleRNNCell(3), space.GRUCell(4, reset_after=False), space.LSTMCell(2)]
    ),
}


@pytest.mark.parametrize("masked", [False, True], ids=["all steps", "masked"])
@pytest.mark.parametrize("cells", CELLS)
def test_cells_walk_as_in_keras(cells: str, masked: bool) -> None:
    pw.set_device("cpu")
    x = np.random.default_rng(1).normal(size=(3, 5, 2)).astype(np.float32)
    ours, theirs = twice(
        lambda space: space.RNN(CELLS[cells](space), return_sequences=True, return_state=True)
    )
    mask = {"mask": MASK} if masked else {}
    beside(ours, theirs, lambda layer, t: layer(t(x), **{k: t(v) for k, v in mask.items()}), x)


@pytest.mark.parametrize("name", ["LSTMCell", "GRUCell", "SimpleRNNCell"])
def test_a_cell_alone_is_kerass(name: str) -> None:
    pw.set_device("cpu")
    x = np.random.default_rng(1).normal(size=(3, 2)).astype(np.float32)
    ours, theirs = twice(lambda space: getattr(space, name)(4))
    beside(ours, theirs, lambda cell, t: cell(t(x), cell.get_initial_state(batch_size=3)), x)


# --- cells of one's own


class Leaky(layers.Layer):
    """Two states: a running sum, and how many steps there were."""

    def __init__(self, units: int, **options: Any):
        super().__init__(**options)
        self.units, self.state_size, self.output_size = units, [units, 1], units

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="ones", name="kernel"
        )

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        total = states[0] * 0.5 + ops.matmul(inputs, self.kernel)
        return total * (2.0 if training else 1.0), [total, states[1] + 1.0]

    def get_initial_state(self, batch_size: int | None = None) -> Any:
        return [ops.ones((batch_size or 1, self.units)), ops.zeros((batch_size or 1, 1))]


def test_a_cell_of_ones_own(host: str) -> None:
    layer = layers.RNN(Leaky(2), return_sequences=True, return_state=True)
    x = np.random.default_rng(1).normal(size=(2, 3, 4)).astype(np.float32)
    outputs, total, count = layer(tensor(x))
    want, h = [], np.ones((2, 2))
    for t in range(3):
        h = h * 0.5 + x[:, t].sum(-1, keepdims=True)
        want.append(h)
    np.testing.assert_allclose(outputs.numpy(), np.stack(want, 1), rtol=1e-5)
    np.testing.assert_allclose(total.numpy(), h, rtol=1e-5)
    assert count.numpy().tolist() == [[3], [3]]
    doubled = layer(tensor(x), training=True)[0].numpy()
    np.testing.assert_allclose(doubled, 2 * np.stack(want, 1), rtol=1e-5)
    masked = layer(tensor(x), mask=tensor(np.array([[1, 0, 0], [1, 1, 1]], bool)))
    assert masked[2].numpy().tolist() == [[1], [3]]
    np.testing.assert_allclose(masked[0].numpy()[0, 2], want[0][0], rtol=1e-5)
    assert [w.path for w in layer.weights] == [f"{layer.name}/{layer.cell.name}/kernel"]


class Plain:
    """No layer at all."""

    state_size = 3

    def call(self, inputs: Any, states: Any) -> Any:
        return inputs, [states[0] + inputs]


def test_a_cell_need_not_be_a_layer(host: str) -> None:
    x = np.ones((2, 4, 3), np.float32)
    output, total = layers.RNN(Plain(), return_state=True)(tensor(x))
    assert output.numpy().tolist() == x[:, -1].tolist()
    assert total.numpy().tolist() == (4 * x[:, -1]).tolist()


# --- states that are kept


@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_a_stateful_layer_goes_on_where_it_stopped(host: str, name: str) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 6, 3)).astype(np.float32)
    kept = getattr(layers, name)(4, stateful=True, return_sequences=True)
    kept.build((2, 3, 3))
    whole = getattr(layers, name)(4, return_sequences=True)
    whole.build((None, 6, 3))
    whole.set_weights(kept.get_weights())
    want = whole(tensor(x)).numpy()
    run = capture(lambda part: kept(part))
    for _ in range(2):
        halves = [run(tensor(x[:, :3])).numpy(), run(tensor(x[:, 3:])).numpy()]
        np.testing.assert_allclose(np.concatenate(halves, 1), want, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(kept.states[0].numpy(), want[:, -1], rtol=1e-5, atol=1e-6)
        kept.reset_state()
    assert len(kept.weights) == len(whole.weights)
    kept.reset_states([np.full((2, 4), 0.5, np.float32)] * len(kept.states))
    assert kept.states[-1].numpy().tolist() == [[0.5] * 4] * 2
    with pytest.raises(ValueError, match=r"its states have shapes \[\(2, 4\)"):
        kept.reset_states([np.zeros((2, 5))] * len(kept.states))
    with pytest.raises(ValueError, match="keeps the states of 2 sequences, got a batch of 3"):
        kept(np.zeros((3, 3, 3), np.float32))
    with pytest.raises(ValueError, match="keeps no states"):
        whole.reset_state()


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda **o: layers.SimpleRNN(4, **o), (2, 3, 5)),
        (lambda **o: layers.GRU(4, **o), (2, 3, 5)),
        (lambda **o: layers.LSTM(4, **o), (2, 3, 5)),
        (lambda **o: layers.RNN([layers.LSTMCell(3), layers.GRUCell(4)], **o), (2, 3, 5)),
        (lambda **o: layers.Bidirectional(layers.GRU(4, **o)), (2, 3, 5)),
        (lambda **o: layers.ConvLSTM1D(2, 3, **o), (2, 3, 5, 2)),
        (lambda **o: layers.ConvLSTM2D(2, 3, **o), (2, 3, 5, 5, 1)),
    ],
    ids=["SimpleRNN", "GRU", "LSTM", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D"],
)
def test_a_stateful_layer_trains(host: str, make: Callable[..., Any], shape: Any) -> None:
    """From the states of the last batch, as if they were given as initial_state."""
    x = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    kept, given = make(stateful=True), make()
    model = models.Sequential(
        [layers.Input(batch_shape=shape), kept, layers.Flatten(), layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    model.predict(x)
    states = [tensor(v.numpy()) for v in leaves(kept.states)]
    weights = kept.get_weights()
    given.build(shape)
    given.set_weights(weights)
    _, slopes = pw.variable_grads(
        lambda: (given(tensor(x), initial_state=states) ** 2).sum(), given.trainable_weights
    )
    _, own = pw.variable_grads(lambda: (kept(tensor(x)) ** 2).sum(), kept.trainable_weights)
    for ours, theirs in zip(own, slopes, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-6)
    losses = model.fit_sync(
        np.concatenate([x, x]), np.ones((4, 1), np.float32), batch_size=2, epochs=3, verbose=0
    )
    assert losses.history["loss"][-1] < losses.history["loss"][0]


def test_both_ways_begin_with_as_many_states() -> None:
    both = layers.Bidirectional(layers.GRU(3), merge_mode=None)
    with pytest.raises(ValueError, match="as many states for each of the two ways, got 1 in all"):
        both(layers.Input((4, 2)), initial_state=[layers.Input((3,))])


def test_a_stateful_layer_needs_a_batch_size() -> None:
    with pytest.raises(ValueError, match="needs a known batch size"):
        layers.LSTM(2, stateful=True)(layers.Input((3, 4)))


# --- dropout


@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_inputs_are_dropped_alike_at_all_steps(host: str, name: str, implementation: int) -> None:
    """Without a way back from the state: what is left is a function of the inputs."""
    options = {} if name == "SimpleRNN" else {"implementation": implementation}
    layer = getattr(layers, name)(
        6,
        dropout=0.25,
        seed=3,
        kernel_initializer=layers.initializers.Constant(0.05),
        recurrent_initializer="zeros",
        return_sequences=True,
        **options,
    )
    x = np.ones((40, 3, 10), np.float32)
    one, other = (layer(tensor(x), training=True).numpy() for _ in range(2))
    assert not np.array_equal(one, other)
    if name == "SimpleRNN":
        np.testing.assert_allclose(one[:, 0], one[:, 2], rtol=1e-5)
        share = np.arctanh(one).mean() / np.arctanh(layer(tensor(x)).numpy()).mean()
        assert share == pytest.approx(1, abs=0.2)
    plain = layer(tensor(x)).numpy()
    assert not np.allclose(one, plain)
    again = getattr(layers, name).from_config({**layer.get_config(), **options})
    again.build(x.shape)
    again.set_weights(layer.get_weights())
    np.testing.assert_allclose(again(tensor(x), training=True).numpy(), one, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_the_state_is_dropped(host: str, name: str) -> None:
    layer = getattr(layers, name)(8, recurrent_dropout=0.5, seed=3)
    x = np.random.default_rng(1).normal(size=(4, 5, 3)).astype(np.float32)
    plain = layer(tensor(x)).numpy()
    np.testing.assert_array_equal(plain, layer(tensor(x)).numpy())
    one, other = (layer(tensor(x), training=True).numpy() for _ in range(2))
    assert np.isfinite(one).all()
    assert not np.allclose(one, plain)
    assert not np.allclose(one, other)
    first = getattr(layers, name)(8, recurrent_dropout=0.5)
    np.testing.assert_allclose(  # nothing of a state of zeros can be dropped
        first(tensor(x[:, :1])).numpy(),
        first(tensor(x[:, :1]), training=True).numpy(),
        rtol=1e-4,
        atol=1e-6,
    )


# --- models, configs, refusals


def test_masks_come_through_models(host: str) -> None:
    x = np.random.default_rng(1).normal(size=(3, 5, 2)).astype(np.float32)
    x[0, 3:], x[1, 2:] = 0, 0
    model = models.Sequential(
        [layers.Input((5, 2)), layers.Masking(), layers.LSTM(4, return_sequences=True)]
    )
    model.add(layers.GRU(3))
    got = model.predict(x).numpy()
    short = models.Sequential([layers.Input((2, 2)), *model.layers[1:]])
    np.testing.assert_allclose(got[1], short.predict(x[1:2, :2]).numpy()[0], rtol=1e-5, atol=1e-6)


TENSORFLOW_JS = {
    "name": "lstm_LSTM1", "trainable": True, "batch_input_shape": [None, 5, 3], "dtype": "float32",
    "return_sequences": False, "return_state": False, "go_backwards": False, "stateful": False,
    "unroll": False, "units": 4, "activation": "tanh", "recurrent_activation": "hard_sigmoid",
    "use_bias": True, "unit_forget_bias": True, "implementation": 1, "dropout": 0,
    "recurrent_dropout": 0, "kernel_initializer": {"class_name": "VarianceScaling", "config": {
        "scale": 1, "mode": "fan_avg", "distribution": "normal", "seed": None}},
    "recurrent_initializer": {"class_name": "Orthogonal", "config": {"gain": 1, "seed": None}},
    "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": None,
    "recurrent_regularizer": None, "bias_regularizer": None, "activity_regularizer": None,
    "kernel_constraint": None, "recurrent_constraint": None, "bias_constraint": None,
}  # fmt: skip


def test_configs_of_tensorflow_js_and_keras_2_load(host: str) -> None:
    layer = layers.deserialize("LSTM", dict(TENSORFLOW_JS))
    assert layer(np.ones((2, 5, 3), np.float32)).shape == (2, 4)
    assert layer.cell.implementation == 1
    older = {**TENSORFLOW_JS, "time_major": True, "input_dim": 3, "input_length": 5}
    other = layers.deserialize("LSTM", older)
    other.build((5, 2, 3))
    other.set_weights(layer.get_weights())
    x = np.random.default_rng(1).normal(size=(2, 5, 3)).astype(np.float32)
    np.testing.assert_allclose(
        other(x.transpose(1, 0, 2)).numpy(), layer(x).numpy(), rtol=1e-5, atol=1e-6
    )
    assert other.get_config()["time_major"] is True


def test_a_forget_gates_bias_begins_at_one() -> None:
    layer = layers.LSTM(2)
    layer.build((None, 3, 1))
    assert layer.get_weights()[2].tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    recurrent = layer.get_weights()[1]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(2), atol=1e-5)


def test_penalties_reach_the_cells_weights(host: str) -> None:
    layer = layers.GRU(
        2, kernel_regularizer="l1", recurrent_regularizer="l2", activity_regularizer="l1",
        kernel_constraint="non_neg",
    )  # fmt: skip
    layer(np.ones((1, 3, 2), np.float32))
    assert len(layer.losses) == 3
    assert layer.weights[0].constraint is not None
    config = layer.get_config()
    assert config["recurrent_regularizer"]["class_name"] in ("L2", "L1L2")
    assert layers.GRU.from_config(config).cell.kernel_regularizer is not None


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: layers.LSTM(0), ValueError, "units must be at least 1, got 0"),
        (lambda: layers.RNN(3), ValueError, "a cell needs a 'call' method"),
        (lambda: layers.StackedRNNCells([]), ValueError, "needs a cell at least"),
        (lambda: layers.LSTM(2)(np.zeros((2, 3))), ValueError, r"takes sequences \[batch, steps"),
        (
            lambda: layers.GRU(2)(np.zeros((2, 3, 4)), initial_state=[np.zeros((2, 5))]),
            ValueError,
            r"initial_state must have shapes \[\(2, 2\)\]",
        ),
        (lambda: layers.LSTM(2)(layers.Input((3, None))), ValueError, "number of features"),
    ],
)  # fmt: skip
def test_refusals_say_what_was_expected(make: Any, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_a_sequence_is_one_plan_in_fit(host: str) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(8, 5, 3)).astype(np.float32), rng.normal(size=(8, 2)).astype(np.float32)
    model = models.Sequential(
        [layers.Input((5, 3)), layers.Bidirectional(layers.LSTM(4)), layers.Dense(2)]
    )
    model.compile("adam", "mse")
    first = model.evaluate_sync(x, y)
    model.fit_sync(x, y, epochs=3, batch_size=4, verbose=0)
    assert model.evaluate_sync(x, y) < first


# --- wrappers


@pytest.mark.parametrize("masked", [False, True], ids=["all steps", "masked"])
@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])
@pytest.mark.parametrize("form", FORMS[:4], ids=lambda form: " ".join(form) or "plain")
def test_both_directions_are_kerass(form: dict[str, Any], mode: str | None, masked: bool) -> None:
    pw.set_device("cpu")
    if "zero_output_for_mask" in form or "go_backwards" in form:
        form = {"return_state": True, "return_sequences": "zero_output_for_mask" in form}
    x = np.random.default_rng(1).normal(size=(3, 5, 2)).astype(np.float32)
    state = [np.full((3, 4), i / 4, np.float32) for i in range(4)]

    def call(layer: Any, tensor: Any) -> Any:
        mask = {"mask": tensor(MASK)} if masked else {}
        begun = layer(tensor(x), initial_state=[tensor(h) for h in state], **mask)
        return [layer(tensor(x), **mask), begun]

    ours, theirs = twice(lambda space: space.Bidirectional(space.LSTM(4, **form), merge_mode=mode))
    beside(ours, theirs, call, x)


def test_another_layer_may_go_backwards() -> None:
    pw.set_device("cpu")
    x = np.random.default_rng(1).normal(size=(3, 5, 2)).astype(np.float32)
    ours, theirs = twice(
        lambda space: space.Bidirectional(
            space.LSTM(4), backward_layer=space.GRU(3, go_backwards=True)
        )
    )
    beside(ours, theirs, lambda layer, tensor: layer(tensor(x)), x)
    assert [w.path.split("/")[-2] for w in ours.weights] == ["lstm_cell"] * 3 + ["gru_cell"] * 3
    again = layers.Bidirectional.from_config(ours.get_config())
    assert type(again.backward_layer).__name__ == "GRU"


def test_values_for_the_weights_of_both_directions() -> None:
    layer = layers.Bidirectional(layers.SimpleRNN(2))
    layer.build((None, 3, 1))
    values = [np.full(w.shape, i, np.float32) for i, w in enumerate(layer.weights)]
    other = layers.Bidirectional(layers.SimpleRNN(2), weights=values)
    other.build((None, 3, 1))
    assert [w.reshape(-1)[0] for w in other.get_weights()] == list(range(6))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.Bidirectional(3), "Bidirectional takes a layer, got 3"),
        (lambda: layers.Bidirectional(layers.LSTM(2), "max"), "merge_mode must be one of"),
        (
            lambda: layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2)),
            "one of the layers must go backwards",
        ),
        (
            lambda: layers.Bidirectional(
                layers.LSTM(2),
                backward_layer=layers.LSTM(2, go_backwards=True, return_state=True),
            ),
            "both layers must have the same return_state",
        ),
        (lambda: layers.TimeDistributed(layers.LSTM), "did you forget the"),
        (
            lambda: layers.TimeDistributed(layers.Dense(2))(np.zeros((2, 3))),
            "with something behind the steps",
        ),
    ],
)
def test_wrappers_say_what_they_take(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def nested(space: Any) -> Any:
    """A model with a layer that looks at batches."""
    root = keras if space is keras.layers else models
    return root.Sequential([space.Input((2,)), space.Dense(3), space.BatchNormalization()])


@pytest.mark.parametrize(
    "inner",
    [lambda space: space.Dense(4, "tanh"), lambda space: space.LSTM(3), nested],
    ids=["Dense", "LSTM", "a model"],
)
@pytest.mark.parametrize("training", [False, True])
def test_each_step_as_in_keras(inner: Any, training: bool) -> None:
    pw.set_device("cpu")
    ours, theirs = twice(lambda space: space.TimeDistributed(inner(space)))
    shape = (3, 4, 5, 2) if "LSTM" in repr(ours.layer) else (3, 4, 2)
    x = np.random.default_rng(1).normal(size=shape).astype(np.float32)

    def call(layer: Any, tensor: Any) -> Any:
        y = layer(tensor(x), training=training)
        return [y, *(np.asarray(w) for w in layer.get_weights())]

    ours.build((None, *shape[1:]))
    theirs.build((None, *shape[1:]))
    theirs.set_weights(ours.get_weights())
    got = listed(call(ours, tensor))
    with uncompiled():
        want = listed(call(theirs, np.asarray))
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


# --- convolutions


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "form",
    [
        {"padding": "same", "strides": 2, "return_sequences": True},
        {"dilation_rate": 2, "return_state": True, "go_backwards": True},
        {"use_bias": False, "recurrent_activation": "hard_sigmoid"},
    ],
    ids=["strides", "dilation", "no bias"],
)
def test_convolutions_over_time_are_kerass(rank: int, form: dict[str, Any]) -> None:
    pw.set_device("cpu")
    x = np.random.default_rng(1).normal(size=(2, 3, *(6, 5, 4)[:rank], 2)).astype(np.float32)
    ours, theirs = twice(lambda space: getattr(space, f"ConvLSTM{rank}D")(3, 2, **form))
    beside(ours, theirs, lambda layer, tensor: layer(tensor(x)), x)
    shapes = [layer.compute_output_shape((None, *x.shape[1:])) for layer in (ours, theirs)]
    assert list(shapes[0]) == list(shapes[1])


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_of_a_convolution_over_time_may_come_first(host: str, rank: int) -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, *(6, 5, 4)[:rank], 2)).astype(np.float32)
    options = {"return_sequences": True, "return_state": True}
    kind = getattr(layers, f"ConvLSTM{rank}D")
    last, first = kind(3, 2, **options), kind(3, 2, data_format="channels_first", **options)
    want = [y.numpy() for y in last(tensor(x))]
    moved = np.moveaxis(x, -1, 2)
    first.build(moved.shape)
    first.set_weights(last.get_weights())
    for got, one in zip(first(tensor(moved)), want, strict=True):
        channels = 2 if one.ndim == x.ndim else 1
        np.testing.assert_allclose(np.moveaxis(got.numpy(), channels, -1), one, rtol=1e-5)
    assert first.compute_output_shape(moved.shape)[0][2] == 3
    assert kind(3, 2).name.startswith(f"conv_lstm{rank}d")


def test_a_convolution_over_time_drops_and_masks(host: str) -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 4, 1)).astype(np.float32)
    layer = layers.ConvLSTM2D(2, 2, dropout=0.5, recurrent_dropout=0.5, seed=1)
    plain = layer(tensor(x)).numpy()
    assert not np.allclose(plain, layer(tensor(x), training=True).numpy())
    short = layer(tensor(x[:, :2])).numpy()
    mask = np.array([[1, 1, 0], [1, 1, 1]], bool)
    masked = layer(tensor(x), mask=tensor(mask)).numpy()
    np.testing.assert_allclose(masked, np.stack([short[0], plain[1]]), rtol=1e-4, atol=1e-6)


# --- models with states


def translator(space: Any) -> Any:
    """Sequences to sequences: the states of one layer begin another."""
    model = keras.Model if space is keras.layers else models.Model
    before, so_far = space.Input((None, 3)), space.Input((None, 2))
    _, h, c = space.LSTM(4, return_state=True)(before)
    y, *_ = space.LSTM(4, return_sequences=True, return_state=True)(so_far, initial_state=[h, c])
    return model([before, so_far], space.TimeDistributed(space.Dense(2, "tanh"))(y))


def test_a_layer_begins_with_the_states_of_another() -> None:
    pw.set_device("cpu")
    rng = np.random.default_rng(1)
    x = [rng.normal(size=size).astype(np.float32) for size in ((3, 5, 3), (3, 4, 2))]
    ours, theirs = twice(translator)
    weights = [rng.normal(size=w.shape).astype(np.float32) / 2 for w in ours.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    again = models.Model.from_config(ours.get_config())
    again.set_weights(weights)
    want = np.asarray(theirs(x))
    for model in (ours, again):
        got = model.predict(x).numpy()
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    ours.compile("adam", "mse")
    y = np.zeros((3, 4, 2), np.float32)
    first, *_, last = ours.fit_sync(x, y, epochs=4, verbose=0).history["loss"]
    assert last < first
