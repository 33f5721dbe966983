"""Keras's `keras.backend`."""

from __future__ import annotations

from typing import Any

from ..core.spec import FLOATS, common_dtype
from ..layers.support.naming import reset_names
from ..layers.support.symbols import Symbol
from .config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from .ops.support import dtype_of

__all__ = [
    "backend", "clear_session", "epsilon", "floatx", "image_data_format", "is_float_dtype",
    "is_int_dtype", "is_keras_tensor", "result_type", "set_epsilon", "set_floatx",
    "set_image_data_format", "standardize_dtype",
]  # fmt: skip


def clear_session(free_memory: bool = True) -> None:
    """Names of layers begin again."""
    reset_names()


def is_keras_tensor(x: Any) -> bool:
    """Whether x is symbolic: what `Input` gives, and layers called on it."""
    return isinstance(x, Symbol)


def is_float_dtype(dtype: Any) -> bool:
    """Whether it holds floats."""
    return standardize_dtype(dtype) in FLOATS


def is_int_dtype(dtype: Any) -> bool:
    """Whether it holds whole numbers."""
    return standardize_dtype(dtype) in ("int32", "uint32", "uint8")


def standardize_dtype(dtype: Any) -> str:
    """Its name; "float32" for None."""
    return "float32" if dtype is None else str(dtype_of(dtype))


def result_type(*dtypes: Any) -> str:
    """What tensors of these dtypes meet in."""
    return common_dtype([standardize_dtype(dtype) for dtype in dtypes] or ["float32"])
