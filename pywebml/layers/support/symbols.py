"""Tensors known by shape alone, and the calls that made them: what functional models
are put together from.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

Shape = tuple[int | None, ...]


class Symbol:
    """A tensor that is only known by shape (batch size `None`) and by the layer that
    makes it: `Input(...)` and what follows.

    Example:
        >>> x = layers.Input((4,))
        >>> layers.Dense(3)(x)
        <Symbol dense shape=(None, 3) dtype=float32>
    """

    def __init__(self, shape: Shape, dtype: str, node: Node, index: int):
        self.shape, self.dtype, self.node, self.index = tuple(shape), dtype, node, index

    def _refuse(self, *others: Any, **options: Any) -> Any:
        raise TypeError(
            f"{self!r} has no numbers to compute with: use a layer, such as Add or Activation, or"
            " write one of your own whose call does it"
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __pow__ = __matmul__ = _refuse
    __truediv__ = __rtruediv__ = __neg__ = __abs__ = __getitem__ = _refuse
    __array__ = __array_ufunc__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse

    def __reduce__(self) -> Any:
        """A copy is the symbol of the copied layer. Only inputs are copied so: a graph
        copies its calls itself.
        """
        if self.node.inputs:
            raise TypeError(f"{self!r} is not copied or pickled alone: copy the model around it")
        return _output_of, (self.layer, self.index)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def layer(self) -> Any:
        """The layer whose output this is."""
        return self.node.layer

    def __repr__(self) -> str:
        return f"<Symbol {self.layer.name} shape={self.shape} dtype={self.dtype}>"


def _output_of(layer: Any, index: int) -> Symbol:
    symbol: Symbol = layer.node.outputs[index]
    return symbol


class Node:
    """One symbolic call of a layer: what went in and what came out."""

    def __init__(self, layer: Any, inputs: Sequence[Symbol], outputs: Sequence[tuple[Shape, str]]):
        self.layer, self.inputs = layer, list(inputs)
        self.training: bool | None = None
        """What the call itself says, whatever the model around it does."""
        self.many = len(self.inputs) > 1
        """Whether a list went in, be it of one."""
        # Layers hold their nodes weakly, and nodes hold no symbols of their own, so
        # that a model nobody uses any more frees its GPU memory at once.
        self._outputs = [(tuple(shape), dtype) for shape, dtype in outputs]

    def as_called(self, values: Sequence[Any]) -> Any:
        """What belongs to the inputs, one for each, as the layer gets it."""
        return list(values) if self.many else values[0]

    @property
    def outputs(self) -> list[Symbol]:
        return [Symbol(shape, dtype, self, i) for i, (shape, dtype) in enumerate(self._outputs)]


class Placed:
    """The half of a layer that knows where it was called on symbols."""

    name: str
    _nodes: list[weakref.ref[Node]]

    def __getstate__(self) -> dict[str, Any]:
        """For a copy, or a pickle: it was called nowhere until a graph says so."""
        return {**vars(self), "_nodes": [], "_losses": []}

    def _add_node(self, inputs: Sequence[Symbol], outputs: Sequence[tuple[Shape, str]]) -> Node:
        node = Node(self, inputs, outputs)
        self._nodes.append(weakref.ref(node))
        return node

    def _node(self) -> Node:
        alive = [node for node in (ref() for ref in self._nodes) if node is not None]
        if len(alive) != 1:
            places = (
                f"is used at {len(alive)} places" if alive else "has not been called on an Input"
            )
            raise AttributeError(
                f"layer {self.name!r} {places}, so it has no single .input and .output"
            )
        return alive[0]

    @property
    def input(self) -> Any:
        """The symbolic input, where the layer is used at one place."""
        return one_or_list(self._node().inputs)

    @property
    def output(self) -> Any:
        """The symbolic output, where the layer is used at one place:
        `Model(model.inputs, layer.output)` cuts there.
        """
        return one_or_list(self._node().outputs)

    @property
    def input_shape(self) -> Any:
        return one_or_list([s.shape for s in as_list(self.input)])

    @property
    def output_shape(self) -> Any:
        return one_or_list([s.shape for s in as_list(self.output)])


def as_list(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (list, tuple)) else [x]


def one_or_list(xs: Sequence[Any]) -> Any:
    return xs[0] if len(xs) == 1 else list(xs)


def one_shape(shapes: Sequence[Shape], many: bool) -> Any:
    """A tuple for a layer called with one tensor, a list of tuples for one called with
    a list.
    """
    return [tuple(s) for s in shapes] if many else tuple(shapes[0])
