"""Initializers that draw nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .base import Initializer, initializer


@initializer("Constant")
class Constant(Initializer):
    """One value everywhere.

    Example:
        >>> layers.initializers.Constant(0.5)((2,)).numpy()
        array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: float = 0.0):
        self.value = float(value)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        return ops.fill(tuple(shape), self.value, dtype or "float32")


@initializer("Zeros", "zero")
class Zeros(Constant):
    """0 everywhere.

    Example:
        >>> layers.initializers.Zeros()((2,)).numpy()
        array([0., 0.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__(0.0)


@initializer("Ones", "one")
class Ones(Constant):
    """1 everywhere.

    Example:
        >>> layers.initializers.Ones()((2,)).numpy()
        array([1., 1.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__(1.0)


@initializer("Identity", "IdentityInitializer")
class Identity(Initializer):
    """`gain` on the diagonal of a matrix, 0 elsewhere.

    Raises:
        ValueError: a shape of another rank than 2.

    Example:
        >>> layers.initializers.Identity(2.0)((2, 3)).numpy()
        array([[2., 0., 0.],
               [0., 2., 0.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0):
        self.gain = float(gain)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        if len(shape) != 2:
            raise ValueError(f"Identity: a matrix expected, got shape {tuple(shape)}")
        rows, columns = shape
        return (ops.eye(rows, columns) * self.gain).astype(dtype or "float32")
