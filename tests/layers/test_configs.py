"""Configs are the constructor's arguments, and those of every layer and initializer
stay what they were when each wrote its own by hand (configs.json).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hosts import ROOT

from pywebml import layers, ops
from pywebml.layers import initializers
from pywebml.layers.initializers import INITIALIZERS

BAKED = json.loads((ROOT / "tests" / "layers" / "configs.json").read_text(encoding="utf-8"))


def written(thing: Any) -> Any:
    return json.loads(json.dumps(thing.get_config()))


def name(row: dict[str, Any]) -> str:
    return f"{row['class_name']}-{len(row['arguments'])}"


@pytest.mark.parametrize("row", BAKED["layers"], ids=name)
def test_layers_write_what_they_always_wrote(row: dict[str, Any]) -> None:
    layer = getattr(layers, row["class_name"])(**row["arguments"])
    # equal and of equal types: 1 is not 1.0 and not true in a file
    assert json.dumps(written(layer), sort_keys=True) == json.dumps(row["config"], sort_keys=True)
    again = layers.deserialize(row["class_name"], row["config"])
    assert written(again) == row["config"]


@pytest.mark.parametrize("row", BAKED["initializers"], ids=name)
def test_initializers_write_what_they_always_wrote(row: dict[str, Any]) -> None:
    initializer = getattr(initializers, row["class_name"])(**row["arguments"])
    assert json.dumps(written(initializer)) == json.dumps(row["config"])
    again = initializers.get({"class_name": row["class_name"], "config": row["config"]})
    assert written(again) == row["config"]


def test_every_initializer_has_a_sample() -> None:
    assert {row["class_name"] for row in BAKED["initializers"]} == set(INITIALIZERS.names())


def test_a_layer_of_ones_own_needs_no_get_config() -> None:
    class Scaled(layers.Dense):
        def __init__(self, factor: float = 2.0, **options: Any):
            super().__init__(**options)
            self.factor = factor

    layer = Scaled(0.5, units=3, activation="relu", name="scaled")
    config = written(layer)
    assert (config["factor"], config["units"], config["activation"]) == (0.5, 3, "relu")
    assert written(Scaled.from_config(config)) == config


def test_an_argument_that_is_not_kept_is_named() -> None:
    class Forgetful(layers.Layer):
        def __init__(self, size: int, **options: Any):
            super().__init__(**options)

    with pytest.raises(
        AttributeError, match=r"Forgetful takes the argument 'size'.*set self\.size"
    ):
        Forgetful(3).get_config()


def test_a_config_by_hand_adds_to_what_is_known() -> None:
    class ByHand(layers.Dense):
        def __init__(self, units: int, size: int, **options: Any):
            super().__init__(units, **options)
            self.doubled = 2 * size

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "size": self.doubled // 2}

    config = written(ByHand(2, 5, activation="tanh"))
    assert (config["units"], config["size"], config["activation"]) == (2, 5, "tanh")
    assert ByHand.from_config(config).doubled == 10


def test_plain_functions_cannot_be_written() -> None:
    layer = layers.Dense(2, activation=lambda x: x * 2)
    with pytest.raises(TypeError, match=r"Dense: activation is <function .*give it by name"):
        layer.get_config()
    with pytest.raises(TypeError, match="only pywebml's initializers"):
        initializers.serialize(lambda shape: None)


def test_functions_that_have_a_name_are_written_by_it() -> None:
    assert layers.Activation(ops.relu).get_config()["activation"] == "relu"
