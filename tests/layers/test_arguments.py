"""Every argument of every layer is given what it cannot be: it works, or one sentence
names the argument, what came and what was expected. Nothing is cut to fit.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from layer_cases import all_cases
from wrong_values import WRONG, is_clear, refusal

from pywebml import layers, set_device
from pywebml.core.registry import parameters_of

LAYERS = {type(case.make()).__name__: case for case in all_cases()}
# a name is checked by tests of its own
ARGUMENTS = [
    pytest.param(case, argument, id=f"{name}-{argument}")
    for name, case in LAYERS.items()
    for argument in parameters_of(type(case.make()))  # type: ignore[arg-type]
    if argument not in ("name", "dtype")
]


@pytest.fixture(autouse=True)
def on_the_device_of_the_wrong_values() -> None:
    set_device(shared_device("cpu"))


SAID_BY = {"output_shape": "partial_output_shape"}
"""Arguments whose names mean something else as attributes of layers."""


@pytest.mark.parametrize(("case", "argument"), ARGUMENTS)
def test_constructors(case: Any, argument: str) -> None:
    layer = case.make()
    config = {
        key: getattr(layer, SAID_BY.get(key, key))  # what must be said may stand in a layer inside
        for key, parameter in parameters_of(type(layer)).items()  # type: ignore[arg-type]
        if key != "name" and (key in vars(layer) or parameter.default is parameter.empty)
    }
    arrays, taken = [np.asarray(a) for a in case.arrays()], []
    for kind, value in WRONG.items():
        error = refusal(lambda v=value: taken.append(type(layer)(**{**config, argument: v})))
        word = argument.rpartition("_")[2]  # "unknown initializer", "input of shape"
        expected = "an input of shape" if argument == "input_dim" else "Layer(input_shape="
        names = (argument, argument.removesuffix("s"), word, expected)
        assert is_clear(error, *names), f"{kind}: {error!r}"
        if error is None:
            error = refusal(lambda: case.call(taken[-1], arrays))
            names = (argument, argument.rpartition("_")[0] or argument, repr(value), layer.name[:4])
            assert is_clear(error, *names), f"{kind} in use: {error!r}"
    assert len(taken) < len(WRONG), "every kind of value is taken"


@pytest.mark.parametrize(
    "value", [2.5, "2", True, None, [2], 0, -1, float("nan"), np.float32(2.5), np.array([[2]])]
)
def test_units_are_not_cut_to_fit(value: Any) -> None:
    with pytest.raises(ValueError, match=r"Dense: .?units.? must be"):
        layers.Dense(value)


@pytest.mark.parametrize("value", [2, 2.0, np.int64(2), np.uint8(2), np.float32(2), np.array(2)])
def test_whole_numbers_of_any_type_will_do(value: Any) -> None:
    layer = layers.Dense(value)
    assert layer.units == 2
    assert type(layer.units) is int


@pytest.mark.parametrize("value", ["False", "no", 2, None, 0.5, []])
def test_trainable_is_true_or_false(value: Any) -> None:
    layer = layers.Dense(2)
    with pytest.raises(ValueError, match="'trainable' must be true or false"):
        layer.trainable = value
    assert layer.trainable
    with pytest.raises(ValueError, match="Dense: 'trainable' must be true or false"):
        layers.Dense(2, trainable=value)
    layer.trainable = np.bool_(False)
    assert layer.trainable is False


def test_the_signature_stays_what_it_is() -> None:
    assert list(inspect.signature(layers.Dense).parameters)[:3] == [
        "units",
        "activation",
        "use_bias",
    ]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'units'"):
        layers.Dense()  # type: ignore[call-arg]
