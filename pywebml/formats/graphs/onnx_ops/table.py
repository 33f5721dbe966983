"""The table of ONNX's op types. Attributes have ONNX's names; beside them a node has
`opset`, the version of its operators, and `results`, how many outputs it has.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..table import OpTable
from .layout import alike, plain

F = TypeVar("F", bound=Callable[..., Any])
_SIZES = "how much it gives depends on the data"


class OnnxTable(OpTable):
    """Rows take tensors in ONNX's order, unless they say otherwise."""

    def op(self, *types: str, host: Iterable[int] = ()) -> Callable[[F], F]:
        """Decorator: what ops of these types do, in ONNX's order."""

        def enter(function: F) -> F:
            @functools.wraps(function)
            def in_order(*values: Any, **attributes: Any) -> Any:
                return function(*map(plain, values), **attributes)

            super(OnnxTable, self).op(*types, host=host)(in_order)
            return function

        return enter

    def laid(self, *types: str, host: Iterable[int] = ()) -> Callable[[F], F]:
        """Decorator: the function takes values of any layout, `Last` among them."""
        return super().op(*types, host=host)

    def each(self, *types: str, host: Iterable[int] = ()) -> Callable[[F], F]:
        """Decorator: the function works value by value, and so in any order."""

        def enter(function: F) -> F:
            row = functools.wraps(function)(alike(function))
            super(OnnxTable, self).op(*types, host=host)(row)
            return function

        return enter


ONNX_OPS = OnnxTable(
    "ONNX",
    {
        "Unique": _SIZES,
        "QLinearConv": "whole-number kernels are not run here: quantise with QuantizeLinear and"
        " DequantizeLinear instead",
    },
)  # fmt: skip
