"""The methods of tensors that are functions of `ops`, and the operators, which are such
methods.

`ops` stands above tensors and needs them, so it sets its functions here when it is
imported. `methods.pyi` says what they are to type checkers and editors;
`tools/stubs.py` writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Methods:
    """Every function of `pw.ops` that takes a tensor first: `x.softmax(axis=1)` is
    `ops.softmax(x, axis=1)`.
    """

    __slots__ = ()

    def _divmod(self: Any, other: Any) -> Any:
        return self // other, self % other


def _operator(name: str, swapped: bool = False) -> Callable[[Any, Any], Any]:
    """The operator that is the method `name`. Swapped, a number comes first, and stays
    a constant of the op: `Tensor.sub(1.0, x)`.
    """

    def call(self: Any, other: Any) -> Any:
        if (
            not isinstance(other, (Methods, int, float, bool, complex))
            and not hasattr(other, "__array_interface__")
            and not isinstance(other, list)
        ):
            return NotImplemented
        function = getattr(type(self), name)
        return function(other, self) if swapped else function(self, other)

    return call


for _dunder, _name in [
    ("add", "add"), ("sub", "sub"), ("mul", "mul"), ("truediv", "div"), ("pow", "pow"),
    ("matmul", "matmul"), ("floordiv", "floor_div"), ("mod", "mod"), ("and", "bitwise_and"),
    ("or", "bitwise_or"), ("xor", "bitwise_xor"), ("divmod", "_divmod"),
]:  # fmt: skip
    setattr(Methods, f"__{_dunder}__", _operator(_name))
    setattr(Methods, f"__r{_dunder}__", _operator(_name, swapped=True))
for _dunder, _name in [
    ("eq", "equal"), ("ne", "not_equal"), ("lt", "less"), ("le", "less_equal"),
    ("gt", "greater"), ("ge", "greater_equal"),
]:  # fmt: skip
    setattr(Methods, f"__{_dunder}__", _operator(_name))


def add_methods(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Sets those of the functions on tensors that take a tensor first, and `stack`,
    which tensors of lists of tensors are made with.
    """
    Methods._stack = staticmethod(functions["stack"])
    for name, function in functions.items():
        if takes_a_tensor(function):
            setattr(Methods, name, function)


def takes_a_tensor(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is a tensor, or `Any`: what one can be made of."""
    name, annotation = next(iter(function.__annotations__.items()), ("return", ""))
    return name != "return" and annotation in ("Any", "Tensor")
