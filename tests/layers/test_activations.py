"""Activations by name and as layers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import relu, softmax, swish

from pywebml import layers, ops
from pywebml.layers import activations

Array = Any

erf = np.vectorize(math.erf)
NAMED: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "relu": relu,
    "relu6": lambda x: np.clip(x, 0, 6),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "softmax": softmax,
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * (np.exp(x) - 1)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "gelu": lambda x: x * 0.5 * (1 + erf(x / math.sqrt(2))),
    "swish": swish,
}
CASES = [
    *(
        LayerCase(lambda name=name: layers.Activation(name), (4, 7), [], meaning)  # type: ignore[misc]
        for name, meaning in NAMED.items()
    ),
    LayerCase(lambda: layers.ReLU(), (3, 9), [], relu),
    LayerCase(lambda: layers.ReLU(max_value=0.5), (3, 9), [], lambda x: np.clip(x, 0, 0.5)),
    LayerCase(lambda: layers.ReLU(6), (3, 9), [], lambda x: np.clip(x, 0, 6)),
    LayerCase(
        lambda: layers.ReLU(1.0, negative_slope=0.2, threshold=0.3),
        (3, 9),
        [],
        lambda x: np.where(x >= 1, 1, np.where(x >= 0.3, x, 0.2 * (x - 0.3))),
    ),
    LayerCase(lambda: layers.LeakyReLU(), (3, 9), [], lambda x: np.where(x > 0, x, 0.3 * x)),
    LayerCase(
        lambda: layers.LeakyReLU(alpha=0.1), (3, 9), [], lambda x: np.where(x > 0, x, 0.1 * x)
    ),
    LayerCase(lambda: layers.Softmax(), (3, 9), [], softmax),
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
    assert set(activations.ACTIVATIONS.names()) == set(NAMED)


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown activation 'rleu'; known: elu, gelu, linear"):
        layers.Activation("rleu")
    with pytest.raises(ValueError, match="negative"):
        layers.ReLU(max_value=-1)


def test_names_meet_and_functions_are_themselves() -> None:
    assert activations.get(None) is activations.linear
    assert activations.get("silu") is activations.get("swish") is ops.swish
    assert activations.check("silu") == activations.check(ops.swish) == "swish"
    own = lambda x: x * 2  # noqa: E731
    assert activations.check(own) is own
    with pytest.raises(TypeError, match="only activations given by name"):
        activations.serialize(own)


def test_kernels_apply_what_they_can() -> None:
    assert activations.fused("relu") == ("relu", activations.linear)
    assert activations.fused("gelu") == (None, ops.gelu)
