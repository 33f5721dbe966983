"""Activations by name and as layers."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import relu, softmax, swish

from pywebml import layers, ops
from pywebml.core.autodiff import grad
from pywebml.core.tensor import tensor
from pywebml.layers import activations

Array = Any

erf = np.vectorize(math.erf)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def gelu_by_tanh(x: Array) -> Array:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def sparsemax(x: Array) -> Array:
    """By bisection: the threshold at which what is above it sums to 1."""
    low, high = x.min(-1, keepdims=True) - 1, x.max(-1, keepdims=True)
    for _ in range(60):
        middle = (low + high) / 2
        above = np.maximum(x - middle, 0).sum(-1, keepdims=True) > 1
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.maximum(x - low, 0)


NAMED: dict[str, Callable[[Array], Array]] = {
    "celu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "exponential": np.exp,
    "gelu": lambda x: x * 0.5 * (1 + erf(x / math.sqrt(2))),
    "gelu_new": gelu_by_tanh,
    "glu": lambda x: x[..., : x.shape[-1] // 2] * sigmoid(x[..., x.shape[-1] // 2 :]),
    "hard_shrink": lambda x: np.where(abs(x) > 0.5, x, 0),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "linear": lambda x: x,
    "log_sigmoid": lambda x: np.log(sigmoid(x)),
    "log_softmax": lambda x: np.log(softmax(x)),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "keras2_hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "relu": relu,
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * (np.exp(x) - 1)),
    "sigmoid": sigmoid,
    "soft_shrink": lambda x: np.sign(x) * np.maximum(abs(x) - 0.5, 0),
    "softmax": softmax,
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "sparse_plus": lambda x: np.where(abs(x) < 1, (x + 1) ** 2 / 4, relu(x)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "sparsemax": sparsemax,
    "squareplus": lambda x: (x + np.sqrt(x**2 + 4)) / 2,
    "swish": swish,
    "tanh": np.tanh,
    "tanh_shrink": lambda x: x - np.tanh(x),
}
ALONE = {
    "gelu_new": "TensorFlow.js's word",
    "keras2_hard_sigmoid": "Keras 3's is another",
    "glu": "Keras's Activation says the shape of its inputs",
    "sparsemax": "Keras 3.15 sums too much, see the op",
}
CASES = [
    *(
        LayerCase(
            lambda name=name: layers.Activation(name),  # type: ignore[misc]
            (4, 8),
            [],
            meaning,
            any_size=name != "glu",
            alone=ALONE.get(name, ""),
        )
        for name, meaning in NAMED.items()
    ),
    LayerCase(lambda: layers.ReLU(), (3, 9), [], relu),
    LayerCase(lambda: layers.ReLU(max_value=0.5), (3, 9), [], lambda x: np.clip(x, 0, 0.5)),
    LayerCase(lambda: layers.ReLU(6), (3, 9), [], lambda x: np.clip(x, 0, 6)),
    LayerCase(
        lambda: layers.ReLU(1.0, negative_slope=0.2, threshold=0.3),
        (3, 9),
        [],
        lambda x: np.where(x >= 1, 1, np.where(x > 0.3, x, 0.2 * (x - 0.3))),
    ),
    LayerCase(lambda: layers.LeakyReLU(), (3, 9), [], lambda x: np.where(x > 0, x, 0.3 * x)),
    LayerCase(
        lambda: layers.LeakyReLU(alpha=0.1), (3, 9), [], lambda x: np.where(x > 0, x, 0.1 * x)
    ),
    LayerCase(lambda: layers.ELU(0.3), (3, 9), [], lambda x: np.where(x > 0, x, 0.3 * np.expm1(x))),
    LayerCase(
        lambda: layers.ThresholdedReLU(0.4),
        (3, 9),
        [],
        lambda x: np.where(x > 0.4, x, 0),
        alone="Keras 3 has none",
    ),
    LayerCase(
        lambda: layers.PReLU(),
        (2, 4, 3),
        [("alpha", (4, 3))],
        lambda x, alpha: np.where(x > 0, x, alpha * x),
        any_size=False,
    ),
    LayerCase(
        lambda: layers.PReLU(shared_axes=[1, 2]),
        (2, 4, 3, 5),
        [("alpha", (1, 1, 5))],
        lambda x, alpha: np.where(x > 0, x, alpha * x),
    ),
    LayerCase(lambda: layers.Softmax(), (3, 9), [], softmax),
    LayerCase(
        lambda: layers.Softmax((1, 2)),
        (2, 4, 3),
        [],
        lambda x: softmax(x.reshape(len(x), -1)).reshape(x.shape),
    ),
    LayerCase(
        lambda: layers.Softmax(axis=1),
        (2, 4, 3),
        [],
        lambda x: softmax(x.transpose(0, 2, 1)).transpose(0, 2, 1),
    ),
]


@parameters(CASES)
def test_activations(host: str, case: LayerCase) -> None:
    case.check()


def test_every_activation_has_a_case() -> None:
    # a threshold has no default
    assert set(activations.ACTIVATIONS.names()) == {*NAMED, "threshold"}


def everything() -> Array:
    return np.concatenate([np.linspace(-7, 7, 64), [-3, -1, -0.5, 0, 0.5, 1, 3, 6]])


SETTINGS: list[tuple[str, dict[str, Any]]] = [
    # of sparsemax Keras 3.15 sums too much, see the op's docstring
    *((name, {}) for name in NAMED if name not in ("gelu_new", "keras2_hard_sigmoid", "sparsemax")),
    ("celu", {"alpha": 0.4}),
    ("elu", {"alpha": 1.7}),
    ("gelu", {"approximate": True}),
    ("glu", {"axis": 0}),
    ("hard_shrink", {"threshold": 1.5}),
    ("leaky_relu", {"negative_slope": 0.01}),
    ("log_softmax", {"axis": 0}),
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 6.0}),
    ("relu", {"max_value": 2.0}),
    ("relu", {"threshold": 1.0}),
    ("relu", {"negative_slope": 0.1, "max_value": 6.0}),
    ("relu", {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5}),
    ("soft_shrink", {"threshold": 1.5}),
    ("softmax", {"axis": 0}),
    ("squareplus", {"b": 1}),
    ("threshold", {"threshold": 0.5, "default_value": -2.0}),
]


@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_values_and_slopes_are_keras_s(host: str, name: str, settings: dict[str, Any]) -> None:
    from in_keras import keras

    jax = pytest.importorskip("jax")
    x = everything().reshape(-1, 12).astype(np.float32)
    theirs = getattr(keras.activations, name)
    want = np.asarray(theirs(x, **settings))
    weights = np.random.default_rng(0).normal(size=want.shape).astype(np.float32)
    slopes = np.asarray(jax.grad(lambda x: (theirs(x, **settings) * weights).sum())(x))
    ours = getattr(activations, name)
    np.testing.assert_allclose(ours(tensor(x), **settings).numpy(), want, rtol=1e-5, atol=2e-6)
    got = grad(lambda x: (ours(x, **settings) * tensor(weights)).sum())(tensor(x)).numpy()
    edges = np.isin(x, (-6, -3, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 6))  # two slopes meet there
    np.testing.assert_allclose(got[~edges], slopes[~edges], rtol=1e-4, atol=1e-5)


def test_names_and_arguments_are_keras_s() -> None:
    from in_keras import keras

    names = [n for n in dir(keras.activations) if n[0] != "_" and n not in ("get",)]
    for name in names:
        ours, theirs = getattr(activations, name), getattr(keras.activations, name)
        assert callable(ours)
        assert [(p.name, p.default) for p in inspect.signature(ours).parameters.values()] == [
            (p.name, p.default) for p in inspect.signature(theirs).parameters.values()
        ], name
        assert name in activations.__all__


@pytest.mark.parametrize("name", [n for n in NAMED if n != "glu"])
def test_nan_and_what_is_far_out(host: str, name: str) -> None:
    x = tensor(np.array([[np.nan, 1.0], [-80.0, 80.0]], np.float32))
    y = activations.get(name)(x).numpy()
    assert np.isnan(y[0, 0]) or name == "sparsemax"
    assert not np.isnan(y[1]).any()


def test_softmax_leaves_out_what_a_mask_does(host: str) -> None:
    from in_keras import keras

    x = np.random.default_rng(1).normal(size=(2, 3, 4)).astype(np.float32)
    mask = np.random.default_rng(2).random((3, 4)) < 0.6
    mask[0] = False
    for axis in (-1, 1, [1, 2]):
        got = layers.Softmax(axis)(tensor(x), mask=tensor(mask)).numpy()
        want = np.asarray(keras.layers.Softmax(axis)(x, mask=mask))
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)
    with pytest.raises(ValueError, match="the mask must broadcast"):
        layers.Softmax()(tensor(x), mask=tensor(mask[:, :3]))


def test_a_layer_is_an_activation_too(host: str) -> None:
    layer = layers.Dense(2, activation=layers.LeakyReLU(0.5), kernel_initializer="ones")
    x = tensor([[1.0, -3.0]])
    assert layer(x).tolist() == [[-1.0, -1.0]]
    again = layers.Dense.from_config(json.loads(json.dumps(layer.get_config())))
    again(x)
    again.set_weights(layer.get_weights())
    assert again(x).tolist() == [[-1.0, -1.0]]


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown activation 'rleu'; known: celu, elu, exp"):
        layers.Activation("rleu")
    with pytest.raises(ValueError, match="negative"):
        layers.ReLU(max_value=-1)
    with pytest.raises(ValueError, match="negative"):
        layers.LeakyReLU(-1)
    with pytest.raises(ValueError, match="even length"):
        layers.Activation("glu")(tensor([[1.0, 2.0, 3.0]]))
    with pytest.raises(ValueError, match="shared_axes must be among 1 to 2"):
        layers.PReLU(shared_axes=3)(layers.Input((4, 3)))
    with pytest.raises(ValueError, match="sizes must be known"):
        layers.PReLU()(layers.Input((None, 3)))
    with pytest.raises(ValueError, match="celu: alpha must be a number above 0"):
        activations.celu([1.0], 0)


def test_names_meet_and_functions_are_themselves() -> None:
    assert activations.get(None) is activations.linear
    assert activations.get("silu") is activations.get("swish") is ops.swish
    assert activations.check("silu") == activations.check(ops.swish) == "swish"
    assert activations.check(ops.relu) == activations.check(activations.relu) == "relu"
    config = {"class_name": "function", "config": "relu", "module": "builtins"}
    assert activations.check(config) == "relu"
    own = lambda x: x * 2  # noqa: E731
    assert activations.check(own) is own
    with pytest.raises(TypeError, match="only activations given by name"):
        activations.serialize(own)


def test_kernels_apply_what_they_can() -> None:
    assert activations.fused("relu") == ("relu", activations.linear)
    assert activations.fused("gelu") == (None, activations.gelu)
