"""formats/keras_2_training: Keras 2 is not run here, so Keras 3 trains, and what its
optimizer remembers is written in Keras 2's order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw

h5py = pytest.importorskip("h5py", reason="h5py writes HDF5 files")

RNG = np.random.default_rng(3)
X = RNG.normal(size=(8, 4)).astype(np.float32)
Y = RNG.normal(size=(8, 2)).astype(np.float32)
LAYERS = (("first", 3, "tanh"), ("second", 2, "linear"))
OPTIMIZERS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    # what Keras 2 calls its slots, in its order, as Keras 3's variables are called
    "SGD": ("SGD", {}, ()),
    "momentum": ("SGD", {"momentum": 0.9, "nesterov": True}, ("momentum",)),
    "Adam": ("Adam", {}, ("momentum", "velocity")),
    "amsgrad": ("Adam", {"amsgrad": True}, ("momentum", "velocity", "velocity_hat")),
    "RMSprop": ("RMSprop", {}, ("velocity",)),
    "centred": (
        "RMSprop",
        {"momentum": 0.5, "centered": True},
        ("velocity", "momentum", "average_gradient"),
    ),
    "Adagrad": ("Adagrad", {}, ("accumulator",)),
    "Adadelta": ("Adadelta", {}, ("accumulated_grad", "accumulated_delta_var")),
    "Adamax": ("Adamax", {}, ("momentum", "norm")),
    "Nadam": ("Nadam", {}, ("momentum", "velocity")),
    "Ftrl": ("Ftrl", {}, ("accumulator", "linear")),
}
RATE = 0.01


def trained(kind: str, arguments: dict[str, Any], steps: int) -> Any:
    keras.utils.set_random_seed(5)
    dense = [keras.layers.Dense(n, activation=a, name=name) for name, n, a in LAYERS]
    net = keras.Sequential([keras.layers.Input((4,)), *dense])
    net.compile(getattr(keras.optimizers, kind)(learning_rate=RATE, **arguments), "mse")
    for _ in range(steps):
        net.train_on_batch(X, Y)
    return net


def slots_of(net: Any, kind: str) -> list[Any]:
    """Those of one kind, of all parameters."""
    paths = [f"{layer}_{weight}_{kind}" for layer, *_ in LAYERS for weight in ("kernel", "bias")]
    variables = net.optimizer.variables
    listed = [v for path in paths for v in variables if v.path.endswith(path)]
    assert len(listed) == 4, [variable.path for variable in variables]
    return [np.asarray(variable) for variable in listed]


def written(path: Path, net: Any, optimizer: dict[str, Any], state: dict[str, Any]) -> Path:
    """As Keras 2 saves a whole model."""
    entries: list[dict[str, Any]] = [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "name": "in"}}
    ]
    for name, units, activation in LAYERS:
        config = {"name": name, "units": units, "activation": activation, "trainable": True}
        entries.append({"class_name": "Dense", "config": config})
    training = {
        "loss": {"class_name": "MeanSquaredError", "config": {"reduction": "auto", "name": "mse"}},
        "metrics": [
            [
                {
                    "class_name": "MeanMetricWrapper",
                    "config": {"name": "mae", "dtype": "float32", "fn": "mean_absolute_error"},
                }
            ]
        ],
        "weighted_metrics": None,
        "loss_weights": None,
        "optimizer_config": optimizer,
    }
    with h5py.File(path, "w") as file:
        config = {"class_name": "Sequential", "config": {"name": "net", "layers": entries}}
        file.attrs["keras_version"], file.attrs["backend"] = "2.9.0", "tensorflow"
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["training_config"] = json.dumps(training)
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = [name.encode() for name, *_ in LAYERS]
        for layer in net.layers:
            group = root.create_group(layer.name)
            names = [f"{layer.name}/{weight}:0" for weight in ("kernel", "bias")]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, layer.get_weights(), strict=True):
                group[name] = value
        group = file.create_group("optimizer_weights")
        group.attrs["weight_names"] = [name.encode() for name in state]
        for name, value in state.items():
            group[name] = value
    return path


def of_keras_2(net: Any, kind: str, slots: tuple[str, ...]) -> dict[str, Any]:
    state: dict[str, Any] = {f"{kind}/iter:0": np.int64(net.optimizer.iterations)}
    if kind == "Nadam":
        state["Nadam/momentum_cache:0"] = np.float32(net.optimizer._u_product)
    for slot in slots:
        for i, value in enumerate(slots_of(net, slot)):
            state[f"{kind}/{i}/{slot}:0"] = value
    return state


def said(kind: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "class_name": kind,
        "config": {"name": kind, "lr": RATE, "decay": 0.0, **arguments, **more},
    }


def goes_on(path: Path, net: Any) -> None:
    """A fourth step gives the same here as there."""
    model = pw.load_model(path)
    for ours, theirs in zip(model.get_weights(), net.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    model.train_on_batch_sync(X, Y)
    net.train_on_batch(X, Y)
    for ours, theirs in zip(model.get_weights(), net.get_weights(), strict=True):
        # float32 sums in another order, over one step of a hundredth
        np.testing.assert_allclose(ours, theirs, atol=3e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.filterwarnings("error::UserWarning")
def test_a_training_of_keras_2_goes_on(name: str, tmp_path: Path) -> None:
    kind, arguments, slots = OPTIMIZERS[name]
    net = trained(kind, arguments, 3)
    state = of_keras_2(net, kind, slots)
    goes_on(written(tmp_path / "net.h5", net, said(kind, arguments), state), net)


def test_what_it_was_compiled_with(tmp_path: Path) -> None:
    net = trained("SGD", {}, 1)
    model = pw.load_model(written(tmp_path / "net.h5", net, said("SGD", {}), {}))
    assert [round(float(v), 4) for v in model.evaluate_sync(X, Y, verbose=0)] == [
        round(float(((net.predict(X, verbose=0) - Y) ** 2).mean()), 4),
        round(float(np.abs(net.predict(X, verbose=0) - Y).mean()), 4),
    ]


def test_a_rate_that_falls_by_decay(tmp_path: Path) -> None:
    """lr / (1 + decay * steps), as Keras 2 had it."""
    schedule = keras.optimizers.schedules.InverseTimeDecay(RATE, 1, 0.5)
    net = trained("SGD", {}, 0)
    net.compile(keras.optimizers.SGD(learning_rate=schedule), "mse")
    for _ in range(3):
        net.train_on_batch(X, Y)
    state = {"SGD/iter:0": np.int64(3)}
    path = written(tmp_path / "net.h5", net, said("SGD", {}, decay=0.5), state)
    goes_on(path, net)


def test_keras_before_tensorflow_had_it(tmp_path: Path) -> None:
    """Names without meaning, and slots of a single number for what is not used."""
    net = trained("Adam", {}, 3)
    arrays = list(of_keras_2(net, "Adam", ("momentum", "velocity")).values())
    arrays += [np.zeros(1, np.float32)] * 4
    state = {f"training/Adam/Variable_{i}:0": value for i, value in enumerate(arrays)}
    goes_on(written(tmp_path / "net.h5", net, said("Adam", {"epsilon": None}), state), net)


def test_keras_2_11_in_the_order_of_today(tmp_path: Path) -> None:
    net = trained("Adam", {}, 3)
    names = [f"Adam/{i}:0" for i in range(len(net.optimizer.variables))]
    names[:2] = ["iteration:0", "learning_rate:0"]
    state = dict(zip(names, map(np.asarray, net.optimizer.variables), strict=True))
    config = {"name": "Adam", "learning_rate": RATE, "jit_compile": False}
    config |= {"is_legacy_optimizer": False, "weight_decay": None, "use_ema": False}
    optimizer = {"class_name": "Adam", "config": config}
    goes_on(written(tmp_path / "net.h5", net, optimizer, state), net)


def test_memory_of_another_optimizer_is_left_with_a_warning(tmp_path: Path) -> None:
    net = trained("Adam", {}, 3)
    state = of_keras_2(net, "Adam", ("momentum", "velocity"))
    path = written(tmp_path / "net.h5", net, said("SGD", {"momentum": 0.9}), state)
    with pytest.warns(UserWarning, match="begins its training anew: .* of another one: 9 arrays"):
        pw.load_model(path)
