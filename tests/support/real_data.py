"""Third parties' models and photos, where they are at hand, and what stands in for them
in a clone without.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from hosts import ROOT

from pywebml import Input, Model, layers
from pywebml.formats.layers_models import layers_model_files
from pywebml.host.stores.folders import write_files


def real_data(name: str) -> Path | None:
    """A file or folder in $PYWEBML_TEST_DATA or ../shared/data; None where it is not."""
    path = Path(os.environ.get("PYWEBML_TEST_DATA", ROOT.parent / "shared" / "data")) / name
    return path.resolve() if path.exists() else None


def drawn_weights(model: Model, seed: int = 0) -> Model:
    """The model with weights that keep the size of what goes through it."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        kind = weight.name.rpartition("/")[2]
        if "kernel" in kind:
            fan = np.prod(weight.shape[:2] if "depthwise" in kind else weight.shape[:-1])
            value = rng.normal(size=weight.shape) * np.sqrt(2 / fan)
        elif kind in ("gamma", "moving_variance"):
            value = rng.uniform(0.8, 1.2, weight.shape)
        else:
            value = rng.normal(size=weight.shape) * 0.1
        weight.assign(value.astype(np.float32))
    return model


def mobilenet_v1_architecture(classes: int = 1000) -> Model:
    """MobileNet v1 0.25, layers named as in Keras 2.1."""
    x = picture = Input((224, 224, 3), name="input_1")

    def normalised(x: Any, name: str) -> Any:
        x = layers.BatchNormalization(name=f"{name}_bn")(x)
        return layers.ReLU(6.0, name=f"{name}_relu")(x)

    x = layers.Conv2D(8, 3, 2, "same", use_bias=False, name="conv1")(x)
    x = normalised(x, "conv1")
    for i, filters in enumerate((16, 32, 32, 64, 64, *[128] * 6, 256, 256), 1):
        strides = 2 if i in (2, 4, 6, 12) else 1
        x = layers.DepthwiseConv2D(3, strides, "same", use_bias=False, name=f"conv_dw_{i}")(x)
        x = normalised(x, f"conv_dw_{i}")
        x = layers.Conv2D(filters, 1, use_bias=False, name=f"conv_pw_{i}")(x)
        x = normalised(x, f"conv_pw_{i}")
    x = layers.GlobalAveragePooling2D(name="global_average_pooling2d_1")(x)
    x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return Model(picture, x, name="mobilenet_0.25_224")


def write_mobilenet(folder: Path) -> Path:
    """A stand-in for the TensorFlow.js layers model of MobileNet: the same layers with
    drawn weights, a shard per weight, as Google keeps it.
    """
    files = layers_model_files(drawn_weights(mobilenet_v1_architecture()))
    document = json.loads(files["model.json"])
    data, at, shards, groups = files["weights.bin"], 0, {}, []
    for number, entry in enumerate(document["weightsManifest"][0]["weights"], 1):
        end = at + 4 * int(np.prod(entry["shape"]))
        name = f"group{number}-shard1of1"
        shards[name], at = data[at:end], end
        groups.append({"paths": [name], "weights": [entry]})
    document["weightsManifest"] = groups
    return write_files(folder, {"model.json": json.dumps(document).encode(), **shards})
