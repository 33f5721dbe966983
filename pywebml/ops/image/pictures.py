"""Pictures: bilinear resizing of floats, and raw RGBA bytes to a network's input in one
kernel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.calls import Calls
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import FLOATS, Spec
from ...core.tensor import Tensor, as_tensor, reshape
from ...device.kernels import kernel, typed_kernel
from ...host.lazy import np
from ..linalg.matmul import MatMul
from ..support.typed import floats
from ..support.window import pair
from ..support.xnnpack_calls import product

__all__ = ["pixels_to_tensor", "resize_bilinear"]

# bytes of a picture beyond which it is quicker to pick the pixels that are needed first
_LARGE = 4 << 20


def _ratio(n: int, m: int, align_corners: bool) -> float:
    """Source places per target place, for an axis of n resized to m: TensorFlow's."""
    return (n - 1) / (m - 1) if align_corners and m > 1 else n / m


def _weights(n: int, m: int, align_corners: bool, half_pixel_centers: bool) -> Any:
    """[m, n] matrix of an axis's bilinear weights: at most two per row."""
    shift = 0.5 if half_pixel_centers else 0.0
    place = np.clip((np.arange(m) + shift) * _ratio(n, m, align_corners) - shift, 0, n - 1)
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(n)))


def _check(op: Op, x: Spec, size: tuple[int, int]) -> None:
    if len(x.shape) != 4 or x.dtype != "float32" or x.size == 0:
        raise ValueError(
            f"{op.name}: images must be float32 [batch, height, width, channels], got {x.dtype}"
            f" {x.shape}"
        )
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"{op.name}: size must be (height, width), each at least 1, got {size}")


@register
@dataclass(frozen=True)
class ResizeBilinear(Op):
    """[n, h, w, c] -> [n, *size, c]. Target place t reads source place t * ratio, or (t
    + 0.5) * ratio - 0.5 with half-pixel centres; ratio is in / out, or (in - 1) / (out
    - 1) with aligned corners.
    """

    size: tuple[int, int]
    align_corners: bool = False
    half_pixel_centers: bool = False

    def infer(self, x: Spec) -> Spec:
        _check(self, x, self.size)
        if self.align_corners and self.half_pixel_centers:
            raise ValueError(
                "resize_bilinear: align_corners and half_pixel_centers exclude each other; set one"
                " of them to False"
            )
        return Spec((x.shape[0], *self.size, x.shape[3]))

    def numpy(self, x: Any) -> Any:
        for axis in (1, 2):
            w = _weights(
                x.shape[axis], self.size[axis - 1], self.align_corners, self.half_pixel_centers
            ).astype(x.dtype)
            x = np.moveaxis(np.tensordot(w, x, ((1,), (axis,))), 0, axis)
        return x

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        _, rows, columns, channels = x.shape
        ratios = [
            _ratio(n, m, self.align_corners)
            for n, m in zip((rows, columns), self.size, strict=True)
        ]
        params = pack(
            "6I3f3I",
            y.size,
            rows,
            columns,
            channels,
            *self.size,
            *ratios,
            0.5 * self.half_pixel_centers,
            0,
            0,
            0,
        )
        k.launch_flat(kernel("image", "resize"), [x, y], params, y.size)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (
            ResizeBilinearGrad(ins[0].shape[1:3], self.align_corners, self.half_pixel_centers)(
                grads[0]
            ),
        )

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield from _resize_cases(cls)


@register
@dataclass(frozen=True)
class ResizeBilinearGrad(Op):
    """The adjoint of ResizeBilinear from `size`: gradients [n, h, w, c] of resized
    pictures -> of the pictures [n, *size, c].
    """

    size: tuple[int, int]
    align_corners: bool = False
    half_pixel_centers: bool = False

    def infer(self, g: Spec) -> Spec:
        _check(self, g, self.size)
        return Spec((g.shape[0], *self.size, g.shape[3]))

    def numpy(self, g: Any) -> Any:
        for axis in (1, 2):
            w = _weights(
                self.size[axis - 1], g.shape[axis], self.align_corners, self.half_pixel_centers
            ).astype(g.dtype)
            g = np.moveaxis(np.tensordot(w, g, ((0,), (axis,))), 0, axis)
        return g

    def gpu(self, k: Lowering) -> None:
        g, out = k.ins[0], k.outs[0]
        _, rows, columns, channels = g.shape
        between = k.scratch((g.shape[0], self.size[0], columns, channels))
        for source, target, before, after, inner in [
            (g, between, rows, self.size[0], columns * channels),
            (between, out, columns, self.size[1], channels),
        ]:
            ratio = _ratio(after, before, self.align_corners)
            params = pack(
                "6I3f3I",
                target.size,
                before,
                after,
                inner,
                0,
                0,
                ratio,
                0,
                0.5 * self.half_pixel_centers,
                0,
                0,
                0,
            )
            k.launch_flat(kernel("image", "adjoint"), [source, target], params, target.size)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (
            ResizeBilinear(ins[0].shape[1:3], self.align_corners, self.half_pixel_centers)(
                grads[0]
            ),
        )

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield from _resize_cases(cls)


