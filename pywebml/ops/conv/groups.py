"""Convolutions of channels in groups, of which each sees its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.op import Op
from ...core.tensor import Tensor, reshape
from ..shape import concat, split
from ..support.layout import as_floats, whole_groups
from .depthwise import DepthwiseConv2D

__all__: list[str] = []


def in_groups(
    name: str, convolve: Callable[..., Any], x: Tensor, w: Tensor, bias: Any, groups: int
) -> Tensor:
    """`convolve(x, w)` or, where there is one, `convolve(x, w, bias)`, group by group,
    the results side by side; of pictures in one launch where every channel is a group.
    Channels come last in x, and in w those of the result.
    """
    ins = [x, w] if bias is None else [x, w, as_floats(bias)]
    if groups == 1:
        return convolve(*ins)  # type: ignore[no-any-return]
    filters = w.shape[-1]
    whole_groups(name, groups, filters, "filters")
    if groups == x.shape[-1] and isinstance(convolve, Op):
        conv: Any = convolve
        op = DepthwiseConv2D(conv.strides, conv.padding, conv.dilations, conv.activation)
        taps = reshape(w, (*w.shape[:2], groups, filters // groups))
        return op(x, taps, *ins[2:])  # type: ignore[no-any-return]
    parts = zip(*(split(tensor, groups, -1) for tensor in ins), strict=True)
    return concat([convolve(*part) for part in parts], -1)
