"""Layers that say little of their own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

import pywebml as pw
from pywebml import layers, models, ops


@pw.saving.register_keras_serializable(package="Tests")
def cubed(x: Any, factor: float = 1.0) -> Any:
    return x * x * x * factor


CASES = [
    LayerCase(layers.Identity, (2, 3), [], lambda x: x),
    LayerCase(lambda: layers.ActivityRegularization(0.1, 0.2), (2, 3), [], lambda x: x),
    LayerCase(
        lambda: layers.Lambda(cubed, arguments={"factor": 2.0}),
        (2, 3),
        [],
        lambda x: 2 * x**3,
        alone="its function is this file's own",
    ),
    LayerCase(
        lambda: layers.Lambda(cubed, output_shape=(3,)),
        (2, 3),
        [],
        lambda x: x**3,
        alone="its function is this file's own",
        any_size=False,
    ),
]


@parameters(CASES)
def test_plain(host: str, case: LayerCase) -> None:
    case.check()


def test_a_lambda_is_told_what_its_function_asks(host: str) -> None:
    told: list[Any] = []

    def function(x: Any, mask: Any = None, training: bool = False) -> Any:
        told.append((mask, training))
        return x

    layer = layers.Lambda(function)
    layer(np.ones((1, 2)), mask=pw.tensor([[True, False]]), training=True)
    assert told[-1][0].tolist() == [[True, False]]
    assert told[-1][1] is True
    with pytest.raises(TypeError, match="is written into a config by its name: register"):
        layer.get_config()
    with pytest.raises(TypeError, match="Lambda takes a function of tensors, got 3"):
        layers.Lambda(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"no function 'os\.system' is registered"):
        layers.Lambda.from_config({"function": "os.system"})


def test_activity_regularization_joins_the_loss(host: str) -> None:
    x = np.array([[1.0, -2.0], [3.0, 0.0]], np.float32)
    model = models.Sequential([layers.Input((2,)), layers.ActivityRegularization(l1=0.5)])
    model.compile("sgd", "mse")
    assert model.evaluate_sync(x, x) == pytest.approx(0.5 * 6 / 2)


def test_several_tensors_go_through_identity() -> None:
    x, y = layers.Input((2,)), layers.Input((3,))
    out = layers.Identity()({"a": x, "b": [y, x]})
    assert out["b"][0].shape == (None, 3)
    model = models.Model([x, y], [out["a"] * 2, ops.sum(out["b"][0], 1)])
    again = models.Model.from_config(json.loads(json.dumps(model.get_config())))
    for one in (model, again):
        a, b = one([np.ones((1, 2)), np.ones((1, 3))])
        assert a.tolist() == [[2.0, 2.0]]
        assert b.tolist() == [3.0]
