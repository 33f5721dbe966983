"""Sequential and functional models: graphs, cuts that share weights, freezing, configs,
summary.
"""

from __future__ import annotations

import gc
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml.core.tensor as core
from pywebml import layers, models
from pywebml.core.tensor import tensor

Array = Any


def small_net() -> models.Model:
    return models.Sequential(
        [
            layers.Conv2D(
                4, 3, padding="same", activation="relu", input_shape=(6, 6, 2), name="conv"
            ),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="classes"),
        ],
        name="small",
    )


def branched_net() -> models.Model:
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = layers.Dense(5, activation="tanh", name="shared")
    joined = layers.Concatenate(name="joined")([shared(a), shared(b)])
    return models.Model([a, b], [layers.Dense(2, name="out")(joined), joined], name="branched")


def pictures(n: int = 5) -> Array:
    return np.random.default_rng(0).normal(size=(n, 6, 6, 2)).astype(np.float32)


def test_sequential_knows_its_shapes_before_and_after_data() -> None:
    early = small_net()
    assert early.built
    assert early.outputs[0].shape == (None, 3)
    late = models.Sequential([layers.Flatten(), layers.Dense(3)])
    assert not late.built
    assert late.weights == []
    with pytest.raises(ValueError, match="does not know its input shape"):
        late.inputs  # noqa: B018
    assert late(tensor(np.ones((2, 3, 4), np.float32))).shape == (2, 3)
    assert [w.shape for w in late.weights] == [(12, 3), (3,)]
    built = models.Sequential([layers.Dense(3)])
    built.build((None, 7))
    assert built.weights[0].shape == (7, 3)


def test_sequential_add_and_pop() -> None:
    model = models.Sequential([layers.Input((4,)), layers.Dense(3, name="first")])
    model.add(layers.Dense(2, name="second"))
    assert model.output.shape == (None, 2)
    assert model.pop().name == "second"
    assert model.output.shape == (None, 3)
    assert len(model.weights) == 2
    with pytest.raises(ValueError, match="already has a layer 'first'"):
        model.add(layers.Dense(2, name="first"))
    with pytest.raises(TypeError, match=r"forget the \(\)"):
        model.add(layers.Flatten)  # type: ignore[arg-type]


