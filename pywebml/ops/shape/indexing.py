"""`tensor[...]`: NumPy's basic indexing with integers, slices, None and Ellipsis; an
int32 tensor gathers rows.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Iterator
from typing import Any

from ...core.calling import is_int
from ...core.composite import Sample, composite
from ...core.tensor import Tensor, reshape
from ..support.axes import ramp
from .functions import flip
from .functions import slice as take

__all__ = ["getitem"]


def _sample_keys() -> Iterator[Sample]:
    backwards = builtins.slice(None, None, -1)
    for label, key in [
        ("1", 1),
        ("-1, :, 2", (-1, builtins.slice(None), 2)),
        ("1:, None, ..., ::-1", (builtins.slice(1, None), None, ..., backwards)),
        ("[2, 0]", [2, 0]),
    ]:
        yield Sample(f"x[{label}]", (ramp((3, 4, 5)),), {"key": key}, 0, 0)


@composite(meaning=lambda x, key: x[key], cases=_sample_keys, halves=True)
def getitem(x: Tensor, key: Any) -> Tensor:
    """`x[key]` as in NumPy. IndexError names the axis and the value; only steps of 1
    and -1.

    Example:
        >>> x = pw.tensor([[1, 2, 3], [4, 5, 6]])
        >>> x[1, ::-1].tolist()
        [6, 5, 4]
        >>> x[pw.tensor([1, 1])].shape
        (2, 3)
    """
    if isinstance(key, Tensor) or getattr(key, "shape", None) or (isinstance(key, list) and key):
        return x.gather(key)
    keys = list(key) if isinstance(key, tuple) else [key]
    named = sum(k is not None and k is not Ellipsis for k in keys)
    if named > x.ndim:
        raise IndexError(f"{named} indices for a tensor of shape {x.shape}")
    fill = [builtins.slice(None)] * (x.ndim - named)
    at = next((i for i, k in enumerate(keys) if k is Ellipsis), len(keys))
    keys[at : at + 1] = fill
    begin, size, shape, turned, axis = [], [], [], [], 0
    for k in keys:
        if k is None:
            shape.append(1)
            continue
        length = x.shape[axis]
        if isinstance(k, builtins.slice):
            start, stop, step = k.indices(length)
            if step not in (1, -1):
                raise IndexError(
                    f"x[{k}] on axis {axis}: only steps of 1 and -1; use gather for others"
                )
            if step == -1:
                start, stop = stop + 1, start + 1
                turned.append(len(shape))
            if stop <= start:
                raise IndexError(f"x[{k}] on axis {axis} of length {length} is empty")
            begin.append(start)
            size.append(stop - start)
            shape.append(stop - start)
        elif is_int(k):  # NumPy's, too; NumPy takes True for a mask
            k = operator.index(k)
            if not -length <= k < length:
                raise IndexError(f"index {k} on axis {axis} of length {length}")
            begin.append(k % length)
            size.append(1)
        else:
            raise IndexError(
                f"index {k!r}; expected integers, slices, None, Ellipsis or an int32 tensor"
            )
        axis += 1
    cut = x if tuple(size) == x.shape else take(x, begin, size)
    out = reshape(cut, shape) if tuple(shape) != cut.shape else cut
    for a in turned:
        out = flip(out, a)
    return out
