"""Calls of several arguments: in graphs, in subclasses, and through files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml.keras as keras
from pywebml.keras import layers

X, Y, Z = (np.full((2, 3), value, np.float32) for value in (1.0, 10.0, 100.0))


@keras.saving.register_keras_serializable(package="call_arguments")
class Summed(layers.Layer):
    """Of any number of tensors, under names that are used inside; the second counts
    twice.
    """

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.dense = layers.Dense(3, kernel_initializer="identity")

    def call(self, tensors: Any, said: Any, *more: Any, scale: float = 1.0) -> Any:
        return self.dense((tensors + 2 * said + sum(more)) * scale)


@keras.saving.register_keras_serializable(package="call_arguments")
class Any_(layers.Layer):
    """Of tensors alone, and whatever is said by name."""

    def call(self, *tensors: Any, **said: Any) -> Any:
        return sum(tensors) * said.get("scale", 1.0)


@keras.saving.register_keras_serializable(package="call_arguments")
class Told(layers.Layer):
    """Adds 10 where it trains."""

    def call(self, x: Any, scale: float = 1.0, training: bool | None = None) -> Any:
        return x * scale + (10.0 if training else 0.0)


CALLS = {
    "two": (lambda x, y, z: Summed()(x, y), 21.0),
    "three": (lambda x, y, z: Summed()(x, y, z), 121.0),
    "five": (lambda x, y, z: Summed()(x, y, z, z, x), 222.0),
    "by name": (lambda x, y, z: Summed()(x, said=y), 21.0),
    "with an option": (lambda x, y, z: Summed()(x, y, z, scale=2.0), 242.0),
    "all": (lambda x, y, z: Any_()(x, y, z), 111.0),
    "all and an option": (lambda x, y, z: Any_()(x, y, scale=3.0), 33.0),
    "one, training": (lambda x, y, z: Told()(x, training=True), 11.0),
    "training beside an option": (lambda x, y, z: Told()(x, scale=3.0, training=True), 13.0),
    "not training beside an option": (lambda x, y, z: Told()(x, scale=3.0, training=False), 3.0),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_mean_the_same_on_tensors_in_graphs_and_out_of_files(
    name: str, tmp_path: Path
) -> None:
    call, expected = CALLS[name]
    assert np.unique(np.asarray(call(X, Y, Z))).tolist() == [expected]
    inputs = [keras.Input((3,)) for _ in range(3)]
    kept = keras.ops.add(inputs[1] * 0.0, inputs[2] * 0.0)
    model = keras.Model(inputs, call(*inputs) + kept)
    model.save(tmp_path / "m.keras")
    for each in (model, keras.saving.load_model(tmp_path / "m.keras")):
        assert np.unique(np.asarray(each([X, Y, Z]))).tolist() == [expected]
        assert np.unique(np.asarray(each.predict([X, Y, Z], verbose=0))).tolist() == [expected]


def test_a_model_of_several_arguments() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.summed = Summed()

        def call(self, a: Any, b: Any, *more: Any) -> Any:
            return self.summed(a, b, *more)

    model = Own()
    assert np.unique(np.asarray(model(X, Y, Z))).tolist() == [121.0]
    inputs = [keras.Input((3,)) for _ in range(3)]
    outer = keras.Model(inputs, model(*inputs))
    assert np.unique(np.asarray(outer([X, Y, Z]))).tolist() == [121.0]
    assert len(outer.trainable_weights) == 2
    with pytest.raises(TypeError, match="takes 2 arguments, got 3; give several inputs as a list"):
        Negative()(X, Y, Z)


class Negative(layers.Layer):
    """Of one tensor."""

    def call(self, x: Any, scale: float = 1.0) -> Any:
        return -x * scale
