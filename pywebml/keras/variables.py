"""Keras's `keras.Variable`, `keras.KerasTensor` and what else stands at its top."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..core.tensor import Tensor
from ..core.tensor import Variable as _Variable
from ..layers import initializers
from ..layers.support.symbols import Symbol
from .ops.support import dtype_of

__all__ = ["KerasTensor", "Variable", "device", "name_scope", "version"]

KerasTensor = Symbol


class _Any(type(_Variable)):  # type: ignore[misc]
    """Weights of layers are variables, too."""

    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, _Variable)


class Variable(_Variable, metaclass=_Any):
    """A variable from a value, or from an initializer and a shape.

    Example:
        >>> from pywebml import keras
        >>> keras.Variable("zeros", shape=(2,), name="total").numpy()
        array([0., 0.], dtype=float32)
    """

    __slots__ = ()

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ):
        dtype = dtype_of(dtype)
        named = isinstance(initializer, (str, initializers.Initializer)) or (
            callable(initializer) and not isinstance(initializer, Tensor)
        )
        if named:
            if shape is None:
                raise ValueError("Variable: an initializer needs a shape, shape=(2, 3)")
            initializer = initializers.get(initializer)(tuple(shape))
        elif shape is not None and tuple(getattr(initializer, "shape", shape)) != tuple(shape):
            raise ValueError(
                f"Variable: the value has shape {tuple(initializer.shape)}, not {tuple(shape)}"
            )
        if dtype is None and isinstance(initializer, float):
            dtype = "float32"
        super().__init__(initializer, trainable=trainable, name=name or "variable", dtype=dtype)


@contextmanager
def name_scope(name: str, **options: Any) -> Iterator[str]:
    """Nothing is named after it here."""
    yield name


@contextmanager
def device(device_name: str) -> Iterator[str]:
    """Nothing moves: `pywebml.set_device` says where tensors live."""
    yield device_name


def version() -> str:
    """The version of Keras whose surface this is."""
    from . import __version__

    return __version__
