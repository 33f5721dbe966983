"""Raw RGBA bytes to a network's input, in one kernel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...core.calls import Calls
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import FLOATS, Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import typed_kernel
from ...host.lazy import np
from ..linalg.matmul import MatMul
from ..support.typed import floats
from ..support.window import pair
from ..support.xnnpack_calls import product

__all__ = ["pixels_to_tensor"]

# bytes of a picture beyond which it is quicker to pick the pixels that are needed first
_LARGE = 4 << 20

_MANY = 16  # bytes of a picture per place in the result, likewise

FITS = ("crop", "squash")
"""How a picture comes to a network's proportions."""


class Box(NamedTuple):
    """A part of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int


def box_of(height: int, width: int, size: tuple[int, int], fit: str) -> Box:
    """What of a picture of height x width is looked at, for a network that takes
    `size`: all of it ("squash"), or the largest part in the middle that has the
    proportions of `size` ("crop").
    """
    if fit == "squash":
        return Box(0, 0, height, width)
    scale = min(height / size[0], width / size[1])
    h, w = max(1, round(scale * size[0])), max(1, round(scale * size[1]))
    return Box((height - h) // 2, (width - w) // 2, h, w)


@dataclass(frozen=True)
class Resizing(Op):
    """What pictures become: of one `size`, mirrored if `flip`, times scale plus offset,
    channels in `order`.
    """

    size: tuple[int, int]
    scale: tuple[float, float, float]
    offset: tuple[float, float, float]
    flip: bool = False
    order: str = "rgb"
    dtype: str = "float32"


@register
@dataclass(frozen=True)
class PixelsToTensor(Resizing):
    """uint8 [H, W, 4] (RGBA; alpha is ignored) -> floats [1, *size, 3]: the box that
    `fit` names, resized, mirrored if `flip`, times scale plus offset.
    """

    fit: str = "squash"

    def infer(self, pixels: Spec) -> Spec:
        if (
            pixels.dtype != "uint8"
            or len(pixels.shape) != 3
            or pixels.shape[2] != 4
            or pixels.size == 0
        ):
            raise ValueError(
                "pixels_to_tensor: pixels must be uint8 [height, width, 4] (RGBA), got"
                f" {pixels.dtype} {pixels.shape}"
            )
        if len(self.size) != 2 or min(self.size) < 1:
            raise ValueError(
                f"pixels_to_tensor: size must be (height, width), each at least 1, got {self.size}"
            )
        if self.order not in ("rgb", "bgr"):
            raise ValueError(f"pixels_to_tensor: order must be 'rgb' or 'bgr', got {self.order!r}")
        if self.fit not in FITS:
            raise ValueError(
                f"pixels_to_tensor: fit must be {' or '.join(map(repr, FITS))}, got {self.fit!r}"
            )
        if self.dtype not in FLOATS:
            raise ValueError(
                f"pixels_to_tensor: dtype must be {' or '.join(FLOATS)}, got {self.dtype!r}"
            )
        return Spec((1, *self.size, 3), self.dtype)

    def box(self, shape: tuple[int, ...]) -> Box:
        """The part of a picture [H, W, 4] that is looked at."""
        return box_of(shape[0], shape[1], self.size, self.fit)

    def numpy(self, pixels: Any) -> Any:
        box = self.box(pixels.shape)
        return resized(
            pixels[box.top : box.top + box.height, box.left : box.left + box.width], self
        )[None]

    def gpu(self, k: Lowering) -> None:
        box, stride = self.box(k.ins[0].shape), k.ins[0].shape[1]
        dims = (
            box.height,
            box.width,
            *self.size,
            int(self.flip),
            int(self.order == "bgr"),
            stride,
            box.top * stride + box.left,
        )
        params = pack("8I8f", *dims, *self.scale, 0.0, *self.offset, 0.0)
        k.launch_flat(
            typed_kernel("pixels", floats(k.outs[0])), k.ins + k.outs, params, math.prod(self.size)
        )

    def xnnpack(self, k: Calls) -> None:
        x, (rows, columns, _) = k.ins[0], k.ins[0].shape
        box = self.box(x.shape)
        if x.size > _LARGE or (box.height, box.width) != (rows, columns):
            return  # NumPy picks the pixels that are needed
        wide = k.scratch((1, rows, columns, 4))
        k.call("widen", x, wide, x.size, writes=wide)
        x = wide
        if (rows, columns) != self.size:
            resized = k.scratch((1, *self.size, 4))
            # corners not aligned, half-pixel centres
            k.call("ResizeBilinear", x, *x.shape, *self.size, 0, 1, resized, writes=resized)
            x = resized
        if self.flip:
            flipped = k.scratch(x.shape)
            k.call("FlipLeftRight", x, *x.shape, flipped, writes=flipped)
            x = flipped
        channels = (2, 1, 0) if self.order == "bgr" else (0, 1, 2)
        mix = [
            self.scale[to] if channels[to] == source else 0.0
            for source in range(4)
            for to in range(3)
        ]
        x = x._replace(shape=(math.prod(self.size), 4))
        product(k, x, k.constant(mix, (4, 3)), k.constant(self.offset, (3,)), None, MatMul())

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (None,)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(6)
        signed = ((1 / 127.5,) * 3, (-1.0,) * 3)
        for shape, size, scale, offset, flip, order in [
            ((6, 5), (4, 7), *signed, False, "rgb"), ((9, 4), (9, 4), *signed, True, "rgb"),
            ((1, 1), (3, 2), *signed, False, "bgr"),
            ((7, 13), (3, 5), (0.01, 0.02, 0.03), (-1.0, 0.0, 2.0), True, "bgr"),
            ((33, 20), (1, 1), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), False, "rgb"),
        ]:  # fmt: skip
            pixels = rng.integers(0, 256, (*shape, 4), dtype=np.uint8)
            yield Case(
                f"{shape}->{size} {order}{' mirrored' * flip}",
                cls(size, scale, offset, flip, order),
                (pixels,),
                1e-4,
            )
        for shape, size in [((6, 11), (4, 4)), ((11, 6), (4, 4)), ((9, 9), (5, 3))]:
            pixels = rng.integers(0, 256, (*shape, 4), dtype=np.uint8)
            yield Case(
                f"{shape}->{size} cropped", cls(size, *signed, True, fit="crop"), (pixels,), 1e-4
            )
        half = cls((4, 7), *signed, dtype="float16")
        yield Case("float16", half, (rng.integers(0, 256, (6, 5, 4), dtype=np.uint8),), 1e-4, 1e-3)


def resized(pixels: Any, form: Resizing) -> Any:
    """uint8 [h, w, 4] as NumPy has it -> float32 [*size, 3], as `form` says."""
    top, bottom, v = neighbours(pixels.shape[0], form.size[0])
    left, right, u = neighbours(pixels.shape[1], form.size[1])
    if pixels.size > _MANY * math.prod(form.size):
        # the pixels around each place, picked first: a large picture costs what its
        # target costs
        rows, columns = np.concatenate((top, bottom)), np.concatenate((left, right))
        pixels = pixels[rows[:, None], columns]
        top, left = np.arange(form.size[0]), np.arange(form.size[1])
        bottom, right = top + form.size[0], left + form.size[1]
    x = pixels[..., :3].astype(np.float32)
    for axis, (before, after, share) in enumerate(((top, bottom, v[:, None]), (left, right, u))):
        second = x.take(after, axis)
        x = x.take(before, axis)
        second -= x  # in place: most of the time goes into memory
        second *= share[..., None]
        x += second
    x = x[..., ::-1] if form.order == "bgr" else x
    x = x[:, ::-1] if form.flip else x
    x *= np.array(form.scale, x.dtype)
    x += np.array(form.offset, x.dtype)
    return x


def neighbours(n: int, m: int) -> tuple[Any, Any, Any]:
    """For each of m places along an axis of n: the pixels before and after, and how far
    towards the second it lies.
    """
    place = np.clip((np.arange(m) + 0.5) * (n / m) - 0.5, 0, n - 1)
    low = place.astype(np.intp)
    return low, np.minimum(low + 1, n - 1), (place - low).astype(np.float32)


def pixels_to_tensor(
    pixels: Any,
    size: Sequence[int],
    scale: float | Sequence[float] = (1 / 255,) * 3,
    offset: float | Sequence[float] = (0.0,) * 3,
    *,
    flip: bool = False,
    order: str = "rgb",
    dtype: str = "float32",
    fit: str = "squash",
) -> Tensor:
    """RGBA bytes uint8 [H, W, 4] -> float32 (or float16) [1, height, width, 3], one
    kernel.

    Bilinear with half-pixel centres, mirrored left to right if `flip`; then value *
    scale + offset, with 0 ... 255 as values and scale and offset one number or one for
    each channel as written (`order` 'rgb' or 'bgr'). `fit` "squash" takes the whole
    picture and gives up its proportions; "crop" takes the middle part that has the
    proportions of `size`.

    Example:
        >>> pixels = np.full((2, 2, 4), 255, np.uint8)
        >>> ops.pixels_to_tensor(pixels, (1, 1), scale=2 / 255, offset=-1.0).tolist()
        [[[[1.0, 1.0, 1.0]]]]
    """
    op = PixelsToTensor(
        pair(size, "pixels_to_tensor: size"),
        _three(scale, "scale"),
        _three(offset, "offset"),
        bool(flip),
        order,
        dtype,
        fit,
    )
    return op(pixels if isinstance(pixels, Tensor) else as_tensor(pixels, "uint8"))


def _three(values: float | Sequence[float], what: str) -> tuple[float, float, float]:
    three = (values,) * 3 if isinstance(values, (int, float)) else tuple(float(v) for v in values)
    if len(three) != 3:
        raise ValueError(
            f"pixels_to_tensor: {what} must be one number or three (one per channel), got"
            f" {values!r}"
        )
    return three[0], three[1], three[2]
