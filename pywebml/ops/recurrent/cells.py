"""TensorFlow.js's cells: one step of an LSTM with one kernel for input and state, and
several cells on top of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..linalg import dense
from ..shape import concat, split

__all__ = ["basic_lstm_cell", "multi_rnn_cell"]

Cell = Callable[[Any, Any, Any], Sequence[Tensor]]


def _meaning(forget: Any, kernel: Any, bias: Any, data: Any, c: Any, h: Any) -> Any:
    def sigmoid(x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    products = np.concatenate([data, h], 1) @ kernel + bias
    i, g, f, o = np.split(products, 4, 1)
    c = c * sigmoid(f + forget) + sigmoid(i) * np.tanh(g)
    return c, np.tanh(c) * sigmoid(o)


def _samples() -> list[Sample]:
    rng = np.random.default_rng(2)
    shapes = ((), (5, 8), (8,), (3, 3), (3, 2), (3, 2))
    return [
        Sample("3 rows, 2 units", tuple(rng.normal(size=s).astype(np.float32) for s in shapes)),
        Sample("1 row", tuple(
            rng.normal(size=s).astype(np.float32) for s in (*shapes[:3], (1, 3), (1, 2), (1, 2))
        )),
    ]  # fmt: skip


@composite(meaning=_meaning, cases=_samples)
def basic_lstm_cell(
    forget_bias: Any, lstm_kernel: Any, lstm_bias: Any, data: Any, c: Any, h: Any
) -> tuple[Tensor, Tensor]:
    """One step of a long short-term memory: data [n, k], c and h [n, u] -> (c, h) after
    it.

    i, g, f, o = (data, h) . lstm_kernel + lstm_bias; c' = c sigmoid(f + forget_bias) +
    sigmoid(i) tanh(g); h' = tanh(c') sigmoid(o). `lstm_kernel` is [k + u, 4 u] and
    `lstm_bias` [4 u]. TensorFlow.js's `tf.basicLSTMCell`; `ops.lstm` takes whole
    sequences, with Keras's kernels.

    Example:
        >>> state = ops.zeros((1, 1))
        >>> kernel, bias = ops.ones((3, 4)), ops.zeros(4)
        >>> c, h = ops.basic_lstm_cell(1.0, kernel, bias, [[1, 1]], state, state)
        >>> c.shape, h.shape
        ((1, 1), (1, 1))
    """
    x, state, cell = (as_tensor(value).astype("float32") for value in (data, h, c))
    if x.ndim != 2 or state.shape != cell.shape or state.shape[:1] != x.shape[:1]:
        raise ValueError(
            "basic_lstm_cell: data must be [rows, values], c and h [rows, units], got"
            f" {x.shape}, {cell.shape} and {state.shape}"
        )
    i, g, f, o = split(dense(concat([x, state], 1), lstm_kernel, lstm_bias), 4, 1)
    cell = cell * (f + forget_bias).sigmoid() + i.sigmoid() * g.tanh()
    return cell, cell.tanh() * o.sigmoid()


def multi_rnn_cell(
    lstm_cells: Sequence[Cell], data: Any, c: Sequence[Any], h: Sequence[Any]
) -> tuple[list[Tensor], list[Tensor]]:
    """One step of cells on top of each other: each is called with what the one below
    gave (the first with `data` [n, k]), its own c and its own h, and returns both anew.
    Returns all c and all h. TensorFlow.js's `tf.multiRNNCell`.

    ValueError unless there are as many c and h as cells.

    Example:
        >>> cell = lambda x, c, h: ops.basic_lstm_cell(1.0, ops.ones((2, 4)), ops.zeros(4), x, c, h)
        >>> states = [ops.zeros((1, 1)), ops.zeros((1, 1))]
        >>> c, h = ops.multi_rnn_cell([cell, cell], [[1.0]], states, states)
        >>> len(c), h[1].shape
        (2, (1, 1))
    """
    if not len(lstm_cells) == len(c) == len(h):
        raise ValueError(
            f"multi_rnn_cell: {len(lstm_cells)} cells need as many c and h, got {len(c)} and"
            f" {len(h)}"
        )
    x = as_tensor(data)
    cells, states = [], []
    for cell, one, other in zip(lstm_cells, c, h, strict=True):
        after, x = cell(x, as_tensor(one), as_tensor(other))
        cells.append(after)
        states.append(x)
    return cells, states
