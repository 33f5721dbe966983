"""Shapes, what is made of them, and what puts values elsewhere."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

from .... import ops
from ...wire.stored import Weight
from ..known import Known
from .layout import Last, last, last_axis, plain, turned
from .table import ONNX_OPS

_TO_FIRST = (0, 3, 1, 2)


def _ints(values: Sequence[Any]) -> Known:
    return Known(Weight((len(values),), "int32", array("i", values).tobytes()))


@ONNX_OPS.laid("Shape")
def shape(x: Any, *, start: int = 0, end: int | None = None) -> Any:
    return _ints(tuple(x.shape)[start:end])


@ONNX_OPS.laid("Size")
def size(x: Any) -> Any:
    return Known.of(math.prod(x.shape))


@ONNX_OPS.op("ConstantOfShape", host=[0])
def constant_of_shape(sizes: Sequence[int], *, value: Weight | None = None) -> Any:
    known = Known.of([0.0] if value is None else Known(value).array())
    return ops.fill(sizes, known.tolist()[0], known.dtype)


@ONNX_OPS.op("Range", host=[0, 1, 2])
def range_(start: float, limit: float, step: float) -> Any:
    count = max(0, math.ceil((limit - start) / step))
    values = [start + i * step for i in range(count)]
    if all(isinstance(n, int) for n in (start, limit, step)):
        return _ints(values)
    return Known(Weight((count,), "float32", array("f", values).tobytes()))


@ONNX_OPS.op("Reshape", host=[1])
def reshape(
    x: Any, sizes: Sequence[int] | None = None, *, shape: Sequence[int] = (), allowzero: int = 0
) -> Any:
    """0 stands for the size that is there, -1 for what is left."""
    target = list(shape if sizes is None else sizes)
    if not allowzero:
        target = [x.shape[i] if n == 0 else n for i, n in enumerate(target)]
    return x.reshape(*target)


@ONNX_OPS.op("Flatten")
def flatten(x: Any, *, axis: int = 1) -> Any:
    axis = axis % x.ndim if axis < 0 else axis
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


@ONNX_OPS.laid("Transpose")
def transpose(x: Any, *, perm: Sequence[int] = ()) -> Any:
    perm = tuple(perm) or tuple(reversed(range(x.ndim)))
    if perm == _TO_FIRST:
        return Last(plain(x))
    if isinstance(x, Last):  # of which axis of `values` each is
        return turned(x.values, [last_axis(axis, x.ndim) for axis in perm])
    return turned(x, perm)


@ONNX_OPS.op("Squeeze", host=[1])
def squeeze(x: Any, places: Any = None, *, axes: Any = None) -> Any:
    axes = axes if places is None else places
    return ops.squeeze(x, None if axes is None else tuple(axes))


@ONNX_OPS.op("Unsqueeze", host=[1])
def unsqueeze(x: Any, places: Any = None, *, axes: Sequence[int] = ()) -> Any:
    axes = axes if places is None else places
    rank = x.ndim + len(axes)
    new = {axis % rank for axis in axes if -rank <= axis < rank}
    if len(new) != len(axes):
        raise ValueError(f"axes {list(axes)} are not {len(axes)} different ones of {rank}")
    sizes = iter(x.shape)
    return x.reshape(*(1 if i in new else next(sizes) for i in range(rank)))


@ONNX_OPS.op("Expand", host=[1])
def expand(x: Any, sizes: Sequence[int]) -> Any:
    """Both are broadcast: a 1 leaves a size as it is."""
    rank = max(x.ndim, len(sizes))
    own = (1,) * (rank - x.ndim) + tuple(x.shape)
    other = (1,) * (rank - len(sizes)) + tuple(sizes)
    return ops.broadcast_to(x, [b if a == 1 else a for a, b in zip(own, other, strict=True)])


@ONNX_OPS.op("Tile", host=[1])
def tile(x: Any, repeats: Sequence[int]) -> Any:
    return ops.tile(x, repeats)


@ONNX_OPS.laid("Concat")
def concat(*xs: Any, axis: int = 1) -> Any:
    rank = xs[0].ndim
    if rank > 2 and any(isinstance(x, Last) for x in xs):
        return Last(ops.concat([last(x) for x in xs], last_axis(axis, rank)))
    return ops.concat([plain(x) for x in xs], axis)


@ONNX_OPS.laid("Split", host=[1])
def split(x: Any, sizes: Any = None, *, axis: int = 0, split: Any = None, results: int = 1) -> Any:
    """In as many parts as are read, of which the last may be smaller."""
    sizes = split if sizes is None else sizes
    total = x.shape[axis]
    if sizes is None:
        each = -(-total // results)
        sizes = [each] * (results - 1) + [total - each * (results - 1)]
    if isinstance(x, Last):
        return [Last(y) for y in ops.split(x.values, axis=last_axis(axis, x.ndim), sizes=sizes)]
    return ops.split(x, axis=axis, sizes=sizes)


@ONNX_OPS.laid("Slice", host=[1, 2, 3, 4])
def slice_(
    x: Any,
    from_: Any = None,
    to: Any = None,
    places: Any = None,
    steps: Any = None,
    *,
    starts: Sequence[int] = (),
    ends: Sequence[int] = (),
    axes: Sequence[int] = (),
) -> Any:
    starts, ends = (from_, to) if from_ is not None else (starts, ends)
    axes = places or axes or range(len(starts))
    steps = steps or [1] * len(starts)
    parts = [slice(None)] * x.ndim
    laid = isinstance(x, Last)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if step < 0 and end < -x.shape[axis]:
            end = None  # as far as the first
        parts[last_axis(axis, x.ndim) if laid else axis % x.ndim] = slice(start, end, step)
    return Last(x.values[tuple(parts)]) if laid else x[tuple(parts)]


@ONNX_OPS.laid("Pad", host=[1, 2, 3])
def pad(
    x: Any,
    sides: Any = None,
    constant: Any = None,
    places: Any = None,
    *,
    mode: str = "constant",
    pads: Sequence[int] = (),
    value: float = 0.0,
) -> Any:
    """Sides are all numbers before, then all behind; those below 0 cut off."""
    sides = list(pads if sides is None else sides)
    places = list(range(x.ndim)) if places is None else places
    laid = isinstance(x, Last)
    values = x.values if laid else x
    pairs = [(0, 0)] * x.ndim
    half = len(sides) // 2
    for axis, before, after in zip(places, sides[:half], sides[half:], strict=True):
        pairs[last_axis(axis, x.ndim) if laid else axis % x.ndim] = (before, after)
    cut = tuple(
        slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(values.shape, pairs, strict=True)
    )
    values = values[cut] if any(min(pair) < 0 for pair in pairs) else values
    pairs = [(max(a, 0), max(b, 0)) for a, b in pairs]
    if mode == "constant":
        filler = constant[0] if isinstance(constant, list) else constant
        y = ops.pad(values, pairs, constant_value=float(value if filler is None else filler))
    else:
        y = _repeated(values, pairs, mode)
    return Last(y) if laid else y


def _repeated(x: Any, pairs: Sequence[tuple[int, int]], mode: str) -> Any:
    """Padded by values of x: those at its edge, or mirrored there."""
    for axis, (before, after) in enumerate(pairs):
        n = x.shape[axis]
        places = range(-before, n + after)
        if mode == "edge":
            numbers = [min(max(i, 0), n - 1) for i in places]
        elif mode == "reflect":
            numbers = [n - 1 - abs((i % (2 * n - 2 or 1)) - (n - 1)) for i in places]
        elif mode == "wrap":
            numbers = [i % n for i in places]
        else:
            raise ValueError(f"mode {mode!r}; expected constant, edge, reflect or wrap")
        if before or after:
            x = ops.gather(x, _ints(numbers).tensor(), axis)
    return x


# --- picking


@ONNX_OPS.op("Gather")
def gather(x: Any, indices: Any, *, axis: int = 0) -> Any:
    return ops.gather(x, _from_behind(indices, x.shape[axis]), axis)


def _from_behind(indices: Any, n: int) -> Any:
    """Numbers below 0 count from the end."""
    return ops.where(indices < 0, indices + n, indices)


@ONNX_OPS.op("GatherElements")
def gather_elements(x: Any, indices: Any, *, axis: int = 0) -> Any:
    perm = [i for i in range(x.ndim) if i != axis % x.ndim]
    perm.append(axis % x.ndim)
    back = [perm.index(i) for i in range(x.ndim)]
    places = _from_behind(indices, x.shape[axis]).transpose(perm)
    rows = x.transpose(perm)
    if rows.shape[:-1] != places.shape[:-1]:
        raise ValueError("only indices for all rows of the input are run here")
    return ops.TakeAlong()(rows, places).transpose(back)


@ONNX_OPS.op("GatherND")
def gather_nd(x: Any, indices: Any, *, batch_dims: int = 0) -> Any:
    if batch_dims:
        raise ValueError(f"batch_dims {batch_dims}; only 0 is run here")
    return ops.gather_nd(x, indices)


@ONNX_OPS.laid("NonZero")
async def non_zero(x: Any) -> Any:
    """[rank, n]: how many there are is read back."""
    return (await ops.where_async(ops.not_equal(plain(x), 0))).transpose((1, 0))


@ONNX_OPS.op("OneHot", host=[1, 2])
def one_hot(indices: Any, depth: Any, values: Sequence[float], *, axis: int = -1) -> Any:
    depth = int(depth[0] if isinstance(depth, list) else depth)
    off, on = values
    indices = _from_behind(indices.astype("int32"), depth)
    y = ops.one_hot(indices, depth, on_value=float(on), off_value=float(off))
    axis %= y.ndim
    inner = list(range(y.ndim - 1))
    return y.transpose([*inner[:axis], y.ndim - 1, *inner[axis:]])


# --- blocks of pixels


@ONNX_OPS.laid("DepthToSpace")
def depth_to_space(x: Any, *, blocksize: int, mode: str = "DCR") -> Any:
    """ "DCR": the channels of a block stand together for each of its places; "CRD": the
    places for each channel.
    """
    values = last(x)
    if mode == "CRD":
        n, h, w, c = values.shape
        values = values.reshape(n, h, w, -1, blocksize**2).transpose((0, 1, 2, 4, 3))
        values = values.reshape(n, h, w, c)
    return Last(ops.depth_to_space(values, blocksize))


@ONNX_OPS.laid("SpaceToDepth")
def space_to_depth(x: Any, *, blocksize: int, mode: str = "DCR") -> Any:
    y = ops.space_to_depth(last(x), blocksize)
    if mode == "CRD":
        places = y.reshape(*y.shape[:3], blocksize**2, -1).transpose((0, 1, 2, 4, 3))
        y = places.reshape(*y.shape)
    return Last(y)
