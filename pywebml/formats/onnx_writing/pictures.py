"""Convolutions, pools and what else is done to pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...ops.image.pixels import neighbours
from .calls import Call, NotWritten
from .elementwise import activated
from .values import END, FIRST, Batches, Value

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np


def _pads(padding: Any) -> list[int]:
    (top, bottom), (left, right) = padding
    return [top, left, bottom, right]


def _convolution(c: Call, values: Any, group: int) -> list[Value]:
    c.refuse_joined()
    bias = [c.last(2)] if len(c.ins) > 2 else []
    y = c.w.add(
        "Conv", c.first(), c.filters(1, values), *bias,
        kernel_shape=values.shape[2:], strides=c.op.strides, dilations=c.op.dilations,
        pads=_pads(c.op.padding), group=group,
    )  # fmt: skip
    return c.gives(activated(c.w, y, c.op.activation), first=True)


def conv(c: Call) -> list[Value]:
    return _convolution(c, c.known(1, "filter").transpose(3, 2, 0, 1), 1)


def depthwise(c: Call) -> list[Value]:
    return _convolution(c, by_channel(c), c.ins[1].array.shape[2])


def by_channel(c: Call) -> Any:
    kernel = c.known(1, "filter").transpose(2, 3, 0, 1)  # [c, m, h, w]
    return kernel.reshape(-1, 1, *kernel.shape[2:])


def transposed(c: Call, values: Any, group: int) -> list[Value]:
    """A convolution's gradient to its input. What its windows do not reach is padded
    behind.
    """
    c.refuse_joined()
    op, window = c.op, values.shape[2:]
    rest = [
        size - ((n - 1) * stride + (k - 1) * dilation + 1 - before - after)
        for size, n, stride, k, dilation, (before, after) in zip(
            op.size, c.ins[0].sizes[1:3], op.strides, window, op.dilations, op.padding, strict=True
        )
    ]
    y = c.w.add(
        "ConvTranspose", c.first(), c.filters(1, values), kernel_shape=window, strides=op.strides,
        dilations=op.dilations, pads=_pads(op.padding), output_padding=rest, group=group,
    )  # fmt: skip
    return c.gives(y, first=True)


def pool(kind: str) -> Callable[[Call], list[Value]]:
    def write(c: Call) -> list[Value]:
        op = c.op
        y = c.w.add(
            kind, c.first(), kernel_shape=op.pool_size, strides=op.strides, pads=_pads(op.padding)
        )
        return c.gives(y, first=True)

    return write


def resize(mode: str) -> Callable[[Call], list[Value]]:
    def write(c: Call) -> list[Value]:
        op, sizes = c.op, c.sizes[0]
        coordinates = "half_pixel" if op.half_pixel_centers else "asymmetric"
        if op.align_corners:
            coordinates = "align_corners"
        rounding = "floor" if coordinates == "asymmetric" else "round_prefer_ceil"
        target = c.w.shape(tuple(sizes[axis] for axis in FIRST))
        y = c.w.add(
            "Resize", c.first(), "", "", target, mode=mode, nearest_mode=rounding,
            coordinate_transformation_mode=coordinates,
        )  # fmt: skip
        return c.gives(y, first=True)

    return write


def pixels(c: Call) -> list[Value]:
    """RGBA bytes [h, w, 4] -> [1, h, w, 3], in the size that is asked for."""
    op, w = c.op, c.w
    if any(isinstance(size, Batches) for size in c.ins[0].sizes):
        raise NotWritten("its pictures are of any size")
    first, last, step = (2, -5, -1) if op.order == "bgr" else (0, 3, 1)
    channels = [w.ints(n) for n in (first, last, 2, step)]

    def planes(pixels: str) -> str:
        x = w.cast(w.add("Slice", pixels, *channels), c.dtypes[0])
        return w.add("Transpose", x, perm=(2, 0, 1))

    box = op.box(c.ins[0].sizes)
    x = planes(c.last()) if box == (0, 0, *op.size) else _resized(c, box, planes)
    if op.flip:
        x = w.add("Slice", x, w.ints(-1), w.ints(-END), w.ints(2), w.ints(-1))
    x = w.add("Unsqueeze", x, w.ints(0))
    for kind, values in (("Mul", op.scale), ("Add", op.offset)):
        x = w.add(kind, x, w.constant(np.reshape(values, (1, 3, 1, 1)), c.dtypes[0]))
    return c.gives(x, first=True)


def _resized(c: Call, box: Any, planes: Callable[[str], str]) -> str:
    """A part of a picture in another size: the four pixels around each place are picked
    first, so that a large picture costs what its target costs.
    """
    w = c.w
    top, bottom, down = neighbours(box.height, c.op.size[0])
    left, right, along = neighbours(box.width, c.op.size[1])

    def picked(pixels: str, places: Any, axis: int) -> str:
        return w.add("Gather", pixels, w.ints(*places.tolist()), axis=axis)

    def between(a: str, b: str, share: Any) -> str:
        way = w.add("Mul", w.add("Sub", b, a), w.constant(share, c.dtypes[0]))
        return w.add("Add", a, way)

    def row(places: Any) -> str:
        pixels = picked(c.last(), box.top + places, 0)
        before, after = (planes(picked(pixels, box.left + p, 1)) for p in (left, right))
        return between(before, after, along)

    return between(row(top), row(bottom), down[:, None])
