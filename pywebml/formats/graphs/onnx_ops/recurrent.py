"""LSTM, GRU and the simple one, in one direction or both, over sequences of several
lengths.

What ops.lstm, gru and simple_rnn compute in one op goes to them. The rest, such as
peepholes, other activations or a GRU that resets before its product, is recorded step
by step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .... import ops
from .shapes import _ints
from .table import ONNX_OPS


class Direction(NamedTuple):
    """What one direction runs: kernels [k, gates * u] and [u, gates * u], both biases
    [gates * u] or None, the states at the beginning [n, u], and the peepholes [3 * u].
    """

    kernel: Any
    recurrent: Any
    biases: Any
    states: tuple[Any, ...]
    peepholes: Any
    functions: tuple[Callable[[Any], Any], ...]
    plain: bool


def _activation(name: str, alpha: float | None, beta: float | None) -> Callable[[Any], Any]:
    """Of ONNX's table; names are taken in any case."""
    a, b = alpha, beta
    known: dict[str, Callable[[Any], Any]] = {
        "relu": ops.relu,
        "tanh": ops.tanh,
        "sigmoid": ops.sigmoid,
        "softsign": ops.softsign,
        "softplus": ops.softplus,
        "elu": lambda x: ops.elu(x, 1.0 if a is None else a),
        "leakyrelu": lambda x: ops.leaky_relu(x, 0.01 if a is None else a),
        "thresholdedrelu": lambda x: ops.where(x > (1.0 if a is None else a), x, 0.0),
        "affine": lambda x: x * (1.0 if a is None else a) + (0.0 if b is None else b),
        "scaledtanh": lambda x: ops.tanh(x * (1.0 if b is None else b)) * (1.0 if a is None else a),
        "hardsigmoid": lambda x: ops.clip_by_value(
            x * (0.2 if a is None else a) + (0.5 if b is None else b), 0.0, 1.0
        ),
    }
    if name.lower() not in known:
        raise ValueError(f"activation {name!r} is not known")
    return known[name.lower()]


