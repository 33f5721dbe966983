"""Every layer of TensorFlow.js beside TensorFlow.js, in one run of Node: from the config
that it reads, the same output and the same three steps of training; and what it writes
is read back as the same model.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from in_node import run_node

from pywebml import layers, optimizers
from pywebml.formats.wire.words import from_keras_2, to_keras_2
from pywebml.layers.support.registry import LAYERS

pytestmark = pytest.mark.tfjs

Config = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """Layers one behind the other, (class name, config in a file's words), the first of
    them called with inputs of these shapes, a list where it takes several.

    `classes`: inputs are whole numbers below that. `train`: whether it trains in
    TensorFlow.js and the same way every time; a single layer gets a Dense before each
    input then, whose training shows its gradient. `positive`: its weights must be.
    `zeros`: the steps of each example from which on inputs are 0. `alone`: it does not
    run in a model there. `whole`: TensorFlow.js writes all of its config.
    """

    chain: Sequence[tuple[str, Config]]
    shapes: Sequence[tuple[int, ...]]
    classes: int | None = None
    train: bool = True
    positive: bool = False
    zeros: Sequence[int] = ()
    alone: bool = False
    whole: bool = True

    @property
    def name(self) -> str:
        words = ", ".join(f"{k}={v}" for k, v in self.chain[-1][1].items())
        kinds = " ".join(kind for kind, _ in self.chain)
        return f"{kinds} {words} {' '.join(map(str, self.shapes))}"

    def topology(self) -> Config:
        """The model as a file has it."""
        dtype = "float32" if self.classes is None else "int32"
        entries = [
            {
                "class_name": "InputLayer",
                "name": f"input_{i}",
                "config": {
                    "batch_input_shape": [None, *shape[1:]],
                    "dtype": dtype,
                    "name": f"input_{i}",
                },
                "inbound_nodes": [],
            }
            for i, shape in enumerate(self.shapes)
        ]
        before = [[f"input_{i}", 0, 0, {}] for i in range(len(self.shapes))]
        starts = [[entry[0], 0, 0] for entry in before]
        if len(self.chain) == 1 and self.train and self.classes is None:
            for i, shape in enumerate(self.shapes):
                name = f"dense_{i}"
                entries.append(entry("Dense", name, {"units": shape[-1]}, [before[i]]))
                before[i] = [name, 0, 0, {}]
        for i, (kind, config) in enumerate(self.chain):
            name = f"layer_{i}"
            entries.append(entry(kind, name, config, before))
            before = [[name, 0, 0, {}]]
        ends = [before[0][:3]]
        config = {"name": "model", "layers": entries, "input_layers": starts, "output_layers": ends}
        return {"class_name": "Model", "config": config}

    def inputs(self) -> list[Any]:
        rng = np.random.default_rng(len(self.name))
        arrays = []
        for shape in self.shapes:
            if self.classes is not None:
                arrays.append(rng.integers(0, self.classes, shape).astype(np.int32))
                continue
            x = rng.normal(size=shape).astype(np.float32)
            for example, step in enumerate(self.zeros):
                x[example, step:] = 0
            arrays.append(x)
        return arrays


def entry(kind: str, name: str, config: Config, before: list[Any]) -> Config:
    """A layer of a model as a file has it."""
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, "trainable": True, "dtype": "float32", **config},
        "inbound_nodes": [before],
    }


def one(kind: str, shape: tuple[int, ...], *configs: Config, **words: Any) -> list[Row]:
    """A row for each config of a layer with one input."""
    return [Row([(kind, config)], [shape], **words) for config in configs or ({},)]


def merging(
    kind: str, shapes: list[tuple[int, ...]], *configs: Config, train: bool = True
) -> list[Row]:
    return [Row([(kind, config)], shapes, train=train) for config in configs or ({},)]


SEQUENCES, PICTURES, VOLUMES = (2, 7, 3), (2, 6, 5, 3), (1, 4, 5, 4, 2)
POOLS: list[Config] = [{"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "valid"}]
PADDED: list[Config] = [
    {"pool_size": 2, "strides": 1, "padding": "same"},
    {"pool_size": 3, "strides": 2, "padding": "same"},
]


def in_lists(config: Config, rank: int) -> Config:
    """Numbers for each size as files have them."""
    return {k: [v] * rank if isinstance(v, int) else v for k, v in config.items()}


GATES: dict[str, Config] = {
    "SimpleRNN": {},
    "GRU": {"reset_after": False, "recurrent_activation": "sigmoid"},
    "LSTM": {"recurrent_activation": "sigmoid"},
}
"""Recurrent layers, with what means another thing where it is not said: TensorFlow.js has no
`reset_after`, and hard sigmoids at the gates.
"""

APART: dict[str, Any] = {"train": False, "alone": True, "whole": False}
"""For layers of preprocessing, which change the shape of the input that they are put behind."""

ROWS: list[Row] = [
    *one("Dense", (3, 4), {"units": 5}, {"units": 2, "activation": "softmax", "use_bias": False}),
    *one("Dense", (2, 3, 4), {"units": 5, "activation": "tanh"}),
    *one(
        "Activation",
        (3, 4),
        *(
            {"activation": word}
            for word in (
                "elu", "selu", "relu", "relu6", "linear", "sigmoid", "hard_sigmoid", "softplus",
                "softsign", "tanh", "softmax", "swish",
            )
        ),
    ),
    *one("Dropout", (3, 4), {"rate": 0.5}, train=False),
    *one("SpatialDropout1D", SEQUENCES, {"rate": 0.5}, train=False),
    *one("GaussianNoise", (3, 4), {"stddev": 0.5}, train=False),
    *one("GaussianDropout", (3, 4), {"rate": 0.5}, train=False),
    *one("AlphaDropout", (3, 4), {"rate": 0.5}, train=False),
    *one("Flatten", PICTURES),
    *one("Reshape", (2, 6, 4), {"target_shape": [3, 8]}, {"target_shape": [-1, 2]}),
    *one("Permute", PICTURES, {"dims": [3, 1, 2]}),
    *one("RepeatVector", (3, 4), {"n": 3}),
    *one(
        "Conv1D",
        SEQUENCES,
        *(
            {"filters": 4, "kernel_size": [3], **more}
            for more in (
                {},
                {"padding": "same", "activation": "relu"},
                {"strides": [2], "use_bias": False},
            )
        ),
    ),
    *one(
        "Conv1D", SEQUENCES, {"filters": 4, "kernel_size": [3], "dilation_rate": [2]}, train=False
    ),
    *one(
        "Conv2D",
        PICTURES,
        *(
            {"filters": 4, "kernel_size": [3, 2], **more}
            for more in (
                {},
                {"padding": "same", "activation": "relu"},
                {"strides": [2, 2], "use_bias": False},
            )
        ),
    ),
    *one(
        "Conv2D",
        PICTURES,
        {"filters": 4, "kernel_size": [3, 2], "padding": "same", "dilation_rate": [2, 2]},
        train=False,
    ),
    *one("Conv2D", (2, 3, 6, 5), {"filters": 2, "kernel_size": 3, "data_format": "channels_first"}),
    *one(
        "Conv3D",
        VOLUMES,
        {"filters": 3, "kernel_size": [2, 3, 2]},
        {"filters": 3, "kernel_size": 2, "strides": [2, 1, 2], "padding": "same"},
    ),
    *one(
        "Conv2DTranspose",
        PICTURES,
        {"filters": 4, "kernel_size": [3, 3]},
        {"filters": 4, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same"},
        {"filters": 4, "kernel_size": [2, 2], "strides": [3, 3], "activation": "relu"},
    ),
    *one(
        "Conv3DTranspose",
        VOLUMES,
        {"filters": 3, "kernel_size": [2, 2, 2], "strides": [2, 2, 2]},
        {"filters": 3, "kernel_size": [3, 3, 3], "strides": [2, 2, 2], "padding": "same"},
        train=False,
    ),
    *one(
        "SeparableConv2D",
        PICTURES,
        {"filters": 4, "kernel_size": [3, 3]},
        {"filters": 4, "kernel_size": 2, "strides": 2, "padding": "same"},
    ),
    *one(
        "SeparableConv2D",
        PICTURES,
        {"filters": 4, "kernel_size": [3, 3], "depth_multiplier": 2},
        whole=False,
    ),
    *one(
        "DepthwiseConv2D",
        PICTURES,
        {"kernel_size": [3, 3]},
        {"kernel_size": 2, "strides": 2, "padding": "same", "depth_multiplier": 2},
    ),
    *one("Cropping2D", PICTURES, {"cropping": [[1, 0], [2, 1]]}, {"cropping": [[1, 1], [1, 1]]}),
    *one("ZeroPadding2D", PICTURES, {"padding": [[1, 0], [2, 1]]}, {"padding": [[1, 1], [1, 1]]}),
    # whose gradient there is another
    *one("UpSampling2D", PICTURES, {"size": [2, 3]}, {"size": [1, 2]}, train=False),
    *(
        row
        for rank, shape in ((1, SEQUENCES), (2, PICTURES), (3, VOLUMES))
        for word in ("Max", "Average")
        for row in (
            *one(f"{word}Pooling{rank}D", shape, *(in_lists(c, rank) for c in POOLS)),
            # whose gradient of means counts the padding
            *one(
                f"{word}Pooling{rank}D",
                shape,
                *(in_lists(c, rank) for c in PADDED),
                train=word == "Max",
            ),
        )
    ),
    *one("GlobalAveragePooling1D", SEQUENCES),
    *one("GlobalMaxPooling1D", SEQUENCES),
    *one("GlobalAveragePooling2D", PICTURES, {}, {"data_format": "channels_first"}),
    *one("GlobalMaxPooling2D", PICTURES, {}, {"data_format": "channels_first"}),
    *(
        row
        for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum")
        for shapes in ([(2, 3)] * 3, [(2, 4, 3), (2, 1, 3)], [(2, 4, 3), (2, 3)])
        # extremes that are broadcast have no gradient there
        for row in merging(kind, shapes, train=kind[-3:] != "mum" or len(shapes) > 2)
    ),
    *merging("Concatenate", [(2, 4, 3), (2, 4, 2)], {}, {"axis": -1}, {"axis": 2}),
    *merging("Concatenate", [(2, 4, 3), (2, 2, 3)], {"axis": 1}),
    *merging("Dot", [(2, 4), (2, 4)], {"axes": 1}, {"axes": -1, "normalize": True}),
    *merging("Dot", [(2, 4, 3), (2, 5, 3)], {"axes": 2}, {"axes": [2, 2], "normalize": True}),
    *merging("Dot", [(2, 4, 3), (2, 3, 5)], {"axes": [2, 1]}),
    *one("BatchNormalization", (4, 3), {}, positive=True),
    *one("BatchNormalization", PICTURES, {"momentum": 0.8, "epsilon": 0.01}, positive=True),
    *one(
        "BatchNormalization", PICTURES, {"scale": False}, {"center": False},
        positive=True, train=False,
    ),
    *one("LayerNormalization", (4, 3), {}, {"epsilon": 0.1}),
    *one("LayerNormalization", (2, 4, 3), {"axis": [1, 2]}),
    *one("ELU", (3, 4)),
    *one("LeakyReLU", (3, 4), {}, {"alpha": 0.1}),
    *one("PReLU", (3, 4, 2), {}, {"shared_axes": [1]}),
    *one("ReLU", (3, 4), {}, {"max_value": 0.5}),
    *one("Softmax", (3, 4), {}),
    *one("ThresholdedReLU", (3, 4), {}, {"theta": 0.3}, train=False),
    *one("Embedding", (3, 4), {"input_dim": 6, "output_dim": 3}, classes=6),
    *(
        Row([("Masking", {}), (kind, {"units": 3, **GATES[kind]})], [(3, 5, 2)], zeros=(2, 5, 4))
        for kind in GATES
    ),
    *(
        row
        for kind in GATES
        for row in one(
            kind,
            SEQUENCES,
            *(
                {"units": 4, **GATES[kind], **more}
                for more in (
                    {},
                    {"return_sequences": True, "go_backwards": True},
                    {"use_bias": False, "activation": "relu"},
                    {"return_sequences": True, "unroll": True},
                )
            ),
        )
    ),
    *(
        row
        for kind in ("GRU", "LSTM")  # what TensorFlow.js does where it is not told
        for row in one(
            kind, SEQUENCES, {"units": 2, **GATES[kind], "recurrent_activation": "hard_sigmoid"}
        )
    ),
    *(
        row
        for kind, gates in GATES.items()
        for row in one(
            "RNN",
            SEQUENCES,
            {"cell": {"class_name": f"{kind}Cell", "config": {"units": 3, **gates}}},
        )
    ),
    *one(
        "RNN",
        SEQUENCES,
        {
            "cell": {
                "class_name": "StackedRNNCells",
                "config": {
                    "cells": [
                        {"class_name": "LSTMCell", "config": {"units": 3, **GATES["LSTM"]}},
                        {"class_name": "SimpleRNNCell", "config": {"units": 2}},
                    ]
                },
            }
        },
    ),
    *one(
        "Bidirectional",
        SEQUENCES,
        *(
            {
                "layer": {
                    "class_name": "LSTM",
                    "config": {"units": 3, "return_sequences": True, **GATES["LSTM"]},
                },
                "merge_mode": mode,
            }
            for mode in ("concat", "sum", "mul", "ave")
        ),
    ),
    *one("TimeDistributed", SEQUENCES, {"layer": {"class_name": "Dense", "config": {"units": 4}}}),
    *one(
        "TimeDistributed",
        (2, 3, 5, 4, 2),
        {"layer": {"class_name": "Conv2D", "config": {"filters": 2, "kernel_size": [2, 2]}}},
    ),
    *one(
        "ConvLSTM2D",
        (1, 3, 5, 4, 2),
        {"filters": 2, "kernel_size": [3, 3], "padding": "same", "return_sequences": True,
         **GATES["LSTM"]},
        {"filters": 2, "kernel_size": [2, 2], **GATES["LSTM"]},
    ),
    *one("Rescaling", PICTURES, {"scale": 0.5, "offset": -1.0}, train=False),
    # Which pixels it takes for another size TensorFlow.js says otherwise than Keras.
    *one("Resizing", PICTURES, {"height": 6, "width": 5}, **APART),
    *one("CenterCrop", PICTURES, {"height": 3, "width": 2}, **APART),
    *one(
        "CategoryEncoding",
        (3, 4),
        {"num_tokens": 6, "output_mode": "multi_hot"},
        {"num_tokens": 6, "output_mode": "count"},
        classes=6,
        **APART,
    ),
]  # fmt: skip


TENSORFLOW_S = [
    "InputLayer", "Dense", "Activation", "Dropout", "Flatten", "Reshape", "Permute",
    "RepeatVector", "Masking", "Embedding", "SpatialDropout1D", "Conv1D", "Conv2D", "Conv3D",
    "Conv2DTranspose", "Conv3DTranspose", "SeparableConv2D", "DepthwiseConv2D", "Cropping2D",
    "UpSampling2D", "ZeroPadding2D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D",
    "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "Add", "Average",
    "Concatenate", "Maximum", "Minimum", "Multiply", "Dot", "BatchNormalization",
    "LayerNormalization", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU",
    "SimpleRNN", "SimpleRNNCell", "GRU", "GRUCell", "LSTM", "LSTMCell", "StackedRNNCells", "RNN",
    "ConvLSTM2D", "Bidirectional", "TimeDistributed", "GaussianNoise", "GaussianDropout",
    "AlphaDropout", "Rescaling", "Resizing", "CenterCrop", "CategoryEncoding",
]  # fmt: skip
"""The classes that files of TensorFlow.js name, but for RandomWidth and ConvLSTM2DCell,
which Keras 3 has not.
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """TensorFlow.js's answer to each row, from one run of Node."""
    jobs = [
        {
            "topology": row.topology(),
            "written": written(row),
            "inputs": [x.tolist() for x in row.inputs()],
            "train": row.train,
            "positive": row.positive,
            "alone": row.alone,
        }
        for row in ROWS
    ]
    return dict(zip([row.name for row in ROWS], run_node("layers.mjs", jobs), strict=True))


def read(topology: Config) -> Any:
    """The model that a file describes so."""
    return layers.deserialize(topology["class_name"], from_keras_2(topology["config"]))


def written(row: Row) -> Config | None:
    """The model as it is written for TensorFlow.js, where it runs there."""
    if row.alone or any(kind not in LAYERS for kind, _ in row.chain):
        return None
    return to_keras_2(layers.serialize(read(row.topology())))  # type: ignore[no-any-return]


def check(row: Row, answer: Config) -> None:
    """TensorFlow.js's numbers, from the config that both read and from those that each
    writes, and its training.
    """
    assert "error" not in answer, answer["error"]
    inputs = row.inputs()
    x = inputs[0] if len(inputs) == 1 else inputs
    weights = [np.array(w, np.float32) for w in answer["weights"]]
    for topology in (row.topology(), answer["topology"])[: 1 + row.whole]:
        model = read(topology)
        assert [w.shape for w in weights] == [tuple(w.shape) for w in model.weights]
        model.set_weights(weights)
        np.testing.assert_allclose(
            model.predict(x).numpy(), np.array(answer["output"]), rtol=1e-4, atol=1e-5
        )
    if not row.alone:
        np.testing.assert_allclose(
            np.array(answer["again"]), np.array(answer["output"]), rtol=1e-5, atol=1e-6
        )
    if row.train:
        model.compile(optimizers.SGD(0.05), "mse")
        target = np.array(answer["target"], np.float32)
        losses = [model.train_on_batch_sync(x, target) for _ in answer["losses"]]
        np.testing.assert_allclose(losses, answer["losses"], rtol=1e-4, atol=1e-6)
        for weight, theirs in zip(model.weights, answer["trained"], strict=True):
            np.testing.assert_allclose(
                weight.numpy(), theirs, rtol=1e-3, atol=1e-5, err_msg=weight.path
            )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_layer_beside_tensorflow_js(answers: Any, row: Row) -> None:
    absent = [kind for kind, _ in row.chain if kind not in LAYERS]
    if absent:
        pytest.skip(f"no layer {absent[0]} yet")
    check(row, answers[row.name])


def test_every_layer_of_tensorflow_js_has_a_row() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    written = json.dumps([row.topology() for row in ROWS])
    assert [name for name in TENSORFLOW_S if f'"{name}"' not in written] == []
