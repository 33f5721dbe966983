"""Penalties on weights and outputs, which join the loss that is minimised: Keras's
regularizers of the same name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import ops
from ..core.registry import Registry, config_of
from ..core.tensor import Tensor


class Regularizer:
    """Base of all regularizers: `regularizer(x)` -> Tensor, a scalar that is added to
    the loss.

    A subclass gives `__call__`. Its config is the constructor's arguments, each kept in
    an attribute of its name. Any function of a tensor will do as well, but cannot be
    written into a config.

    Example:
        >>> class Largest(layers.regularizers.Regularizer):
        ...     def __call__(self, x):
        ...         return x.abs().max()
        >>> layer = layers.Dense(2, kernel_initializer="ones", kernel_regularizer=Largest())
        >>> layer.build((None, 3))
        >>> layer.losses
        [Tensor(1., dtype=float32)]
    """

    def __call__(self, x: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} needs a __call__(x)")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return config_of(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


REGULARIZERS: Registry[Regularizer] = Registry("regularizer", Regularizer, functions=True)
regularizer = REGULARIZERS
"""Decorator of regularizers: `@regularizer("L2")` gives the name that configs have."""


@regularizer("L1L2")
class L1L2(Regularizer):
    """l1 * sum(|x|) + l2 * sum(x²).

    Raises:
        ValueError: a factor that is no number, or below 0.

    Example:
        >>> layers.regularizers.L1L2(l1=1.0, l2=0.5)(pw.tensor([1.0, -2.0])).item()
        5.5
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1, self.l2 = _factor("l1", l1), _factor("l2", l2)

    def __call__(self, x: Tensor) -> Tensor:
        first = ops.sum(ops.abs(x)) * self.l1 if self.l1 else None
        second = ops.sum(ops.square(x)) * self.l2 if self.l2 else None
        if first is None or second is None:
            alone = second if first is None else first
            return ops.zeros((), x.dtype) if alone is None else alone
        return first + second


@regularizer("L1")
class L1(Regularizer):
    """l1 * sum(|x|).

    Raises:
        ValueError: a factor that is no number, or below 0.

    Example:
        >>> layers.regularizers.L1(0.5)(pw.tensor([1.0, -2.0])).item()
        1.5
    """

    def __init__(self, l1: float = 0.01):
        self.l1 = _factor("l1", l1, 0.01)

    def __call__(self, x: Tensor) -> Tensor:
        return ops.sum(ops.abs(x)) * self.l1


@regularizer("L2")
class L2(Regularizer):
    """l2 * sum(x²).

    Raises:
        ValueError: a factor that is no number, or below 0.

    Example:
        >>> layers.regularizers.L2(0.5)(pw.tensor([1.0, -2.0])).item()
        2.5
    """

    def __init__(self, l2: float = 0.01):
        self.l2 = _factor("l2", l2, 0.01)

    def __call__(self, x: Tensor) -> Tensor:
        return ops.sum(ops.square(x)) * self.l2


@regularizer("OrthogonalRegularizer")
class OrthogonalRegularizer(Regularizer):
    """Rows (or columns) of a matrix at right angles to each other: `factor` times the
    mean of |cosine| over all pairs of them.

    Args:
        mode: "rows" or "columns".

    Raises:
        ValueError: another mode, or a tensor that is no matrix.

    Example:
        >>> x = pw.tensor([[1.0, 0.0], [1.0, 1.0]])
        >>> round(layers.regularizers.OrthogonalRegularizer(1.0)(x).item(), 4)
        0.7071
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows"):
        self.factor = _factor("factor", factor)
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"OrthogonalRegularizer: mode must be 'rows' or 'columns', got {mode!r}"
            )
        self.mode = mode

    def __call__(self, x: Tensor) -> Tensor:
        if len(x.shape) != 2:
            raise ValueError(f"OrthogonalRegularizer takes a matrix, got shape {tuple(x.shape)}")
        rows = x if self.mode == "rows" else ops.transpose(x)
        size = rows.shape[0]
        squares = ops.sum(ops.square(rows), 1, keepdims=True)
        rows = rows * ops.rsqrt(ops.maximum(squares, 1e-12))
        cosines = ops.abs(ops.matmul(rows, ops.transpose(rows)))
        others = ops.sum(cosines * (1.0 - ops.eye(size)))
        return others * (self.factor * 0.5 / max(1.0, size * (size - 1) / 2))


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer


def get(identifier: Any) -> Callable[[Tensor], Tensor] | None:
    """A regularizer from a name, a config `{class_name, config}`, a class, an instance
    or any function of a tensor. None is none.

    Example:
        >>> layers.regularizers.get("l2").l2
        0.01
    """
    return None if identifier is None else REGULARIZERS.get(identifier)  # type: ignore[no-any-return]


def deserialize(config: Any) -> Any:
    """`get`, of what `serialize` gives."""
    return get(config)


def serialize(regularizer: Any) -> Any:
    """`{class_name, config}`, as Keras writes it; None for none.

    TypeError for a plain function, which has no config.
    """
    if regularizer is None:
        return None
    if not hasattr(regularizer, "get_config"):
        raise TypeError(f"{regularizer!r} is a plain function, which no config can hold")
    return {"class_name": type(regularizer).__name__, "config": regularizer.get_config()}


def _factor(name: str, value: Any, default: float = 0.0) -> float:
    if value is None:
        return default
    number = value.item() if getattr(value, "size", 0) == 1 else value
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ValueError(f"{name} must be a number of at least 0, got {value!r:.80}")
    if not 0 <= number < math.inf:
        raise ValueError(f"{name} must be a number of at least 0, got {value!r:.80}")
    return float(number)


__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "deserialize", "get", "l1", "l1_l2",
    "l2", "orthogonal_regularizer", "serialize",
]  # fmt: skip
