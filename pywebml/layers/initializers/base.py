"""What an initializer is, and the register of those that configs name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ... import ops
from ...core.registry import Registry, config_of
from ...core.seeds import next_seed
from ...core.tensor import Tensor


class Initializer:
    """Base of all initializers: `initializer(shape)` -> Tensor.

    A subclass gives `__call__`. Its config is the constructor's arguments, each kept in
    an attribute of its name. A `seed` makes it draw the same values at every call; as
    in Keras 2, not in Keras 3, one without draws new ones at every call.

    Example:
        >>> class Diagonal(layers.initializers.Initializer):
        ...     def __call__(self, shape, dtype=None):
        ...         return pw.tensor(np.eye(*shape))
        >>> layers.Dense(2, kernel_initializer=Diagonal())(np.array([[1.0, 2.0]])).numpy()
        array([[1., 2.]], dtype=float32)
    """

    seed: int | None = None
    config_keys: ClassVar[Mapping[str, str | None]] = {}

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        raise NotImplementedError

    def _generator(self) -> Any:
        return ops.Generator(next_seed() if self.seed is None else self.seed)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return config_of(self, self.config_keys)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        return cls(**{k: v for k, v in config.items() if k != "dtype"})


INITIALIZERS: Registry[Initializer] = Registry("initializer", Initializer, functions=True)
initializer = INITIALIZERS
"""Decorator of initializers: `@initializer("GlorotUniform")` gives the name that
configs have.
"""
