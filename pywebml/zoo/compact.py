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
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..core.tensor import tensor
from ..formats.layers_models import topology_of, unset_model
from ..formats.wire import tfjs
from ..formats.wire.stored import Quantization, Stored, Topology, Weight
from ..host.files import FormatError
from ..host.stores.folders import AtHand, Folder, Memory, Zip
from ..host.waiting import at_once
from ..models.weights import short_name
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
    values = {short_name(w.path): w.numpy() for w in extractor.model.weights}
    weights: dict[str, Weight] = {}
    for conv, after in _pairs(config["layers"]):
        kernel_name = f"{conv['name']}/{_KERNELS[conv['class_name']]}"
        kernel, bias = values.pop(kernel_name), values.pop(f"{conv['name']}/bias")
        depthwise = conv["class_name"] == "DepthwiseConv2D"
        largest = np.abs(kernel).max(axis=(0, 1) if depthwise else (0, 1, 2))
        largest = np.where(largest > 0, largest, 1)
        steps = np.rint(kernel / largest * STEPS) + STEPS
        weights[kernel_name] = Weight.of(steps, "uint8")._replace(
            dtype="float32", quantization=Quantization("uint8", 1 / STEPS, -1.0)
        )
        norm = {
            "gamma": largest.reshape(-1),
            "beta": bias,
            "moving_mean": np.zeros(bias.size),
            "moving_variance": np.full(bias.size, 1 - EPSILON),
        }
        for part, value in norm.items():
            weights[f"{after['name']}/{part}"] = Weight.of(value, "float32")
        conv["config"]["use_bias"] = False
        after["class_name"] = "BatchNormalization"
        after["config"] = {"name": after["name"], "trainable": False, "axis": 3, "epsilon": EPSILON}
    weights |= {name: Weight.of(value, "float32") for name, value in values.items()}
    about = extractor.describe() | {
        "format": FORMAT,
        "folder": None,
        "learning_rate": extractor.learning_rate,
    }
    topology = Topology(
        "keras", {"class_name": "Model", "config": config, "keras_version": "2.1.6"}
    )
    return tfjs.write(Stored(topology, weights, {"userDefinedMetadata": about}))


def load_compact(files: Folder | Zip | Mapping[str, bytes]) -> Extractor:
    """The extractor of `compact_files`. FormatError where the files are no such
    extractor or not whole.
    """
    at_hand = AtHand(Memory(files) if isinstance(files, Mapping) else files)
    try:
        stored = at_once(tfjs.read(at_hand))
    except FormatError as e:
        raise FormatError(f"not a compact extractor of pywebml: {e}") from None
    about = stored.metadata.get("userDefinedMetadata")
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise FormatError(
            "model.json is not a compact extractor of pywebml: its 'userDefinedMetadata' is"
            f" {str(about)[:80]}, expected the format {FORMAT!r}"
        )
    config = topology_of(stored)["config"]
    weights = dict(stored.weights)
    scaled: dict[str, tuple[str, Any]] = {}
    for conv, after in _pairs(config["layers"]):
        conv["config"]["use_bias"] = True
        weights[f"{conv['name']}/bias"] = weights.pop(f"{after['name']}/beta")
        factor = weights.pop(f"{after['name']}/gamma").decoded()
        scaled[f"{conv['name']}/{_KERNELS[conv['class_name']]}"] = (conv["class_name"], factor)
        for part in ("moving_mean", "moving_variance"):
            del weights[f"{after['name']}/{part}"]
        after["class_name"], after["config"] = (
            "Activation",
            {
                "name": after["name"],
                "activation": "linear",
                "trainable": False,
            },
        )
    model = unset_model({"class_name": "Model", "config": config})
    for weight in model.weights:
        name = short_name(weight.path)
        if name not in weights:
            raise FormatError(f"the compact extractor has no value for weight {name!r}")
        value = tensor(weights.pop(name).decoded(), dtype="float32")
        if name in scaled:
            kind, factor = scaled[name]
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
