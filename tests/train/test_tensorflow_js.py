"""Whole trainings against TensorFlow.js in Node: the same weights and batches, 20
steps, the weights afterwards agree.

The topology is handed over as our own config, so this also shows that TensorFlow.js can
read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from in_node import run_node

from pywebml import layers, models
from pywebml.train import SGD, RMSprop, adam

pytestmark = pytest.mark.tfjs

STEPS, BATCH = 20, 8
RATES = {"sgd": 0.05, "momentum": 0.02, "nesterov": 0.02, "adam": 0.003, "rmsprop": 0.003}
OPTIMIZERS: dict[str, Callable[[float], Any]] = {
    "sgd": SGD,
    "momentum": lambda rate: SGD(rate, momentum=0.9),
    "nesterov": lambda rate: SGD(rate, momentum=0.9, nesterov=True),
    "adam": adam,  # whose epsilon is not Keras's
    "rmsprop": RMSprop,
}


def dense_head() -> models.Model:
    return models.Sequential(
        [
            layers.Input((6, 6, 3)),
            layers.Flatten(name="flat"),
            layers.Dense(
                16, activation="relu", kernel_initializer="variance_scaling", name="hidden"
            ),
            layers.Dense(4, activation="softmax", use_bias=False, name="classes"),
        ],
        name="dense_head",
    )


def conv_net() -> models.Model:
    return models.Sequential(
        [
            layers.Input((10, 10, 2)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(6, 3, padding="same", activation="tanh", name="second"),
            layers.Flatten(name="flat"),
            layers.Dense(4, activation="softmax", name="classes"),
        ],
        name="conv_net",
    )


def depthwise_net() -> models.Model:
    x = inputs = layers.Input((9, 9, 3), name="picture")
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(name="conv_bn", momentum=0.9)(x)
    x = side = layers.ReLU(6.0, name="conv_relu")(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="dw")(x)
    x = layers.BatchNormalization(name="dw_bn", momentum=0.9)(x)
    x = layers.Add(name="add")([x, side])
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return models.Model(
        inputs, layers.Dense(4, activation="softmax", name="classes")(x), name="depthwise_net"
    )


def recurrent_net() -> models.Model:
    return models.Sequential(
        [
            layers.Input((6, 3)),
            layers.LSTM(5, return_sequences=True, name="both_gates"),
            layers.GRU(4, reset_after=False, return_sequences=True, name="gated"),
            layers.Bidirectional(layers.SimpleRNN(3), merge_mode="sum", name="both_ways"),
            layers.Dense(4, activation="softmax", name="classes"),
        ],
        name="recurrent_net",
    )


NETS = {
    "dense_head": dense_head,
    "conv_net": conv_net,
    "depthwise_net": depthwise_net,
    "recurrent_net": recurrent_net,
}
JOBS = [(net, optimizer) for net in list(NETS)[:3] for optimizer in OPTIMIZERS]
# by other steps the way back through time moves weights too little to compare
JOBS += [("recurrent_net", optimizer) for optimizer in ("adam", "rmsprop")]


def make_job(net: str, optimizer: str) -> dict[str, Any]:
    """A training that both sides can do, with weights and data from a seed of its own."""
    rng = np.random.default_rng(JOBS.index((net, optimizer)))
    model = NETS[net]()
    shape = model.inputs[0].shape[1:]
    weights: dict[str, list[Any]] = {}
    for layer in model.layers:
        for weight in layer.weights:
            # Small enough that no probability comes near TensorFlow.js's clip at 1e-7;
            # our loss, from logits, has none.
            values = rng.normal(size=weight.shape, scale=max(np.prod(weight.shape[:-1]), 4) ** -0.5)
            if weight.path.endswith(("gamma", "variance")):
                values = np.abs(values) + 0.5
            weights.setdefault(layer.name, []).append(values.astype(np.float32).tolist())
    batches = [
        {
            "x": rng.normal(size=(BATCH, *shape)).astype(np.float32).tolist(),
            "y": np.eye(4)[rng.integers(0, 4, BATCH)].tolist(),
        }
        for _ in range(STEPS)
    ]
    return {
        "topology": layers.serialize(model),
        "weights": weights,
        "optimizer": optimizer,
        "rate": RATES[optimizer],
        "loss": "categoricalCrossentropy",
        "batches": batches,
    }


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]]:
    """(job, TensorFlow.js's answer) by net and optimizer, from one run of Node."""
    jobs = [make_job(*job) for job in JOBS]
    return dict(zip(JOBS, zip(jobs, run_node("train.mjs", jobs), strict=True), strict=True))


@pytest.mark.parametrize(("net", "optimizer"), JOBS)
def test_same_training_as_tensorflow_js(host: str, answers: Any, net: str, optimizer: str) -> None:
    job, answer = answers[net, optimizer]
    model = NETS[net]()
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([np.array(v, np.float32) for v in job["weights"][layer.name]])
    model.compile(OPTIMIZERS[optimizer](job["rate"]), "categorical_crossentropy")
    losses = [
        model.train_on_batch_sync(np.array(b["x"], np.float32), np.array(b["y"], np.float32))
        for b in job["batches"]
    ]
    np.testing.assert_allclose(losses, answer["losses"], rtol=1e-3, atol=1e-3)
    for layer in model.layers:
        for weight, theirs, before in zip(
            layer.weights,
            answer["weights"].get(layer.name, []),
            job["weights"].get(layer.name, []),
            strict=True,
        ):
            assert np.abs(np.array(theirs) - np.array(before)).max() > 2e-3, (
                f"{weight.path} was not trained, the comparison would be empty"
            )
            np.testing.assert_allclose(
                weight.numpy(), theirs, rtol=1e-3, atol=1e-3, err_msg=weight.path
            )


def every_layer() -> models.Model:
    """One of each, in forms that the nets above do not have."""
    x = inputs = layers.Input((13, 12, 3), name="picture")
    x = layers.ZeroPadding2D(((0, 1), (2, 1)), name="padded")(x)
    x = layers.SeparableConv2D(
        5, 3, strides=2, padding="same", depth_multiplier=2, activation="swish", name="separable"
    )(x)
    x = layers.LeakyReLU(0.2, name="leaky")(x)
    x = layers.Conv2D(4, (2, 3), dilation_rate=2, padding="same", activation="elu", name="dilated")(
        x
    )
    x = layers.BatchNormalization(scale=False, epsilon=0.01, name="bn")(x)
    x = layers.Activation("selu", name="selu")(x)
    a = layers.AveragePooling2D(3, strides=2, padding="same", name="average")(x)
    b = layers.MaxPooling2D((2, 3), strides=2, padding="same", name="largest")(x)
    x = layers.Concatenate(name="both")([layers.Add(name="sum")([a, b]), b])
    x = layers.DepthwiseConv2D(
        (3, 2),
        strides=2,
        depth_multiplier=2,
        padding="same",
        activation="softplus",
        name="depthwise",
    )(x)
    c = layers.GlobalMaxPooling2D(name="max")(x)
    d = layers.Dense(16, activation="sigmoid", name="dense")(
        layers.GlobalAveragePooling2D(name="mean")(x)
    )
    x = layers.Reshape((8, 4), name="rows")(layers.Concatenate(name="joined")([c, d]))
    x = layers.Dropout(0.5, name="dropout")(layers.ReLU(1.5, name="capped")(x))
    x = layers.Dense(3, activation="gelu", name="last")(x)
    return models.Model(
        inputs, layers.Softmax(name="soft")(layers.Flatten(name="flat")(x)), name="every_layer"
    )


def test_every_layer_as_in_tensorflow_js(host: str) -> None:
    rng = np.random.default_rng(4)
    model = every_layer()
    weights = [
        np.abs(rng.normal(size=w.shape)) * 0.4 - (0.2 if "kernel" in w.path else 0.0)
        for w in model.weights
    ]
    model.set_weights(weights)
    x = rng.normal(size=(3, 13, 12, 3)).astype(np.float32)
    by_layer = {
        layer.name: [w.numpy().tolist() for w in layer.weights]
        for layer in model.layers
        if layer.weights
    }
    (answer,) = run_node(
        "train.mjs",
        [{"topology": layers.serialize(model), "weights": by_layer, "input": x.tolist()}],
    )
    ours = model.predict(x).numpy()
    assert ours.std() > 0.005
    np.testing.assert_allclose(ours, answer["output"], rtol=1e-3, atol=1e-5)
