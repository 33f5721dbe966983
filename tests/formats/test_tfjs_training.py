"""TensorFlow.js models with their training, both ways: one step more from what was saved
gives the same weights there and here.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from in_node import run_node

import pywebml as pw
from pywebml import layers
from pywebml.formats.loading import save_model
from pywebml.formats.wire import tfjs
from pywebml.formats.written import Written
from pywebml.layers.support.registry import serialize
from pywebml.models.weights import weight_names

RNG = np.random.default_rng(7)
X = RNG.normal(size=(6, 4)).astype(np.float32)
Y = RNG.normal(size=(6, 2)).astype(np.float32)
STEPS = 3


@pytest.fixture(autouse=True)
def on_the_processor() -> None:
    from hosts import shared_device

    pw.set_device(shared_device("cpu"))


def network() -> Any:
    return pw.Sequential(
        [
            layers.Dense(3, activation="tanh", input_shape=(4,), name="hidden"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(2, name="out"),
        ]
    )


OPTIMIZERS: dict[str, Any] = {
    "SGD": lambda: pw.optimizers.SGD(0.05),
    "Momentum": lambda: pw.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "Adam": lambda: pw.optimizers.Adam(0.01),
    "RMSProp": lambda: pw.optimizers.RMSprop(0.01, momentum=0.5),
    "Adagrad": lambda: pw.optimizers.Adagrad(0.05),
    "Adadelta": lambda: pw.optimizers.Adadelta(1.0),
}


def files_of(model: Any, **options: Any) -> dict[str, bytes]:
    written = Written(tfjs.FORMAT, model, include_optimizer=True, **options)
    return written.files([variable.data_sync() for variable in written.variables])


def steps(model: Any, count: int) -> None:
    model.fit_sync(X, Y, batch_size=len(X), epochs=count, shuffle=False, verbose=0)


@pytest.mark.tfjs
def test_trainings_of_tensorflow_js_go_on_here_and_ours_there() -> None:
    topology = {"model_config": serialize(network())}
    data = {"x": X.tolist(), "y": Y.tolist()}
    jobs: list[Any] = [
        {"topology": topology, "optimizer": name, "batches": STEPS, **data} for name in OPTIMIZERS
    ]
    ours = []
    for make in OPTIMIZERS.values():
        model = network()
        model.compile(make(), "mse", metrics=["accuracy", "mae"])
        steps(model, STEPS)
        files = {n: base64.b64encode(d).decode() for n, d in files_of(model).items()}
        jobs.append({"files": files, "batches": 0, **data})
        ours.append(model)
    answers = run_node("trainings.mjs", jobs)
    for name, answer in zip(OPTIMIZERS, answers[: len(OPTIMIZERS)], strict=True):
        model = pw.load_model({n: base64.b64decode(d) for n, d in answer["files"].items()})
        assert int(model.optimizer.iterations) == STEPS
        assert model.get_user_defined_metadata() == answer["metadata"] == {"labels": ["a", "b"]}
        assert_next_step(model, answer, name)
    for name, model, answer in zip(OPTIMIZERS, ours, answers[len(OPTIMIZERS) :], strict=True):
        assert answer["metrics"] == ["loss", "acc", "mae"]
        assert_next_step(model, answer, name)


def assert_next_step(model: Any, answer: Any, name: str) -> None:
    before = model.get_weights()
    steps(model, 1)
    for old, new, key in zip(before, model.get_weights(), weight_names(model), strict=True):
        theirs = answer["weights"][key]
        # TensorFlow.js's Adadelta divides by the mean of squares before this step's
        if name != "Adadelta":
            np.testing.assert_allclose(new, theirs, atol=2e-5, err_msg=f"{name} {key}")
        assert not np.array_equal(old, new)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_training_comes_back(name: str) -> None:
    model = network()
    model.compile(OPTIMIZERS[name](), "mse", metrics=["accuracy"])
    steps(model, STEPS)
    again = pw.load_model(files_of(model))
    for one in (model, again):
        steps(one, 2)
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert pw.load_model(files_of(model), compile=False).compiled is None


def test_nothing_of_a_training_is_saved_unless_that_is_asked(tmp_path: Any) -> None:
    model = network()
    model.compile("adam", "mse")
    steps(model, 1)
    model.save(tmp_path / "a")
    assert pw.load_model(tmp_path / "a").compiled is None
    model.save(tmp_path / "b", include_optimizer=True)
    assert int(pw.load_model(tmp_path / "b").optimizer.iterations) == 1
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"m.{ending}", include_optimizer=False)
        assert pw.load_model(tmp_path / f"m.{ending}").compiled is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"optimizer": "lion", "loss": "mse"}, "the optimizer Lion"),
        ({"optimizer": pw.optimizers.Adam(clipnorm=1.0), "loss": "mse"}, "Adam with clipnorm"),
        ({"optimizer": "sgd", "loss": "huber"}, "Huber"),
        ({"optimizer": "sgd", "loss": "mse", "loss_weights": [0.5]}, "it has loss_weights"),
        (
            {"optimizer": "sgd", "loss": pw.losses.BinaryCrossentropy(from_logits=True)},
            "BinaryCrossentropy with from_logits",
        ),
    ],
)
def test_what_tensorflow_js_has_no_words_for_is_told(arguments: Any, says: str) -> None:
    model = network()
    model.compile(**arguments)
    with pytest.warns(UserWarning, match=says):
        files = files_of(model)
    assert b"trainingConfig" not in files["model.json"]


def test_a_training_that_does_not_fit_is_told() -> None:
    model = network()
    model.compile("adam", "mse")
    steps(model, 1)
    files = files_of(model)
    document = json.loads(files["model.json"])
    document["trainingConfig"]["optimizer_config"]["class_name"] = "Teleport"
    with pytest.warns(UserWarning, match="is not loaded as it was compiled: .*Teleport"):
        again = pw.load_model({**files, "model.json": json.dumps(document).encode()})
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
    document["trainingConfig"]["optimizer_config"]["class_name"] = "SGD"
    document["trainingConfig"]["optimizer_config"]["config"] = {"learningRate": 0.1}
    with pytest.warns(UserWarning, match=r"optimizer's memory: .*12 arrays for the 6 parameters"):
        pw.load_model({**files, "model.json": json.dumps(document).encode()})


def test_shards_and_groups(tmp_path: Any) -> None:
    model = network()
    save_model(model, tmp_path / "m", shard_bytes=50)
    names = sorted(path.name for path in (tmp_path / "m").iterdir())
    assert names[0] == "group1-shard1of3.bin" and len(names) == 4
    again = pw.load_model(tmp_path / "m")
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        save_model(model, tmp_path / "n", shard_bytes=0)
    with pytest.raises(ValueError, match=r"for TensorFlow\.js models, not for keras files"):
        save_model(model, tmp_path / "n.keras", shard_bytes=1 << 20)
    files = files_of(model)
    document = json.loads(files["model.json"])
    entries = document["weightsManifest"][0]["weights"]
    first = 4 * 4 * 3
    document["weightsManifest"] = [
        {"paths": ["a", "b"], "weights": entries[:1]},
        {"paths": ["c"], "weights": entries[1:]},
    ]
    data = files["weights.bin"]
    shards = {"a": data[:7], "b": data[7:first], "c": data[first:]}
    again = pw.load_model({"model.json": json.dumps(document).encode(), **shards})
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_metadata_of_ones_own(tmp_path: Any) -> None:
    model = network()
    model.set_user_defined_metadata({"labels": ["no", "yes"], "n": 3})
    for where in ("folder", "m.zip", "m.keras"):
        model.save(tmp_path / where)
        again = pw.load_model(tmp_path / where)
        assert again.get_user_defined_metadata() == {"labels": ["no", "yes"], "n": 3}
    with pytest.raises(TypeError, match="must be a dict"):
        model.set_user_defined_metadata(["no"])
    with pytest.raises(TypeError, match="not JSON serializable"):
        model.set_user_defined_metadata({"x": object()})
