"""Models as Keras 1.2.2 saved them, and the same layers made here. Keras 1 itself does
not run on today's Python.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pywebml import layers

h5py = pytest.importorskip("h5py", reason="h5py writes HDF5 files")

Entry = dict[str, Any]
RNG = np.random.default_rng(11)


def entry(kind: str, name: str, **config: Any) -> Entry:
    return {"class_name": kind, "config": {"name": name, "trainable": True, **config}}


DENSE = {
    "init": "glorot_uniform", "bias": True, "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0},
    "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}, "b_regularizer": None,
    "activity_regularizer": None, "b_constraint": None,
}  # fmt: skip
CONV = {
    "init": "he_normal", "dim_ordering": "tf", "bias": True, "W_regularizer": None,
    "b_regularizer": None, "activity_regularizer": None, "W_constraint": None, "b_constraint": None,
}  # fmt: skip
RECURRENT = {
    "output_dim": 3, "init": "glorot_uniform", "inner_init": "orthogonal", "activation": "tanh",
    "inner_activation": "hard_sigmoid", "return_sequences": True, "go_backwards": False,
    "stateful": False, "unroll": False, "consume_less": "cpu", "W_regularizer": None,
    "U_regularizer": None, "b_regularizer": None, "dropout_W": 0.1, "dropout_U": 0.2,
    "input_dim": 4, "input_length": None,
}  # fmt: skip
PICTURES: list[tuple[Entry, Any]] = [
    (
        entry(
            "Convolution2D", "conv", nb_filter=4, nb_row=3, nb_col=2, border_mode="same",
            subsample=[2, 1], activation="relu", batch_input_shape=[None, 8, 8, 3],
            input_dtype="float32", **CONV,
        ),
        layers.Conv2D(4, (3, 2), (2, 1), "same", activation="relu", input_shape=(8, 8, 3)),
    ),
    (
        entry("BatchNormalization", "norm", epsilon=1e-3, mode=0, axis=-1, momentum=0.99,
              gamma_regularizer=None, beta_regularizer=None),
        layers.BatchNormalization(),
    ),
    (
        entry("AtrousConvolution2D", "atrous", nb_filter=2, nb_row=2, nb_col=2, atrous_rate=[2, 2],
              border_mode="valid", subsample=[1, 1], activation="linear", **CONV),
        layers.Conv2D(2, 2, dilation_rate=2),
    ),
    (
        entry("Deconvolution2D", "up", nb_filter=3, nb_row=2, nb_col=2, subsample=[2, 2],
              border_mode="valid", activation="linear", output_shape=[None, 4, 12, 3], **CONV),
        layers.Conv2DTranspose(3, 2, 2),
    ),
    (
        entry("MaxPooling2D", "pool", pool_size=[2, 2], strides=[2, 2], border_mode="valid",
              dim_ordering="tf"),
        layers.MaxPooling2D(),
    ),
    (entry("GaussianNoise", "noise", sigma=0.1), layers.GaussianNoise(0.1)),
    (entry("Flatten", "flat"), layers.Flatten()),
    (entry("Dropout", "drop", p=0.5), layers.Dropout(0.5)),
    (
        entry("Dense", "dense", output_dim=5, activation="softmax", input_dim=None, **DENSE),
        layers.Dense(5, activation="softmax"),
    ),
]  # fmt: skip
TEXTS: list[tuple[Entry, Any]] = [
    (
        entry("Embedding", "words", input_dim=9, output_dim=4, init="uniform", input_length=6,
              mask_zero=False, activity_regularizer=None, W_regularizer=None, W_constraint=None,
              dropout=0.2, batch_input_shape=[None, 6], input_dtype="int32"),
        layers.Embedding(9, 4, input_shape=(6,)),
    ),
    (
        entry("Convolution1D", "conv", nb_filter=4, filter_length=3, border_mode="same",
              subsample_length=1, activation="relu", input_dim=4, input_length=None,
              **{key: CONV[key] for key in CONV if key != "dim_ordering"}),
        layers.Conv1D(4, 3, padding="same", activation="relu"),
    ),
    (
        entry("LSTM", "lstm", forget_bias_init="one", **RECURRENT),
        layers.LSTM(3, recurrent_activation="keras2_hard_sigmoid", return_sequences=True),
    ),
    (
        entry("Bidirectional", "both", merge_mode="concat",
              layer=entry("GRU", "gru", **RECURRENT)),
        layers.Bidirectional(layers.GRU(3, recurrent_activation="keras2_hard_sigmoid",
                                        reset_after=False, return_sequences=True)),
    ),
    (
        entry("TimeDistributed", "each", layer=entry("Dense", "dense", output_dim=2,
              activation="tanh", **DENSE)),
        layers.TimeDistributed(layers.Dense(2, activation="tanh")),
    ),
    (
        entry("MaxPooling1D", "pool", pool_length=2, stride=2, border_mode="valid"),
        layers.MaxPooling1D(2),
    ),
]  # fmt: skip


def gates(arrays: list[Any], order: str, before: str) -> list[Any]:
    """Kernel, recurrent kernel and bias of all gates in `order`, apart, gate by gate as
    in `before`.
    """
    split = [dict(zip(order, np.split(a, len(order), axis=-1), strict=True)) for a in arrays]
    return [each[gate] for gate in before for each in split]


def as_keras_1(layer: Any) -> list[Any]:
    """A layer's weights as Keras 1.2.2 kept them."""
    arrays = [np.asarray(weight) for weight in layer.get_weights()]
    kind = type(layer).__name__
    if kind == "LSTM":
        return gates(arrays, "ifco", "icfo")
    if kind == "Bidirectional":
        return gates(arrays[:3], "zrh", "zrh") + gates(arrays[3:], "zrh", "zrh")
    if kind == "Conv1D":
        return [arrays[0][:, None], arrays[1]]
    if kind == "Conv2DTranspose":
        return [arrays[0].transpose(0, 1, 3, 2), arrays[1]]
    return arrays


def written(
    path: Path, pairs: list[tuple[Entry, Any]], config: Any, version: Any = "1.2.2"
) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        root = file.create_group("model_weights")
        if version:
            file.attrs["keras_version"] = root.attrs["keras_version"] = version
        root.attrs["layer_names"] = [said["config"]["name"].encode() for said, _ in pairs]
        for said, layer in pairs:
            group = root.create_group(said["config"]["name"])
            arrays = as_keras_1(layer)
            names = [f"{said['config']['name']}_{i}:0" for i in range(len(arrays))]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, arrays, strict=True):
                group[name] = value
    return path


def filled(net: Any) -> Any:
    for weight in net.weights:
        low = 0.5 if "variance" in weight.path else -1.0
        weight.assign(RNG.uniform(low, 1, weight.shape).astype(np.float32))
    return net
