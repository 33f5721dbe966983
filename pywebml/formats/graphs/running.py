"""Runs the nodes of a graph in order: what only depends on constants once, what the
host knows on the host, the rest on the device.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ...core.runtime import Recorder
from ...core.tensor import Tensor
from ...core.trace import eager
from ...device import get_device
from ...host.files import FormatError
from .known import MOST, SMALL, Known, Laid, Value, in_order, on_host
from .node import Body, Node
from .table import DependsOnData, OpTable, Row

MOST_ASKED = 64
"""Sets of inputs and outputs for which it is known what to run."""


class Step(NamedTuple):
    """A node, whether it depends on constants alone, and which values nobody reads
    after it.
    """

    node: Node
    is_fixed: bool
    drops: tuple[str, ...]


class Runner:
    """The nodes of a graph over a table of ops, and its constants by name."""

    def __init__(self, nodes: Iterable[Node], constants: Mapping[str, Known], table: OpTable):
        self._table = table
        self.constants = dict(constants)
        self.makers: dict[str, Node] = {}
        for node in nodes:
            for output in node.outputs:
                if output in self.makers or output in self.constants:
                    raise FormatError(f"two nodes of the graph give {output!r}")
                self.makers[output] = node
        self._steps: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Step]] = {}
        self._fixed: dict[Any, dict[str, Value]] = {}  # values by name, on each device
        self._bodies: dict[int, Runner] = {}

    def steps(self, fed: tuple[str, ...], asked: tuple[str, ...]) -> list[Step]:
        """What is to be run for these values. FormatError for a value that nothing
        gives, an op that is not in the table, or a circle.
        """
        key = fed, asked
        if key not in self._steps:
            self._table.check(self._needed(fed, asked))
            order = self._order(fed, asked)
            for body in (b for node in order for b in node.attributes.values()):
                if isinstance(body, Body):
                    self.inside(body).steps((*body.around, *body.inputs), body.outputs)
            if len(self._steps) >= MOST_ASKED:
                del self._steps[next(iter(self._steps))]
            self._steps[key] = self._with_drops(order, fed, asked)
        return self._steps[key]

    def inside(self, body: Body) -> Runner:
        """What runs a graph inside one of the nodes."""
        runner = self._bodies.get(id(body))
        if runner is None:
            constants = {name: Known(weight) for name, weight in body.weights.items()}
            runner = self._bodies[id(body)] = Runner(body.nodes, constants, self._table)
        return runner

    def _needed(self, fed: tuple[str, ...], asked: tuple[str, ...]) -> list[Node]:
        """The nodes that these values come from, in no order."""
        needed: dict[str, Node] = {}
        names = list(asked)
        while names:
            name = names.pop()
            node = None if name in fed else self.makers.get(name)
            if node is not None and node.name not in needed:
                needed[node.name] = node
                names.extend(node.inputs)
        return list(needed.values())

    def _order(self, fed: tuple[str, ...], asked: tuple[str, ...]) -> list[Node]:
        """The nodes that are needed, each after those whose values it reads. Without
        recursion, as graphs are thousands of nodes deep.
        """
        order: list[Node] = []
        state: dict[str, bool] = {}  # of nodes begun: whether they are done
        stack = [(name, "an output") for name in reversed(asked)]
        while stack:
            name, reader = stack[-1]
            if not name or name in fed or name in self.constants:
                stack.pop()
                continue
            node = self.makers.get(name)
            if node is None:
                raise FormatError(f"no node of the graph gives {name!r}, which {reader} reads")
            if node.name not in state:
                state[node.name] = False
                stack.extend((one, repr(node.name)) for one in reversed(node.inputs))
                continue
            stack.pop()
            if not state[node.name]:
                waiting = [n for n in node.inputs if n in self.makers and n not in fed]
                if any(not state.get(self.makers[n].name) for n in waiting):
                    raise FormatError(f"the graph runs in a circle through {node.name!r}")
                state[node.name] = True
                order.append(node)
        return order

    def _with_drops(
        self, order: Sequence[Node], fed: Iterable[str], asked: Sequence[str]
    ) -> list[Step]:
        fixed = set(self.constants) - set(fed)
        last: dict[str, Node] = {}
        flags = []
        for node in order:
            known = all(name in fixed for name in node.inputs if name)
            flags.append(known and not self._table[node.op].waits)
            if flags[-1]:
                fixed.update(node.outputs)
            last.update(dict.fromkeys((*node.inputs, *node.outputs), node))
        drops: dict[str, list[str]] = {}
        for name, node in last.items():
            if name not in asked:
                drops.setdefault(node.name, []).append(name)
        return [
            Step(node, flag, tuple(drops.get(node.name, ())))
            for node, flag in zip(order, flags, strict=True)
        ]

    async def run(self, feeds: Mapping[str, Value], asked: tuple[str, ...]) -> list[Tensor]:
        """The tensors asked for. DependsOnData where that needs reading from the device
        while something is recorded.
        """
        return [_tensor(_on_device(value)) for value in await self.values(feeds, asked)]

    async def values(self, feeds: Mapping[str, Value], asked: tuple[str, ...]) -> list[Value]:
        """As `run`; what the host knows stays there."""
        fixed = self._fixed.setdefault(get_device(), {})
        values: dict[str, Value] = {**self.constants, **fixed, **feeds}
        for node, is_fixed, drops in self.steps(tuple(feeds), asked):
            if not is_fixed:
                values.update(await self._results(node, values))
            elif node.outputs[0] not in fixed:
                with eager():  # so what it reads is wanted once
                    results = await self._results(node, values, stays=False)
                fixed.update(results)
                values.update(results)
            for name in drops:
                values.pop(name, None)
        return [values[name] for name in asked]

    async def _results(
        self, node: Node, values: Mapping[str, Value], stays: bool = True
    ) -> dict[str, Value]:
        """What a node gives, by name."""
        row = self._table[node.op]
        inputs = [values[name] if name else None for name in node.inputs]
        said = {**node.attributes, "op": node.op}
        attributes = {key: said[key] for key in row.names & said.keys()}
        try:
            if row.flows:
                results = await row.function(Inside(self, node, inputs))
            else:
                results = await _computed(node, row, inputs, attributes, stays)
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            if isinstance(error, FormatError):
                raise
            told = [getattr(value, "shape", None) for value in inputs]
            raise ValueError(f"{node.op} {node.name!r} of inputs {told}: {error}") from error
        if len(results) < len(node.outputs):
            raise FormatError(
                f"{node.op} {node.name!r} has {len(results)} outputs here, but"
                f" {len(node.outputs)} are read"
            )
        if any(value.shape and math.prod(value.shape) > MOST for value in results):
            raise FormatError(
                f"{node.op} {node.name!r} gives tensors of more than {MOST} values, which are not"
                " computed"
            )
        return dict(zip(node.outputs, results, strict=False))


class Inside:
    """A node with graphs inside, about to run: its own `inputs`, its attributes `said`.

    Choices and counts are the host's, so they must be known, or are read back, and then
    the whole graph runs op by op. What is known is recorded like any other ops: the
    branch that is taken, each step of a loop.
    """

    def __init__(self, runner: Runner, node: Node, inputs: Sequence[Value | None]):
        self._runner, self._node = runner, node
        self.said = node.attributes
        count = self.said["own"]
        self.inputs: list[Any] = list(inputs[:count])
        self._around = dict(zip(node.inputs[count:], inputs[count:], strict=True))

    async def number(self, value: Value, place: int) -> Any:
        """A value of one entry as Python's number; `place` says in errors which."""
        number = await _numbers(self._node, place, value)
        while isinstance(number, list):
            (number,) = number
        return number

    async def run(self, which: str, *inputs: Value | None) -> list[Value]:
        """The outputs of the graph that is the attribute `which`."""
        body = self.said[which]
        feeds: dict[str, Any] = {name: self._around[name] for name in body.around}
        feeds.update(zip(body.inputs, inputs, strict=True))
        return await self._runner.inside(body).values(feeds, body.outputs)

    @staticmethod
    def made(function: Callable[..., Any], *values: Value) -> Value:
        """A function of tensors, on the host where that knows the values."""
        if all(isinstance(value, Known) and value.size <= SMALL for value in values):
            known = on_host(function, values)  # type: ignore[arg-type]
            if known is not None:
                return known[0]
        result: Value = function(*(_tensor(_on_device(value)) for value in values))
        return result


