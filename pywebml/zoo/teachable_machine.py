"""What was taught on an extractor as an image project of Teachable Machine: the whole
network, from pictures to classes, as one layers model that its library and
`tf.loadLayersModel` run. Needs no NumPy, which a browser tab may not have.

Its library gives a model t = x / 127 - 1 for each byte x. An extractor wants
x * scale + offset, which is t * 127 * scale + (127 * scale + offset). A convolution of
one pixel in front does that, and swaps red and blue where they are to be. It could not
be folded into the network's first convolution: that pads its picture with zeros, which
mean another colour before the step than behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import layers as L
from ..formats.layers_models import stored_model, unset_model
from ..formats.teachable_machine import METADATA, MIDDLE, metadata_of
from ..formats.wire import tfjs
from ..host.json_data import json_bytes
from ..models import Model
from ..models.weights import short_name
from .extractor import Extractor, Preprocess
from .folding import flat_config
from .front import with_front

FRONT = "from_teachable_machine"


async def teachable_machine_files(
    extractor: Extractor, head: Model, labels: Sequence[str], fit: str = "crop", name: str = ""
) -> dict[str, bytes]:
    """{"model.json", "weights.bin", "metadata.json"} of an extractor and a head that
    was taught on its features. `fit`: how pictures were looked at; `name`: the model's.

    ValueError where Teachable Machine cannot look at pictures in that way: it takes the
    middle square.
    """
    height, width = extractor.input_size
    if fit != "crop" or height != width:
        raise ValueError(
            "Teachable Machine looks at the middle square of a picture, but this was taught on"
            f" pictures squashed to {height} x {width}; teach with --fit crop"
        )
    features = extractor.model.output
    flat = L.Flatten(name="flat_features")(features) if len(features.shape) > 2 else features
    whole = Model(extractor.model.input, head(flat), name="teachable_machine")
    weights = {short_name(weight.path): weight for weight in whole.weights}
    config = _padded(flat_config(whole))
    config, front = _from_bytes(config, extractor.preprocess)
    model = unset_model({"class_name": "Model", "config": config})
    values = []
    for weight in model.weights:
        path = short_name(weight.path)
        values.append(front[path].plain() if path in front else await weights[path].data())
    about = metadata_of(labels, height, name or "untitled")
    return {
        **tfjs.write(stored_model(model, values)),
        METADATA: json_bytes(about, None),
    }


def _from_bytes(
    config: dict[str, Any], preprocess: Preprocess
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The network with a layer in front that gives it what it takes, and that layer's
    weights; as it is, without any, where it takes what Teachable Machine gives.
    """
    scales = [MIDDLE * scale for scale in preprocess.scale]
    bias = [scale + offset for scale, offset in zip(scales, preprocess.offset, strict=True)]
    channels = (2, 1, 0) if preprocess.order == "bgr" else (0, 1, 2)
    mix = [[scales[to] if channels[to] == of else 0.0 for to in range(3)] for of in range(3)]
    same = [[float(of == to) for to in range(3)] for of in range(3)]
    if mix == same and not any(bias):
        return config, {}
    return with_front(config, mix, bias, FRONT)


def _padded(config: dict[str, Any]) -> dict[str, Any]:
    """A config with layers of its own for zeros around pictures, in place of numbers in
    a convolution's `padding`, which `fold_config` puts there and TensorFlow.js lacks.
    """
    layers = {entry["name"]: entry for entry in config["layers"]}
    for entry in config["layers"]:
        padding = entry["config"].get("padding")
        if entry["class_name"] not in ("Conv2D", "DepthwiseConv2D") or isinstance(padding, str):
            continue
        before = layers[entry["inbound_nodes"][0][0][0]]
        before["class_name"] = "ZeroPadding2D"
        before["config"] = {"name": before["name"], "padding": padding}
        entry["config"] = {**entry["config"], "padding": "valid"}
    return config
