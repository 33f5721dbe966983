"""One picture where a batch of them is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.tensor import Tensor, as_tensor, reshape

__all__ = ["batched"]


def batched(x: Any, what: str, ndim: int = 4) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """(x with a first axis of 1 where it has one axis less than `ndim`, the function
    that takes it off a result again). ValueError, which says `what` it is, for any
    other number of axes.
    """
    x = as_tensor(x)
    if x.ndim == ndim:
        return x, lambda y: y
    if x.ndim != ndim - 1:
        axes = ", ".join(["batch", "height", "width", "channels"][4 - ndim :])
        raise ValueError(
            f"{what} must be [{axes}], or one without the first axis, got shape {x.shape}"
        )
    return reshape(x, (1, *x.shape)), lambda y: reshape(y, y.shape[1:])
