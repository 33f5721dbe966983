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
from .moves import Slice
from .strided import StridedSlice

__all__ = ["getitem"]


def _sample_keys() -> Iterator[Sample]:
    backwards = builtins.slice(None, None, -1)
    for label, key in [
        ("1", 1),
        ("-1, :, 2", (-1, builtins.slice(None), 2)),
        ("1:, None, ..., ::-1", (builtins.slice(1, None), None, ..., backwards)),
        ("::2, 0, ::-3", (builtins.slice(None, None, 2), 0, builtins.slice(None, None, -3))),
        ("[2, 0]", [2, 0]),
    ]:
        yield Sample(f"x[{label}]", (ramp((3, 4, 5)),), {"key": key}, 0, 0)


@composite(meaning=lambda x, key: x[key], cases=_sample_keys, halves=True)
def getitem(x: Tensor, key: Any) -> Tensor:
    """`x[key]` as in NumPy. IndexError names the axis and the value.

    Example:
        >>> x = pw.tensor([[1, 2, 3], [4, 5, 6]])
        >>> x[1, ::-2].tolist()
        [6, 4]
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
    begin, step, size, shape, axis = [], [], [], [], 0
    for k in keys:
        if k is None:
            shape.append(1)
            continue
        length = x.shape[axis]
        if isinstance(k, builtins.slice):
            places = _range(k, length, axis)
            begin.append(places.start if places else 0)
            step.append(places.step)
            size.append(len(places))
            shape.append(len(places))
        elif is_int(k):  # NumPy's, too; NumPy takes True for a mask
            k = operator.index(k)
            if not -length <= k < length:
                raise IndexError(f"index {k} on axis {axis} of length {length}")
            begin.append(k % length)
            step.append(1)
            size.append(1)
        else:
            raise IndexError(
                f"index {k!r}; expected integers, slices, None, Ellipsis or an int32 tensor"
            )
        axis += 1
    cut = _cut(x, tuple(begin), tuple(step), tuple(size))
    return reshape(cut, shape) if tuple(shape) != cut.shape else cut


def _range(key: builtins.slice, length: int, axis: int) -> range:
    try:
        return range(*key.indices(length))
    except (TypeError, ValueError):
        raise IndexError(
            f"x[{key}] on axis {axis}: begin, end and step must be whole numbers, the step not 0"
        ) from None


def _cut(x: Tensor, begin: tuple[int, ...], step: tuple[int, ...], size: tuple[int, ...]) -> Tensor:
    if any(s != 1 and n > 1 for s, n in zip(step, size, strict=True)):
        return StridedSlice(begin, step, size)(x)  # type: ignore[no-any-return]
    return x if size == x.shape else Slice(begin, size)(x)
