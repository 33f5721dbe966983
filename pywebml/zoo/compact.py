"""An extractor in a quarter of its bytes, for the page: a TensorFlow.js layers model
with kernels of 8 bits. What makes classes of its features is a second one, for who
wants to know them.

One scale for a whole kernel would not do: channels of a folded network differ by orders
of magnitude. So each output channel is divided by its largest magnitude before it is
rounded to 255 steps, and the batch norm behind the convolution multiplies by that
again, and adds the bias. TensorFlow.js runs the file as it is. `load_compact`
multiplies the kernels once, on the device, and needs no NumPy, which a browser tab has
not loaded when it starts.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .. import layers as L
from ..core.tensor import tensor
from ..formats.layers_models import topology_of, unset_model
from ..formats.wire import tfjs
from ..formats.wire.stored import Quantization, Stored, Topology, Weight
from ..host.files import FormatError, refused
from ..host.stores.folders import AtHand, Folder, Memory, Zip
from ..host.waiting import at_once
from ..models import Model
from ..models.weights import short_name
from .extractor import Extractor, Preprocess
from .folding import fold_batch_norm

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

FORMAT = "pywebml-extractor"
CLASSES = "pywebml-classes"
EPSILON = 1e-3  # of the batch norms, whose variance is 1 - EPSILON
STEPS = 127
_KERNELS = {"Conv2D": "kernel", "DepthwiseConv2D": "depthwise_kernel", "Dense": "kernel"}


def compact_files(extractor: Extractor) -> dict[str, bytes]:
    """{"model.json", "weights.bin"}: the extractor up to its features. Reads the
    weights back.
    """
    about = {"format": FORMAT, "folder": None, "learning_rate": extractor.learning_rate}
    return _packed(extractor.model, extractor.describe() | about)


def class_files(extractor: Extractor) -> dict[str, bytes]:
    """{"model.json", "weights.bin"}: from the features to the classes, with their
    names. ValueError where that is more than a dense layer with a softmax.
    """
    last = extractor.classifier.layers[-1]
    if not isinstance(last, L.Dense) or last.split_activation() != "softmax":
        raise ValueError(
            f"{extractor.name} ends in {type(last).__name__} {last.name!r}; expected a Dense layer"
            " with a softmax"
        )
    features = L.Input((extractor.features,))
    dense = L.Dense(last.units, name="scores")
    scaled = L.Activation("linear", name="scaled")(dense(features))
    head = Model(features, L.Activation("softmax", name="probabilities")(scaled))
    for mine, value in zip(dense.weights, last.weights, strict=True):
        mine.assign(value)
    labels = list(extractor.classes or map(str, range(last.units)))
    whose = {"weights_sha256": extractor.weights_sha256}
    return _packed(head, {"format": CLASSES, "labels": labels, **whose})


def load_compact(files: Folder | Zip | Mapping[str, bytes]) -> Extractor:
    """The extractor of `compact_files`. FormatError where the files are no such
    extractor or not whole.
    """
    model, about = _unpacked(files, FORMAT, "extractor")
    with refused("what model.json says of the extractor"):
        p = about["preprocess"]
        scale, offset = (tuple(map(float, p[name])) for name in ("scale", "offset"))
        if len(scale) != 3 or len(offset) != 3 or p["order"] not in ("rgb", "bgr"):
            raise FormatError(f"no pictures are prepared so: {str(p)[:80]}")
        return Extractor(
            str(about["name"]),
            model,
            str(about["layer"]),
            Preprocess(scale, offset, p["order"]),
            float(about["learning_rate"]),
            str(about["weights_sha256"]),
            classifies=False,
        )


def with_classes(extractor: Extractor, files: Folder | Zip | Mapping[str, bytes]) -> Extractor:
    """An extractor of `load_compact` that goes on to the classes of `class_files`.
    FormatError where the files are none, not whole, or those of another network.
    """
    head, about = _unpacked(files, CLASSES, "list of classes")
    if about.get("weights_sha256") != extractor.weights_sha256:
        raise FormatError(f"the classes are not those of {extractor.name}; build the page anew")
    labels = tuple(map(str, about["labels"]))
    dense = L.Dense(len(labels), "softmax", kernel_initializer="zeros", name="predictions")
    classifier = Model(extractor.model.input, dense(extractor.model.output), name=extractor.name)
    for mine, value in zip(dense.weights, head.weights, strict=True):
        mine.assign(value)
    return Extractor(
        extractor.name,
        classifier,
        extractor.layer,
        extractor.preprocess,
        extractor.learning_rate,
        extractor.weights_sha256,
        labels,
    )


def in_eight_bits(model: Model) -> Stored:
    """A model as data: its batch norms folded, kernels before them in bytes, and their
    scales, one per channel, in batch norms again. Other weights are whole.

    ValueError where it is no plain graph of layers, or a kernel is read twice.
    """
    folded = fold_batch_norm(model)
    config = folded.get_config()
    if "input_layers" not in config:
        raise ValueError(f"{model.name} is no plain graph of layers, so nothing is folded in it")
    ends = [end[0] for end in config["output_layers"]]
    readers = Counter(
        [r[0] for e in config["layers"] for call in e["inbound_nodes"] for r in call] + ends
    )
    for before, after in _pairs(config["layers"]):
        about = before["config"]
        linear = about.get("activation") in (None, "linear") and about.get("use_bias", True)
        if after["class_name"] != "Activation" or not linear or readers[before["name"]] > 1:
            raise ValueError(f"layer {after['name']!r} cannot be folded into {before['name']!r}")
    return _stored(folded, {})


def _packed(model: Model, about: Mapping[str, Any]) -> dict[str, bytes]:
    """A model as files, `about` among its metadata."""
    return tfjs.write(_stored(model, about))


def _stored(model: Model, about: Mapping[str, Any]) -> Stored:
    """A model as data, `about` among its metadata."""
    config = copy.deepcopy(model.get_config())
    values = {short_name(w.path): w.numpy() for w in model.weights}
    weights: dict[str, Weight] = {}
    for layer, after in _pairs(config["layers"]):
        kernel_name = f"{layer['name']}/{_KERNELS[layer['class_name']]}"
        kernel, bias = values.pop(kernel_name), values.pop(f"{layer['name']}/bias")
        apart = 2 if layer["class_name"] == "DepthwiseConv2D" else 1  # axes of outputs
        largest = np.abs(kernel).max(axis=tuple(range(kernel.ndim - apart)))
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
        layer["config"]["use_bias"] = False
        after["class_name"] = "BatchNormalization"
        axis = 1 if layer["class_name"] == "Dense" else 3
        about_norm = {"name": after["name"], "trainable": False, "axis": axis}
        after["config"] = {**about_norm, "epsilon": EPSILON}
    weights |= {name: Weight.of(value, "float32") for name, value in values.items()}
    topology = Topology(
        "keras", {"class_name": "Model", "config": config, "keras_version": "2.1.6"}
    )
    return Stored(topology, weights, {"userDefinedMetadata": dict(about)})


def _unpacked(
    files: Folder | Zip | Mapping[str, bytes], kind: str, what: str
) -> tuple[Model, dict[str, Any]]:
    """The model of `_packed`, and what it was said to be."""
    at_hand = AtHand(Memory(files) if isinstance(files, Mapping) else files)
    try:
        stored = at_once(tfjs.read(at_hand))
    except FormatError as e:
        raise FormatError(f"not a compact {what} of pywebml: {e}") from None
    about = stored.metadata.get("userDefinedMetadata")
    if not isinstance(about, dict) or about.get("format") != kind:
        raise FormatError(
            f"model.json is not a compact {what} of pywebml: its 'userDefinedMetadata' is"
            f" {str(about)[:80]}, expected the format {kind!r}"
        )
    with refused(f"the compact {what}"):
        return _widened(stored), about


def _widened(stored: Stored) -> Model:
    """The model with its kernels in 32 bits, and biases in place of batch norms."""
    config = topology_of(stored)["config"]
    weights = dict(stored.weights)
    scaled: dict[str, tuple[str, Any]] = {}
    for layer, after in _pairs(config["layers"]):
        layer["config"]["use_bias"] = True
        weights[f"{layer['name']}/bias"] = weights.pop(f"{after['name']}/beta")
        factor = weights.pop(f"{after['name']}/gamma").decoded()
        scaled[f"{layer['name']}/{_KERNELS[layer['class_name']]}"] = (layer["class_name"], factor)
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
            raise FormatError(f"it has no value for weight {name!r}")
        value = tensor(weights.pop(name).decoded(), dtype="float32")
        if name in scaled:
            kind_of_layer, factor = scaled[name]
            shape = weight.shape[-2 if kind_of_layer == "DepthwiseConv2D" else -1 :]
            value = value * tensor(factor, shape, "float32")
        weight.assign(value)
    return model


def _pairs(layers: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(convolution or dense layer, the layer that was its batch norm) for each folded
    one; layers of a config.
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
