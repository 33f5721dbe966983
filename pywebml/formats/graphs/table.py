"""Tables of op types: what a node of a graph does, as a function of `pw.ops`."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from ...host.files import FormatError
from .node import Node

F = TypeVar("F", bound=Callable[..., Any])


class DependsOnData(RuntimeError):
    """A shape, or another number that the host needs, is the outcome of the graph's own
    tensors: such a graph runs op by op, and cannot be captured.
    """


class Row(NamedTuple):
    """What an op type does.

    function   takes the node's inputs by place, and those of its attributes by name
               that its signature names (after a *); `op` is the type itself
    host       the places of inputs that it takes as Python's numbers and lists; -1 is
               the last
    waits      whether it is a coroutine that reads from the device
    flows      whether it runs graphs inside its node, see inside.py
    """

    function: Callable[..., Any]
    host: frozenset[int]
    names: frozenset[str]
    waits: bool
    flows: bool = False


class OpTable:
    """{op type: Row}, filled by decorators.

    A function gives a tensor, a `Known` where the host knows the outcome, such as a
    shape, or a list of these for the outputs of a node of several.

    Example:
        >>> from pywebml.formats.graphs import OpTable
        >>> table = OpTable("toy", {"Loop": "loops are not run"})
        >>> @table.op("Plus")
        ... def plus(a, b, *, times=1):
        ...     return a + b * times
        >>> sorted(table)
        ['Plus']
    """

    def __init__(self, name: str, refused: Mapping[str, str] | None = None):
        self.name = name
        self._rows: dict[str, Row] = {}
        self._refused = dict(refused or {})

    def op(self, *types: str, host: Iterable[int] = ()) -> Callable[[F], F]:
        """Decorator: the function is what ops of these types do."""

        def enter(function: F) -> F:
            parameters = inspect.signature(function).parameters.values()
            names = frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
            waits = inspect.iscoroutinefunction(function)
            for kind in types:
                self._rows[kind] = Row(function, frozenset(host), names, waits)
            return function

        return enter

    def flow(self, *types: str) -> Callable[[F], F]:
        """Decorator: the function is a coroutine of an `Inside`, which has the node's
        inputs and runs the graphs inside it.
        """

        def enter(function: F) -> F:
            for kind in types:
                self._rows[kind] = Row(function, frozenset(), frozenset(), True, True)
            return function

        return enter

    def __iter__(self) -> Any:
        return iter(self._rows)

    def __getitem__(self, op: str) -> Row:
        return self._rows[op]

    def __contains__(self, op: object) -> bool:
        return op in self._rows

    def check(self, nodes: Iterable[Node]) -> None:
        """FormatError that lists all op types that are not in the table, each with one
        of its nodes.
        """
        missing = [node for node in nodes if node.op not in self._rows]
        if not missing:
            return
        counts = Counter(node.op for node in missing)
        first = {node.op: node.name for node in reversed(missing)}
        told = [
            f"{op} ({n} times, first at {first[op]!r}"
            + (f"; {self._refused[op]})" if op in self._refused else ")")
            for op, n in sorted(counts.items())
        ]
        raise FormatError(f"ops of {self.name} that are not run here: {', '.join(told)}")
