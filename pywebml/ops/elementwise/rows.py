"""A function of each row of the table, under the row's name, with its words as the
docstring. `rows.pyi` says what they are to type checkers and editors; tools/stubs.py
writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.tensor import Tensor
from . import functions
from .op import call
from .table import TABLE


def _function(name: str, arity: int, words: str) -> Callable[..., Tensor]:
    def one(x: Any) -> Tensor:
        return call(name, x)

    def two(a: Any, b: Any) -> Tensor:
        return call(name, a, b)

    def three(a: Any, b: Any, c: Any) -> Tensor:
        return call(name, a, b, c)

    function: Callable[..., Tensor] = (one, two, three)[arity - 1]
    function.__name__ = function.__qualname__ = name
    as_float = TABLE[name].kind == "float" and not name.endswith("_grad")
    function.__doc__ = f"{words} Integers give float32." if as_float else words
    return function


__all__ = [n for n in TABLE if not n.startswith("cast_") and n not in functions.__all__]

globals().update({n: _function(n, TABLE[n].arity, TABLE[n].words) for n in __all__})
