"""From a graph of ops to a model of layers, where there are layers for all of its ops.

The graph is recorded with our ops, some forty of them whatever format it comes from,
and each that was recorded becomes a layer or two. Products and sums with constants are
batch norms whose moments are 0 and 1. rows.py has a row for each op, formulas.py for
each function that works value by value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .... import layers
from ....core.capture import traced
from ....core.fuse import drop_dead
from ....core.spec import Spec
from ....core.tensor import Tensor
from ....core.trace import Step
from ....host.files import FormatError
from ....models import Model
from ..graph import GraphModel
from .making import Making, NoLayer
from .rows import ROWS

if TYPE_CHECKING:
    import numpy as np
else:
    from ....host.lazy import np

__all__ = ["layers_of"]

_BATCH = 2  # with which a graph of an open number of examples is recorded


def layers_of(model: GraphModel, channels_last: bool = False) -> Model:
    """The same as layers. FormatError that names the op and says why it is none.
    `channels_last`: pictures go in so, where the graph wants the three channels first.
    """
    return _Layers(model, channels_last).model()


class _Layers(Making):
    """The values of a recorded graph by their buffers: symbols, and arrays where they
    depend on no input.
    """

    def __init__(self, graph: GraphModel, channels_last: bool):
        super().__init__()
        self._graph, self._turns = graph, channels_last
        self._values: dict[Any, Any] = {}

    def model(self) -> Model:
        graph = self._graph
        specs = []
        for port in graph.inputs:
            if port.shape is None or not port.shape or None in port.shape[1:]:
                raise FormatError(
                    f"input {port.name!r} has the shape {port.shape}; layers are made for inputs of"
                    " which only the batch's size is open"
                )
            sizes = [port.shape[0] or _BATCH, *(size or 0 for size in port.shape[1:])]
            specs.append(Spec(tuple(sizes), port.dtype))
        trace = traced(lambda *tensors: graph(list(tensors)), specs)
        inputs = []
        for port, buffer, spec in zip(graph.inputs, trace.inputs, specs, strict=True):
            name = "".join(c if c.isalnum() else "_" for c in port.name).strip("_") or "input"
            shape = spec.shape[1:]
            turns = self._turns and len(shape) == 3 and shape[0] == 3 != shape[2]
            shape = (*shape[1:], shape[0]) if turns else shape
            symbol = layers.Input(shape, dtype=spec.dtype, name=name)
            inputs.append(symbol)
            self._values[buffer] = layers.Permute((3, 1, 2))(symbol) if turns else symbol
        for step in drop_dead(trace.trace.steps, {o.buffer for o in trace.outputs}):
            self._step(step)
        outputs = [self._value(tensor.buffer, tensor.spec) for tensor in trace.outputs]
        if any(isinstance(output, np.ndarray) for output in outputs):
            raise FormatError(f"an output of {graph.name} does not depend on its inputs")
        model = Model(
            inputs if len(inputs) > 1 else inputs[0],
            outputs if len(outputs) > 1 else outputs[0],
            name="layers_of_a_graph",
        )
        for layer, values in self.weights:
            layer.set_weights(values)
        return model

    def _step(self, step: Step) -> None:
        try:
            ins = [self._value(b, s) for b, s in zip(step.ins, step.in_specs, strict=True)]
            self._take(step, ins)
        except NoLayer as reason:
            raise FormatError(
                f"{self._graph.name} does {step.op.name} of {step.in_specs[0].shape}, for which no"
                f" layer stands here: {reason}; write an .onnx file, or its weights alone"
            ) from None

    def _take(self, step: Step, ins: list[Any]) -> None:
        if all(isinstance(value, np.ndarray) for value in ins):
            with np.errstate(all="ignore"):
                results = step.op.numpy(*ins)
            several = results if isinstance(results, tuple) else (results,)
            for buffer, result, spec in zip(step.outs, several, step.out_specs, strict=True):
                self._values[buffer] = np.asarray(result).astype(spec.dtype).reshape(spec.shape)
            return
        kind = type(step.op).__name__
        if kind not in ROWS:
            raise NoLayer("there is no layer that does that")
        results = ROWS[kind](self, step, ins)
        for buffer, result in zip(step.outs, results, strict=False):
            self._values[buffer] = result

    def _value(self, buffer: Any, spec: Spec) -> Any:
        """What is in a buffer, in this shape: a reshaped tensor shares its buffer."""
        value = self._values.get(buffer)
        if value is None:
            value = self._values[buffer] = Tensor(buffer, spec).numpy()
        if isinstance(value, np.ndarray):
            return value.reshape(spec.shape)
        return value if tuple(value.shape[1:]) == spec.shape[1:] else self._reshaped(value, spec)

    def _reshaped(self, value: Any, spec: Spec) -> Any:
        if math.prod(value.shape[1:]) != math.prod(spec.shape[1:]):
            raise NoLayer(f"examples of {value.shape[1:]} become rows of {spec.shape}")
        return self.layer(layers.Reshape(spec.shape[1:]), value)
