"""Activations that convolutions apply in their epilogue: their NumPy meaning and their gradient from the output."""

from __future__ import annotations

from typing import Any

from ..core.lazy import np

__all__: list[str] = []

CODES: dict[str | None, int] = {None: 0, "relu": 1, "relu6": 2, "sigmoid": 3, "tanh": 4}
"""The numbers by which kernels know them."""
FUSED = ("relu", "relu6", "sigmoid", "tanh")


def check_activation(op: str, activation: str | None) -> None:
    if activation not in CODES:
        names = ", ".join(FUSED)
        raise ValueError(f"{op}: activation must be None or one of {names}, got {activation!r}; apply others as an op of their own")


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
    """dy times the activation's derivative at the point where it gave y, in tensors (so it has gradients itself)."""
    if activation is None:
        return dy
    from . import elementwise as e

    if activation == "relu":
        return dy * e.step(y)
    if activation == "relu6":
        return dy * e.step(y) * e.step(6.0 - y)
    if activation == "sigmoid":
        return dy * y * (1.0 - y)
    return dy * (1.0 - y * y)
