"""What a graph is made of, as plain data."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..wire.stored import Weight


class Node(NamedTuple):
    """One op of a graph.

    op           its type, a key of the table
    inputs       names of values: of inputs, constants and other nodes' outputs; "" for
                 one that is left out
    attributes   by name, as Python's numbers, texts and lists
    outputs      names of the values that it gives
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]
    outputs: tuple[str, ...]


class Body(NamedTuple):
    """A graph inside a node, one of its attributes: a branch, or what a loop repeats.

    inputs     names of what the node hands in
    around     names of values of the graph around it that it reads; the node has them
               among its inputs, behind its own
    """

    nodes: tuple[Node, ...]
    weights: dict[str, Weight]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    around: tuple[str, ...]


class Port(NamedTuple):
    """An input or output of a graph: how it is called, the value it stands for, its
    shape with None for what is open (None for a shape that is not known), its dtype.
    """

    name: str
    value: str
    shape: tuple[int | None, ...] | None = None
    dtype: str = "float32"
