"""A graph as a config, and back: layers with the calls of each, `inbound_nodes`, which
refer to one another by layer, number of the call and number of the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..layers.base import Layer
from ..layers.inputs import InputLayer
from ..layers.merging.base import Merging
from ..layers.support.registry import from_entry, one_config, one_reading, serialize
from ..layers.support.symbols import Node, Symbol, as_list, one_or_list
from .graph import MAX_CALLS, Graph, Key, check_calls, check_names, key
from .trainable import Trainable

MAX_REFERENCES = 4 * MAX_CALLS
Reference = list[Any]
"""[layer, number of the call, number of the output]; in a call with its options behind."""


def graph_config(graph: Graph) -> dict[str, Any]:
    """{name, layers: [{class_name, config, name, inbound_nodes}], input_layers,
    output_layers}, as Keras 2 and TensorFlow.js write it.
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
                [[*where[key(s)], _options(node)] for s in node.inputs]
                for node in calls[id(layer)]
                if node.inputs
            ]
            entries.append(entry)
    return {
        "name": graph.name,
        "layers": entries,
        "input_layers": [where[key(s)] for s in graph.inputs],
        "output_layers": [where[key(s)] for s in graph.outputs],
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


# --- and back


def symbols_from_config(config: dict[str, Any]) -> tuple[list[Symbol], list[Symbol]]:
    """The inputs and outputs of the graph that a config describes, made of new layers.

    Calls have the numbers under which they are listed. ValueError for a graph that does
    not hold together.
    """
    layers: dict[str, Layer] = {}
    waiting: list[_Call] = []
    with one_reading():
        fresh = [from_entry(entry) for entry in config["layers"]]
    for entry, layer in zip(config["layers"], fresh, strict=True):
        name = entry.get("name") or layer.name
        layers[name] = layer
        waiting += _listed(layer, name, entry.get("inbound_nodes") or [])
    ends = [_ends(config[which]) for which in ("input_layers", "output_layers")]
    references = [r for call in waiting for r in call.references] + ends[0] + ends[1]
    for name, layer in layers.items():
        if first_number(layer):  # written by those who count them from 0, too
            numbers = [number for other, number, *_ in references if other == name]
            first = min(numbers, default=0)
            for call in waiting:
                call.number += first if call.name == name else 0
    outputs: dict[tuple[str, int], list[Symbol]] = {
        (name, 0): layer.node.outputs
        for name, layer in layers.items()
        if isinstance(layer, InputLayer)
    }
    for reference in references:
        if reference[0] not in layers:
            raise ValueError(
                f"the topology refers to a layer {reference[0]!r} that it does not have"
            )
    check_calls(str(config.get("name")), len(waiting))
    if len(references) > MAX_REFERENCES:
        raise ValueError(
            f"the topology refers to outputs of layers {len(references)} times; at most"
            f" {MAX_REFERENCES} are read"
        )
    possible = waiting[::-1]
    later: dict[tuple[str, int], list[_Call]] = {}  # by a call that they wait for
    while possible:
        call = possible.pop()
        if missing := call.take_inputs(outputs):
            later.setdefault(missing, []).append(call)
            continue
        tensors = call.inputs if call.many else one_or_list(call.inputs)
        symbols = layers[call.name](tensors, training=call.training)
        outputs[call.name, call.number] = as_list(symbols)
        possible += reversed(later.pop((call.name, call.number), []))
    if later:
        names = sorted({call.name for calls in later.values() for call in calls})
        raise ValueError(f"the topology is not connected: inputs of {names} are missing")
    return _at(outputs, ends[0]), _at(outputs, ends[1])


class _Call:
    """A call of a layer, as it is listed."""

    def __init__(self, name: str, number: int, references: list[Reference], training: Any):
        self.name, self.number, self.references = name, number, references
        self.training = training if isinstance(training, bool) else None
        self.many = False
        self.inputs: list[Symbol] = []

    def take_inputs(self, outputs: dict[tuple[str, int], list[Symbol]]) -> tuple[str, int] | None:
        """Takes those that are there, up to the first that is not: the call that makes
        it, None where all are.
        """
        for reference in self.references[len(self.inputs) :]:
            symbol = _symbol(outputs, reference)
            if symbol is None:
                return reference[0], reference[1]
            self.inputs.append(symbol)
        return None


def _listed(layer: Layer, name: str, nodes: list[Any]) -> Iterator[_Call]:
    """The calls of an entry, in the forms in which Keras 2, Keras 3 and TensorFlow.js
    write them.
    """
    if nodes and _is_reference(nodes[0]) and isinstance(layer, Merging):
        nodes = [nodes]  # one call of several tensors, one level flatter
    elif nodes and isinstance(nodes[0], str):
        nodes = [nodes]  # a single call of a single tensor, flatter still
    for number, node in enumerate(nodes):
        if isinstance(node, dict):
            references = list(_histories(node.get("args") or []))
            options = node.get("kwargs") or {}
        else:
            listed = node if isinstance(node, (list, tuple)) else [node]
            references = [node] if _is_reference(node) else list(listed)
            options = next(
                (r[3] for r in references if _is_reference(r) and len(r) > 3 and r[3]), {}
            )
        if not references or not all(_is_reference(r) for r in references):
            raise ValueError(f"a call of layer {name!r} does not say its inputs: {str(node)[:200]}")
        _check_options(name, options)
        call = _Call(name, number, references, options.get("training"))
        call.many = isinstance(layer, Merging) or options.get("many") is True
        yield call


def _check_options(name: str, options: Any) -> None:
    """ValueError for what a call says and cannot be done; `None` says nothing."""
    said = options if isinstance(options, dict) else {"options": options}
    known = ("training", "many")  # the latter, ours, is of a list of one
    unknown = [key for key, value in said.items() if key not in known and value is not None]
    if unknown:
        raise ValueError(
            f"a call of layer {name!r} says {unknown[0]!r}, which is not supported; only 'training'"
            " can be said there"
        )


def _is_reference(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) >= 3
        and isinstance(value[0], str)
        and all(isinstance(n, int) for n in value[1:3])
    )


def _histories(value: Any) -> Iterator[Reference]:
    """The references in the arguments of a call, as Keras 3 writes it."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        yield value["config"]["keras_history"]
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _histories(item)


def _ends(value: Any) -> list[Reference]:
    """Older files, and Keras 3's, write a single end as ['name', 0, 0] instead of
    [['name', 0, 0]].
    """
    ends = [value] if _is_reference(value) else value
    if not isinstance(ends, list) or not all(_is_reference(end) for end in ends):
        raise ValueError(f"the topology does not say where it begins and ends: {str(value)[:200]}")
    return ends


def _symbol(outputs: dict[tuple[str, int], list[Symbol]], reference: Reference) -> Symbol | None:
    """What a reference means, once that call is made."""
    name, number, index = reference[:3]
    symbols = outputs.get((name, number))
    if symbols is None:
        return None
    if not 0 <= index < len(symbols):
        raise ValueError(f"layer {name!r} has {len(symbols)} outputs, none of number {index}")
    return symbols[index]


def _at(
    outputs: dict[tuple[str, int], list[Symbol]], references: Sequence[Reference]
) -> list[Symbol]:
    symbols = []
    for reference in references:
        symbol = _symbol(outputs, reference)
        if symbol is None:
            raise ValueError(
                f"the topology ends in a call of {reference[0]!r} that it does not have"
            )
        symbols.append(symbol)
    return symbols
