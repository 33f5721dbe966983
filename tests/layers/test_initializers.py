"""Where weights start."""

from __future__ import annotations

import inspect
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
        ("normal", 0, 0.05, None),
        ("uniform", 0, 0.1 / math.sqrt(12), 0.05),
        ("orthogonal", 0, math.sqrt(1 / 200), None),
        (layers.initializers.RandomNormal(2.0, 0.5), 2, 0.5, None),
        (layers.initializers.RandomUniform(1.0, 3.0), 2, 2 / math.sqrt(12), 3.0),
        (layers.initializers.TruncatedNormal(1.0, 0.5), 1, 0.5 * 0.8796, 2.0),
        (layers.initializers.VarianceScaling(2.0, "fan_in", "untruncated_normal"), 0,
         math.sqrt(2 / 100), None),
        (layers.initializers.HeNormal(input_axes=[1], output_axes=[0]), 0, math.sqrt(2 / 200),
         None),
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


def test_orthogonal(host: str) -> None:
    for shape in ((4, 4), (3, 7), (7, 3), (2, 3, 5)):
        q = initializers.Orthogonal(gain=2.0, seed=1)(shape).numpy().reshape(-1, shape[-1])
        few = q @ q.T if q.shape[0] < q.shape[1] else q.T @ q
        np.testing.assert_allclose(few, 4 * np.eye(len(few)), atol=1e-4)
    with pytest.raises(ValueError, match="at least two axes"):
        initializers.Orthogonal()((3,))


def test_identity(host: str) -> None:
    np.testing.assert_array_equal(initializers.Identity(3.0)((2, 3)).numpy(), 3 * np.eye(2, 3))
    with pytest.raises(ValueError, match="a matrix expected"):
        initializers.Identity()((3,))


def test_arrays_are_initializers(host: str) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    layer = layers.Dense(3, kernel_initializer=values)
    layer.build((None, 2))
    np.testing.assert_array_equal(layer.get_weights()[0], values)
    with pytest.raises(ValueError, match=r"values of shape \(2, 3\)"):
        layers.Dense(3, kernel_initializer=values).build((None, 4))


def test_dtypes_are_asked_for_as_in_keras(host: str) -> None:
    asked = []

    def start(shape: Any, dtype: Any) -> Any:
        asked.append(dtype)
        return initializers.Ones()(shape, dtype=dtype)

    layers.Dense(2, kernel_initializer=start).build((None, 2))
    assert asked == ["float32"]
    for make in (initializers.Zeros(), initializers.RandomNormal(), initializers.HeNormal()):
        assert make((2, 2), dtype="float16").dtype == "float16"


def test_names_are_keras_s() -> None:
    from in_keras import keras

    absent = {"STFT", "STFTInitializer", "stft"}  # windows of a Fourier transform, by scipy
    theirs = [n for n in dir(keras.initializers) if n[0] != "_" and n not in absent]
    for name in theirs:
        ours, there = getattr(initializers, name), getattr(keras.initializers, name)
        if isinstance(there, type) and name != "Initializer":
            ours, there = (inspect.signature(c.__init__).parameters for c in (ours, there))
            if "args" in there:  # of a class without a constructor of its own
                continue
            assert [(p.name, p.default) for p in ours.values()] == [
                (p.name, p.default) for p in there.values()
            ], name


def test_custom_initializers_are_deserialized_by_name() -> None:
    class Half(initializers.Initializer):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return initializers.Constant(0.5)(shape, dtype)

    config = {"class_name": "Half", "config": {}}
    assert isinstance(initializers.deserialize(config, {"Half": Half}), Half)
    assert isinstance(initializers.deserialize("ones"), initializers.Ones)
