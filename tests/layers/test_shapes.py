"""A layer without a rule has its output's shape found by following its call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pywebml import layers, models, ops
from pywebml.core import tensor as core


class Halves(layers.Layer):
    """Two outputs of other shapes than the input's."""

    def call(self, inputs: Any) -> Any:
        n = inputs.shape[1] // 2
        return [inputs[:, :n], ops.cast(inputs[:, n:] > 0, "int32")]


def test_shapes_and_types_of_several_outputs() -> None:
    low, high = Halves()(layers.Input((6, 3)))
    assert (low.shape, low.dtype) == ((None, 3, 3), "float32")
    assert (high.shape, high.dtype) == ((None, 3, 3), "int32")
    low, high = Halves()(layers.Input((None, 3)))
    assert low.shape == high.shape == (None, None, 3)


def test_integers_reach_a_call_as_integers() -> None:
    class Rows(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.table = self.add_weight((10, 4), name="table")

        def call(self, inputs: Any) -> Any:
            return ops.gather(self.table, inputs)

    symbol = Rows()(layers.Flatten()(layers.Input((2, 3), dtype="int32")))
    assert symbol.shape == (None, 6, 4)


def test_weights_of_inner_layers_are_real() -> None:
    """Built while the outer call is followed, and of use afterwards."""

    class Outer(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.inner = layers.Dense(2, kernel_initializer="ones")

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs) + 1.0

    x = layers.Input((3,))
    model = models.Model(x, Outer()(x))
    assert model.output.shape == (None, 2)
    np.testing.assert_array_equal(model(np.ones((1, 3))).numpy(), [[4.0, 4.0]])


def test_nothing_is_computed_or_kept() -> None:
    class Large(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return ops.matmul(inputs, ops.transpose(inputs))

    layer = Large()
    before = core.memory()
    assert layer.compute_output_shape((None, 1_000_000)) == (None, None)
    assert core.memory() == before


@pytest.mark.parametrize("look", [lambda x: float(x.sum().item()), lambda x: bool(x.sum() > 0)])
def test_a_call_that_looks_at_numbers_is_told_what_to_give(look: Any) -> None:
    class Looks(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs if look(inputs) else -inputs

    with pytest.raises(
        ValueError,
        match=r"Looks\.call fails on \(None, 3\), tried as \(5, 3\).*compute_output_shape",
    ):
        Looks()(layers.Input((3,)))

    class Says(Looks):
        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape

    assert Says()(layers.Input((3,))).shape == (None, 3)
    np.testing.assert_array_equal(Says()(np.ones((1, 3))).numpy(), np.ones((1, 3)))


def test_a_call_that_fails_says_why() -> None:
    class Wrong(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return ops.matmul(inputs, inputs)

    with pytest.raises(ValueError, match=r"Wrong\.call fails on \(None, 3\), tried as \(5, 3\): "):
        Wrong(name="wrong")(layers.Input((3,)))
    # and what was being recorded does not go on
    np.testing.assert_array_equal((ops.ones((2,)) + 1.0).numpy(), [2.0, 2.0])


def test_a_rank_that_depends_on_the_size_is_refused() -> None:
    class Odd(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs if inputs.shape[1] < 100 else inputs.reshape(-1)

    with pytest.raises(ValueError, match="another rank for other sizes"):
        Odd()(layers.Input((None,)))
