"""Resizing to the nearest pixel, of pictures of any type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor
from ...device.kernels import typed_kernel
from ...host.lazy import np
from ..support.batch import batched
from ..support.typed import moved_as
from ..support.window import pair
from .bilinear import check_centres, check_size

__all__ = ["resize_nearest_neighbor"]


class _Axis(NamedTuple):
    """Place t of a resized axis reads place min((a t + b) / c, n - 1), in whole
    numbers, so that none is rounded to a neighbour.
    """

    a: int
    b: int
    c: int

    def places(self, n: int, m: int) -> Any:
        return np.minimum((self.a * np.arange(m) + self.b) // self.c, n - 1)


def _axis(n: int, m: int, align_corners: bool, half_pixel_centers: bool) -> _Axis:
    """For an axis of n resized to m: TensorFlow's rules."""
    if half_pixel_centers:
        return _Axis(2 * n, n, 2 * m)
    if align_corners and m > 1:
        return _Axis(2 * (n - 1), m - 1, 2 * (m - 1))
    return _Axis(n, 0, m)


def _check(op: Op, x: Spec, size: tuple[int, int]) -> None:
    if len(x.shape) != 4 or 0 in x.shape[1:3] or x.dtype == "uint8":
        raise ValueError(
            f"{op.name}: images must be numbers [batch, height, width, channels], got {x.dtype}"
            f" {x.shape}"
        )
    check_size(op, size)


@register
@dataclass(frozen=True)
class ResizeNearest(Op):
    """[n, h, w, c] -> [n, *size, c]. Target place t reads source place floor(t * in /
    out), floor((t + 0.5) * in / out) with half-pixel centres, or with aligned corners
    the place nearest to t * (in - 1) / (out - 1).
    """

    size: tuple[int, int]
    align_corners: bool = False
    half_pixel_centers: bool = False
    halves = True
    halves_back = False

    def infer(self, x: Spec) -> Spec:
        _check(self, x, self.size)
        check_centres("resize_nearest_neighbor", self.align_corners, self.half_pixel_centers)
        return Spec((x.shape[0], *self.size, x.shape[3]), x.dtype)

    def _axes(self, shape: Sequence[int]) -> list[_Axis]:
        sides = zip(shape[1:3], self.size, strict=True)
        return [_axis(n, m, self.align_corners, self.half_pixel_centers) for n, m in sides]

    def numpy(self, x: Any) -> Any:
        rows, columns = self._axes(x.shape)
        x = x[:, rows.places(x.shape[1], self.size[0])]
        return x[:, :, columns.places(x.shape[2], self.size[1])]

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        element, lanes = moved_as(x.dtype, x.shape[3])
        count, channels = y.size // lanes, x.shape[3] // lanes
        rows, columns = self._axes(x.shape)
        params = pack("12I", count, *x.shape[1:3], channels, *self.size, *rows, *columns)
        k.launch_flat(typed_kernel("image/nearest", element, "nearest"), [x, y], params, count)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        size = ins[0].shape[1:3]
        return (ResizeNearestGrad(size, self.align_corners, self.half_pixel_centers)(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield from _cases(cls)
        pixels = np.random.default_rng(7).integers(-99, 99, (1, 3, 4, 3), dtype=np.int32)
        yield Case("int32", cls((2, 9)), (pixels,), 0, 0)


@register
@dataclass(frozen=True)
class ResizeNearestGrad(Op):
    """The adjoint of ResizeNearest from `size`: gradients [n, h, w, c] of resized
    pictures -> of the pictures [n, *size, c].
    """

    size: tuple[int, int]
    align_corners: bool = False
    half_pixel_centers: bool = False

    def infer(self, g: Spec) -> Spec:
        _check(self, g, self.size)
        if g.dtype != "float32":
            raise TypeError(f"{self.name}: gradients must be float32, got {g.dtype}")
        return Spec((g.shape[0], *self.size, g.shape[3]))

    def numpy(self, g: Any) -> Any:
        for axis, n in enumerate(self.size, 1):
            m = g.shape[axis]
            rule = _axis(n, m, self.align_corners, self.half_pixel_centers)
            wide = np.moveaxis(g, axis, 0)
            sums = np.zeros((n, *wide.shape[1:]), g.dtype)
            np.add.at(sums, rule.places(n, m), wide)
            g = np.moveaxis(sums, 0, axis)
        return g

    def gpu(self, k: Lowering) -> None:
        g, out = k.ins[0], k.outs[0]
        _, rows, columns, channels = g.shape
        between = k.scratch((g.shape[0], self.size[0], columns, channels))
        for source, target, m, n, inner in [
            (g, between, rows, self.size[0], columns * channels),
            (between, out, columns, self.size[1], channels),
        ]:
            rule = _axis(n, m, self.align_corners, self.half_pixel_centers)
            params = pack("12I", target.size, m, n, inner, 0, 0, *rule, 0, 0, 0)
            program = typed_kernel("image/nearest", "f32", "adjoint")
            k.launch_flat(program, [source, target], params, target.size)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        size = ins[0].shape[1:3]
        return (ResizeNearest(size, self.align_corners, self.half_pixel_centers)(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield from _cases(cls)


def _cases(cls: Any) -> Iterable[Case]:
    rng = np.random.default_rng(5)
    for shape, size, align, half in [
        ((2, 5, 7, 3), (11, 4), False, False), ((2, 5, 7, 3), (11, 4), True, False),
        ((2, 5, 7, 4), (11, 4), False, True), ((1, 8, 8, 1), (1, 1), True, False),
        ((1, 9, 1, 2), (2, 3), False, True),
    ]:  # fmt: skip
        name = f"{shape[1:3]}->{size}{' aligned' * align}{' half-pixel' * half}"
        yield Case(name, cls(size, align, half), (rng.normal(size=shape).astype(np.float32),))


def resize_nearest_neighbor(
    images: Any, size: Sequence[int], align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Pictures [n, h, w, c] (or one [h, w, c]) of any type resized to size (height,
    width) without mixing pixels: each is that of the nearest place.

    Conventions as for `resize_bilinear`. Has a gradient for floats.

    Example:
        >>> picture = pw.tensor([[1, 2]]).reshape(1, 2, 1)
        >>> ops.image.resize_nearest_neighbor(picture, (1, 4)).numpy()[0, :, 0]
        array([1, 1, 2, 2], dtype=int32)
    """
    pictures, restored = batched(images, "resize_nearest_neighbor: images")
    op = ResizeNearest(
        pair(size, "resize_nearest_neighbor: size"), align_corners, half_pixel_centers
    )
    return restored(op(pictures))
