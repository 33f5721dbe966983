"""The graph inside a model: which layers, in which order, and how it is run. As a
config: graph_config.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..core.tensor import Tensor
from ..host.lazy import np
from ..layers.base import Layer
from ..layers.inputs import InputLayer, check_optional
from ..layers.preprocessing.host_layer import HostLayer
from ..layers.support.shapes import followed, is_shape, of_rank
from ..layers.support.structures import leaves, mapped, packed
from ..layers.support.symbols import Key, Node, Shape, Slot, Symbol, key

MAX_CALLS = 5_000
"""Of layers in a model. Models inside models, each called twice, double them per level."""
Mask = Tensor | None
"""bool, [batch, steps]: False for a step that is left out."""


class Place(NamedTuple):
    """Where a symbol is made: the number of its call, and which output of it."""

    call: int
    output: int


class Whole:
    """A shape, or a place, that is a leaf of a structure, though it is a tuple."""

    def __init__(self, value: Any):
        self.value = value


def check_names(model: str, layers: Sequence[Layer]) -> None:
    """ValueError where two layers of a model have one name."""
    names: set[str] = set()
    for layer in layers:
        if layer.name in names:
            raise ValueError(
                f"two layers of model {model!r} are called {layer.name!r}; give one of them"
                " another name"
            )
        names.add(layer.name)


def check_calls(model: str, calls: int) -> None:
    """ValueError for more than can be run."""
    if calls > MAX_CALLS:
        raise ValueError(
            f"model {model!r} calls layers {calls} times, those in models inside included; at most"
            f" {MAX_CALLS} can be run"
        )


class Graph:
    """Nodes from `inputs` to `outputs`, ordered as Keras orders them: by distance from
    the outputs, farthest first.
    """

    def __init__(self, name: str, inputs: Sequence[Symbol], outputs: Sequence[Symbol]):
        for symbol in (*inputs, *outputs):
            if not isinstance(symbol, Symbol):
                raise TypeError(
                    "a Model is made of symbolic tensors, from Input(...) or layer.output; got"
                    f" {symbol!r:.100}"
                )
        twice = [s for i, s in enumerate(inputs) if key(s) in map(key, inputs[:i])]
        if twice:
            raise ValueError(f"model {name!r} has the input {twice[0].layer.name!r} twice")
        self.name, self.inputs, self.outputs = name, list(inputs), list(outputs)
        self.nodes = self._sorted_nodes()
        self._know_layers()

    def _know_layers(self) -> None:
        layers: dict[int, Layer] = {}
        for node in self.nodes:
            layers.setdefault(id(node.layer), node.layer)
        self.layers = list(layers.values())
        check_names(self.name, self.layers)
        inner = (getattr(node.layer, "_graph", None) for node in self.nodes if node.inputs)
        self.calls = sum(1 if graph is None else graph.calls for graph in inner)
        check_calls(self.name, self.calls)
        self.front, self.fed = self._split()

    def _split(self) -> tuple[list[Node], list[Symbol]]:
        """(the calls that run on the host, before anything is uploaded; the symbols
        that the device begins with). ValueError for one that would have to run behind
        others.
        """
        on_host = {key(s) for s in self.inputs}
        front: list[Node] = []
        for node in self.nodes:
            if node.inputs and isinstance(node.layer, HostLayer):
                if any(key(s) not in on_host for s in node.inputs):
                    raise ValueError(
                        f"model {self.name!r}: {node.layer.name!r} works on the host, so it stands"
                        " at the front of a model, not behind layers of the device"
                    )
                front.append(node)
                on_host |= {key(s) for s in node.outputs}
        if not front:
            return [], self.inputs
        later = [s for n in self.nodes if n not in front for s in n.inputs]
        fed = {key(s): s for s in (*later, *self.outputs) if key(s) in on_host}
        return front, list(fed.values())

    def before(self, values: Sequence[Any]) -> list[Any]:
        """What the device begins with, of what the inputs are given: the front is run."""
        known: dict[Key, Any] = {}
        for symbol, value in zip(self.inputs, values, strict=True):
            if symbol.ndim == 2 and symbol.shape[1] == 1 and np.ndim(_plain(value)) == 1:
                value = np.asarray(_plain(value))[:, None]  # a column, as in Keras
            known[key(symbol)] = value
        for node in self.front:
            known[id(node), 0] = node.layer.host_values(node.filled(known)[0])
        return [known[key(s)] for s in self.fed]

    def __getstate__(self) -> dict[str, Any]:
        """For a copy, or a pickle: the calls as a list, so that chains may be long."""
        outside = [s.node for s in self.inputs if s.node not in self.nodes]
        nodes = outside + self.nodes
        numbers = {id(node): i for i, node in enumerate(nodes)}

        def place(leaf: Any) -> Any:
            if not isinstance(leaf, Symbol):
                return leaf
            return Whole(Place(numbers[id(leaf.node)], leaf.index))

        calls = []
        for number, n in enumerate(nodes):
            inside = number >= len(outside)
            said = mapped(place, (n.first, n.options)) if inside else ([], {})
            alone = iter([Symbol(s.shape, s.dtype) for s in n.outputs])
            outputs = packed(n.form, [next(alone) if isinstance(x, Slot) else x
                                      for x in leaves(n.form)])  # fmt: skip
            calls.append((n.layer, said, outputs, n.training))
        ends = {"inputs": mapped(place, self.inputs), "outputs": mapped(place, self.outputs)}
        return {"name": self.name, "calls": calls, "known": len(self.nodes), **ends}

    def __setstate__(self, state: dict[str, Any]) -> None:
        nodes: list[Node] = []

        def at(leaf: Any) -> Any:
            if not isinstance(leaf, Whole):
                return leaf
            return nodes[leaf.value.call].outputs[leaf.value.output]

        for layer, said, outputs, training in state["calls"]:
            node = layer.node if isinstance(layer, InputLayer) else None
            first, options = mapped(at, said)
            node = node or layer._add_node(first, outputs, options)
            node.training = training
            nodes.append(node)
        self.name, self.nodes = state["name"], nodes[len(nodes) - state["known"] :]
        self.inputs, self.outputs = mapped(at, state["inputs"]), mapped(at, state["outputs"])
        self._know_layers()

    def _sorted_nodes(self) -> list[Node]:
        """The order in which Keras writes layers down, and with it the order of the
        weights in a file: by depth, the number of calls on the longest way to an
        output, deepest first. Calls of one depth come in the order in which a walk back
        from the outputs meets them.
        """
        ends = {key(s) for s in self.inputs}
        met: dict[int, Node] = {}
        finished: list[Node] = []  # producers before consumers
        stack: list[tuple[Node, bool]] = [(s.node, False) for s in reversed(self.outputs)]
        while stack:
            node, done = stack.pop()
            if done:
                finished.append(node)
            elif id(node) not in met:
                met[id(node)] = node
                stack.append((node, True))
                inner = [s for s in node.inputs if key(s) not in ends]
                if not node.inputs and not any(s.node is node for s in self.inputs):
                    raise ValueError(
                        f"the outputs of model {self.name!r} depend on {node.layer.name!r}, which"
                        " is not among its inputs"
                    )
                stack.extend((s.node, False) for s in reversed(inner) if id(s.node) not in met)
        place = {n: i for i, n in enumerate(met)}
        depth = dict.fromkeys(met, 0)
        for node in reversed(finished):
            for symbol in node.inputs:
                if id(symbol.node) in depth and key(symbol) not in ends:
                    depth[id(symbol.node)] = max(depth[id(symbol.node)], depth[id(node)] + 1)
        ordered = sorted(finished, key=lambda n: (-depth[id(n)], place[id(n)]))
        # Inputs come first. One that is an inner layer's output has no node of its own
        # here: that layer stays outside.
        starts = [s.node for s in self.inputs if isinstance(s.node.layer, InputLayer)]
        ids = {id(n) for n in starts}
        return [*starts, *(n for n in ordered if id(n) not in ids)]

    # --- running

    def run(
        self,
        tensors: Sequence[Tensor | None],
        training: bool = False,
        logits: bool = False,
        masks: Sequence[Mask] | None = None,
    ) -> tuple[list[Tensor], list[Mask]]:
        """The outputs for input tensors (None for an optional one), and the mask of
        each output, None for none; with `logits` the last layer leaves its softmax or
        sigmoid out.

        Masks go from layer to layer beside the values: a layer gets those of its inputs
        and says its output's.
        """
        tensors = [
            t if t is None else of_rank(t, s.shape) for t, s in zip(tensors, self.fed, strict=False)
        ]
        self._check(tensors)
        values: dict[Key, Any] = {}
        covers: dict[Key, Mask] = {}
        for symbol, tensor, mask in zip(
            self.fed, tensors, masks or [None] * len(tensors), strict=True
        ):
            values[key(symbol)], covers[key(symbol)] = tensor, mask
        last = self.outputs[0].node
        for node in self.nodes:
            if not node.inputs or node in self.front:
                continue
            first, options = node.filled(values)
            mask = options.pop("mask", None)
            if any(covers[key(s)] is not None for s in node.inputs):
                hidden, others = node.filled(covers, default=(None,))
                mask = hidden if mask is None and _any(hidden) else mask
                options |= _named_masks(node, hidden, others)
            trains = training if node.training is None else node.training
            try:
                outputs, masked = node.layer.call_masked(
                    first, trains, mask, logits and node is last, options
                )
            except (AttributeError, TypeError) as error:
                missing = [s.layer.name for s in node.inputs if values[key(s)] is None]
                if not missing:
                    raise
                raise TypeError(
                    f"model {self.name!r}: {node.layer.name!r} was called with None, which the"
                    f" optional input {missing[0]!r} is, and cannot do without: {error}"
                ) from error
            for i, tensor in enumerate(node.told_apart(outputs)):
                values[id(node), i] = tensor
                covers[id(node), i] = masked[i] if isinstance(masked, (list, tuple)) else masked
        ends = [key(s) for s in self.outputs]
        return [values[k] for k in ends], [covers[k] for k in ends]

    def _check(self, tensors: Sequence[Tensor | None]) -> None:
        if len(tensors) != len(self.fed):
            raise ValueError(
                f"model {self.name!r} takes {len(self.fed)} inputs, got {len(tensors)}"
            )
        check_optional(self.name, self.fed, tensors)
        for symbol, tensor in zip(self.fed, tensors, strict=True):
            if tensor is None:
                continue
            if len(tensor.shape) != symbol.ndim or any(
                n not in (None, m) for n, m in zip(symbol.shape, tensor.shape, strict=True)
            ):
                raise ValueError(
                    f"model {self.name!r} expects input shape {symbol.shape}, got"
                    f" {tuple(tensor.shape)}{_hint(symbol, tensor)}"
                )

    def output_shapes(self, input_shapes: Sequence[Shape]) -> list[Shape]:
        shapes: dict[Key, Any] = {
            key(s): tuple(shape) for s, shape in zip(self.inputs, input_shapes, strict=True)
        }
        for node in self.nodes:
            if node.inputs:
                for i, shape in enumerate(_shapes_after(node, shapes)):
                    shapes[id(node), i] = shape
        return [shapes[key(s)] for s in self.outputs]


def _any(masks: Any) -> bool:
    return any(mask is not None for mask in leaves(masks))


def _named_masks(node: Node, first: Any, others: Mapping[str, Any]) -> dict[str, Any]:
    """Masks that a call takes by the name of the argument they belong to, as
    `query_mask` is that of `query`.
    """
    layer = node.layer
    masks = {layer._first_name: first, **others}
    return {
        f"{name}_mask": mask
        for name, mask in masks.items()
        if f"{name}_mask" in layer._call_names and f"{name}_mask" not in node.options and _any(mask)
    }


def _shapes_after(node: Node, shapes: Mapping[Key, Shape]) -> list[Shape]:
    """The shapes of a call's outputs, for those of its inputs."""
    if node.is_plain:
        first, _ = node.filled({k: Whole(shape) for k, shape in shapes.items()})
        out = node.layer.compute_output_shape(mapped(lambda leaf: leaf.value, first))
        return [out] if is_shape(out) else list(out)
    symbols = {key(s): Symbol(shapes[key(s)], s.dtype) for s in node.inputs}
    first, options = node.filled(symbols)
    outputs = followed(node.layer, first, options, node.training)
    return [symbol.shape for symbol in node.told_apart(outputs)]


def _plain(value: Any) -> Any:
    return value.numpy() if isinstance(value, Tensor) else value


def _hint(symbol: Symbol, tensor: Tensor) -> str:
    if len(tensor.shape) == symbol.ndim - 1:
        return "; one example alone needs a batch dimension in front, for example x.reshape(1, ...)"
    return ""
