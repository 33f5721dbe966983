"""Batch normalisation folded into the convolution before it: one kernel instead of two
when a frozen network runs.

At inference a batch norm is y = x * f + (beta - mean * f) with f = gamma /
sqrt(variance + epsilon), a factor and a shift for each channel. The convolution before
it takes both: kernel * f, bias * f + shift.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..formats.layers_models import build_model
from ..layers.base import Layer
from ..layers.inputs import InputLayer
from ..models import Model
from ..models.graph_config import first_number, graph_config
from ..models.weights import weight_names

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

_ZEROS = {"class_name": "Zeros", "config": {}}
_KERNELS = {"Conv2D": "kernel", "DepthwiseConv2D": "depthwise_kernel", "Dense": "kernel"}
_PADDED = ("Conv2D", "DepthwiseConv2D")


def fold_batch_norm(model: Model) -> Model:
    """A model with new weights that computes what `model` computes at inference, its
    batch norms folded where they can be.

    A batch norm right behind a convolution (or dense layer) of linear activation, that
    nothing else reads, becomes an Activation("linear") of the same name: every layer
    keeps its name and its output, so the model can still be cut at any of them, except
    that the convolution's own output is now what came after the batch norm. Models
    inside the model are taken apart into their layers. Zero padding that only a
    convolution of "valid" padding reads becomes that convolution's own, and a layer
    that passes on what it is given. Where two layers have one name, as models inside
    may, or calls have further arguments, nothing is folded.
    """
    names = [layer.name for layer in _leaves(model)]
    plain = all(node.is_plain for node in model.graph.nodes if node.inputs)
    if len(set(names)) < len(names) or not plain:
        return model.astype("float32")
    weights = dict(zip(weight_names(model), model.get_weights(), strict=True))
    config, weights = fold_config(flat_config(model), weights)
    return build_model({"class_name": "Model", "config": config}, weights)


def flat_config(model: Model) -> dict[str, Any]:
    """The config of a functional model with the layers of `model` and of all models
    inside it.

    ValueError where a model inside is used at several places.
    """
    config = graph_config(model.graph, model.ends)
    layers = {layer.name: layer for layer in model.layers}
    entries: list[dict[str, Any]] = []
    # what to read in place of an inner model's output
    outputs: dict[tuple[Any, ...], list[Any]] = {}

    def rewritten(calls: list[Any], instead: Mapping[tuple[Any, ...], list[Any]]) -> list[Any]:
        return [[[*instead.get(tuple(r[:3]), r[:3]), {}] for r in call] for call in calls]

    for entry in config["layers"]:
        entry = {**entry, "inbound_nodes": rewritten(entry["inbound_nodes"], outputs)}
        inner = layers.get(entry["name"])
        if not isinstance(inner, Model):
            entries.append(entry)
            continue
        if len(entry["inbound_nodes"]) != 1:
            raise ValueError(
                f"model {entry['name']!r} is used at {len(entry['inbound_nodes'])} places and"
                " cannot be taken apart"
            )
        inside = flat_config(inner)
        starts = {
            tuple(s): r[:3]
            for s, r in zip(inside["input_layers"], entry["inbound_nodes"][0], strict=True)
        }
        for e in inside["layers"]:
            if e["class_name"] != "InputLayer":
                entries.append({**e, "inbound_nodes": rewritten(e["inbound_nodes"], starts)})
        for i, end in enumerate(inside["output_layers"]):
            outputs[entry["name"], first_number(inner), i] = starts.get(tuple(end), end)
    ends = [list(outputs.get(tuple(r), r)) for r in config["output_layers"]]
    return {**config, "layers": entries, "output_layers": ends}


def _leaves(model: Model) -> list[Layer]:
    """The layers of a model and of all models inside it, without the inputs of those."""
    leaves: list[Layer] = []
    for layer in model.graph.layers:
        if isinstance(layer, Model):
            leaves += [leaf for leaf in _leaves(layer) if not isinstance(leaf, InputLayer)]
        else:
            leaves.append(layer)
    return leaves


def fold_config(
    config: Mapping[str, Any], weights: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """`fold_batch_norm` on a functional model's config and its weights by name
    ("layer/kernel"); both come back as copies.

    Initialisers become zeros: the weights are there already, and drawing millions of
    random numbers takes a while.
    """
    folded, weights = copy.deepcopy(dict(config)), dict(weights)
    layers = {entry["name"]: entry for entry in folded["layers"]}
    readers: dict[str, int] = {}
    for entry in folded["layers"]:
        for call in entry["inbound_nodes"]:
            for reference in call:
                readers[reference[0]] = readers.get(reference[0], 0) + 1
    for reference in _references(folded["output_layers"]):
        readers[reference[0]] = readers.get(reference[0], 0) + 1
    for entry in folded["layers"]:
        settings = entry["config"]
        for key in settings:
            if key.endswith("_initializer") and settings[key] is not None:
                settings[key] = _ZEROS
        if len(entry["inbound_nodes"]) != 1:
            continue
        before = layers[entry["inbound_nodes"][0][0][0]]
        if len(before["inbound_nodes"]) != 1 or readers[before["name"]] != 1:
            continue
        if entry["class_name"] == "BatchNormalization" and before["class_name"] in _KERNELS:
            if before["config"].get("activation") in (None, "linear"):
                _fold(before, entry, weights)
                before["config"]["use_bias"] = True
                _pass_on(entry)
        elif (
            entry["class_name"] in _PADDED
            and settings.get("padding", "valid") == "valid"
            and before["class_name"] == "ZeroPadding2D"
        ):
            settings["padding"] = before["config"]["padding"]
            _pass_on(before)
    return folded, weights


def _pass_on(entry: dict[str, Any]) -> None:
    """Makes a layer of a config one that gives what it is given."""
    entry["class_name"], entry["config"] = (
        "Activation",
        {
            "name": entry["name"],
            "activation": "linear",
            "trainable": False,
        },
    )


def _fold(before: dict[str, Any], norm: dict[str, Any], weights: dict[str, np.ndarray]) -> None:
    """Moves the batch norm's four weights into the kernel and bias of the layer before
    it. In float64, rounded once.
    """

    def take(name: str) -> np.ndarray | None:
        value = weights.pop(f"{norm['name']}/{name}", None)
        return None if value is None else value.astype(np.float64)

    gamma, beta, mean, variance = (
        take(n) for n in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    if mean is None or variance is None:
        raise ValueError(f"batch norm {norm['name']!r} has no moving_mean and moving_variance")
    factor = (1.0 if gamma is None else gamma) / np.sqrt(
        variance + norm["config"].get("epsilon", 1e-3)
    )
    kernel_name, bias_name = (
        f"{before['name']}/{_KERNELS[before['class_name']]}",
        f"{before['name']}/bias",
    )
    if kernel_name not in weights:
        raise ValueError(f"no value for weight {kernel_name!r}")
    kernel = weights[kernel_name].astype(np.float64)
    # A depthwise kernel is [height, width, channels, multiplier]; its outputs are
    # channel by channel, multiplier fastest.
    scale = (
        factor.reshape(kernel.shape[-2:]) if before["class_name"] == "DepthwiseConv2D" else factor
    )
    bias = weights.get(bias_name, np.zeros(1)).astype(np.float64)
    weights[kernel_name] = (kernel * scale).astype(np.float32)
    weights[bias_name] = ((bias - mean) * factor + (0.0 if beta is None else beta)).astype(
        np.float32
    )


def _references(value: list[Any]) -> list[list[Any]]:
    return [value] if value and isinstance(value[0], str) else value
