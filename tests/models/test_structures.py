"""Lists, dicts and nested structures of tensors into layers and models and out of them,
beside Keras's.
"""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw
import pywebml.keras as ours

A = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
B = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")
Y = np.random.default_rng(2).normal(size=(6, 2)).astype("float32")


def own_layers(kit: Any) -> Any:
    class Pair(kit.layers.Layer):  # type: ignore[misc]
        """Several arguments, and a dict and a tuple that come back."""

        def __init__(self, units: int = 2, **options: Any):
            super().__init__(**options)
            self.units = units
            self.first, self.second = kit.layers.Dense(units), kit.layers.Dense(units)

        def build(self, x_shape: Any, other_shape: Any = None) -> None:
            self.first.build(x_shape)
            self.second.build(x_shape if other_shape is None else other_shape)
            self.built = True

        def call(self, x: Any, other: Any = None, scale: float = 1.0) -> Any:
            other = x if other is None else other
            y, z = self.first(x), self.second(other)
            return {"sum": (y + z) * scale, "parts": (y, z)}

        def get_config(self) -> Any:
            return {**super().get_config(), "units": self.units}

    return Pair


def several_arguments(kit: Any) -> Any:
    a, b = kit.Input((3,), name="a"), kit.Input((2,), name="b")
    out = own_layers(kit)(2, name="pair")(a, other=b, scale=0.5)
    return kit.Model([a, b], [out["sum"], out["parts"][1]])


def dicts(kit: Any) -> Any:
    a, b = kit.Input((3,), name="a"), kit.Input((2,), name="b")
    y = kit.layers.Dense(2, name="d")(a)
    return kit.Model({"b": b, "a": a}, {"z": y + b, "y": y * 2.0})


def nested(kit: Any) -> Any:
    a, b = kit.Input((3,), name="a"), kit.Input((2,), name="b")
    y = kit.layers.Dense(2, name="d")(a)
    return kit.Model([a, [b]], {"y": y, "more": [y - b, {"deep": b * 3.0}]})


def by_name(kit: Any) -> Any:
    a, b = kit.Input((3,), name="a"), kit.Input((2,), name="b")
    y = kit.layers.Dense(2, name="d")(a)
    return kit.Model([a, b], {"sum": kit.layers.Add(name="s")([y, b])})


def one_in_a_list(kit: Any) -> Any:
    a = kit.Input((3,), name="a")
    return kit.Model([a], [kit.layers.Dense(2, name="d")(a)])


def inner(kit: Any) -> Any:
    a, b = kit.Input((3,), name="a"), kit.Input((2,), name="b")
    out = dicts(kit)({"a": a, "b": b})
    return kit.Model([a, b], out["z"] - out["y"])


DATA: dict[Callable[[Any], Any], Any] = {
    several_arguments: [A, B], dicts: {"a": A, "b": B}, nested: [A, [B]], by_name: {"a": A, "b": B},
    one_in_a_list: [A], inner: [A, B],
}  # fmt: skip


def flat(structure: Any) -> list[Any]:
    return [np.asarray(x) for x in keras.tree.flatten(structure)]


def shape_of(structure: Any) -> Any:
    return keras.tree.map_structure(lambda _: 0, structure)


@pytest.mark.parametrize("make", DATA, ids=lambda make: make.__name__)
def test_they_are_keras_s(host: str, make: Callable[[Any], Any], tmp_path: Path) -> None:
    theirs, mine, x = make(keras), make(ours), DATA[make]
    mine.set_weights(theirs.get_weights())
    want, got = theirs.predict(x, verbose=0), mine.predict(x, verbose=0)
    assert shape_of(got) == shape_of(want)
    for one, other in zip(flat(got), flat(want), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    known = {"Pair": type(mine.get_layer("pair"))} if make is several_arguments else {}
    config = json.loads(json.dumps(mine.get_config()))
    again = ours.Model.from_config(config, custom_objects=known)
    assert json.loads(json.dumps(again.get_config())) == config
    others = [again, copy.deepcopy(mine)]
    if not known:
        others.append(pickle.loads(pickle.dumps(mine)))
        pw.save_model(mine, str(tmp_path / "model"))
        others.append(ours.saving.load_model(str(tmp_path / "model")))
    for other in others:
        other.set_weights(mine.get_weights())
        result = other.predict(x, verbose=0)
        assert shape_of(result) == shape_of(want)
        for one, expected in zip(flat(result), flat(want), strict=True):
            np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-6)


