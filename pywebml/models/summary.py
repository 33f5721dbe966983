"""The table that `model.summary()` prints: layers, their outputs, parameters and what
they are connected to.
"""

from __future__ import annotations

import math
import re
import shutil
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from ..core.spec import ITEMSIZE
from ..host import markup, notebook
from ..layers.base import Layer
from ..layers.inputs import InputLayer
from ..layers.support.structures import leaves
from ..layers.support.symbols import Node

_STRAIGHT = (88, (0.45, 0.80, 1.0))
_BRANCHED = (108, (0.3, 0.56, 0.74, 1.0))
"""Widths of the table and where its columns end, of a stack and of a graph."""


@dataclass(frozen=True)
class Options:
    """What `summary` is told; see there."""

    line_length: int | None = None
    positions: Sequence[float] | None = None
    expand_nested: bool = False
    show_trainable: bool = False
    layer_range: Sequence[str] | None = None


def lines(model: Any, options: Options) -> Iterator[str]:
    """The table of a `Model`, line by line. ValueError for columns too narrow, or a
    range of layers that are not there.
    """
    heads, rows = _cells(model, options)
    widths = _widths(options, "Connected to" in heads, len(heads))
    yield f'Model: "{model.name}"'
    yield _rule("┏┳┓", "━", widths)
    yield from _row(heads, widths, "┃")
    yield _rule("┡╇┩", "━", widths)
    for number, cells in enumerate(rows):
        if number:
            yield _rule("├┼┤", "─", widths)
        yield from _row(cells, widths, "│")
    yield _rule("└┴┘", "─", widths)
    yield from _totals(model)


def html(model: Any, options: Options) -> str:
    """The same table for a notebook, as HTML."""
    heads, rows = _cells(model, options)
    return markup.table(heads, rows, (2,), f'Model: "{model.name}"', _totals(model))


def _cells(model: Any, options: Options) -> tuple[list[str], list[list[str]]]:
    """The heads of the columns, and the rows."""
    calls = _calls(model)
    branched = _branches(model, calls)
    heads = ["Layer (type)", "Output Shape", "Param #"]
    heads += ["Connected to"] * branched + ["Trainable"] * options.show_trainable
    rows = [
        cells
        for layer in _within(model.layers, options.layer_range)
        for cells in _rows(layer, calls, branched, options)
    ]
    return heads, rows


def _calls(model: Any) -> dict[int, list[Node]]:
    """The calls of each layer in the model's graph."""
    calls: dict[int, list[Node]] = {}
    for node in () if model._graph is None else model.graph.nodes:
        calls.setdefault(id(node.layer), []).append(node)
    return calls


def _branches(model: Any, calls: dict[int, list[Node]]) -> bool:
    several = any(len(nodes) > 1 for nodes in calls.values())
    starts = sum(isinstance(layer, InputLayer) for layer in model.layers)
    joins = any(len(node.inputs) > 1 for nodes in calls.values() for node in nodes)
    return several or starts > 1 or joins


def _widths(options: Options, branched: bool, count: int) -> list[int]:
    length, ends = _BRANCHED if branched else _STRAIGHT
    if options.show_trainable:
        length += 12
    length = options.line_length or max(60, min(length, shutil.get_terminal_size().columns - 4))
    positions = list(options.positions or ends)
    if options.show_trainable and len(positions) < count:
        positions = [position * 0.9 for position in positions] + [1.0]
    if len(positions) != count:
        raise ValueError(f"summary: positions needs {count} numbers, one per column")
    whole = positions[-1] > 1
    stops = [1, *(int(p if whole else p * length) for p in positions)]
    widths = [b - a - 1 for a, b in pairwise(stops)]
    if min(widths) < 4:
        raise ValueError(
            f"summary: columns of {widths} characters are too narrow: give a larger line_length,"
            " or other positions"
        )
    return widths


def _within(layers: Sequence[Layer], span: Sequence[str] | None) -> Sequence[Layer]:
    """The layers between two, whose names may be regular expressions."""
    if span is None:
        return layers
    if len(span) != 2:
        raise ValueError(f"summary: layer_range is the names of two layers, got {span!r}")
    places = [
        [i for i, layer in enumerate(layers) if re.match(pattern, layer.name)] for pattern in span
    ]
    for pattern, numbers in zip(span, places, strict=True):
        if not numbers:
            names = ", ".join(layer.name for layer in layers[:12])
            raise ValueError(f"summary: no layer is called {pattern!r}; there are {names}")
    first, last = places[0][0], places[1][-1]
    return layers[min(first, last) : max(first, last) + 1]


