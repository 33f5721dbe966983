"""The methods of tensors that are functions of `ops`.

`ops` stands above tensors and needs them, so it sets its functions here when it is
imported. `methods.pyi` says what they are to type checkers and editors;
`tools/stubs.py` writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar


class Methods:
    """Every function of `pw.ops` that takes a tensor first: `x.softmax(axis=1)` is
    `ops.softmax(x, axis=1)`.
    """

    __slots__ = ()
    _stack: ClassVar[Callable[..., Any]]


def add_methods(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Sets those of the functions on tensors that take a tensor first, and `stack`, which
    tensors of lists of tensors are made with.
    """
    Methods._stack = staticmethod(functions["stack"])
    for name, function in functions.items():
        if takes_a_tensor(function):
            setattr(Methods, name, function)


def takes_a_tensor(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is a tensor, or `Any`: what one can be made of."""
    name, annotation = next(iter(function.__annotations__.items()), ("return", ""))
    return name != "return" and annotation in ("Any", "Tensor")