async def _computed(
    node: Node,
    row: Row,
    inputs: Sequence[Value | None],
    attributes: dict[str, Any],
    stays: bool,
) -> list[Value]:
    """The results of a node: on the host where it knows all inputs, and they are small;
    else in ops. Constants that it reads stay on the device where others may want them.
    """
    arguments: dict[int, Any] = {}  # those that are taken as numbers
    for place in {place % len(inputs) for place in row.host if place < len(inputs)}:
        value = inputs[place]
        arguments[place] = value if value is None else await _numbers(node, place, value)
    others = [None if i in arguments else value for i, value in enumerate(inputs)]

    def call(*tensors: Any) -> Any:
        values = [arguments.get(i, t) for i, t in enumerate(tensors)]
        return row.function(*values, **attributes)

    small = all(v is None or (isinstance(v, Known) and v.size <= SMALL) for v in others)
    if small and not row.waits:
        known = on_host(call, [v if isinstance(v, Known) else None for v in others])
        if known is not None:
            return list(known)
    result = call(*(None if v is None else _on_device(v, stays) for v in others))
    if row.waits:
        if Recorder.trace is not None:
            result.close()
            raise DependsOnData(f"how much {node.op} {node.name!r} gives depends on its values")
        result = await result
    return list(result) if isinstance(result, (list, tuple)) else [result]


async def _numbers(node: Node, place: int, value: Value) -> Any:
    """An input as Python's numbers."""
    value = in_order(value)
    if isinstance(value, Known):
        return value.tolist()
    if Recorder.trace is not None:
        raise DependsOnData(f"input {place} of {node.op} {node.name!r} depends on data")
    view = await value.data()
    return view.tolist() if value.shape else view[0]


def _on_device(value: Value, stays: bool = True) -> Tensor | Laid:
    return value.tensor(stays) if isinstance(value, Known) else value


def _tensor(value: Tensor | Laid) -> Tensor:
    return value.tensor() if isinstance(value, Laid) else value
