"""Calls in a graph, and functions of `keras.ops` there, as Keras 3 writes them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ...host.files import FormatError
from ...layers.support.naming import snake_case
from ...layers.support.registry import LAYERS

OPS = "keras.src.ops"
"""The module of Keras's that its functions in a graph are of."""


def operation(value: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a function: ours has its name in `keras.ops`, and its settings in
    the call.
    """
    settings = dict(value["config"]) if isinstance(value["config"], dict) else {}
    name = settings.pop("name", None) or value.get("name")
    function = snake_case(value["class_name"])
    listed = value.get("inbound_nodes")
    nodes = [_of_operation(function, node, settings) for node in listed or ()]
    function = "getitem" if function == "get_item" else f"keras.{function}"
    config = {"name": name, "function": function}
    return {"class_name": "Operation", "name": name, "config": config, "inbound_nodes": nodes}


def _of_operation(function: str, node: Any, settings: Mapping[str, Any]) -> Any:
    if not isinstance(node, dict):
        return node
    args, kwargs = node.get("args") or [], node.get("kwargs") or {}
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise FormatError(f"a call of {function!r} holds no arguments: {str(node)[:200]}")
    args = list(args)
    if function == "get_item" and len(args) > 1 and isinstance(args[1], list):
        args[1] = {"class_name": "__tuple__", "config": {"value": args[1]}}  # as x[:, 1] has it
    named = {**settings, **kwargs}
    return {"args": [args], "kwargs": {"named": named} if named else {}}


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