def test_dict_outputs_train_as_keras_s(host: str) -> None:
    y = {"y": Y, "z": Y * 0.5}
    options: dict[str, Any] = {"epochs": 5, "batch_size": 4, "shuffle": False, "verbose": 0}
    results = []
    for kit in (keras, ours):
        model = dicts(kit)
        draw = np.random.default_rng(3)
        model.set_weights([draw.normal(size=w.shape) for w in model.get_weights()])
        model.compile(
            "sgd", {"y": "mse", "z": "mae"}, metrics={"z": ["mse"]}, loss_weights={"z": 0.3, "y": 1}
        )
        results.append((model.fit(DATA[dicts], y, **options).history, model.get_weights()))
    (want, theirs), (got, mine) = results
    for key, values in want.items():
        np.testing.assert_allclose(got[key], values, rtol=1e-3, err_msg=key)
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


def own_model(kit: Any) -> Any:
    class Own(kit.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense = kit.layers.Dense(2)

        def call(self, inputs: Any) -> Any:
            y = self.dense(inputs["a"])
            return {"y": y + inputs["b"], "z": y}

    return Own()


def test_own_models_take_and_give_dicts(host: str) -> None:
    x, y = {"a": A, "b": B}, {"y": Y, "z": Y}
    histories = []
    for kit in (keras, ours):
        model = own_model(kit)
        model.compile("sgd", {"y": "mse", "z": "mae"}, metrics={"y": ["mae"]})
        model(x)
        draw = np.random.default_rng(4)
        model.set_weights([draw.normal(size=w.shape) for w in model.get_weights()])
        history = model.fit(x, y, epochs=4, batch_size=3, shuffle=False, verbose=0).history
        histories.append(history)
        assert set(model.predict(x, verbose=0)) == {"y", "z"}
    for key, values in histories[0].items():
        np.testing.assert_allclose(histories[1][key], values, rtol=1e-3, err_msg=key)


def adds(kit: Any) -> Any:
    class Adds(kit.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            self.add_loss(kit.ops.mean(kit.ops.square(inputs)))
            return inputs

    x = kit.Input((3,), name="a")
    return kit.Model(x, Adds()(kit.layers.Dense(2, kernel_regularizer="l2")(x)))


def test_a_layer_s_loss_is_enough(host: str) -> None:
    """Compiled without one, fitted without labels."""
    losses = []
    for kit in (keras, ours):
        model = adds(kit)
        draw = np.random.default_rng(4)
        model.set_weights([draw.normal(size=w.shape) for w in model.get_weights()])
        model.compile("sgd")
        history = model.fit(A, epochs=4, batch_size=3, shuffle=False, verbose=0).history
        losses.append((history["loss"], model.evaluate(A, batch_size=3, verbose=0)))
    np.testing.assert_allclose(losses[1][0], losses[0][0], rtol=1e-3)
    np.testing.assert_allclose(losses[1][1], losses[0][1], rtol=1e-3)


def lines_of(model: Any, **options: Any) -> str:
    lines: list[str] = []
    model.summary(print_fn=lines.append, **options)
    return "\n".join(lines)


def test_the_summary_shows_what_it_is_asked() -> None:
    base = pw.Sequential(
        [pw.Input((3,)), pw.layers.Dense(4, name="low"), pw.layers.Dense(2, name="high")],
        name="base",
    )
    base.trainable = False
    x = pw.Input((3,), name="x")
    model = pw.Model(x, pw.layers.Dense(1, name="out")(base(x)), name="whole")
    text = lines_of(model)
    assert 'Model: "whole"' in text
    assert "low" not in text
    assert "Connected to" not in text
    assert " Total params: 29 (116.00 B)" in text
    assert " Non-trainable params: 26 (104.00 B)" in text
    assert "└ low (Dense)" in lines_of(model, expand_nested=True)
    shown = lines_of(model, show_trainable=True, line_length=100).splitlines()
    assert [line.split("│")[-2].strip() for line in shown if "│" in line] == ["-", "N", "Y"]
    assert "out" not in lines_of(model, layer_range=["x", "base"])
    assert all(len(line) <= 70 for line in lines_of(model, line_length=70).splitlines())
    assert "Connected to" in lines_of(dicts(ours))
    with pytest.raises(ValueError, match="no layer is called 'nobody'"):
        model.summary(layer_range=["x", "nobody"])
    with pytest.raises(ValueError, match="too narrow"):
        model.summary(line_length=12)
    with pytest.raises(ValueError, match="positions needs 3 numbers"):
        model.summary(positions=[0.5, 1.0])
    model.summary(positions=[0.5, 0.8, 1.0], print_fn=lambda line: None)
