"""A graph as a config: layers with the calls of each, `inbound_nodes`, which refer to
one another by layer, number of the call and number of the output. And back:
graph_reading.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..layers.base import Layer
from ..layers.inputs import InputLayer
from ..layers.merging.base import Merging
from ..layers.support.registry import one_config, serialize
from ..layers.support.structures import is_nested, mapped, packed
from ..layers.support.symbols import Key, Node, Symbol, key
from .call_config import Reference, written
from .ends import Ends
from .graph import Graph, Whole, check_names
from .trainable import Trainable


def graph_config(graph: Graph, ends: Ends) -> dict[str, Any]:
    """{name, layers: [{class_name, config, name, inbound_nodes}], input_layers,
    output_layers}, as Keras 2 and TensorFlow.js write it. What these cannot say, calls
    with further arguments and ends in a dict, is in Keras 3's form.
    """
    check_names(graph.name, graph.layers)
    where: dict[Key, Reference] = {}
    entries: list[dict[str, Any]] = []
    for symbol in graph.inputs:
        # the model starts in the middle of another: write an input of that shape
        if not isinstance(symbol.layer, InputLayer):
            name = _untaken(f"{symbol.layer.name}_output", graph)
            config = {
                "name": name,
                "batch_input_shape": list(symbol.shape),
                "dtype": symbol.dtype,
                "sparse": False,
            }
            entries.append(
                {"class_name": "InputLayer", "config": config, "name": name, "inbound_nodes": []}
            )
            where[key(symbol)] = [name, 0, 0]
    calls = _calls(graph)
    for layer in graph.layers:
        for number, node in enumerate(calls[id(layer)], first_number(layer)):
            for symbol in node.outputs:
                where.setdefault(key(symbol), [layer.name, number, symbol.index])
    with one_config():
        for layer in graph.layers:
            entry = serialize(layer)
            entry["name"] = layer.name
            entry["inbound_nodes"] = [
                _call(node, where) for node in calls[id(layer)] if node.inputs
            ]
            entries.append(entry)
    return {
        "name": graph.name,
        "layers": entries,
        "input_layers": _ends(ends.takes, graph.inputs, where),
        "output_layers": _ends(ends.gives, graph.outputs, where),
    }


def _ends(form: Any, symbols: list[Symbol], where: Mapping[Key, Reference]) -> Any:
    references = [where[key(symbol)] for symbol in symbols]
    parts = form.values() if isinstance(form, Mapping) else (form or ())
    if not isinstance(form, Mapping) and not any(is_nested(part) for part in parts):
        return references
    return mapped(lambda leaf: leaf.value, packed(form, [Whole(r) for r in references]))


def _call(node: Node, where: Mapping[Key, Reference]) -> Any:
    if node.is_plain:
        return [[*where[key(s)], _options(node)] for s in node.inputs]
    name = node.layer.name
    said = {} if node.training is None else {"training": node.training}

    def reference(symbol: Symbol) -> Reference:
        return where[key(symbol)]

    behind, options = node.layer._by_place(node.options)
    return {
        "args": [written(value, reference, name) for value in (node.first, *behind)],
        "kwargs": {
            **{k: written(v, reference, name) for k, v in options.items()},
            **said,
        },
    }


def _untaken(name: str, graph: Graph) -> str:
    names = {layer.name for layer in graph.layers}
    while name in names:
        name += "_"
    return name


def first_number(layer: Layer) -> int:
    """Calls of a layer count from 0, those of a model inside a model from 1: its own
    making is 0, to Keras 2 and TensorFlow.js.
    """
    return 1 if isinstance(layer, Trainable) else 0


def _options(node: Node) -> dict[str, Any]:
    said = {} if node.training is None else {"training": node.training}
    alone_in_a_list = node.many and len(node.inputs) == 1 and not isinstance(node.layer, Merging)
    return {**said, "many": True} if alone_in_a_list else said


def _calls(graph: Graph) -> dict[int, list[Node]]:
    """The calls of each layer in an order that every reader finds again.

    TensorFlow.js numbers calls as they become possible, while it goes through the
    layers over and over; Keras and we number them as they are listed. So they are
    listed as they become possible.
    """
    calls: dict[int, list[Node]] = {id(layer): [] for layer in graph.layers}
    for node in graph.nodes:
        calls[id(node.layer)].append(node)
    while True:
        ordered = _as_possible(calls, {key(s) for s in graph.inputs})
        if ordered == calls:
            return calls
        calls = ordered


def _as_possible(calls: dict[int, list[Node]], there: set[Key]) -> dict[int, list[Node]]:
    waiting = {layer: list(nodes) for layer, nodes in calls.items()}
    ordered: dict[int, list[Node]] = {layer: [] for layer in calls}
    while any(waiting.values()):
        for layer, nodes in waiting.items():
            for node in list(nodes):
                if all(key(s) in there for s in node.inputs):
                    nodes.remove(node)
                    ordered[layer].append(node)
                    there |= {key(s) for s in node.outputs}
    return ordered
