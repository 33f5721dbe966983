"""A graph from a config: see graph_config.py, which writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..layers.base import Layer
from ..layers.inputs import InputLayer
from ..layers.merging.base import Merging
from ..layers.operation import Operation
from ..layers.support.registry import from_entry, one_reading
from ..layers.support.symbols import Symbol, one_or_list, symbols_in
from .call_config import Reference, is_reference, read, references_in
from .graph import MAX_CALLS, check_calls
from .graph_config import first_number

MAX_REFERENCES = 4 * MAX_CALLS


def symbols_from_config(config: dict[str, Any]) -> tuple[Any, Any]:
    """The inputs and outputs of the graph that a config describes, made of new layers:
    one symbol, or a structure of them.

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
    of_ends = [list(_references(end)) for end in ends]
    references = [r for call in waiting for r in call.references] + of_ends[0] + of_ends[1]
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
        outputs[call.name, call.number] = symbols_in(call.made(layers[call.name], outputs))
        possible += reversed(later.pop((call.name, call.number), []))
    if later:
        names = sorted({call.name for calls in later.values() for call in calls})
        raise ValueError(f"the topology is not connected: inputs of {names} are missing")
    return _at(outputs, ends[0]), _at(outputs, ends[1])


class _Call:
    """A call of a layer, as it is listed: of symbols alone, or with all that Keras 3
    writes down of it.
    """

    def __init__(
        self,
        name: str,
        number: int,
        references: list[Reference],
        training: Any,
        told: tuple[list[Any], dict[str, Any]] | None = None,
    ):
        self.name, self.number, self.references, self.told = name, number, references, told
        self.training = training if isinstance(training, bool) else None
        self.many = False
        self.inputs: list[Symbol] = []

    def made(self, layer: Layer, outputs: dict[tuple[str, int], list[Symbol]]) -> Any:
        """The call itself: what it gives."""
        if self.told is None:
            tensors = self.inputs if self.many else one_or_list(self.inputs)
            return layer(tensors, training=self.training)

        def told(value: Any) -> Any:
            return read(value, lambda reference: _symbol(outputs, reference))

        args, options = self.told
        return layer(*told(args), training=self.training, **told(options))

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
    if nodes and is_reference(nodes[0]) and isinstance(layer, Merging):
        nodes = [nodes]  # one call of several tensors, one level flatter
    elif nodes and isinstance(nodes[0], str):
        nodes = [nodes]  # a single call of a single tensor, flatter still
    for number, node in enumerate(nodes):
        if isinstance(node, dict):
            call = _as_keras_3(layer, name, number, node)
            call.many = isinstance(layer, Merging) or call.many
            yield call
            continue
        listed = node if isinstance(node, (list, tuple)) else [node]
        references = [node] if is_reference(node) else list(listed)
        said = [r[3] for r in references if is_reference(r) and len(r) > 3 and r[3]]
        options: Any = said[0] if said else {}
        _check_references(name, references, node)
        _check_options(name, options)
        call = _Call(name, number, references, options.get("training"))
        call.many = isinstance(layer, Merging) or options.get("many") is True
        yield call


def _as_keras_3(layer: Layer, name: str, number: int, node: dict[str, Any]) -> _Call:
    """{args, kwargs}. A call of symbols alone is one as older configs have it."""
    args, said = node.get("args") or [], dict(node.get("kwargs") or {})
    training = said.pop("training", None)
    kwargs = {k: v for k, v in said.items() if v is not None and k != "many"}
    references = list(references_in([args, kwargs]))
    _check_references(name, references, node)
    unknown = [key for key in kwargs if key not in ("mask", *layer._call_names, layer._first_name)]
    if unknown and not layer._takes_any:
        _check_options(name, kwargs)
    histories = [_history(arg) for arg in (args[0] if _is_listed(args) else args[:1])]
    is_general = isinstance(layer, Operation) or kwargs or len(args) > 1 or None in histories
    if is_general or len(histories) != len(references):
        return _Call(name, number, references, training, (args, kwargs))
    call = _Call(name, number, references, training)
    call.many = _is_listed(args) and (len(references) > 1 or said.get("many") is True)
    return call


def _is_listed(args: Any) -> bool:
    return len(args) == 1 and isinstance(args[0], list)


def _history(value: Any) -> Any:
    is_tensor = isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"
    return value["config"]["keras_history"] if is_tensor else None


def _check_references(name: str, references: list[Any], node: Any) -> None:
    if not references or not all(is_reference(r) for r in references):
        raise ValueError(f"a call of layer {name!r} does not say its inputs: {str(node)[:200]}")


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


def _ends(value: Any) -> Any:
    """Where the graph begins or ends: a reference, or a structure of them. Older files,
    and Keras 3's, write a single end as ['name', 0, 0] instead of [['name', 0, 0]].
    """
    ends = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not all(is_reference(end) for end in _references(ends)) or not ends:
        raise ValueError(f"the topology does not say where it begins and ends: {str(value)[:200]}")
    return ends


def _references(ends: Any) -> Iterator[Any]:
    if isinstance(ends, dict):
        for item in ends.values():
            yield from _references(item)
    elif isinstance(ends, list) and not is_reference(ends):
        for item in ends:
            yield from _references(item)
    else:
        yield ends


def _symbol(outputs: dict[tuple[str, int], list[Symbol]], reference: Reference) -> Symbol | None:
    """What a reference means, once that call is made."""
    name, number, index = reference[:3]
    symbols = outputs.get((name, number))
    if symbols is None:
        return None
    if not 0 <= index < len(symbols):
        raise ValueError(f"layer {name!r} has {len(symbols)} outputs, none of number {index}")
    return symbols[index]


def _at(outputs: dict[tuple[str, int], list[Symbol]], ends: Any) -> Any:
    """The ends, with symbols in place of references."""
    if isinstance(ends, dict):
        return {key: _at(outputs, end) for key, end in ends.items()}
    if not is_reference(ends):
        return [_at(outputs, end) for end in ends]
    symbol = _symbol(outputs, ends)
    if symbol is None:
        raise ValueError(f"the topology ends in a call of {ends[0]!r} that it does not have")
    return symbol
