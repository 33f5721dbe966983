"""Functions that work value by value, as activations, sums and products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .... import layers
from ....ops.elementwise.instructions import NUMBER
from .making import Making, NoLayer, symbol

if TYPE_CHECKING:
    import numpy as np
else:
    from ....host.lazy import np


def elementwise(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    values: list[Any] = []
    for function, operands in step.op.body:
        terms = []
        for tag, value in operands:
            if tag in NUMBER:
                terms.append(np.asarray(value, np.float32))
            else:
                terms.append(values[value] if tag == "t" else ins[value])
        values.append(_applied(m, function, terms))
    if len(step.op.body) == 1:
        m.mark_least(step, step.op.body[0][0])
    return [values[result] for result in step.op.results]


_UNARY = ("relu", "relu6", "sigmoid", "tanh", "elu", "selu", "softplus", "softsign", "swish")
_MERGING = {
    "add": layers.Add, "mul": layers.Multiply, "maximum": layers.Maximum,
    "minimum": layers.Minimum,
}  # fmt: skip


def _applied(m: Making, function: str, terms: list[Any]) -> Any:
    x, *rest = terms
    if function == "identity":
        return x
    if function in _UNARY:
        return m.layer(layers.Activation(function), symbol(x))
    if function == "abs":
        parts = [_activated(m, "relu", x), _activated(m, "relu", _affine(m, x, -1.0))]
        return m.layer(layers.Add(), parts)
    if function in ("neg", "square"):
        return _affine(m, x, -1.0) if function == "neg" else m.layer(layers.Multiply(), [x, x])
    if function in ("hard_sigmoid", "hard_silu"):
        share = _affine(m, _activated(m, "relu6", _affine(m, x, 1.0, 3.0)), 1 / 6)
        return share if function == "hard_sigmoid" else m.layer(layers.Multiply(), [x, share])
    if len(rest) == 1 and function in (*_MERGING, "sub", "div"):
        return _of_two(m, function, x, rest[0])
    if function == "prelu" and isinstance(rest[0], np.ndarray):  # relu(x) - a relu(-x)
        above, below = _activated(m, "relu", x), _activated(m, "relu", _affine(m, x, -1.0))
        return m.layer(layers.Add(), [above, _affine(m, below, -rest[0])])
    raise NoLayer(f"{function} is no activation that other libraries know")


def _of_two(m: Making, function: str, a: Any, b: Any) -> Any:
    constants = [isinstance(value, np.ndarray) for value in (a, b)]
    if all(constants):
        raise NoLayer(f"{function} of constants within a fused op")
    if not any(constants):
        if len(a.shape) != len(b.shape):  # layers join what belongs to the same example
            raise NoLayer(f"it joins {a.shape} and {b.shape}")
        if function == "div":
            raise NoLayer("it divides by what is computed")
        if function == "sub":  # TensorFlow.js has no layer that subtracts
            return m.layer(layers.Add(), [a, _affine(m, b, -1.0)])
        return m.layer(_MERGING[function](), [a, b])
    x, value = (b, a) if constants[0] else (a, b)
    if function == "add":
        return _affine(m, x, 1.0, value)
    if function == "mul":
        return _affine(m, x, value)
    if function == "sub":
        return _affine(m, x, -1.0, value) if constants[0] else _affine(m, x, 1.0, -value)
    if function == "div" and constants[1]:
        return _affine(m, x, 1 / value)
    if function == "maximum":  # relu(x - c) + c
        above = _activated(m, "relu", x if not value.any() else _affine(m, x, 1.0, -value))
        return above if not value.any() else _affine(m, above, 1.0, value)
    if function == "minimum":  # c - relu(c - x)
        return _affine(m, _activated(m, "relu", _affine(m, x, -1.0, value)), -1.0, value)
    raise NoLayer("it divides by what is computed")


def _activated(m: Making, name: str, x: Any) -> Any:
    return m.layer(layers.Activation(name), x)


def _affine(m: Making, x: Any, factor: Any, offset: Any = 0.0) -> Any:
    """x * factor + offset, of one number each or one per channel."""
    channels, rank = x.shape[-1], len(x.shape)
    rows = []
    for value in (np.asarray(factor, np.float32), np.asarray(offset, np.float32)):
        along = value.shape[-1:] if value.ndim else ()
        if value.size > 1 and (along != (channels,) or value.size != channels):
            raise NoLayer(
                f"a constant of shape {value.shape} is no number per channel of {x.shape}"
            )
        rows.append(np.broadcast_to(value.reshape(-1), (channels,)))
    if rank < 2 or channels is None:
        raise NoLayer("it has no channels")
    layer = layers.BatchNormalization(epsilon=0.0)
    return m.layer(layer, x, *rows, np.zeros(channels), np.ones(channels))
