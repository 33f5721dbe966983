"""Graphs to configs and back: calls keep the numbers under which they are listed, and
whatever is shared stays shared.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from in_node import run_node
from random_models import Draw, Names, answers, filled, inputs_of

from pywebml import layers, models
from pywebml.device import set_device
from pywebml.formats.layers_models import layers_model_files, load_layers_model
from pywebml.host.stores.folders import zip_bytes

SEEDS = range(60)


@pytest.fixture(autouse=True)
def cpu() -> Iterator[None]:
    set_device(shared_device("cpu"))
    yield
    set_device(shared_device("cpu"))


def saved_and_loaded(model: models.Model) -> models.Model:
    return load_layers_model(zip_bytes(layers_model_files(model)))


def assert_same(model: models.Model, other: models.Model, x: Any, exact: bool = True) -> None:
    assert len(other.weights) == len(model.weights)
    for a, b in zip(answers(model, x), answers(other, x), strict=True):
        np.testing.assert_allclose(b, a, rtol=0 if exact else 1e-5, atol=0 if exact else 1e-5)


def late_and_early() -> models.Model:
    """A layer whose first call is possible after its second."""
    x = layers.Input((3,))
    m, n, s = (layers.Dense(3, name=k) for k in "mns")
    a = m(x)
    late = s(m(n(a)))
    early = s(a)
    return models.Model(x, layers.Concatenate()([layers.Activation("relu")(late), early]))


def drawn(seed: int, awkward: bool = False) -> models.Model:
    names = Names(seed) if awkward else None
    return Draw(seed, names).model(depth=2, calls=8)


def test_calls_have_the_numbers_under_which_they_are_listed() -> None:
    model = filled(late_and_early())
    x = inputs_of(model)
    again = models.Model.from_config(json.loads(json.dumps(model.get_config())))
    again.set_weights(model.get_weights())
    assert_same(model, again, x)
    assert_same(model, saved_and_loaded(model), x)
    assert_same(model, model.astype("float32"), x)
    # as another writer may list them: the late call first
    config = json.loads(json.dumps(model.get_config()))
    entry = next(e for e in config["layers"] if e["name"] == "s")
    entry["inbound_nodes"].reverse()
    for other in config["layers"]:
        for call in other["inbound_nodes"]:
            for reference in call:
                if reference[0] == "s":
                    reference[1] = 1 - reference[1]
    again = models.Model.from_config(config)
    again.set_weights(model.get_weights())
    assert_same(model, again, x)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("awkward", [False, True], ids=["plain", "awkward"])
def test_drawn_models_are_the_same_after_every_way_through_a_config(
    seed: int, awkward: bool
) -> None:
    model = filled(drawn(seed, awkward))
    x = inputs_of(model)
    config = json.loads(json.dumps(layers.serialize(model)))
    again = models.model_from_config(config)
    again.set_weights(model.get_weights())
    assert_same(model, again, x)
    assert layers.serialize(again) == config
    assert_same(model, saved_and_loaded(model), x)
    assert_same(model, model.astype("float32"), x)


def renumbered(config: Any, name: str, by: int) -> Any:
    """The references to calls of a layer, moved."""
    if isinstance(config, dict):
        return {key: renumbered(value, name, by) for key, value in config.items()}
    if isinstance(config, list):
        if len(config) >= 3 and config[0] == name and isinstance(config[1], int):
            return [name, config[1] + by, *config[2:]]
        return [renumbered(value, name, by) for value in config]
    return config


def test_models_inside_are_numbered_from_one_or_from_zero() -> None:
    """Keras 2 and TensorFlow.js count a model's own making; Keras 3 its Sequentials' not,
    nor did we.
    """
    x = layers.Input((3,))
    inner = models.Sequential([layers.Input((3,)), layers.Dense(3, "tanh")], name="inner")
    first = inner(x)
    model = filled(models.Model(x, layers.Concatenate()([inner(first), first])))
    config = model.get_config()
    assert json.dumps(config).count('["inner", 1, 0') == 2
    for by in (0, -1):
        again = models.Model.from_config(renumbered(config, "inner", by))
        again.set_weights(model.get_weights())
        assert_same(model, again, inputs_of(model))


def flatter(config: dict[str, Any]) -> dict[str, Any]:
    """inbound_nodes one level flatter."""
    for entry in config["layers"]:
        entry["inbound_nodes"] = [r for call in entry["inbound_nodes"] for r in call]
    return config


def flattest(config: dict[str, Any]) -> dict[str, Any]:
    for entry in flatter(config)["layers"]:
        if len(entry["inbound_nodes"]) == 1:
            (entry["inbound_nodes"],) = entry["inbound_nodes"]
    return config


def as_keras_3(config: dict[str, Any]) -> dict[str, Any]:
    def argument(reference: Any) -> dict[str, Any]:
        about = {"shape": [None, 3], "dtype": "float32", "keras_history": reference[:3]}
        return {"class_name": "__keras_tensor__", "config": about}

    for entry in config["layers"]:
        calls = [[argument(r) for r in call] for call in entry["inbound_nodes"]]
        entry["inbound_nodes"] = [
            {"args": [call if len(call) > 1 else call[0]], "kwargs": {"mask": None}}
            for call in calls
        ]
        entry["config"]["dtype"] = {
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": "float32"},
            "registered_name": None,
        }
    config["output_layers"] = config["output_layers"][0]
    return config


@pytest.mark.parametrize("form", [flatter, flattest, as_keras_3])
def test_other_writers_forms_are_read(form: Any) -> None:
    x = layers.Input((3,), name="x")
    shared = layers.Dense(3, "tanh", name="shared")
    y = shared(layers.ReLU(name="relu")(shared(x)))
    model = filled(models.Model(x, layers.Add(name="add")([y, x])))
    again = models.Model.from_config(form(json.loads(json.dumps(model.get_config()))))
    again.set_weights(model.get_weights())
    assert_same(model, again, inputs_of(model))


def test_what_two_models_inside_share_they_share_after_loading() -> None:
    shared = layers.Dense(3, name="shared")
    ends = []
    x = layers.Input((3,))
    for name in ("one", "two"):
        start = layers.Input((3,))
        own = layers.Dense(3, "tanh", name="own")  # one of this name in each
        ends.append(models.Model(start, shared(own(start)), name=name)(x))
    model = filled(models.Model(x, shared(layers.Add()(ends))))
    assert len(model.weights) == 6
    again = saved_and_loaded(model)
    assert_same(model, again, inputs_of(model))
    one, two = (again.get_layer(name) for name in ("one", "two"))
    assert one.get_layer("shared") is two.get_layer("shared") is again.get_layer("shared")  # type: ignore[attr-defined]
    assert one.get_layer("own") is not two.get_layer("own")  # type: ignore[attr-defined]


class Own(models.Model):
    """A subclass that adds nothing."""


def test_a_subclass_stays_itself_and_frozen_models_stay_frozen() -> None:
    x = layers.Input((3,))
    inner = models.Model(x, layers.Dense(3, name="d")(x), trainable=False)
    model = Own(x, inner(x))
    assert type(model.astype("float32")) is Own
    again = Own.from_config(json.loads(json.dumps(model.get_config())))
    assert type(again) is Own
    assert again.trainable_weights == []

    class Other(models.Model):
        def __init__(self, size: int):
            x = layers.Input((size,))
            super().__init__(x, layers.Dense(1)(x))

    with pytest.raises(TypeError, match="Other: its constructor does not take what a config holds"):
        Other(3).astype("float32")


@pytest.mark.tfjs
def test_tensorflow_js_reads_drawn_models_and_we_read_what_it_writes() -> None:
    drawn_models = [filled(late_and_early()), *(filled(drawn(seed)) for seed in SEEDS)]
    jobs = []
    for model in drawn_models:
        x = inputs_of(model)
        files = {n: base64.b64encode(d).decode() for n, d in layers_model_files(model).items()}
        xs = x if isinstance(x, list) else [x]
        jobs.append({"files": files, "xs": [a.tolist() for a in xs]})
    for number, (model, answer) in enumerate(
        zip(drawn_models, run_node("load.mjs", jobs), strict=True)
    ):
        x = inputs_of(model)
        for ours, theirs in zip(answers(model, x), answer["ys"], strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-4, err_msg=f"model {number}")
        files = {n: base64.b64decode(d) for n, d in answer["files"].items()}
        assert_same(model, load_layers_model(zip_bytes(files)), x, exact=False)


@layers.register_layer
class OfAList(layers.Layer):
    """Takes a list of tensors, of any length."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.dense = layers.Dense(3)

    def call(self, inputs: Any) -> Any:
        assert isinstance(inputs, list)
        total = inputs[0] * 2.0
        for x in inputs[1:]:
            total = total - x
        return self.dense(total)


def test_a_list_of_one_stays_a_list() -> None:
    x = layers.Input((3,))
    layer = OfAList()
    model = filled(models.Model(x, layer([layer([x]), layer((x, x))])))
    data = inputs_of(model)
    expected = answers(model, data)
    eager = layer([layer([data]), layer([data, data])]).numpy()
    np.testing.assert_allclose(expected[0], eager, rtol=1e-5)
    for other in (saved_and_loaded(model), model.astype("float32")):
        assert_same(model, other, data)
