"""From a function of tensors to the nodes of an ONNX graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.capture import Traced, traced
from ...core.fuse import drop_dead
from ...core.runtime import Buffer
from ...core.spec import Spec
from ...core.tensor import Tensor
from ...core.trace import Step
from ...host.version import VERSION
from ...models import Model
from ..wire import onnx as wire
from ..wire.stored import Stored, Topology
from .calls import Call, NotWritten
from .ops import OPS
from .values import OPSET, Batches, Size, Value, Writer

if TYPE_CHECKING:
    import numpy as np

    from ..graphs import GraphModel
else:
    from ...host.lazy import np

_BATCHES = (2, 3)
BATCH = "n"
"""What an open size is called in a file."""


class Argument(NamedTuple):
    """An input: None in its shape for a size that is the batch's."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"


def onnx_bytes(model: Model, metadata: Mapping[str, Any] | None = None) -> bytes:
    """A model as an ONNX file, see `stored_model`. Weights are read back from the
    device.

    Example:
        >>> from pywebml.formats.onnx_writing import onnx_bytes
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> len(onnx_bytes(model)) < 400
        True
    """
    values = [weight.data_sync() for weight in model.weights]
    return wire.write(stored_model(model, values, metadata))["model.onnx"]


def stored_model(
    model: Model, values: Iterable[Any], metadata: Mapping[str, Any] | None = None
) -> Stored:
    """A model as an ONNX graph: inputs and outputs by their names and in our shapes,
    the batch's size open. `values` are those of `model.weights`, `metadata` texts or
    JSON data that the file has beside it (labels, preprocessing). A name that is taken
    has a number behind it.

    ValueError for an op that is not written, for a model that does something else with
    another batch, and for an input with an open size apart from the batch's.
    """
    inputs = [_given(symbol, name) for symbol, name in zip(
        model.inputs, model.ends.input_names, strict=True
    )]  # fmt: skip
    known = {
        weight.buffer: (np.asarray(value).reshape(weight.shape), weight.path)
        for weight, value in zip(model.weights, values, strict=True)
    }

    def forward(*tensors: Tensor) -> Any:
        return model(model.ends.as_called(tensors), training=False)

    names = model.ends.output_names
    return stored_function(forward, inputs, names, known, metadata, model.name)


def stored_graph(model: GraphModel, metadata: Mapping[str, Any] | None = None) -> Stored:
    """As `stored_model`, of a graph of another format: it is recorded, so branches and
    loops that it could take at once are in it no more.
    """
    inputs = []
    for port in model.inputs:
        if port.shape is None or None in port.shape[1:]:
            raise ValueError(
                f"input {port.name!r} has the shape {port.shape}; ONNX files are written for"
                " inputs of which only the batch's size is open"
            )
        inputs.append(Argument(port.name, port.shape, port.dtype))
    about = model.metadata if metadata is None else metadata

    def forward(*tensors: Tensor) -> Any:
        return model(list(tensors))

    return stored_function(forward, inputs, model.output_names, {}, about, model.name)


def _given(symbol: Any, name: str) -> Argument:
    if None in symbol.shape[1:]:
        raise ValueError(
            f"input {name!r} of shape {symbol.shape} has open sizes; ONNX files are written for"
            " inputs of which only the batch's is open: give the Input its sizes"
        )
    return Argument(name or "input", tuple(symbol.shape), symbol.dtype or "float32")


def stored_function(
    function: Callable[..., Any],
    inputs: Sequence[Argument],
    outputs: Sequence[str],
    known: Mapping[Buffer, tuple[Any, str]] | None = None,
    metadata: Mapping[str, Any] | None = None,
    what: str = "the function",
) -> Stored:
    """Any function of tensors, written as `stored_model` writes a model. `known` are
    values and names of tensors that it closes over; others are read back.
    """
    traces = [_recorded(function, inputs, batch) for batch in _BATCHES]
    graph = _Graph(traces, known or {}, what)
    return graph.stored(inputs, outputs, metadata or {})


def stored_steps(
    traced: Traced, inputs: Sequence[Argument], known: Mapping[Buffer, tuple[Any, str]]
) -> Stored:
    """What was recorded once, written for the sizes that it was recorded with. Errors
    as `stored_model`.
    """
    names = [f"output_{i}" for i in range(len(traced.outputs))]
    return _Graph([traced, traced], known, "the plan").stored(inputs, names, {})


def _recorded(function: Callable[..., Any], inputs: Sequence[Argument], batch: int) -> Traced:
    return traced(function, [
        Spec(tuple(batch if size is None else size for size in argument.shape), argument.dtype)
        for argument in inputs
    ])  # fmt: skip


