"""What the functions of `keras.ops` share: tensors from whatever comes in, dtypes by
Keras's names, and functions of ours under Keras's names for their arguments.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ...core.calling import unknown
from ...core.spec import FLOATS, checked_dtype
from ...core.symbolic import FUNCTIONS, symbol_in
from ...core.tensor import Tensor, as_tensor

_NARROWER = {"float64": "float32", "int64": "int32", "uint64": "uint32", "float": "float32",
             "int": "int32"}  # fmt: skip
"""What 32 bits hold instead, as in Keras on JAX."""


def dtype_of(dtype: Any) -> Any:
    """A dtype by its name, None for none. ValueError for one that there is not."""
    if dtype is None:
        return None
    name = dtype
    if not isinstance(dtype, str):  # NumPy's and Python's
        name = str(getattr(dtype, "name", None) or getattr(dtype, "__name__", dtype))
    return checked_dtype(_NARROWER.get(name, name))


def to_tensor(x: Any, dtype: Any = None) -> Tensor:
    """A tensor of numbers, arrays, lists and tensors."""
    return as_tensor(x, dtype_of(dtype))


def to_float(x: Any) -> Tensor:
    """Whole numbers and bools as float32."""
    tensor = as_tensor(x)
    return tensor if tensor.dtype in (*FLOATS, "complex64") else tensor.astype("float32")


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """One axis, several, or all (None), counted from the front."""
    several: Any = range(ndim) if axis is None else axis
    several = several if hasattr(several, "__iter__") else (several,)
    return tuple(one % ndim for one in several)


def on_symbols(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function, which called on symbols becomes a layer that has this name in
    configs.
    """

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        symbol = symbol_in(args)
        symbol = symbol_in(named.values()) if symbol is None else symbol
        if symbol is not None:
            return symbol.calling(name, args, named)
        return function(*args, **named)

    FUNCTIONS[name] = call
    return call


def renamed(function: Callable[..., Any], arguments: str) -> Callable[..., Any]:
    """A function of ours, whose first arguments have these names, and no others."""
    ours = list(inspect.signature(function).parameters.values())
    names = arguments.replace("*", "").split()
    kinds = inspect.Parameter
    parameters = [
        old.replace(name=name, kind=kinds.POSITIONAL_OR_KEYWORD)
        for name, old in zip(names, ours, strict=False)
    ]

    def call(*args: Any, **named: Any) -> Any:
        if len(args) > len(names):
            raise TypeError(f"{call.__name__} takes {' and '.join(names)}, got {len(args)}")
        if named:
            return function(*args, **in_order(call.__name__, names[len(args) :], named))
        return function(*args)

    def in_order(what: str, left: list[str], named: Mapping[str, Any]) -> dict[str, Any]:
        strange = [name for name in named if name not in left]
        if strange:
            raise unknown(what, strange, names)
        return {old_name[name]: value for name, value in named.items()}

    old_name = {name: old.name for name, old in zip(names, ours, strict=False)}
    call.__doc__ = function.__doc__
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return call
