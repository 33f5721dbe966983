"""A layer in front of a network that takes its pictures in another form: a convolution
of one pixel, which mixes channels. Needs no NumPy, which a browser tab may not have.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from ..formats.teachable_machine import GREY
from ..formats.wire.stored import Weight

Mix = Sequence[Sequence[float]]
"""A row for each of the channels red, green and blue: what of it goes into each channel
of the network's input."""
TO_GREY = [[share] for share in GREY]
"""Of values in -1 to 1 the grey one needs this more, as the shares don't sum up to 1."""
GREY_BIAS = sum(GREY) - 1


def with_front(
    config: Mapping[str, Any], mix: Mix, bias: Sequence[float], name: str
) -> tuple[dict[str, Any], dict[str, Weight]]:
    """A functional model's config whose input has red, green and blue, and goes through
    a layer of this name first: picture @ mix + bias; and that layer's weights.

    ValueError where the network has another number of channels, or several inputs.
    """
    layers = [dict(entry) for entry in config["layers"]]
    inputs = [entry for entry in layers if entry["class_name"] == "InputLayer"]
    shape: Sequence[Any] = inputs[0]["config"]["batch_input_shape"] if len(inputs) == 1 else ()
    if len(shape) != 4 or shape[3] != len(bias):
        raise ValueError(
            f"expected one input of pictures with {len(bias)} channels, got {len(inputs)} inputs,"
            f" the first of shape {shape}"
        )
    (start,) = inputs
    for entry in layers:
        entry["inbound_nodes"] = [
            [[name, 0, 0, *of[3:]] if of[0] == start["name"] else of for of in call]
            for call in entry["inbound_nodes"]
        ]
    start["config"] = {**start["config"], "batch_input_shape": [*shape[:3], len(mix)]}
    layer = {
        "class_name": "Conv2D",
        "name": name,
        "config": {
            "name": name,
            "filters": len(bias),
            "kernel_size": [1, 1],
            "kernel_initializer": {"class_name": "Zeros", "config": {}},
        },
        "inbound_nodes": [[[start["name"], 0, 0, {}]]],
    }
    layers.insert(layers.index(start) + 1, layer)
    kernel = _weight([value for row in mix for value in row], (1, 1, len(mix), len(bias)))
    weights = {f"{name}/kernel": kernel, f"{name}/bias": _weight(bias, (len(bias),))}
    return {**config, "layers": layers}, weights


def greyed(
    config: Mapping[str, Any], weights: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A network of grey pictures, -1 to 1, as one that takes coloured ones."""
    config, front = with_front(config, TO_GREY, [GREY_BIAS], "grey")
    return config, {**weights, **front}


def _weight(values: Sequence[float], shape: tuple[int, ...]) -> Weight:
    return Weight(shape, "float32", array("f", values).tobytes())
