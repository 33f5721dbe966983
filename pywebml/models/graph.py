"""The graph inside a model: which layers, in which order, and how it is run, written
down and rebuilt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.tensor import Tensor
from ..layers.base import Layer, Node, Shape, Symbol, as_list, one_or_list
from ..layers.inputs import InputLayer
from ..layers.registry import deserialize

Key = tuple[int, int]


def key(symbol: Symbol) -> Key:
    """Two symbols are the same tensor where the node and the position in it are the
    same.
    """
    return id(symbol.node), symbol.index


class Graph:
    """Nodes from `inputs` to `outputs`, ordered as Keras orders them: by distance from
    the outputs, farthest first.
    """

    def __init__(self, name: str, inputs: Sequence[Symbol], outputs: Sequence[Symbol]):
        for symbol in (*inputs, *outputs):
            if not isinstance(symbol, Symbol):
                raise TypeError(
                    "a Model is made of symbolic tensors, from Input(...) or layer.output; got"
                    f" {symbol!r}"
                )
        self.name, self.inputs, self.outputs = name, list(inputs), list(outputs)
        self.nodes = self._sorted_nodes()
        layers: dict[int, Layer] = {}
        for node in self.nodes:
            layers.setdefault(id(node.layer), node.layer)
        self.layers = list(layers.values())
        names: set[str] = set()
        for layer in self.layers:
            if layer.name in names:
                raise ValueError(
                    f"two layers of model {name!r} are called {layer.name!r}; give one of them"
                    " another name"
                )
            names.add(layer.name)

    def _sorted_nodes(self) -> list[Node]:
        given = {key(s) for s in self.inputs}
        found: dict[int, Node] = {}  # in the order in which a walk back from the outputs meets them
        finished: list[Node] = []  # producers before consumers
        stack: list[tuple[Node, bool]] = [(s.node, False) for s in reversed(self.outputs)]
        while stack:
            node, done = stack.pop()
            if done:
                finished.append(node)
            elif id(node) not in found:
                found[id(node)] = node
                stack.append((node, True))
                inner = [s for s in node.inputs if key(s) not in given]
                if not node.inputs and not any(s.node is node for s in self.inputs):
                    raise ValueError(
                        f"the outputs of model {self.name!r} depend on {node.layer.name!r}, which"
                        " is not among its inputs"
                    )
                stack.extend((s.node, False) for s in reversed(inner) if id(s.node) not in found)
        place = {n: i for i, n in enumerate(found)}
        depth = dict.fromkeys(found, 0)
        for node in reversed(finished):
            for symbol in node.inputs:
                if id(symbol.node) in depth and key(symbol) not in given:
                    depth[id(symbol.node)] = max(depth[id(symbol.node)], depth[id(node)] + 1)
        ordered = sorted(finished, key=lambda n: (-depth[id(n)], place[id(n)]))
        # Inputs come first. One that is an inner layer's output has no node of its own
        # here: that layer stays outside.
        starts = [s.node for s in self.inputs if isinstance(s.node.layer, InputLayer)]
        ids = {id(n) for n in starts}
        return [*starts, *(n for n in ordered if id(n) not in ids)]

    # --- running

    def run(
        self, tensors: Sequence[Tensor], training: bool = False, logits: bool = False
    ) -> list[Tensor]:
        """The outputs for input tensors; with `logits` the last layer leaves its
        softmax or sigmoid out.
        """
        if len(tensors) != len(self.inputs):
            raise ValueError(
                f"model {self.name!r} takes {len(self.inputs)} inputs, got {len(tensors)}"
            )
        for symbol, tensor in zip(self.inputs, tensors, strict=True):
            if len(tensor.shape) != symbol.ndim or any(
                n not in (None, m) for n, m in zip(symbol.shape, tensor.shape, strict=True)
            ):
                raise ValueError(
                    f"model {self.name!r} expects input shape {symbol.shape}, got"
                    f" {tuple(tensor.shape)}{_hint(symbol, tensor)}"
                )
        values: dict[Key, Tensor] = {key(s): t for s, t in zip(self.inputs, tensors, strict=True)}
        last = self.outputs[0].node
        for node in self.nodes:
            if not node.inputs:
                continue
            given = one_or_list([values[key(s)] for s in node.inputs])
            layer = node.layer
            if logits and node is last:
                out = layer.call_logits(
                    one_or_list([layer._autocast(t) for t in as_list(given)]), training
                )
            else:
                out = layer(given, training) if layer._takes_training else layer(given)
            for i, tensor in enumerate(as_list(out)):
                values[id(node), i] = tensor
        return [values[key(s)] for s in self.outputs]

    def output_shapes(self, input_shapes: Sequence[Shape]) -> list[Shape]:
        shapes: dict[Key, Any] = {
            key(s): tuple(given) for s, given in zip(self.inputs, input_shapes, strict=True)
        }
        for node in self.nodes:
            if node.inputs:
                given = [shapes[key(s)] for s in node.inputs]
                out = node.layer.compute_output_shape(one_or_list(given))
                for i, shape in enumerate(out if isinstance(out, list) else [out]):
                    shapes[id(node), i] = shape
        return [shapes[key(s)] for s in self.outputs]

    # --- configs

    def get_config(self) -> dict[str, Any]:
        """{name, layers: [{class_name, config, name, inbound_nodes}], input_layers,
        output_layers}.
        """
        # symbol -> [layer name, which of its calls in this graph, which output]
        where: dict[Key, list[Any]] = {}
        calls: dict[int, int] = {}
        entries: dict[int, dict[str, Any]] = {}
        for symbol in self.inputs:
            # the model starts in the middle of another: write an input of that shape
            if not isinstance(symbol.layer, InputLayer):
                name = f"{symbol.layer.name}_output"
                config = {
                    "name": name,
                    "batch_input_shape": list(symbol.shape),
                    "dtype": symbol.dtype,
                    "sparse": False,
                }
                entries[-1 - len(entries)] = {
                    "class_name": "InputLayer",
                    "config": config,
                    "name": name,
                    "inbound_nodes": [],
                }
                where[key(symbol)] = [name, 0, 0]
        for node in self.nodes:
            layer, call = node.layer, calls.get(id(node.layer), 0)
            calls[id(layer)] = call + 1
            if id(layer) not in entries:
                entries[id(layer)] = {
                    "class_name": type(layer).__name__,
                    "config": layer.get_config(),
                    "name": layer.name,
                    "inbound_nodes": [],
                }
            for symbol in node.outputs:
                where.setdefault(key(symbol), [layer.name, call, symbol.index])
            if node.inputs:
                entries[id(layer)]["inbound_nodes"].append(
                    [[*where[key(s)], {}] for s in node.inputs]
                )
        return {
            "name": self.name,
            "layers": list(entries.values()),
            "input_layers": [where[key(s)] for s in self.inputs],
            "output_layers": [where[key(s)] for s in self.outputs],
        }

    @staticmethod
    def symbols_from_config(config: dict[str, Any]) -> tuple[list[Symbol], list[Symbol]]:
        """The inputs and outputs of the graph that a config describes, made of new
        layers.
        """
        layers: dict[str, Layer] = {}
        waiting: list[tuple[str, Any]] = []
        made: dict[str, list[list[Symbol]]] = {}  # layer name -> outputs of its calls
        for entry in config["layers"]:
            layer = deserialize(entry["class_name"], entry["config"])
            name = entry.get("name") or layer.name
            layers[name] = layer
            made[name] = [layer.node.outputs] if isinstance(layer, InputLayer) else []
            waiting += [(name, call) for call in entry.get("inbound_nodes") or ()]

        def found(reference: Sequence[Any]) -> Symbol | None:
            name, call, index = reference[:3]
            if name not in made:
                raise ValueError(f"the topology refers to a layer {name!r} that it does not have")
            return made[name][call][index] if call < len(made[name]) else None

        while waiting:  # a call is possible once its inputs are there
            left = []
            for name, call in waiting:
                if not isinstance(call, list):
                    raise ValueError(
                        f"layer {name!r}: inbound_nodes in Keras 3's form cannot be read; save the"
                        " model in Keras 2's format"
                    )
                inputs = [found(reference) for reference in call]
                if None in inputs:
                    left.append((name, call))
                else:
                    made[name].append(as_list(layers[name](one_or_list(inputs))))
            if len(left) == len(waiting):
                raise ValueError(
                    f"the topology is not connected: inputs of {sorted({str(n) for n, _ in left})}"
                    " are missing"
                )
            waiting = left
        ends = [_references(config[which]) for which in ("input_layers", "output_layers")]
        inputs, outputs = ([found(reference) for reference in end] for end in ends)
        return inputs, outputs  # type: ignore[return-value]


def _references(value: list[Any]) -> list[list[Any]]:
    """Older files write a single end as ['name', 0, 0] instead of [['name', 0, 0]]."""
    return [value] if value and isinstance(value[0], str) else value


def _hint(symbol: Symbol, tensor: Tensor) -> str:
    if len(tensor.shape) == symbol.ndim - 1:
        return "; one example alone needs a batch dimension in front, for example x.reshape(1, ...)"
    return ""
