"""Where weights start."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from pywebml import layers
from pywebml.layers import initializers

Array = Any


@pytest.mark.parametrize(
    ("name", "mean", "deviation", "bound"),
    [
        ("zeros", 0, 0, 0),
        ("ones", 1, 0, 1),
        ("random_normal", 0, 0.05, None),
        ("random_uniform", 0, 0.1 / math.sqrt(12), 0.05),
        ("truncated_normal", 0, 0.05 * 0.8796, 0.1),
        ("glorot_uniform", 0, math.sqrt(2 / 300), math.sqrt(6 / 300)),
        ("glorot_normal", 0, math.sqrt(2 / 300), None),
        ("he_uniform", 0, math.sqrt(2 / 100), math.sqrt(6 / 100)),
        ("he_normal", 0, math.sqrt(2 / 100), None),
        ("lecun_uniform", 0, math.sqrt(1 / 100), math.sqrt(3 / 100)),
        ("lecunNormal", 0, math.sqrt(1 / 100), None),
        ("varianceScaling", 0, math.sqrt(1 / 100), None),
        ({"class_name": "Constant", "config": {"value": 0.5}}, 0.5, 0, 0.5),
        (layers.initializers.VarianceScaling(3.0, "fan_out", "uniform"), 0, math.sqrt(3 / 200),
          math.sqrt(9 / 200)),
    ],
)  # fmt: skip
def test_initializers(
    host: str, name: Any, mean: float, deviation: float, bound: float | None
) -> None:
    layers.set_seed(5)
    initializer = layers.initializers.get(name)
    values = initializer((100, 200)).numpy()
    assert values.shape == (100, 200)
    assert abs(values.mean() - mean) < 5 * deviation / math.sqrt(20000) + 1e-7
    assert values.std() == pytest.approx(deviation, rel=0.03)
    if bound is not None:
        assert np.abs(values).max() <= bound * (1 + 1e-5)
    entry = layers.initializers.serialize(initializer)
    assert (
        layers.initializers.serialize(layers.initializers.get(json.loads(json.dumps(entry))))
        == entry
    )


def test_seeds_decide_the_weights(host: str) -> None:
    def draw() -> list[Array]:
        layer = layers.Dense(5)
        layer(layers.Input((4,)))
        return layer.get_weights()

    layers.set_seed(7)
    first, other = draw(), draw()
    layers.set_seed(7)
    np.testing.assert_array_equal(draw()[0], first[0])
    assert not np.array_equal(other[0], first[0])
    he = layers.initializers.HeNormal(seed=1)
    np.testing.assert_array_equal(he((3, 3)).numpy(), he((3, 3)).numpy())


def test_convolutions_count_the_window_in_their_fans() -> None:
    assert layers.initializers.fans((3, 3, 8, 16)) == (72, 144)


def test_any_function_of_a_shape_is_an_initializer(host: str) -> None:
    layer = layers.Dense(2, kernel_initializer=lambda shape: initializers.Ones()(shape) * 3.0)
    layer(layers.Input((2,)))
    np.testing.assert_array_equal(layer.get_weights()[0], np.full((2, 2), 3.0))


def test_what_is_no_initializer_is_named() -> None:
    with pytest.raises(ValueError, match="unknown initializer 'glorot'; known: Constant, Glorot"):
        initializers.get("glorot")
    with pytest.raises(TypeError, match="an initializer is given as a name, a config"):
        initializers.get(5)  # type: ignore[arg-type]
    for bad in ({"scale": 0}, {"mode": "fan"}, {"distribution": "cauchy"}):
        with pytest.raises(ValueError, match="VarianceScaling"):
            initializers.VarianceScaling(**bad)  # type: ignore[arg-type]


def test_names_none_and_classes(host: str) -> None:
    assert isinstance(initializers.get(None), initializers.Zeros)
    assert isinstance(initializers.get(initializers.HeNormal), initializers.HeNormal)
    assert isinstance(initializers.get("heNormal"), initializers.HeNormal)
