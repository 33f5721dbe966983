"""Means that forget: an exponential moving average."""

from __future__ import annotations

from typing import Any

from ..core.composite import Sample, composite
from ..core.tensor import Tensor, as_tensor
from ..host.lazy import np

__all__ = ["moving_average"]


def _meaning(v: Any, x: Any, decay: Any = 0.9, step: Any = None, zero_debias: bool = True) -> Any:
    share = (1 - decay) / (1 - decay**step if zero_debias else 1)
    return v + (x - v) * share


def _samples() -> list[Sample]:
    v, x = np.random.default_rng(4).normal(size=(2, 3, 2)).astype(np.float32)
    return [
        Sample("third step", (v, x), {"decay": 0.8, "step": 3}),
        Sample("with its bias", (v, x), {"decay": 0.8, "zero_debias": False}),
    ]


@composite(meaning=_meaning, cases=_samples)
def moving_average(
    v: Any, x: Any, decay: Any, step: Any = None, zero_debias: bool = True
) -> Tensor:
    """v + (x - v) (1 - decay) / (1 - decay^step): the average once x is new, where v
    was it before. The divisor makes up for averages that begin at 0; it needs `step`,
    counted from 1, and is left out without `zero_debias`. `decay` and `step` are
    numbers or scalar tensors.

    ValueError for shapes that differ, and for no step where one is needed.

    Example:
        >>> ops.moving_average([0.0, 1.0], [2.0, 1.0], 0.5, 1).tolist()
        [2.0, 1.0]
    """
    before, value = as_tensor(v), as_tensor(x)
    if before.dtype != value.dtype or before.shape != value.shape:
        raise ValueError(
            f"moving_average: v and x must have one shape and dtype, got {before.dtype}"
            f" {before.shape} and {value.dtype} {value.shape}"
        )
    change = (value - before) * (1.0 - decay)
    if zero_debias:
        if step is None:
            raise ValueError(
                "moving_average: zero_debias needs the step; write step=1 for the first one, or"
                " zero_debias=False"
            )
        change = change / (1.0 - decay**step)
    return before + change  # type: ignore[no-any-return]
