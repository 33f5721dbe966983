"""A model that is a graph of ops, for inference: what TensorFlow.js calls a graph
model. Formats make one of their nodes and a table of ops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...core.calling import named
from ...core.capture import Captured
from ...core.runtime import Recorder
from ...core.tensor import Tensor, as_tensor
from ...host.awaited import awaited
from ...host.waiting import at_once, run_sync
from ...ops import concat
from ..wire.stored import Weight, elements
from .known import Known
from .node import Node, Port
from .running import MOST_ASKED, Runner
from .table import DependsOnData, OpTable


class GraphModel:
    """Nodes over constants, from `inputs` to `outputs`.

    For each combination of input shapes the graph is recorded once, and a call is one
    replay; results between are freed after their last reader. Where a size depends on
    data (`Where`, `NonMaxSuppressionV3`), it runs op by op, reading such sizes back.

    Args:
        nodes: in any order.
        weights: the constants, by the names under which nodes read them.
        inputs, outputs: the ports, in the order of arguments and results.
        table: what the op types mean.

    Raises:
        FormatError: op types that are not in the table, all in one message; a value
            that no node gives, or two do; a circle.

    Example:
        >>> from pywebml.formats.graphs import GraphModel, Known, Node, OpTable, Port
        >>> table = OpTable("toy")
        >>> @table.op("Scale")
        ... def scale(x, factor):
        ...     return x * factor
        >>> node = Node("scaled", "Scale", ("x", "factor"), {}, ("scaled",))
        >>> weights = {"factor": Known.of([2.0, 3.0]).weight}
        >>> model = GraphModel([node], weights, [Port("x", "x", (None, 2))],
        ...                    [Port("y", "scaled")], table)
        >>> model.predict([[1.0, 1.0]]).tolist(), model.count_params()
        ([[2.0, 3.0]], 2)
    """

    def __init__(
        self,
        nodes: Iterable[Node],
        weights: Mapping[str, Weight],
        inputs: Sequence[Port],
        outputs: Sequence[Port],
        table: OpTable,
        name: str = "graph",
        metadata: Mapping[str, Any] | None = None,
    ):
        self.name, self.metadata = name, dict(metadata or {})
        self.nodes = tuple(nodes)
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.weights, self.table = dict(weights), table
        constants = {name: Known(weight) for name, weight in weights.items()}
        self._runner = Runner(self.nodes, constants, table)
        fed = tuple(port.value for port in self.inputs)
        self._runner.steps(fed, tuple(port.value for port in self.outputs))
        self._captured: dict[tuple[Any, Any], Captured] = {}
        self._op_by_op: set[tuple[Any, Any]] = set()

    @property
    def input_names(self) -> list[str]:
        return [port.name for port in self.inputs]

    @property
    def output_names(self) -> list[str]:
        return [port.name for port in self.outputs]

    def count_params(self) -> int:
        """Numbers in all constants."""
        return sum(elements(weight.shape) for weight in self.weights.values())

    def op_counts(self) -> dict[str, int]:
        """How many nodes there are of each op type, the most frequent first."""
        return dict(Counter(node.op for node in self.nodes).most_common())

    def summary(self, print_fn: Callable[[str], Any] | None = None) -> None:
        """Prints inputs, outputs, op types with their numbers, and parameters;
        `print_fn` gets it line by line, in place of `print`.
        """
        show = print_fn or print
        show(f'Graph: "{self.name}"')
        for title, ports in (("input", self.inputs), ("output", self.outputs)):
            for port in ports:
                shape = "?" if port.shape is None else str(port.shape)
                show(f" {title:<7} {port.name}: {shape} {port.dtype}")
        for op, count in self.op_counts().items():
            show(f" {count:>7} {op}")
        nbytes = sum(len(weight.data) for weight in self.weights.values())
        show(f" Total params: {self.count_params():,} ({nbytes:,} bytes as stored)")

    # --- running it

    def __call__(self, x: Any) -> Any:
        """The outputs for x, all of it at once; see `predict`."""
        return self._answered(self._fed(x), self.outputs)

    @named
    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = 0) -> Any:
        """The outputs for x as tensors on the device: one, or a list in the order of
        `outputs`.

        Args:
            x: an array, list or tensor; for several inputs a list of them in the order
                of `inputs`, or a dict by their names.
            batch_size: so many examples at a time where the inputs' first axes are
                open; all of them at once for None.
            verbose: Keras's; nothing is shown here.

        Raises:
            ValueError: an input that is missing, unknown, or of another shape.

        Nothing is read back where the graph can be recorded. Where it cannot, as a size
        depends on data, this waits by itself; `predict_async` is awaited.
        """
        fed = self._fed(x)
        parts = [self._answered(part, self.outputs) for part in self._parts(fed, batch_size)]
        return _joined(parts)

    @awaited("model.predict_async(...)", "model.predict(...)")
    async def predict_async(self, x: Any, batch_size: int | None = None) -> Any:
        """`predict` for code that awaits it: TensorFlow.js's `executeAsync`."""
        parts = self._parts(self._fed(x), batch_size)
        return _joined([await self._answer(part, self.outputs) for part in parts])

    def execute(self, inputs: Any, outputs: str | Sequence[str] | None = None) -> Any:
        """The values of any nodes for `inputs`: as for `predict`, and a dict may name
        inner nodes, too, which then are not computed. One tensor for one name, else a
        list. TensorFlow.js's `execute`.

        Args:
            outputs: names of outputs or nodes ("conv", "split:1"); None for the
                model's outputs.
        """
        return self._answered(self._fed(inputs), self._asked(outputs))

    @awaited("model.execute_async(...)", "model.execute(...)")
    async def execute_async(self, inputs: Any, outputs: str | Sequence[str] | None = None) -> Any:
        """`execute` for code that awaits it."""
        return await self._answer(self._fed(inputs), self._asked(outputs))

    def _asked(self, outputs: str | Sequence[str] | None) -> tuple[Port, ...]:
        if outputs is None:
            return self.outputs
        names = [outputs] if isinstance(outputs, str) else list(outputs)
        own = {port.name: port for port in self.outputs}
        return tuple(own.get(name) or Port(name, self._value(name)) for name in names)

    def _value(self, name: str) -> str:
        """The value that somebody names: "node", "node:0" and the first output of a
        node are one.
        """
        known = {port.name: port.value for port in self.inputs}
        if name in known:
            return known[name]
        for one in (name, name.removesuffix(":0"), f"{name}:0"):
            if one in self._runner.makers or one in self._runner.constants:
                return one
            if one in known.values():
                return one
        firsts = {node.name: node.outputs[0] for node in self.nodes if node.outputs}
        if name in firsts:
            return firsts[name]
        raise ValueError(
            f"{self.name} has no node or output {name!r}; its outputs are"
            f" {', '.join(self.output_names)}"
        )

    def _fed(self, x: Any) -> dict[str, Tensor]:
        """The values of the inputs, by the names of these values."""
        if isinstance(x, Mapping):
            feeds = {self._value(name): value for name, value in x.items()}
            inner = len(set(feeds) - {port.value for port in self.inputs})
        else:
            feeds, inner = self._in_order(x), 0
        missing = [port.name for port in self.inputs if port.value not in feeds]
        if missing and not inner:
            raise ValueError(
                f"{self.name} has the inputs {', '.join(self.input_names)}; {missing[0]!r} is"
                " missing"
            )
        ports = {port.value: port for port in self.inputs}
        return {
            value: _checked(ports[value], data) if value in ports else as_tensor(data)
            for value, data in feeds.items()
        }

    def _in_order(self, x: Any) -> dict[str, Any]:
        if len(self.inputs) == 1:
            alone = isinstance(x, (list, tuple)) and len(x) == 1 and hasattr(x[0], "shape")
            return {self.inputs[0].value: x[0] if alone else x}
        if not isinstance(x, (list, tuple)) or len(x) != len(self.inputs):
            names = ", ".join(self.input_names)
            raise ValueError(
                f"{self.name} has {len(self.inputs)} inputs, {names}: give a list of as many, or a"
                " dict by their names"
            )
        return {port.value: data for port, data in zip(self.inputs, x, strict=True)}

    def _parts(self, fed: dict[str, Tensor], batch_size: int | None) -> list[dict[str, Tensor]]:
        """The inputs, so many examples at a time."""
        rows = {value.shape[0] if value.shape else 0 for value in fed.values()}
        is_open = all(port.shape is None or port.shape[:1] == (None,) for port in self.inputs)
        if batch_size is None or not is_open or len(rows) != 1 or max(rows) <= batch_size:
            return [fed]
        if batch_size < 1:
            raise ValueError(f"predict: batch_size must be at least 1, got {batch_size}")
        starts = range(0, max(rows), batch_size)
        return [{n: v[i : i + batch_size] for n, v in fed.items()} for i in starts]

    # --- recorded where that can be, else op by op

    def _answered(self, fed: dict[str, Tensor], asked: tuple[Port, ...]) -> Any:
        """`_answer`, waiting only where something is read back."""
        key = tuple(fed), tuple(port.value for port in asked)
        if key not in self._op_by_op:
            try:
                return _alone(self._replayed(fed, asked))
            except DependsOnData:
                if Recorder.trace is not None:
                    raise
                self._op_by_op.add(key)
        return run_sync(self._answer(fed, asked))

    async def _answer(self, fed: dict[str, Tensor], asked: tuple[Port, ...]) -> Any:
        key = tuple(fed), tuple(port.value for port in asked)
        if key not in self._op_by_op:
            try:
                return _alone(self._replayed(fed, asked))
            except DependsOnData:
                if Recorder.trace is not None:
                    raise
                self._op_by_op.add(key)
        return _alone(await self._runner.run(fed, key[1]))

    def _replayed(self, fed: dict[str, Tensor], asked: tuple[Port, ...]) -> Any:
        names, values = tuple(fed), tuple(port.value for port in asked)
        captured = self._captured.get((names, values))
        if captured is None:

            def run(*tensors: Tensor) -> list[Tensor]:
                feeds = dict(zip(names, tensors, strict=True))
                return at_once(self._runner.run(feeds, values))

            captured = self._captured[names, values] = Captured(run)
            if len(self._captured) > MOST_ASKED:
                del self._captured[next(iter(self._captured))]
        return captured(*fed.values())


def _checked(port: Port, data: Any) -> Tensor:
    """Data as an input wants it."""
    x = as_tensor(data)
    fits = port.shape is None or (
        len(port.shape) == x.ndim
        and all(said in (None, n) for said, n in zip(port.shape, x.shape, strict=True))
    )
    if not fits:
        raise ValueError(
            f"input {port.name!r} takes {port.shape}, with any number for None; got shape {x.shape}"
        )
    return x if x.dtype == port.dtype else x.astype(port.dtype)


def _alone(values: Sequence[Tensor]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _joined(parts: Sequence[Any]) -> Any:
    """Outputs of parts of the examples, joined again."""
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], list):
        return [concat(list(several)) for several in zip(*parts, strict=True)]
    return concat(list(parts))


__all__ = ["GraphModel", "Node", "Port"]
