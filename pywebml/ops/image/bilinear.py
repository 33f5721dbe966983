"""Bilinear resizing of float pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor
from ...device.kernels import kernel, typed_kernel
from ...host.lazy import np
from ..support.batch import batched
from ..support.window import pair

__all__ = ["resize_bilinear"]


def _ratio(n: int, m: int, align_corners: bool) -> float:
    """Source places per target place, for an axis of n resized to m: TensorFlow's."""
    return (n - 1) / (m - 1) if align_corners and m > 1 else n / m


def _weights(n: int, m: int, align_corners: bool, half_pixel_centers: bool) -> Any:
    """[m, n] matrix of an axis's bilinear weights: at most two per row."""
    shift = 0.5 if half_pixel_centers else 0.0
    place = np.clip((np.arange(m) + shift) * _ratio(n, m, align_corners) - shift, 0, n - 1)
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(n)))


def _weighted(weights: Any, x: Any, axis: int) -> Any:
    """weights [m, n] . x along `axis` of n; a value of weight 0 does not count, even if
    it is NaN or infinite.
    """
    x = np.moveaxis(x, axis, 0)
    if np.isfinite(x).all():
        y = np.tensordot(weights, x, 1)
    else:
        y = np.stack([np.tensordot(row[row > 0], x[row > 0], 1) for row in weights])
    return np.moveaxis(y, 0, axis)


def _check(op: Op, x: Spec, size: tuple[int, int]) -> None:
    if len(x.shape) != 4 or x.dtype != "float32" or 0 in x.shape[1:3]:
        raise ValueError(
            f"{op.name}: images must be float32 [batch, height, width, channels], got {x.dtype}"
            f" {x.shape}"
        )
    check_size(op, size)


def check_size(op: Op, size: tuple[int, int]) -> None:
    """ValueError unless it is one."""
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"{op.name}: size must be (height, width), each at least 1, got {size}")


def check_centres(name: str, align_corners: bool, half_pixel_centers: bool) -> None:
    """ValueError for both at once."""
    if align_corners and half_pixel_centers:
        raise ValueError(
            f"{name}: align_corners and half_pixel_centers exclude each other; set one of them to"
            " False"
        )


@register
@dataclass(frozen=True)
class ResizeBilinear(Op):
    """[n, h, w, c] -> [n, *size, c]. Target place t reads source place t * ratio, or (t
    + 0.5) * ratio - 0.5 with half-pixel centres; ratio is in / out, or (in - 1) / (out
    - 1) with aligned corners.
    """

    not_finite = "as NumPy, but where a weight is 0 or not by a rounding of 1e-7"
    not_finite_inputs = ()

    size: tuple[int, int]
    align_corners: bool = False
    half_pixel_centers: bool = False

    def infer(self, x: Spec) -> Spec:
        _check(self, x, self.size)
        check_centres("resize_bilinear", self.align_corners, self.half_pixel_centers)
        return Spec((x.shape[0], *self.size, x.shape[3]))

    def numpy(self, x: Any) -> Any:
        for axis in (1, 2):
            w = _weights(
                x.shape[axis], self.size[axis - 1], self.align_corners, self.half_pixel_centers
            ).astype(x.dtype)
            x = _weighted(w, x, axis)
        return x

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        _, rows, columns, channels = x.shape
        ratios = [
            _ratio(n, m, self.align_corners)
            for n, m in zip((rows, columns), self.size, strict=True)
        ]
        element, lanes = ("vec4f", 4) if channels % 4 == 0 else ("f32", 1)
        lines, width = y.shape[0] * self.size[0], self.size[1] * channels // lanes
        params = pack(
            "6I3f3I",
            lines,
            rows,
            columns,
            channels // lanes,
            *self.size,
            *ratios,
            0.5 * self.half_pixel_centers,
            0,
            0,
            0,
        )
        group = min(256, max(32, 1 << (width - 1).bit_length()))
        program = typed_kernel("image/bilinear", element, "resize", LANES=group)
        k.launch_flat(program, [x, y], params, lines, 1)

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

    not_finite = ResizeBilinear.not_finite
    not_finite_inputs = ()

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
            g = _weighted(w.T, g, axis)
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
            k.launch_flat(
                kernel("image/bilinear", "adjoint"), [source, target], params, target.size
            )

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


def resize_bilinear(
    images: Any, size: Sequence[int], align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Pictures [n, h, w, c] (or one [h, w, c]) resized to size (height, width), with
    TensorFlow.js's two conventions. float32, of whole numbers, too.

    No antialiasing: a picture made much smaller is sampled, not averaged. Has a
    gradient.

    Example:
        >>> picture = pw.tensor([[0.0, 3.0]]).reshape(1, 2, 1)
        >>> ops.resize_bilinear(picture, (1, 4), align_corners=True).numpy()[0, :, 0]
        array([0., 1., 2., 3.], dtype=float32)
    """
    pictures, restored = batched(images, "resize_bilinear: images")
    op = ResizeBilinear(pair(size, "resize_bilinear: size"), align_corners, half_pixel_centers)
    return restored(op(pictures.astype("float32")))
