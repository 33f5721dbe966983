"""Tensors known by shape alone, and the calls that made them: what functional models
are put together from.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...core.methods import Methods
from ...core.symbolic import Symbolic
from .structures import leaves, mapped

Shape = tuple[int | None, ...]
Key = tuple[int, int]
Function = Callable[[str, tuple[Any, ...], dict[str, Any]], Any]


class Symbol(Symbolic, Methods):
    """A tensor that is only known by shape (batch size `None`) and by the layer that
    makes it: `Input(...)` and what follows. Functions of `pw.ops` and operators take
    it, too: what they give is a symbol that a layer of its own makes.

    Example:
        >>> x = layers.Input((4,))
        >>> layers.Dense(3)(x)
        <Symbol dense shape=(None, 3) dtype=float32>
        >>> x[:, :2] * 0.5
        <Symbol mul shape=(None, 2) dtype=float32>
    """

    calls: Function
    """Makes a function's call; set by `layers/operation.py`, which stands above."""
    mask_of: Callable[[Symbol], Any]
    """The symbol of a symbol's mask, or None; set there, too."""

    def __init__(self, shape: Shape, dtype: str, node: Node | None = None, index: int = 0):
        self.shape, self.dtype, self.index = tuple(shape), dtype, index
        self._node = node

    def calling(self, function: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return type(self).calls(function, args, named)

    def astype(self, dtype: str) -> Any:
        """The values converted."""
        return self.cast(dtype)  # type: ignore[attr-defined]

    @property
    def T(self) -> Any:
        """Axes reversed."""
        return self.transpose()  # type: ignore[attr-defined]

    def __getitem__(self, place: Any) -> Any:
        return self.getitem(place)  # type: ignore[attr-defined]

    def __neg__(self) -> Any:
        return self.neg()  # type: ignore[attr-defined]

    def __abs__(self) -> Any:
        return self.abs()  # type: ignore[attr-defined]

    def __invert__(self) -> Any:
        return self.bitwise_not()  # type: ignore[attr-defined]

    def _refuse(self, *others: Any, **options: Any) -> Any:
        raise TypeError(
            f"{self!r} has no numbers yet, only a shape: use functions of pw.ops, a layer, or write"
            " one of your own whose call does it"
        )

    __array__ = __iter__ = __len__ = __bool__ = __float__ = __int__ = _refuse
    __array_ufunc__ = None  # NumPy leaves operators to the symbol
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __reduce__(self) -> Any:
        """A copy is the symbol of the copied layer. Only inputs are copied so: a graph
        copies its calls itself.
        """
        if self._node is None:
            return Symbol, (self.shape, self.dtype)
        if self.node.inputs:
            raise TypeError(f"{self!r} is not copied or pickled alone: copy the model around it")
        return _output_of, (self.layer, self.index)

    @property
    def node(self) -> Node:
        """The call that makes it. ValueError for a shape that stands alone."""
        if self._node is None:
            raise ValueError(f"{self!r} is no part of a graph: begin with Input(...)")
        return self._node

    @property
    def _keras_mask(self) -> Any:
        """The symbol of its mask, under Keras's name; no attribute where it has none."""
        mask = type(self).mask_of(self)
        if mask is None:
            raise AttributeError(f"{self!r} has no mask: no layer before it makes or keeps one")
        return mask

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def layer(self) -> Any:
        """The layer whose output this is."""
        return self.node.layer

    @property
    def name(self) -> str:
        """That of its layer."""
        return "" if self._node is None else str(self.node.layer.name)

    def __repr__(self) -> str:
        name = f" {self.name}" if self._node else ""
        return f"<Symbol{name} shape={self.shape} dtype={self.dtype}>"


def _output_of(layer: Any, index: int) -> Symbol:
    symbol: Symbol = layer.node.outputs[index]
    return symbol


def key(symbol: Symbol) -> Key:
    """Two symbols are the same tensor where the node and the position in it are the
    same.
    """
    return id(symbol.node), symbol.index


def symbols_in(structure: Any) -> list[Symbol]:
    """Those that stand in it, in order."""
    return [leaf for leaf in leaves(structure) if isinstance(leaf, Symbol)]


class Slot:
    """The place of an output in what a call gives."""

    def __init__(self, index: int):
        self.index = index


class Node:
    """One symbolic call of a layer: what went in and what came out.

    Args:
        first: what stands in the first place, with symbols in it: one, a list of them,
            or any structure of symbols and other values.
        outputs: a structure like what the call gives, of symbols without a call.
        options: what else the call was told, by name.
    """

    def __init__(
        self, layer: Any, first: Any, outputs: Any, options: Mapping[str, Any] | None = None
    ):
        self.layer, self.first, self.options = layer, first, dict(options or {})
        self.inputs = symbols_in((first, list(self.options.values())))
        self.training: bool | None = None
        """What the call itself says, whatever the model around it does."""
        self.masked: list[bool] | None = None
        """For each output whether it has a mask, once somebody asked (masks.py)."""
        # Layers hold their nodes weakly, and nodes hold no symbols of their own, so
        # that a model nobody uses any more frees its GPU memory at once.
        self._outputs: list[tuple[Shape, str]] = []
        self.form = mapped(self._slot, outputs)

    def _slot(self, leaf: Any) -> Any:
        if not isinstance(leaf, Symbol):
            return leaf
        self._outputs.append((leaf.shape, leaf.dtype))
        return Slot(len(self._outputs) - 1)

    @property
    def many(self) -> bool:
        """Whether a list went in, be it of one."""
        return not isinstance(self.first, Symbol)

    @property
    def is_plain(self) -> bool:
        """Whether it was called with one symbol or a list of them alone, and gave one
        or a list: what older configs can say.
        """
        first, form = self.first, self.form
        return not self.options and _is_flat(first, Symbol) and _is_flat(form, Slot)

    @property
    def outputs(self) -> list[Symbol]:
        return [Symbol(shape, dtype, self, i) for i, (shape, dtype) in enumerate(self._outputs)]

    @property
    def result(self) -> Any:
        """The outputs as the call gives them."""
        outputs = self.outputs
        return mapped(lambda leaf: outputs[leaf.index] if isinstance(leaf, Slot) else leaf,
                      self.form)  # fmt: skip

    def filled(self, values: Mapping[Key, Any], default: Any = None) -> tuple[Any, dict[str, Any]]:
        """(the first argument, the others by name), with values in place of symbols;
        where `default` is given, it is in place of everything else.
        """

        def fill(leaf: Any) -> Any:
            return values[key(leaf)] if isinstance(leaf, Symbol) else other(leaf)

        other = (lambda leaf: leaf) if default is None else lambda leaf: default[0]
        if isinstance(self.first, Symbol) and not self.options:
            return values[key(self.first)], {}
        return mapped(fill, self.first), {n: mapped(fill, v) for n, v in self.options.items()}

    def told_apart(self, results: Any) -> list[Any]:
        """What the call gave for each of the outputs."""
        if isinstance(self.form, Slot):
            return [results]
        pairs = zip(leaves(self.form), leaves(results), strict=True)
        return [value for slot, value in pairs if isinstance(slot, Slot)]


def _is_flat(structure: Any, kind: type) -> bool:
    """Whether it is one of a kind, or a list of such."""
    listed = isinstance(structure, (list, tuple)) and all(isinstance(s, kind) for s in structure)
    return isinstance(structure, kind) or listed


class Placed:
    """The half of a layer that knows where it was called on symbols."""

    name: str
    _nodes: list[weakref.ref[Node]]

    def __getstate__(self) -> dict[str, Any]:
        """For a copy, or a pickle: it was called nowhere until a graph says so."""
        return {**vars(self), "_nodes": [], "_losses": []}

    def _add_node(self, first: Any, outputs: Any, options: Mapping[str, Any] | None = None) -> Node:
        node = Node(self, first, outputs, options)
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
        node = self._node()
        if node.first == [] or isinstance(node.first, dict):
            return node.first if node.first else node.result
        return one_or_list(node.inputs)

    @property
    def output(self) -> Any:
        """The symbolic output, where the layer is used at one place:
        `Model(model.inputs, layer.output)` cuts there.
        """
        return self._node().result

    @property
    def input_shape(self) -> Any:
        return mapped(lambda s: s.shape, self.input)

    @property
    def output_shape(self) -> Any:
        return mapped(lambda s: s.shape, self.output)


def as_list(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (list, tuple)) else [x]


def one_or_list(xs: Sequence[Any]) -> Any:
    return xs[0] if len(xs) == 1 else list(xs)


def one_shape(shapes: Sequence[Shape], many: bool) -> Any:
    """A tuple for a layer called with one tensor, a list of tuples for one called with
    a list.
    """
    return [tuple(s) for s in shapes] if many else tuple(shapes[0])