def _rows(
    layer: Layer, calls: dict[int, list[Node]], branched: bool, options: Options, depth: int = 0
) -> Iterator[list[str]]:
    """The cells of a layer, and of those inside it where nested ones are shown."""
    before = "   " * depth + "└ " if depth else ""
    counted = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    cells = [f"{before}{layer.name} ({type(layer).__name__})", _shape(layer, calls), counted]
    if branched:
        cells.append(_connections(layer, calls))
    if options.show_trainable:
        sign = "Y" if layer.trainable else "N"
        cells.append(sign if layer.weights else "-")
    yield cells
    if options.expand_nested and hasattr(layer, "_graph"):
        inner = _calls(layer)
        parts: Any = layer
        for part in parts.layers:
            yield from _rows(part, {**calls, **inner}, branched, options, depth + 1)


def _shape(layer: Layer, calls: dict[int, list[Node]]) -> str:
    nodes = calls.get(id(layer))
    if nodes:
        outputs = nodes[0].outputs
    else:
        try:
            outputs = list(leaves(layer.output))
        except (AttributeError, ValueError):  # not built yet, or used at several places
            return _followed(layer)
    shapes = [str(symbol.shape) for symbol in outputs]
    return shapes[0] if len(shapes) == 1 else f"[{', '.join(shapes)}]"


def _followed(layer: Layer) -> str:
    """Of a layer in a model without a graph: what its call gives for its shape."""
    if not layer.built or layer._built_for in (None, ()):
        return "?"
    try:
        return str(layer.compute_output_shape(layer._built_for))
    except (TypeError, ValueError):
        return "?"


def _connections(layer: Layer, calls: dict[int, list[Node]]) -> str:
    names = []
    for node in calls.get(id(layer), ()):
        for symbol in node.inputs:
            others = calls.get(id(symbol.layer), [])
            number = others.index(symbol.node) if symbol.node in others else 0
            names.append(f"{symbol.layer.name}[{number}][{symbol.index}]")
    return ", ".join(names) or "-"


def _rule(corners: str, line: str, widths: Sequence[int]) -> str:
    left, middle, right = list(corners)
    return left + middle.join(line * width for width in widths) + right


def _row(cells: Sequence[str], widths: Sequence[int], bar: str) -> Iterator[str]:
    """A row of cells, each over as many lines as it takes."""
    wrapped = [
        textwrap.wrap(cell, width - 2, drop_whitespace=False) or [""]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for number in range(max(map(len, wrapped))):
        parts = [texts[number] if number < len(texts) else "" for texts in wrapped]
        padded = [
            f" {part:>{width - 2}} " if column == 2 else f" {part:<{width - 2}} "
            for column, (part, width) in enumerate(zip(parts, widths, strict=True))
        ]
        yield bar + bar.join(padded) + bar


def _totals(model: Any) -> Iterator[str]:
    if not model.built:
        yield " Not built yet: parameters are counted once the input shape is known."
        return
    trained = model.trainable_weights
    known = {id(weight) for weight in trained}
    frozen = [weight for weight in model.weights if id(weight) not in known]
    compiled = model.compiled
    remembered = [] if compiled is None else list(compiled.optimizer.variables)
    yield f" Total params: {_count([*trained, *frozen, *remembered])}"
    yield f" Trainable params: {_count(trained)}"
    yield f" Non-trainable params: {_count(frozen)}"
    if remembered:
        yield f" Optimizer params: {_count(remembered)}"


def _count(weights: Sequence[Any]) -> str:
    values = sum(math.prod(weight.shape) for weight in weights)
    size = float(sum(math.prod(weight.shape) * ITEMSIZE[weight.dtype] for weight in weights))
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{values:,} ({size:.2f} {unit})"
        size /= 1024
    return f"{values:,} ({size:.2f} GB)"


class Summarised:
    """The half of a model that shows what it is made of."""

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Prints a table of layers, output shapes and parameters, and of what they are
        connected to where the model is no plain stack; in a notebook it is HTML, as it
        is of a model that stands at a cell's end.

        Args:
            line_length: of the table, in characters.
            positions: where its columns end, as parts of the length or in characters.
            print_fn: gets the table line by line, in place of `print`.
            expand_nested: shows the layers of models inside, too.
            show_trainable: a column that says which layers train, Y or N.
            layer_range: the names of the first and the last layer to show.

        Raises:
            ValueError: columns too narrow, or a layer that is not there.
        """
        options = Options(line_length, positions, expand_nested, show_trainable, layer_range)
        if print_fn is None and notebook.shell() is not None:
            notebook.show(_Table(self, options))
            return
        for line in lines(self, options):
            (print_fn or print)(line)

    def _repr_html_(self) -> str:
        return html(self, Options())


class _Table(NamedTuple):
    """What `summary` shows in a notebook."""

    model: Any
    options: Options

    def __repr__(self) -> str:
        return "\n".join(lines(self.model, self.options))

    def _repr_html_(self) -> str:
        return html(self.model, self.options)
