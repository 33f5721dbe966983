"""Calls of layers in a graph, as Keras 3 writes them."""

from __future__ import annotations

import inspect
from typing import Any

from ...layers.support.registry import LAYERS

NO_DEFAULT = (
    "BatchNormalization", "Bidirectional", "Functional", "GroupQueryAttention", "Lambda", "Model",
    "MultiHeadAttention", "Sequential", "TimeDistributed",
)  # fmt: skip
"""Layers whose `call` has `training=None` in Keras, and `training=False` here."""


def of_layer(name: str, nodes: Any) -> Any:
    """The calls of a layer. Keras writes down the default of its `call` where nobody
    said whether it trains. That says nothing: in a model it does what the model does.
    """
    if not isinstance(nodes, list):
        return nodes
    said = LAYERS.find(name) if name in LAYERS and name not in NO_DEFAULT else None
    parameter = inspect.signature(said.call).parameters.get("training") if said else None
    default = None if parameter is None else parameter.default
    return [_without_training(node, default) for node in nodes]


def _without_training(node: Any, default: Any) -> Any:
    if not isinstance(node, dict) or not isinstance(node.get("kwargs"), dict):
        return node
    kwargs = node["kwargs"]
    if kwargs.get("training") is not default:
        return node
    return {**node, "kwargs": {k: v for k, v in kwargs.items() if k != "training"}}
