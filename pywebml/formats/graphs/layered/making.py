"""What the rows for ops make layers with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.trace import Step

if TYPE_CHECKING:
    import numpy as np
else:
    from ....host.lazy import np


class NoLayer(Exception):
    """Why an op is no layer."""


class Making:
    """Layers that are made, the weights that they get once there is a model of them,
    and which values are nowhere below 0.
    """

    def __init__(self) -> None:
        self.weights: list[tuple[Any, list[Any]]] = []
        self._least: set[Any] = set()  # buffers

    def layer(self, layer: Any, x: Any, *weights: Any) -> Any:
        """What a layer gives, with these weights."""
        y = layer(x)
        if weights:
            self.weights.append((layer, [np.asarray(w, np.float32) for w in weights]))
        return y

    def is_least(self, step: Step, at: int = 0) -> bool:
        """Whether an input is nowhere below 0."""
        return step.ins[at] in self._least

    def mark_least(self, step: Step, activation: str | None) -> None:
        if activation in ("relu", "relu6", "sigmoid"):
            self._least.add(step.outs[0])


def known(value: Any, what: str) -> Any:
    if not isinstance(value, np.ndarray):
        raise NoLayer(f"its {what} is computed from the inputs")
    return value


def symbol(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        raise NoLayer("it is of a constant and of what is computed")
    return value
