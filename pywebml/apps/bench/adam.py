"""The step that the benchmarks of training time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...core.autodiff import variable_grads
from ...train.optimizers import Adam


def adam_step(loss: Callable[[], Any], weights: Sequence[Any], rate: float) -> Callable[[], Any]:
    """A function that does one step of Adam on the weights, which are made already, and
    returns the loss as a tensor: run it eagerly or capture it.
    """
    adam = Adam(rate)

    def step() -> Any:
        value, grads = variable_grads(loss, weights)
        adam.apply(grads, weights)
        return value

    return step
