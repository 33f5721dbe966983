"""What weights are brought back to after each step of an optimizer: Keras's constraints
of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..core.registry import Registry, config_of
from ..core.tensor import Tensor

EPSILON = 1e-7
"""What norms are divided by at least, as in Keras."""


class Constraint:
    """Base of all constraints: `constraint(weight)` -> Tensor, the weight's values from
    then on. It is applied after every step of an optimizer.

    A subclass gives `__call__`. Its config is the constructor's arguments, each kept in
    an attribute of its name. Any function of a tensor will do as well, but cannot be
    written into a config.

    Example:
        >>> class Rounded(layers.constraints.Constraint):
        ...     def __call__(self, w):
        ...         return w.round()
        >>> weight = pw.Variable([1.0])
        >>> weight.constraint = Rounded()
        >>> pw.optimizers.SGD(1.0).apply([pw.tensor([0.3])], [weight])
        >>> weight.tolist()
        [1.0]
    """

    def __call__(self, w: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} needs a __call__(w)")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return config_of(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


CONSTRAINTS: Registry[Constraint] = Registry("constraint", Constraint, functions=True)
constraint = CONSTRAINTS
"""Decorator of constraints: `@constraint("NonNeg")` gives the name that configs have."""


@constraint("NonNeg")
class NonNeg(Constraint):
    """No value below 0: max(w, 0).

    Example:
        >>> layers.constraints.NonNeg()(pw.tensor([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    def __call__(self, w: Tensor) -> Tensor:
        return ops.maximum(w, 0.0)


@constraint("UnitNorm")
class UnitNorm(Constraint):
    """Norms along `axis` of 1: w / (1e-7 + norm).

    Args:
        axis: 0 for the inputs of a Dense's units, [0, 1, 2] for the filters of a
            Conv2D.

    Example:
        >>> layers.constraints.UnitNorm()(pw.tensor([[3.0], [4.0]])).numpy()
        array([[0.6],
               [0.8]], dtype=float32)
    """

    def __init__(self, axis: int | Sequence[int] = 0):
        self.axis = axis

    def __call__(self, w: Tensor) -> Tensor:
        return w / (_norms(w, self.axis) + EPSILON)


@constraint("MaxNorm")
class MaxNorm(Constraint):
    """Norms along `axis` of at most `max_value` (Srivastava et al. 2014).

    Example:
        >>> layers.constraints.MaxNorm(1.0)(pw.tensor([[3.0, 0.1], [4.0, 0.1]])).numpy()
        array([[0.6, 0.1],
               [0.8, 0.1]], dtype=float32)
    """

    def __init__(self, max_value: float = 2, axis: int | Sequence[int] = 0):
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Tensor) -> Tensor:
        norms = _norms(w, self.axis)
        return w * (ops.minimum(norms, float(self.max_value)) / (norms + EPSILON))


@constraint("MinMaxNorm")
class MinMaxNorm(Constraint):
    """Norms along `axis` between `min_value` and `max_value`; with a `rate` below 1
    they go but that part of the way there at each step.

    Example:
        >>> layers.constraints.MinMaxNorm(0.5, 1.0)(pw.tensor([[3.0, 0.15], [4.0, 0.2]])).numpy()
        array([[0.6, 0.3],
               [0.8, 0.4]], dtype=float32)
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: int | Sequence[int] = 0,
    ):
        self.min_value, self.max_value, self.rate = min_value, max_value, rate
        self.axis = axis

    def __call__(self, w: Tensor) -> Tensor:
        norms = _norms(w, self.axis)
        desired = ops.clip_by_value(norms, float(self.min_value), float(self.max_value))
        if self.rate != 1:
            desired = desired * float(self.rate) + norms * (1.0 - self.rate)
        return w * (desired / (norms + EPSILON))


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm


def get(identifier: Any) -> Callable[[Tensor], Tensor] | None:
    """A constraint from a name, a config `{class_name, config}`, a class, an instance
    or any function of a tensor. None is none.

    Example:
        >>> layers.constraints.get("max_norm").max_value
        2
    """
    return None if identifier is None else CONSTRAINTS.get(identifier)  # type: ignore[no-any-return]


def deserialize(config: Any) -> Any:
    """`get`, of what `serialize` gives."""
    return get(config)


def serialize(constraint: Any) -> Any:
    """`{class_name, config}`, as Keras writes it; None for none.

    TypeError for a plain function, which has no config.
    """
    if constraint is None:
        return None
    if not hasattr(constraint, "get_config"):
        raise TypeError(f"{constraint!r} is a plain function, which no config can hold")
    return {"class_name": type(constraint).__name__, "config": constraint.get_config()}


def _norms(w: Tensor, axis: Any) -> Tensor:
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    return ops.sqrt(ops.sum(ops.square(w), axes, keepdims=True))


__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "deserialize", "get", "max_norm",
    "min_max_norm", "non_neg", "serialize", "unit_norm",
]  # fmt: skip
