"""Recurrent layers, under masks too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .calls import Call, NotWritten
from .values import Value

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np


def recurrent(kind: str, order: Sequence[int]) -> Callable[[Call], list[Value]]:
    """`order`: ONNX's order of the gates, by their places here. The product with the
    inputs is there before, for all steps at once, so the node's own is with ones. What
    an LSTM remembers is not given step by step, and so nobody may read it.
    """

    def write(c: Call) -> list[Value]:
        op, w, dtype = c.op, c.w, c.dtypes[0]
        kernel = c.known(1, "kernel")  # [units, gates * units]
        units = kernel.shape[0]
        rows = np.concatenate([np.arange(units) + gate * units for gate in order])
        states, bias = [2], ""
        said: dict[str, Any] = {"hidden_size": units}
        if kind == "LSTM":
            states = [2, 3]
        elif kind == "GRU":
            states, said["linear_before_reset"] = [3], 1
            both = np.concatenate([np.zeros(len(rows)), c.known(2, "bias")[rows]])
            bias = w.constant(both[None], dtype)
        elif op.activation in ("relu", "sigmoid"):
            said["activations"] = [op.activation.capitalize()]
        elif op.activation is None:
            said |= {"activations": ["Affine"], "activation_alpha": [1.0], "activation_beta": [0.0]}
        elif op.activation != "tanh":
            raise NotWritten(f"its activation is {op.activation}")
        y = w.add(
            kind,
            w.add("Transpose", _active_first(c) if op.masked else c.last(0), perm=(1, 0, 2)),
            w.constant(np.eye(len(rows))[rows][None], dtype),
            c.filters(1, kernel.T[rows][None]),
            bias,
            "",
            *(w.add("Unsqueeze", c.last(state), w.ints(0)) for state in states),
            **said,
        )  # [t, 1, n, units]
        y = w.add("Transpose", w.add("Squeeze", y, w.ints(1)), perm=(1, 0, 2))
        return c.gives(_held(c, y, c.last(states[0])) if op.masked else y)

    return write


# A step that a mask leaves out leaves the state as it is. ONNX knows only sequences
# that end early, so the steps that take part come first, in their order, and what each
# step of the whole sequence gives is the state after as many as took part by then.


def _active_first(c: Call) -> str:
    """The inputs [n, t, ...] with those steps first that take part."""
    w, steps = c.w, c.ins[0].sizes[1]
    assert isinstance(steps, int)
    active = w.cast(_mask(c), "float32")
    rank = w.add(
        "Sub", w.add("Mul", active, w.constant(float(steps))), w.constant(np.arange(steps))
    )
    ranks, places = w.free("ranks"), w.free("places")
    w.node("TopK", [rank, w.ints(steps)], [ranks, places], axis=1)
    places = w.add("Expand", w.add("Unsqueeze", places, w.ints(2)), w.shape(c.ins[0].sizes))
    return w.add("GatherElements", c.last(0), places, axis=1)


def _held(c: Call, y: str, begin: str) -> str:
    """The states of all steps, of those that take part."""
    w = c.w
    counts = w.add("CumSum", w.cast(_mask(c), "int64"), w.constant(1, "int64"))
    states = w.add("Concat", w.add("Unsqueeze", begin, w.ints(1)), y, axis=1)
    places = w.add("Expand", w.add("Unsqueeze", counts, w.ints(2)), w.shape(c.sizes[0]))
    return w.add("GatherElements", states, places, axis=1)


def _mask(c: Call) -> str:
    return c.last(len(c.ins) - 1)
