"""Where a model begins, and steps of a sequence that are not there."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers, models, ops
from pywebml.core.tensor import tensor

Array = Any


def with_gaps(value: float) -> Any:
    """Steps of that value among others."""

    def draw(rng: np.random.Generator, shape: Any) -> Array:
        there = rng.random((*shape[:2], 1)) < 0.5
        return np.where(there, rng.normal(size=shape), value)

    return draw


def masked(x: Array, value: float = 0.0) -> Array:
    return x * np.any(x != value, -1, keepdims=True)


CASES = [
    LayerCase(
        lambda: layers.InputLayer(input_shape=(3,)),
        (2, 3),
        [],
        lambda x: x,
        alone="its config is TensorFlow.js's",
    ),
    LayerCase(lambda: layers.Masking(), (3, 4, 2), [], masked),
    LayerCase(lambda: layers.Masking(), (3, 4, 2), [], masked, draw=with_gaps(0.0), smooth=False),
    LayerCase(
        lambda: layers.Masking(mask_value=2.0),
        (3, 4, 2),
        [],
        lambda x: masked(x, 2.0),
        draw=with_gaps(2.0),
        smooth=False,
    ),
]


@parameters(CASES)
def test_inputs_and_masking(host: str, case: LayerCase) -> None:
    case.check()


def test_input_wants_a_shape() -> None:
    with pytest.raises(ValueError, match="shape of one example"):
        layers.Input()
    with pytest.raises(ValueError, match="shape of one example"):
        layers.InputLayer()
    assert layers.Input(3).shape == (None, 3)
    assert layers.Input((3,), batch_size=2).shape == (2, 3)
    assert layers.Input(batch_shape=(None, 4), dtype="int32").dtype == "int32"


# --- masks on their way through layers and models


class Seen(layers.Layer):
    """Notes the masks that reach it."""

    supports_masking = True

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.masks: list[Any] = []

    def call(self, inputs: Any, mask: Any = None) -> Any:
        self.masks.append(mask if mask is None or isinstance(mask, list) else mask.numpy())
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


X = np.array([[[1, 2], [0, 0], [3, 0]], [[0, 0], [0, 0], [0, 1]]], np.float32)
MASK = np.array([[True, False, True], [False, False, True]])


def test_a_mask_reaches_the_layers_behind(host: str) -> None:
    seen = Seen()
    model = models.Sequential(
        [
            layers.Input((3, 2)),
            layers.Masking(),
            layers.Dense(4, activation="tanh"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.ReLU(),
            seen,
        ]
    )
    model(tensor(X))
    np.testing.assert_array_equal(seen.masks[0], MASK)
    _, mask = model.call_masked(X)
    np.testing.assert_array_equal(mask.numpy(), MASK)


def test_a_layer_that_knows_no_masks_drops_them_and_says_so(host: str) -> None:
    seen = Seen()
    model = models.Sequential(
        [layers.Input((3, 2)), layers.Masking(), layers.Reshape((2, 3), name="stop"), seen]
    )
    with pytest.warns(UserWarning, match="stop: Reshape does not support masks"):
        _, mask = model.call_masked(X)
    assert seen.masks == [None]
    assert mask is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is said where there is no mask
        models.Sequential([layers.Input((3, 2)), layers.Reshape((2, 3))])(X)


def test_a_mask_can_be_given_from_outside(host: str) -> None:
    seen = Seen()
    model = models.Sequential([layers.Input((3, 2)), layers.Dense(2), seen])
    model(X, mask=tensor(MASK))
    np.testing.assert_array_equal(seen.masks[0], MASK)
    x, mask = layers.Input((3, 2)), layers.Input((3,), dtype="bool")
    later = Seen()
    model = models.Model([x, mask], later(layers.Dense(2)(x, mask=mask)))
    model([X, MASK])
    np.testing.assert_array_equal(later.masks[-1], MASK)


def test_masks_go_into_models_and_come_out_of_them(host: str) -> None:
    inner_seen, outer_seen = Seen(), Seen()
    inner = models.Sequential([layers.Input((3, 2)), inner_seen, layers.Dense(2)], name="inner")
    makes = models.Sequential([layers.Input((3, 2)), layers.Masking()], name="makes")
    x = layers.Input((3, 2))
    model = models.Model(x, outer_seen(inner(makes(x))))
    model(X)
    for seen in (inner_seen, outer_seen):
        np.testing.assert_array_equal(seen.masks[0], MASK)


def test_logits_come_with_their_mask(host: str) -> None:
    x = layers.Input((3, 2))
    model = models.Model(x, layers.Dense(2, activation="softmax")(layers.Masking()(x)))
    logits, mask = model.call_masked(X, logits=True)
    np.testing.assert_array_equal(mask.numpy(), MASK)
    np.testing.assert_allclose(logits.numpy(), model.call_logits(tensor(X)).numpy())
    (values,), (same,) = model.graph.run([tensor(X)])
    assert values.shape == (2, 3, 2)
    np.testing.assert_array_equal(same.numpy(), MASK)


def test_models_of_several_outputs_have_several_masks(host: str) -> None:
    x = layers.Input((3, 2))
    covered = layers.Masking()(x)
    model = models.Model(x, [covered, layers.Dense(1)(x)])
    _, masks = model.call_masked(X)
    np.testing.assert_array_equal(masks[0].numpy(), MASK)
    assert masks[1] is None


def test_sums_count_a_step_that_one_input_has(host: str) -> None:
    other = np.array([[False, True, False], [False, False, False]])
    add = layers.Add()
    both = [tensor(MASK), tensor(other)]
    np.testing.assert_array_equal(add.compute_mask([X, X], both).numpy(), MASK | other)
    assert add.compute_mask([X, X], [tensor(MASK), None]) is None
    assert add.compute_mask([X, X]) is None


def test_concatenated_masks(host: str) -> None:
    x, mask = tensor(X), tensor(MASK)
    other = np.array([[False, True, False], [False, False, False]])
    steps, features = layers.Concatenate(axis=1), layers.Concatenate()
    got = steps.compute_mask([x, x], [mask, tensor(other)]).numpy()
    np.testing.assert_array_equal(got, np.concatenate([MASK, other], 1))
    got = steps.compute_mask([x, x], [mask, None]).numpy()
    np.testing.assert_array_equal(got, np.concatenate([MASK, np.ones((2, 3), bool)], 1))
    got = features.compute_mask([x, x], [mask, tensor(other)]).numpy()
    np.testing.assert_array_equal(got, MASK | other)
    assert features.compute_mask([x, x], [None, None]) is None
    wide = tensor(X.reshape(2, 3, 1, 2))
    got = features.compute_mask([wide, wide], [mask, tensor(other)]).numpy()
    np.testing.assert_array_equal(got, MASK | other)


def test_a_layer_may_change_the_mask(host: str) -> None:
    class Skip(layers.Layer):
        """Leaves out the first step, and its mask."""

        def call(self, inputs: Any) -> Any:
            return inputs[:, 1:]

        def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
            return None if mask is None else mask[:, 1:]

    assert Skip.supports_masking
    seen = Seen()
    model = models.Sequential([layers.Input((3, 2)), layers.Masking(), Skip(), seen])
    assert model.output.shape == (None, 2, 2)
    model(X)
    np.testing.assert_array_equal(seen.masks[0], MASK[:, 1:])


def test_a_masked_model_runs_captured(host: str) -> None:
    """In a plan, masks are values like others."""

    class Total(layers.Layer):
        supports_masking = True

        def call(self, inputs: Any, mask: Any = None) -> Any:
            return ops.sum(ops.cast(mask, "float32"), 1, True)

        def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
            return None

        def compute_output_shape(self, input_shape: Any) -> Any:
            return (input_shape[0], 1)

    model = models.Sequential([layers.Input((3, 2)), layers.Masking(), Total()])
    for x in (X, X[::-1]):
        want = np.any(x != 0, -1).sum(1, keepdims=True)
        np.testing.assert_array_equal(model.predict(x).numpy(), want)