def _resize_cases(cls: Any) -> Iterable[Case]:
    rng = np.random.default_rng(5)
    for shape, size in [
        ((2, 5, 7, 3), (11, 4)), ((1, 1, 1, 2), (3, 5)), ((1, 8, 8, 1), (1, 1)),
        ((1, 4, 6, 4), (8, 3)), ((2, 3, 1, 1), (3, 2)),
    ]:  # fmt: skip
        for align, half in [(False, False), (True, False), (False, True)]:
            name = f"{shape[1:3]}->{size}{' aligned' * align}{' half-pixel' * half}"
            yield Case(name, cls(size, align, half), (rng.normal(size=shape).astype(np.float32),))


@register
@dataclass(frozen=True)
class PixelsToTensor(Op):
    """uint8 [H, W, 4] (RGBA; alpha is ignored) -> floats [1, *size, 3]: resized,
    mirrored if `flip`, times scale plus offset.
    """

    size: tuple[int, int]
    scale: tuple[float, float, float]
    offset: tuple[float, float, float]
    flip: bool = False
    order: str = "rgb"
    dtype: str = "float32"

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
        if self.dtype not in FLOATS:
            raise ValueError(
                f"pixels_to_tensor: dtype must be {' or '.join(FLOATS)}, got {self.dtype!r}"
            )
        return Spec((1, *self.size, 3), self.dtype)

    def numpy(self, pixels: Any) -> Any:
        top, bottom, v = _neighbours(pixels.shape[0], self.size[0])
        left, right, u = _neighbours(pixels.shape[1], self.size[1])
        # the four pixels around each place, picked first: a large picture costs what
        # its target costs
        corners = ((top, left), (top, right), (bottom, left), (bottom, right))
        a, b, c, d = (pixels[i[:, None], j, :3].astype(np.float32) for i, j in corners)  # [m, n, 3]
        above, below = a + (b - a) * u[:, None], c + (d - c) * u[:, None]
        x = above + (below - above) * v[:, None, None]
        x = x[..., ::-1] if self.order == "bgr" else x
        x = x[:, ::-1] if self.flip else x
        return (x * np.array(self.scale, x.dtype) + np.array(self.offset, x.dtype))[None]

    def gpu(self, k: Lowering) -> None:
        rows, columns, _ = k.ins[0].shape
        dims = (rows, columns, *self.size, int(self.flip), int(self.order == "bgr"), 0, 0)
        params = pack("8I8f", *dims, *self.scale, 0.0, *self.offset, 0.0)
        k.launch_flat(
            typed_kernel("pixels", floats(k.outs[0])), k.ins + k.outs, params, math.prod(self.size)
        )

    def xnnpack(self, k: Calls) -> None:
        x, (rows, columns, _) = k.ins[0], k.ins[0].shape
        if x.size > _LARGE:
            return
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
        half = cls((4, 7), *signed, dtype="float16")
        yield Case("float16", half, (rng.integers(0, 256, (6, 5, 4), dtype=np.uint8),), 1e-4, 1e-3)


def _neighbours(n: int, m: int) -> tuple[Any, Any, Any]:
    """For each of m places along an axis of n: the pixels before and after, and how far
    towards the second it lies.
    """
    place = np.clip((np.arange(m) + 0.5) * (n / m) - 0.5, 0, n - 1)
    low = place.astype(np.int64)
    return low, np.minimum(low + 1, n - 1), (place - low).astype(np.float32)


def resize_bilinear(
    images: Any, size: Sequence[int], align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Float pictures [n, h, w, c] (or one [h, w, c]) resized to size (height, width),
    with TensorFlow.js's two conventions.

    No antialiasing: a picture made much smaller is sampled, not averaged. Has a
    gradient.

    Example:
        >>> picture = pw.tensor([[0.0, 3.0]]).reshape(1, 2, 1)
        >>> ops.resize_bilinear(picture, (1, 4), align_corners=True).numpy()[0, :, 0]
        array([0., 1., 2., 3.], dtype=float32)
    """
    images = as_tensor(images)
    op = ResizeBilinear(
        pair(size, "resize_bilinear: size"), bool(align_corners), bool(half_pixel_centers)
    )
    if images.ndim == 3:
        y = op(reshape(images, (1, *images.shape)))
        return reshape(y, y.shape[1:])
    return op(images)


def pixels_to_tensor(
    pixels: Any,
    size: Sequence[int],
    scale: float | Sequence[float] = (1 / 255,) * 3,
    offset: float | Sequence[float] = (0.0,) * 3,
    flip: bool = False,
    order: str = "rgb",
    dtype: str = "float32",
) -> Tensor:
    """RGBA bytes uint8 [H, W, 4] -> float32 (or float16) [1, height, width, 3], one
    kernel.

    Bilinear with half-pixel centres, mirrored left to right if `flip`; then value *
    scale + offset, with 0 ... 255 as values and scale and offset one number or one for
    each channel as written (`order` 'rgb' or 'bgr').

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
