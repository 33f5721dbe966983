"""The loss of sequences without an alignment: connectionist temporal classification."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_numbers
from .base import LOSSES, REDUCTIONS, OfFunction

_NOTHING = -1e5
"""The logarithm of a probability of none."""
BLANK = 0


def ctc(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """-log of the probability of all ways to say the labels (Graves et al. 2006): class
    numbers [n, labels], 0 where there are no more, and logits [n, steps, classes],
    class 0 being the blank -> [n].

    The labels with blanks around each, 0 a 0 b 0, are states. A step stays, goes on, or
    passes over the blank between two labels that differ.
    """
    y_true, y_pred = as_numbers(y_true), as_numbers(y_pred)
    if y_true.ndim != 2 or y_pred.ndim != 3 or y_true.shape[0] != y_pred.shape[0]:
        raise ValueError(
            "ctc: expected labels [n, labels] and logits [n, steps, classes], got shapes"
            f" {y_true.shape} and {y_pred.shape}"
        )
    n, length = y_true.shape
    labels = ops.cast(y_true, "int32")
    blanks = ops.zeros((n, length, 1), "int32")
    pairs = ops.concat([blanks, ops.expand_dims(labels, -1)], -1)
    states = ops.concat([ops.reshape(pairs, (n, 2 * length)), blanks[:, 0]], 1)
    of_states = ops.transpose(ops.one_hot(states, y_pred.shape[-1]), (0, 2, 1))
    logs = ops.matmul(ops.log_softmax(y_pred), of_states)  # [n, steps, states]
    label = states[:, 2:]
    passes = ops.logical_and(label.not_equal(BLANK), label.not_equal(states[:, :-2]))
    may_pass = ops.pad(ops.cast(passes, "float32"), [(0, 0), (2, 0)])
    closed = (1.0 - may_pass) * _NOTHING
    rest = 2 * length - 1  # the first blank and the first label begin
    beginning = ops.pad(ops.zeros((n, 2)), [(0, 0), (0, rest)], constant_value=_NOTHING)
    alpha = beginning + logs[:, 0]
    for step in range(1, y_pred.shape[1]):
        by_one = ops.pad(alpha[:, :-1], [(0, 0), (1, 0)], constant_value=_NOTHING)
        by_two = ops.pad(alpha[:, :-2], [(0, 0), (2, 0)], constant_value=_NOTHING) + closed
        alpha = _log_add(_log_add(alpha, by_one), by_two) + logs[:, step]
    count = ops.sum(ops.cast(labels.not_equal(BLANK), "int32"), 1)
    ends = [ops.one_hot(at, 2 * length + 1) for at in (count * 2, ops.maximum(count * 2 - 1, 0))]
    last, before = (ops.sum(alpha * end, 1) for end in ends)
    return -ops.where(count.greater(0), _log_add(last, before), last)


def _log_add(a: Tensor, b: Tensor) -> Tensor:
    """log(e^a + e^b)."""
    return ops.maximum(a, b) + ops.softplus(-ops.abs(a - b))


@LOSSES("CTC")
class CTC(OfFunction):
    """-log of the probability of all alignments of a sequence of labels with the steps
    of the outputs: class numbers [n, labels], 0 where there are no more; logits [n,
    steps, classes], class 0 being the blank. Keras's `CTC`.

    Example:
        >>> loss = pw.losses.CTC()
        >>> round(loss([[1]], [[[0.0, 0.0], [0.0, 0.0]]]).item(), 4)
        0.2877
    """

    sparse = True
    function = staticmethod(ctc)

    def __init__(
        self, reduction: str | None = REDUCTIONS[0], name: str | None = "ctc", dtype: Any = None
    ):
        super().__init__(reduction, name, dtype)

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        if len(labels) != 2 or len(output) != 3:
            raise ValueError(
                "ctc: expected labels [n, labels] and outputs [n, steps, classes], got shapes"
                f" {labels} and {output}"
            )
