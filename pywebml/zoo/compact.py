"""An extractor in a quarter of its bytes, for the page: a TensorFlow.js layers model
with kernels of 8 bits.

One scale for a whole kernel would not do: channels of a folded network differ by orders
of magnitude. So each output channel is divided by its largest magnitude before it is
rounded to 255 steps, and the batch norm behind the convolution multiplies by that
again, and adds the bias. TensorFlow.js runs the file as it is. `load_compact`
multiplies the kernels once, on the device, and needs no NumPy, which a browser tab has
not loaded when it starts.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..formats.layers_models import plain_group
from ..host.stores.folders import Folder, Zip
from .extractor import Extractor, Preprocess

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

FORMAT = "pywebml-extractor"
EPSILON = 1e-3  # of the batch norms, whose variance is 1 - EPSILON
STEPS = 127
_KERNELS = {"Conv2D": "kernel", "DepthwiseConv2D": "depthwise_kernel"}


def compact_files(extractor: Extractor) -> dict[str, bytes]:
    """{"model.json", "weights.bin"}: the extractor up to its features. Reads the
    weights back.
    """
    config = copy.deepcopy(extractor.model.get_config())
    values = {w.name: w.numpy() for w in extractor.model.weights}
    entries: list[dict[str, Any]] = []
    chunks: list[bytes] = []

    def keep(name: str, value: np.ndarray, quantization: dict[str, Any] | None = None) -> None:
        entry = {"name": name, "shape": list(value.shape), "dtype": "float32"}
        entries.append(entry | ({"quantization": quantization} if quantization else {}))
        chunks.append(value.astype(np.uint8 if quantization else "<f4").tobytes())

    for conv, after in _pairs(config["layers"]):
        name = conv["name"]
        kernel = values.pop(f"{name}/{_KERNELS[conv['class_name']]}")
        depthwise = conv["class_name"] == "DepthwiseConv2D"
        largest = np.abs(kernel).max(axis=(0, 1) if depthwise else (0, 1, 2))
        largest = np.where(largest > 0, largest, 1)
        steps = np.rint(kernel / largest * STEPS) + STEPS
        keep(
            f"{name}/{_KERNELS[conv['class_name']]}",
            steps,
            {"dtype": "uint8", "scale": 1 / STEPS, "min": -1.0},
        )
        bias = values.pop(f"{name}/bias")
        for part, value in (
            ("gamma", largest.reshape(-1)),
            ("beta", bias),
            ("moving_mean", np.zeros(bias.size)),
            ("moving_variance", np.full(bias.size, 1 - EPSILON)),
        ):
            keep(f"{after['name']}/{part}", value)
        conv["config"]["use_bias"] = False
        after["class_name"] = "BatchNormalization"
        after["config"] = {"name": after["name"], "trainable": False, "axis": 3, "epsilon": EPSILON}
    for name, value in values.items():
        keep(name, value)
    about = extractor.describe() | {
        "format": FORMAT,
        "folder": None,
        "learning_rate": extractor.learning_rate,
    }
    document = {
        "format": "layers-model",
        "generatedBy": "pywebml",
        "convertedBy": None,
        "userDefinedMetadata": about,
        "modelTopology": {
            "class_name": "Model",
            "config": config,
            "keras_version": "2.1.6",
            "backend": "tensor_flow.js",
        },
        "weightsManifest": [{"paths": ["weights.bin"], "weights": entries}],
    }
    return {
        "model.json": json.dumps(document, separators=(",", ":")).encode(),
        "weights.bin": b"".join(chunks),
    }


def load_compact(files: Folder | Zip | Mapping[str, bytes]) -> Extractor:
    """The extractor of `compact_files`. ValueError where the files are no such
    extractor or not whole.
    """
    from ..core.tensor import tensor
    from ..models import model_from_config

    read = files.__getitem__ if isinstance(files, Mapping) else files.read
    document = json.loads(read("model.json"))
    about = document.get("userDefinedMetadata") or {}
    if about.get("format") != FORMAT:
        raise ValueError(
            "model.json is not a compact extractor of pywebml: its format is"
            f" {about.get('format')!r}, expected {FORMAT!r}"
        )
    config = document["modelTopology"]["config"]
    stored: dict[str, Any] = plain_group(
        document["weightsManifest"][0]["weights"], read("weights.bin"), "weights.bin"
    )
    scaled: dict[str, tuple[str, Any]] = {}
    for conv, after in _pairs(config["layers"]):
        conv["config"]["use_bias"] = True
        stored[f"{conv['name']}/bias"] = stored.pop(f"{after['name']}/beta")
        factor = stored.pop(f"{after['name']}/gamma")
        scaled[f"{conv['name']}/{_KERNELS[conv['class_name']]}"] = (conv["class_name"], factor)
        for part in ("moving_mean", "moving_variance"):
            del stored[f"{after['name']}/{part}"]
        after["class_name"], after["config"] = (
            "Activation",
            {
                "name": after["name"],
                "activation": "linear",
                "trainable": False,
            },
        )
    model = model_from_config({"class_name": "Model", "config": config})
    for weight in model.weights:
        if weight.name not in stored:
            raise ValueError(f"the compact extractor has no value for weight {weight.name!r}")
        value = tensor(stored.pop(weight.name), dtype="float32")
        if weight.name in scaled:
            kind, factor = scaled[weight.name]
            shape = weight.shape[-2:] if kind == "DepthwiseConv2D" else weight.shape[-1:]
            value = value * tensor(factor, shape, "float32")
        weight.assign(value)
    p = about["preprocess"]
    preprocess = Preprocess(tuple(p["scale"]), tuple(p["offset"]), p["order"])
    return Extractor(
        about["name"],
        model,
        about["layer"],
        preprocess,
        about["learning_rate"],
        about["weights_sha256"],
    )


def _pairs(layers: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(convolution, the layer that was its batch norm) for each folded one; layers of a
    config.
    """
    by_name = {entry["name"]: entry for entry in layers}
    for entry in layers:
        linear = (
            entry["class_name"] == "Activation" and entry["config"].get("activation") == "linear"
        )
        if linear or entry["class_name"] == "BatchNormalization":
            before = by_name[entry["inbound_nodes"][0][0][0]]
            if before["class_name"] in _KERNELS:
                yield before, entry
