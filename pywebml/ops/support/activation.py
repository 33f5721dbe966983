"""The epilogue of products and convolutions, which is what they do to a result in
registers before they store it: join it with another tensor, and apply an activation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from ...core.spec import Spec
from ...host.lazy import np

__all__: list[str] = []

CODES: dict[str | None, int] = {None: 0, "relu": 1, "relu6": 2, "sigmoid": 3, "tanh": 4}
"""The numbers by which kernels know them."""
FUSED = ("relu", "relu6", "sigmoid", "tanh")

JOINS: dict[str | None, int] = {None: 0, "add": 1, "relu_grad": 2, "relu6_grad": 3}
"""How a result is joined with a last input of its shape: by an elementwise op of this
name. The numbers are the kernels'.
"""


def check_join(op: str, join: str | None) -> None:
    if join not in JOINS:
        raise ValueError(
            f"{op}: join must be None or one of add, relu_grad, relu6_grad, got {join!r}"
        )


def joined_spec(op: Any, ins: Sequence[Spec]) -> Spec:
    """What an op with a `join` gives: the same as without, which the last input must be
    like.
    """
    check_join(op.name, op.join)
    out: Spec = dataclasses.replace(op, join=None).infer(*ins[:-1])
    if ins[-1] != out or not op.joins(ins):
        raise ValueError(
            f"{op.name}: the result {out.dtype} {out.shape} is joined with its like, where the op"
            f" joins at all (a convolution where it is pointwise); got {ins[-1].dtype}"
            f" {ins[-1].shape}"
        )
    return out


def joined(y: Any, join: str | None, other: Any) -> Any:
    """NumPy, in place: y + other, or y where an activation's result `other` lets a
    gradient through and 0 elsewhere.
    """
    if join == "add":
        y += other
    elif join is not None:
        np.copyto(y, 0, where=~(other > 0) if join == "relu_grad" else ~((other > 0) & (other < 6)))
    return y


def join_grad(join: str | None, other: Any, dy: Any) -> tuple[Any, Any]:
    """What dy gives to the result that was joined with `other`, and to `other`."""
    if join is None:
        return dy, None
    return (
        (dy, dy)
        if join == "add"
        else (activation_grad(join.removesuffix("_grad"), other, dy), None)
    )


def check_activation(op: str, activation: str | None) -> None:
    if activation not in CODES:
        names = ", ".join(FUSED)
        raise ValueError(
            f"{op}: activation must be None or one of {names}, got {activation!r}; apply others as"
            " an op of their own"
        )


def activate(y: Any, activation: str | None) -> Any:
    """NumPy, in place."""
    if activation == "relu":
        np.maximum(y, 0, out=y)
    elif activation == "relu6":
        np.clip(y, 0, 6, out=y)
    elif activation == "sigmoid":
        np.tanh(np.multiply(y, 0.5, out=y), out=y)  # 1 / (1 + e^-y) without overflow
        y *= 0.5
        y += 0.5
    elif activation == "tanh":
        np.tanh(y, out=y)
    return y


def activation_grad(activation: str | None, y: Any, dy: Any) -> Any:
    """dy times the activation's derivative at the point where it gave y, in tensors (so
    it has gradients itself).
    """
    if activation is None:
        return dy
    if activation == "relu":
        return dy.relu_grad(y)
    if activation == "relu6":
        return dy.relu6_grad(y)
    if activation == "sigmoid":
        return dy * y * (1.0 - y)
    return dy * (1.0 - y * y)


def bias_grad(dy: Any) -> Any:
    """The gradient of a bias: that of all places, added up."""
    return dy.sum(axis=tuple(range(dy.ndim - 1)))