def test_functional_model_with_shared_layer(host: str) -> None:
    model = branched_net()
    assert len(model.weights) == 4  # the shared layer counts once
    a, b = (np.random.default_rng(i).normal(size=(3, 4)).astype(np.float32) for i in (1, 2))
    out, joined = model([tensor(a), tensor(b)])
    k, bias, k2, b2 = (w.numpy() for w in model.weights)
    want = np.concatenate([np.tanh(a @ k + bias), np.tanh(b @ k + bias)], 1)
    np.testing.assert_allclose(joined.numpy(), want, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(out.numpy(), want @ k2 + b2, rtol=1e-4, atol=1e-5)
    predicted = model.predict([a, b], batch_size=2)
    np.testing.assert_allclose(predicted[0].numpy(), out.numpy(), rtol=1e-5, atol=1e-6)


def test_cut_model_shares_weights(host: str) -> None:
    base = small_net()
    cut = models.Model(base.inputs, base.get_layer("pool").output)
    assert cut.output.shape == (None, 3, 3, 4)
    assert cut.weights[0] is base.weights[0]
    x = tensor(pictures())
    before = cut(x).numpy()
    base.get_layer("conv").set_weights([w * 2 for w in base.get_layer("conv").get_weights()])
    np.testing.assert_allclose(cut(x).numpy(), before * 2, rtol=1e-5, atol=1e-6)
    # and the other half, from the middle on
    rest = models.Model(base.get_layer("flat").input, base.output)
    np.testing.assert_allclose(rest(cut(x)).numpy(), base(x).numpy(), rtol=1e-4, atol=1e-6)
    assert len(rest.weights) == 2
    again = models.model_from_config(json.loads(json.dumps(layers.serialize(rest))))
    again.set_weights(rest.get_weights())
    np.testing.assert_allclose(again(cut(x)).numpy(), base(x).numpy(), rtol=1e-4, atol=1e-6)


def test_models_inside_models_and_freezing(host: str) -> None:
    base = small_net()
    features = models.Model(base.inputs, base.get_layer("flat").output, name="features")
    features.trainable = False
    model = models.Sequential([features, layers.Dense(2, activation="softmax", name="head")])
    assert [w.path.partition("/")[2] for w in model.trainable_weights] == [
        "head/kernel",
        "head/bias",
    ]
    assert len(model.non_trainable_weights) == 2
    assert not base.get_layer("conv").trainable
    frozen, head = features.get_weights(), model.get_layer("head").get_weights()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit_sync(pictures(), [0, 1, 0, 1, 1], epochs=2, verbose=0)
    for now, before in zip(features.get_weights(), frozen, strict=True):
        np.testing.assert_array_equal(now, before)
    assert not np.array_equal(model.get_layer("head").get_weights()[0], head[0])
    features.trainable = True
    model.fit_sync(pictures(), [0, 1, 0, 1, 1], epochs=1, verbose=0)  # without compiling again
    assert not np.array_equal(features.get_weights()[0], frozen[0])


@pytest.mark.parametrize("make", [small_net, branched_net])
def test_config_round_trip(host: str, make: Any) -> None:
    model = make()
    config = json.loads(json.dumps(layers.serialize(model)))
    again = models.model_from_config({"modelTopology": {"model_config": config}})
    assert layers.serialize(again) == config
    assert [w.path for w in again.weights] == [w.path for w in model.weights]
    again.set_weights(model.get_weights())
    x = [np.ones((2, *s.shape[1:]), np.float32) for s in model.inputs]
    got, want = again.predict(x if len(x) > 1 else x[0]), model.predict(x if len(x) > 1 else x[0])
    for a, b in zip(
        got if isinstance(got, list) else [got],
        want if isinstance(want, list) else [want],
        strict=True,
    ):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_models_without_a_path_are_refused() -> None:
    a, b = layers.Input((3,), name="one"), layers.Input((3,), name="two")
    with pytest.raises(ValueError, match="'two', which is not among its inputs"):
        models.Model(a, layers.Add()([a, b]))
    with pytest.raises(ValueError, match="two layers of model"):
        models.Model(a, layers.Dense(2, name="same")(layers.Dense(2, name="same")(a)))
    with pytest.raises(TypeError, match="symbolic"):
        models.Model(tensor([1.0]), a)


def test_wrong_shapes_say_what_was_expected() -> None:
    model = small_net()
    with pytest.raises(
        ValueError, match=r"expects x of shape \(n, 6, 6, 2\), got \(6, 6, 2\); a single example"
    ):
        model.predict(np.zeros((6, 6, 2)))
    with pytest.raises(ValueError, match=r"input shape \(None, 6, 6, 2\), got \(1, 5, 6, 2\)"):
        model(tensor(np.zeros((1, 5, 6, 2), np.float32)))
    with pytest.raises(
        ValueError, match="no layer 'nope'; its layers are conv, pool, flat, classes"
    ):
        model.get_layer("nope")
    with pytest.raises(ValueError, match="takes 2 inputs, got 1"):
        branched_net().predict(np.zeros((1, 4)))


def test_names_are_unique_and_avoid_given_ones() -> None:
    layers.reset_names()
    layers.Dense(1, name="dense_1")
    assert [layers.Dense(1).name for _ in range(3)] == ["dense", "dense_2", "dense_3"]
    assert layers.GlobalAveragePooling2D().name == "global_average_pooling2d"
    assert layers.Conv2D(1, 1).name == "conv2d"


def test_summary_counts_parameters() -> None:
    model = small_net()
    model.get_layer("conv").trainable = False
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    text = "\n".join(lines)
    assert "conv (Conv2D)" in text
    assert "(None, 3, 3, 4)" in text
    assert "Total params: 187 (748.00 B)" in text  # 3*3*2*4 + 4 and 36*3 + 3
    assert "Trainable params: 111 " in text
    assert "Non-trainable params: 76 " in text
    lines.clear()
    branched_net().summary(200, print_fn=lines.append)
    assert any("shared[0][0], shared[1][0]" in line for line in lines)
    lines.clear()
    models.Sequential([layers.Dense(2)]).summary(print_fn=lines.append)
    assert "Not built yet" in lines[-1]


def test_predict_joins_batches_of_any_size(host: str) -> None:
    model = small_net()
    x = pictures(11)
    whole = model(tensor(x)).numpy()
    for batch_size in (1, 4, 11, 32):
        np.testing.assert_allclose(
            model.predict(x, batch_size).numpy(), whole, rtol=1e-5, atol=1e-6
        )
    first = model.predict(x[:4])
    model.predict(x[4:8])  # a second call must not overwrite what the first returned
    np.testing.assert_allclose(first.numpy(), whole[:4], rtol=1e-5, atol=1e-6)


def test_predict_sees_new_weights(host: str) -> None:
    model = models.Sequential([layers.Input((2,)), layers.Dense(1, use_bias=False)])
    x = np.array([[1.0, 2.0]], np.float32)
    for value in (1.0, 5.0):
        model.set_weights([np.full((2, 1), value)])
        assert model.predict(x).item() == pytest.approx(3 * value)


def test_forgotten_models_free_their_memory() -> None:
    def use() -> None:
        model = small_net()
        cut = models.Model(model.inputs, model.get_layer("flat").output)
        cut.predict(pictures())
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit_sync(pictures(), [0, 1, 2, 0, 1], epochs=2, verbose=0)

    use()
    gc.collect()
    gc.disable()  # reference counting alone must do it
    try:
        before = core.memory()["tensors"]
        use()
        assert core.memory()["tensors"] == before
    finally:
        gc.enable()


def _shapes(model: models.Model) -> dict[str, tuple[int, ...]]:
    """By the names that files have."""
    names = models.weights.weight_names(model)
    return {name: tuple(w.shape) for name, w in zip(names, model.weights, strict=True)}


def test_real_mobilenet_topology(data_folder: Path) -> None:
    model = models.model_from_config(
        json.loads((data_folder / "mobilenet_v1_0.25_224" / "model.json").read_text())
    )
    assert len(model.layers) == 88
    assert model.count_params() * 4 == 1_902_176
    assert model.get_layer("conv_pw_13_relu").output.shape == (None, 7, 7, 256)
    assert model.output.shape == (None, 1000)
    weights = _shapes(model)
    manifest = json.loads((data_folder / "mobilenet_v1_0.25_224" / "model.json").read_text())[
        "weightsManifest"
    ]
    assert {w["name"]: tuple(w["shape"]) for group in manifest for w in group["weights"]} == weights


def test_real_teachable_machine_topology(data_folder: Path) -> None:
    with zipfile.ZipFile(data_folder / "teachable_machine" / "image-model.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith("model.json"))
        topology = json.loads(archive.read(name))
    model = models.model_from_config(topology)
    assert model.count_params() == 538_508
    assert model.inputs[0].shape == (None, 224, 224, 3)
    assert model.output.shape == (None, 2)
    stored = {
        w["name"]: tuple(w["shape"])
        for group in topology["weightsManifest"]
        for w in group["weights"]
    }
    assert _shapes(model) == stored


def topology(**changes: Any) -> dict[str, Any]:
    config = models.Model.get_config(small_functional())
    return {**config, **changes}


def small_functional() -> models.Model:
    x = layers.Input((4,), name="x")
    return models.Model(x, layers.Dense(2, name="y")(x), name="small")


def test_topologies_that_do_not_hold_together_are_refused() -> None:
    build = models.Model.from_config
    assert build(topology()).output.shape == (None, 2)
    with pytest.raises(ValueError, match="refers to a layer 'z' that it does not have"):
        build(topology(output_layers=[["z", 0, 0]]))
    with pytest.raises(ValueError, match="ends in a call of 'y' that it does not have"):
        build(topology(output_layers=[["y", 3, 0]]))
    head, tail = topology()["layers"]
    with pytest.raises(ValueError, match=r"not connected: inputs of \['y'\] are missing"):
        build(topology(layers=[head, {**tail, "inbound_nodes": [[["y", 0, 0, {}]]]}]))
    for broken in ([{"args": []}], [7], [["y", "0", 0]], [[]], [None]):
        with pytest.raises(ValueError, match="a call of layer 'y' does not say its inputs"):
            build(topology(layers=[head, {**tail, "inbound_nodes": broken}]))
    with pytest.raises(ValueError, match="says 'mask', which is not supported"):
        build(topology(layers=[head, {**tail, "inbound_nodes": [[["x", 0, 0, {"mask": 1}]]]}]))
    with pytest.raises(ValueError, match="has 1 outputs, none of number 4"):
        build(topology(output_layers=[["y", 0, 4]]))
    with pytest.raises(ValueError, match="does not say where it begins and ends"):
        build(topology(output_layers=[3]))


def test_a_sequential_passes_one_tensor_on() -> None:
    with pytest.raises(ValueError, match="passes one tensor on, but branched takes 2"):
        models.Sequential([branched_net()])
    a = layers.Input((4,))
    twice = models.Model(a, [layers.ReLU()(a), layers.Softmax()(a)], name="twice")
    with pytest.raises(ValueError, match="passes one tensor on, but twice gives 2"):
        models.Sequential([layers.Input((4,)), twice])


def test_a_network_of_layers_without_rules_is_the_same_network(host: str) -> None:
    """All layers followed instead of asked: shapes come out equal, whole networks long."""

    class Followed(layers.Conv2D):
        compute_output_shape = layers.Layer.compute_output_shape

    def network(convolution: type[layers.Conv2D]) -> models.Model:
        picture = layers.Input((None, None, 3))
        x = convolution(4, 3, strides=2, padding="same", activation="relu")(picture)
        y = convolution(4, 3, padding="same")(layers.BatchNormalization()(x))
        z = layers.GlobalAveragePooling2D()(layers.MaxPooling2D()(layers.Add()([x, y])))
        return models.Model(picture, layers.Dense(2)(z))

    asked, followed = network(layers.Conv2D), network(Followed)
    shapes = [[layer.output_shape for layer in net.layers] for net in (asked, followed)]
    assert shapes[0] == shapes[1]
    followed.set_weights(asked.get_weights())
    x = pictures(2)[..., :1].repeat(3, -1)
    np.testing.assert_array_equal(asked.predict(x).numpy(), followed.predict(x).numpy())


def test_inputs_by_name(host: str) -> None:
    """However the model was made, and wherever its data go."""
    a, b = layers.Input((2,), name="a"), layers.Input((2,), name="b")
    output = layers.Dense(1)(layers.Subtract()([a, b]))
    first, second = np.ones((4, 2), np.float32), np.full((4, 2), 3.0, np.float32)
    by_name = {"b": second, "a": first}
    y = np.zeros((4, 1))
    expected = models.Model([a, b], output).predict([first, second]).numpy()
    for inputs, listed in (
        ([a, b], [first, second]),
        ({"b": b, "a": a}, [first, second]),  # as in Keras, by the order of the keys
        ({"a": a, "b": b}, (first, second)),
    ):
        model = models.Model(inputs, output)
        model.compile("sgd", "mse")
        for call in (model, model.predict):
            for x in (by_name, listed):
                np.testing.assert_allclose(call(x).numpy(), expected, rtol=1e-6)
        names = model.from_config(model.get_config()).input_names
        assert names == model.input_names
        loss = model.evaluate_sync(by_name, y)
        assert model.evaluate_sync(listed, y) == loss
        model.optimizer.learning_rate = 0.0
        history = model.fit_sync(by_name, y, validation_data=(by_name, y), verbose=0).history
        assert history["loss"] == history["val_loss"] == pytest.approx([loss])
        outer = model({"a": a, "b": a})
        assert models.Model(a, outer).predict(first).shape == (4, 1)
    single = models.Model({"a": a}, layers.Dense(1)(a))
    assert single({"a": first}).shape == single.predict({"a": first}).shape == (4, 1)


@pytest.mark.parametrize("method", ["__call__", "predict"])
def test_names_that_are_none_of_the_inputs(method: str) -> None:
    a, b = layers.Input((2,), name="a"), layers.Input((2,), name="b")
    model = models.Model([a, b], layers.Add()([a, b]))
    for x in ({"a": 1}, {"a": 1, "c": 2}, {"a": 1, "b": 2, "c": 3}):
        with pytest.raises(ValueError, match="has the inputs a, b, got a"):
            getattr(model, method)(x)
    with pytest.raises(ValueError, match="no names for its inputs, got a dict of a"):
        getattr(models.Sequential([layers.Dense(1)]), method)({"a": np.ones((2, 2))})