def _rows(values: Any, units: int, order: Sequence[int]) -> Any:
    """[gates * u, ...] with the gates in another order."""
    parts = ops.split(values, values.shape[0] // units, 0)
    return ops.concat([parts[gate] for gate in order], 0) if len(order) > 1 else values


def _lstm(x: Any, run: Direction, mask: Any) -> list[Any]:
    """Gates in ONNX's order: input, output, forget, cell."""
    h, c = run.states
    units = h.shape[1]
    if run.plain and run.peepholes is None:
        order = (0, 2, 3, 1)  # here: input, forget, cell, output
        kernel, recurrent = (
            _rows(w.transpose((1, 0)), units, order).transpose((1, 0)) for w in run[:2]
        )
        bias = None if run.biases is None else _rows(sum(run.biases), units, order)
        hs, cs = ops.lstm(x, kernel, recurrent, bias, h=h, c=c, mask=mask)
        return [hs, hs[:, -1], cs[:, -1]]
    f, g, last = run.functions
    from_i, from_o, from_f = [0.0] * 3 if run.peepholes is None else ops.split(run.peepholes, 3, 0)

    def step(products: Any, h: Any, c: Any) -> tuple[Any, ...]:
        i, o, forget, cell = ops.split(products + h @ run.recurrent, 4, -1)
        after = f(forget + from_f * c) * c + f(i + from_i * c) * g(cell)
        return f(o + from_o * after) * last(after), after

    return _walked(_products(x, run, 2), step, (h, c), mask)


def _gru(x: Any, run: Direction, mask: Any, resets_after: int = 0) -> list[Any]:
    """Gates: update, reset, hidden, as here."""
    if run.plain and resets_after:
        bias = None if run.biases is None else ops.stack(run.biases, 0)
        hs = ops.gru(x, run.kernel, run.recurrent, bias, h=run.states[0], mask=mask)
        return [hs, hs[:, -1]]
    f, g = run.functions
    kernels = ops.split(run.recurrent, 3, -1)
    zero, nothing = ops.zeros((run.kernel.shape[1],)), run.biases is None
    biases = ops.split(zero if nothing else run.biases[1], 3, 0)

    def step(products: Any, h: Any) -> tuple[Any, ...]:
        xz, xr, xh = ops.split(products, 3, -1)
        z = f(xz + h @ kernels[0] + biases[0])
        r = f(xr + h @ kernels[1] + biases[1])
        if resets_after:
            candidate = g(xh + r * (h @ kernels[2] + biases[2]))
        else:
            candidate = g(xh + (r * h) @ kernels[2] + biases[2])
        return ((1.0 - z) * candidate + z * h,)

    return _walked(_products(x, run, 1), step, run.states, mask)


def _simple(x: Any, run: Direction, mask: Any) -> list[Any]:
    if run.plain:
        bias = None if run.biases is None else sum(run.biases)
        hs = ops.simple_rnn(x, run.kernel, run.recurrent, bias, h=run.states[0], mask=mask)
        return [hs, hs[:, -1]]
    (f,) = run.functions

    def step(products: Any, h: Any) -> tuple[Any, ...]:
        return (f(products + h @ run.recurrent),)

    return _walked(_products(x, run, 2), step, run.states, mask)


def _products(x: Any, run: Direction, biases: int) -> Any:
    """Those of all inputs [n, t, gates * u], with so many of the two biases."""
    bias = None if run.biases is None else sum(run.biases[:biases])
    return ops.dense(x, run.kernel, bias)


def _walked(products: Any, step: Any, states: tuple[Any, ...], mask: Any) -> list[Any]:
    hs = []
    for place in range(products.shape[1]):
        after = step(products[:, place], *states)
        if mask is not None:
            active = mask[:, place].reshape(-1, 1)
            after = tuple(ops.where(active, a, b) for a, b in zip(after, states, strict=True))
        states = after
        hs.append(states[0])
    return [ops.stack(hs, 1), *states]


_CELLS: dict[str, tuple[Any, int, tuple[str, ...]]] = {
    "LSTM": (_lstm, 4, ("sigmoid", "tanh", "tanh")),
    "GRU": (_gru, 3, ("sigmoid", "tanh")),
    "RNN": (_simple, 1, ("tanh",)),
}
"""(function, gates, activations unless others are said)."""


@ONNX_OPS.op("LSTM", "GRU", "RNN")
def recurrent(
    x: Any,
    kernels: Any,
    recurrents: Any,
    biases: Any = None,
    lengths: Any = None,
    h: Any = None,
    c: Any = None,
    peepholes: Any = None,
    *,
    op: str,
    hidden_size: int = 0,
    direction: str = "forward",
    layout: int = 0,
    activations: Sequence[str] = (),
    activation_alpha: Sequence[float] = (),
    activation_beta: Sequence[float] = (),
    clip: float = 0.0,
    input_forget: int = 0,
    linear_before_reset: int = 0,
) -> Any:
    """x [t, n, k], with `layout` 1 [n, t, k]; kernels [directions, gates * u, k],
    states [directions, n, u] -> all h [t, directions, n, u], the last h, of an LSTM the
    last c. Steps behind a sequence's length are zeros in the first.
    """
    cell, gates, usual = _CELLS[op]
    if clip or input_forget:
        raise ValueError("clip and input_forget are not run here")
    count = kernels.shape[0]
    if direction not in ("forward", "reverse", "bidirectional"):
        raise ValueError(f"direction {direction!r} is not known")
    if kernels.shape[1] != gates * recurrents.shape[-1]:
        raise ValueError(f"kernels {kernels.shape} and {recurrents.shape} are of no {op}")
    if count != (2 if direction == "bidirectional" else 1):
        raise ValueError(f"{direction} with kernels {kernels.shape}, of {count} directions")
    x = x if layout else x.transpose((1, 0, 2))
    n, steps, _ = x.shape
    units = recurrents.shape[-1]
    mask = None
    if lengths is not None:
        mask = _ints(range(steps)).tensor().reshape(1, -1) < lengths.reshape(-1, 1)
    names = [name.lower() for name in activations] or list(usual) * count
    if len(names) != len(usual) * count:
        raise ValueError(f"{len(names)} activations for {count} directions of an {op}")
    functions = [
        _activation(name, *(said[i] if i < len(said) else None for said in
                            (activation_alpha, activation_beta)))
        for i, name in enumerate(names)
    ]  # fmt: skip
    begins = [h, c][: 2 if op == "LSTM" else 1]
    if layout:
        begins = [None if state is None else state.transpose((1, 0, 2)) for state in begins]
    results = []
    for i in range(count):
        own = slice(i * len(usual), (i + 1) * len(usual))
        run = Direction(
            kernels[i].transpose((1, 0)),
            recurrents[i].transpose((1, 0)),
            None if biases is None else ops.split(biases[i], 2, 0),
            tuple(ops.zeros((n, units)) if state is None else state[i] for state in begins),
            None if peepholes is None else peepholes[i],
            tuple(functions[own]),
            tuple(names[own]) == usual,
        )
        turned = direction == "reverse" or i == 1
        how = {"resets_after": linear_before_reset} if op == "GRU" else {}
        inputs = [ops.flip(v, 1) if turned and v is not None else v for v in (x, mask)]
        hs, *last = cell(inputs[0], run, inputs[1], **how)
        hs = ops.flip(hs, 1) if turned else hs
        if mask is not None:
            hs = ops.where(mask.reshape(n, steps, 1), hs, 0.0)
        results.append([hs, *last])
    hs, *last = (list(parts) for parts in zip(*results, strict=True))
    if layout:
        return [ops.stack(hs, 2), *(ops.stack(part, 1) for part in last)]
    return [ops.stack(hs, 1).transpose((2, 1, 0, 3)), *(ops.stack(part, 0) for part in last)]
