"""Second names: what NumPy or Keras call differently and TensorFlow.js or we do not, or
the other way round, and means the same with the same arguments. A row here is all that
one needs: function, method, docstring and its line in docs/ops.md come from it.

A name that means one thing in TensorFlow.js and another in Keras is left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

ALIASES: dict[str, str] = {
    # NumPy's and Keras's
    "absolute": "abs",
    "amax": "max",
    "amin": "min",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "average_pool": "avg_pool",
    "bitwise_invert": "bitwise_not",
    "clip": "clip_by_value",
    "concatenate": "concat",
    "conjugate": "conj",
    "divide": "div",
    "divide_no_nan": "div_no_nan",
    "floor_divide": "floor_div",
    "full": "fill",
    "hard_swish": "hard_silu",
    "invert": "bitwise_not",
    "isfinite": "is_finite",
    "isinf": "is_inf",
    "isnan": "is_nan",
    "multiply": "mul",
    "negative": "neg",
    "power": "pow",
    "remainder": "mod",
    "searchsorted": "search_sorted",
    "segment_sum": "unsorted_segment_sum",
    "silu": "swish",
    "subtract": "sub",
    "true_divide": "div",
    # TensorFlow.js's
    "clone": "identity",
    "log_sum_exp": "logsumexp",
    "mat_mul": "matmul",
    "reverse": "flip",
    "topk": "top_k",
}


def alias(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function under another name, which its docstring and `help` say."""
    plain = inspect.unwrap(function)
    assert isinstance(plain, FunctionType)
    other = FunctionType(
        plain.__code__, plain.__globals__, name, plain.__defaults__, plain.__closure__
    )
    other.__kwdefaults__ = plain.__kwdefaults__
    for types in ("__annotations__", "__annotate__"):  # `wraps` hands on the latter from 3.14 on
        if hasattr(plain, types):
            setattr(other, types, getattr(plain, types))
    other.__module__, other.__qualname__ = plain.__module__, name
    other.__doc__ = f"An alias of `{plain.__name__}`.\n\n{inspect.getdoc(plain)}"
    return other