class _Graph:
    """What was recorded twice, on its way to nodes."""

    def __init__(
        self, traces: Sequence[Traced], known: Mapping[Buffer, tuple[Any, str]], what: str
    ):
        self._traces, self._known, self._what = traces, known, what
        self._steps = [drop_dead(t.trace.steps, {o.buffer for o in t.outputs}) for t in traces]
        self._values: dict[Buffer, Value] = {}

    def stored(
        self, inputs: Sequence[Argument], outputs: Sequence[str], metadata: Mapping[str, Any]
    ) -> Stored:
        small, large = self._steps
        if [type(step.op) for step in small] != [type(step.op) for step in large]:
            raise ValueError(f"{self._what} does something else with a batch of another size")
        if bad := self._not_written(small):
            raise ValueError(
                f"{self._what} does what is not written as ONNX: {', '.join(bad)}; written are"
                f" {', '.join(sorted(OPS))}"
            )
        self._w = w = Writer()
        names = [w.free(argument.name) for argument in inputs]
        result_names = [w.free(name) for name in outputs]
        infos = []
        for name, argument, buffer in zip(names, inputs, self._traces[0].inputs, strict=True):
            shape = [BATCH if size is None else size for size in argument.shape]
            infos.append({"name": name, "dtype": argument.dtype, "shape": shape})
            sizes = tuple(Batches(1) if size is None else size for size in argument.shape)
            self._values[buffer] = Value(sizes, argument.dtype, name)
            if None in argument.shape and w.batch is None:
                w.batch = name, argument.shape.index(None)
        for step, same_step in zip(small, large, strict=True):
            self._step(step, same_step)
        results = []
        pairs = zip(self._traces[0].outputs, self._traces[1].outputs, strict=True)
        for name, (tensor, larger) in zip(result_names, pairs, strict=True):
            sizes = self._sizes(tensor.shape, larger.shape)
            value = w.seen_as(self._value(tensor.buffer, tensor.spec), sizes)
            w.node("Identity", [w.last(value)], [name])
            open_sizes = [_named(size) for size in sizes]
            results.append({"name": name, "dtype": tensor.dtype, "shape": open_sizes})
        config = {
            "ir_version": wire.IR, "producer": f"pywebml {VERSION}", "opset": {"": OPSET},
            "inputs": infos, "outputs": results, "nodes": w.nodes,
        }  # fmt: skip
        return Stored(Topology("onnx", config), w.weights, dict(metadata))

    def _not_written(self, steps: Sequence[Step]) -> list[str]:
        """The ops that have no row and depend on the inputs; others are worked out."""
        depends = {*self._traces[0].inputs}
        bad = set()
        for step in steps:
            if any(buffer in depends for buffer in step.ins):
                depends.update(step.outs)
                if type(step.op).__name__ not in OPS:
                    bad.add(step.op.name)
        return sorted(bad)

    def _step(self, step: Step, larger: Step) -> None:
        ins = [
            self._w.seen_as(self._value(buffer, spec), self._sizes(spec.shape, large.shape))
            for buffer, spec, large in zip(step.ins, step.in_specs, larger.in_specs, strict=True)
        ]
        sizes = [
            self._sizes(spec.shape, large.shape)
            for spec, large in zip(step.out_specs, larger.out_specs, strict=True)
        ]
        dtypes = [spec.dtype for spec in step.out_specs]
        fixed = not any(isinstance(size, Batches) for one in sizes for size in one)
        if step.op.writes:
            raise ValueError(f"{self._what}: {step.op.name} writes into a weight; ONNX cannot")
        if fixed and all(value.array is not None for value in ins):
            values = self._worked_out(step, ins)
        else:
            call = Call(self._w, step.op, ins, sizes, dtypes)
            try:
                values = OPS[type(step.op).__name__](call)
            except (NotWritten, KeyError) as reason:
                raise ValueError(
                    f"{self._what}: {step.op.name} is not written as ONNX: {reason}"
                ) from None
        for buffer, value in zip(step.outs, values, strict=False):
            self._values[buffer] = value

    def _worked_out(self, step: Step, ins: Sequence[Value]) -> list[Value]:
        with np.errstate(all="ignore"):
            results = step.op.numpy(*(value.array for value in ins))
        several = results if isinstance(results, tuple) else (results,)
        label = next((value.label for value in ins if value.label), "")
        return [
            Value(
                spec.shape,
                spec.dtype,
                array=np.asarray(result).astype(spec.dtype).reshape(spec.shape),
                label=label,
            )
            for spec, result in zip(step.out_specs, several, strict=True)
        ]

    def _value(self, buffer: Buffer, spec: Spec) -> Value:
        """What is in a buffer: of a step before, or a tensor that is closed over."""
        value = self._values.get(buffer)
        if value is None:
            array, label = self._known.get(buffer, (None, ""))
            if array is None:
                if buffer.id == -1:
                    raise ValueError(
                        f"{self._what} uses something that no output of an op written as ONNX is"
                    )
                array = Tensor(buffer, spec).numpy()
            value = self._values[buffer] = Value(
                tuple(array.shape), spec.dtype, array=array, label=label
            )
        return value

    def _sizes(self, small: Sequence[int], large: Sequence[int]) -> tuple[Size, ...]:
        return tuple(map(self._size, small, large))

    def _size(self, small: int, large: int) -> Size:
        if small == large:
            return small
        times, rest = divmod(small, _BATCHES[0])
        if rest or large != times * _BATCHES[1]:
            raise ValueError(
                f"{self._what} makes a size of {small} of a batch of {_BATCHES[0]}, and {large} of"
                f" one of {_BATCHES[1]}, which is no multiple of it"
            )
        return Batches(times)


def _named(size: Size) -> int | str:
    if not isinstance(size, Batches):
        return size
    return BATCH if size.times == 1 else f"{size.times}{BATCH}"
