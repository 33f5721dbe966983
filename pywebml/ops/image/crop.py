"""Boxes cut out of pictures and resized, with gradients to the pictures and the boxes.

A bilinear sample is a weighted sum of pixels; its slope along an axis is one with other
weights. So one kernel does both, and one its transpose, and gradients of any order are
made of these two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor, as_tensor, tensor
from ...device.kernels import kernel
from ...host.lazy import np
from ..support.window import pair

__all__ = ["crop_and_resize"]

METHODS = ("bilinear", "nearest")
_ROUNDING = 1e-4  # of a pixel: what float32 may put beyond an edge; as in the kernel


@dataclass(frozen=True)
class _Crop(Op):
    """What sampling and its transpose share. `slopes`: along which axes it is the
    derivative that is sampled.
    """

    not_finite = "as NumPy, but in numbers of boxes, and where a weight is 0 or not by a rounding"
    not_finite_inputs = ()

    size: tuple[int, int]
    method: str = "bilinear"
    slopes: tuple[bool, bool] = (False, False)

    def check(self, source: Spec, boxes: Spec, numbers: Spec) -> None:
        """ValueError or TypeError for what cannot be cropped."""
        if len(source.shape) != 4 or source.dtype != "float32" or 0 in source.shape[1:3]:
            raise ValueError(
                "crop_and_resize: image must be float32 [batch, height, width, channels], got"
                f" {source.dtype} {source.shape}"
            )
        if len(boxes.shape) != 2 or boxes.shape[1] != 4 or boxes.dtype != "float32":
            raise ValueError(
                "crop_and_resize: boxes must be float32 [boxes, 4] (y1, x1, y2, x2), got"
                f" {boxes.dtype} {boxes.shape}"
            )
        if numbers != Spec(boxes.shape[:1], "int32"):
            raise ValueError(
                f"crop_and_resize: box_ind must be int32 [{boxes.shape[0]}], the number of each"
                f" box's picture, got {numbers.dtype} {numbers.shape}"
            )

    def weights(self, boxes: Any, axis: int, m: int, n: int) -> Any:
        """[boxes, m, n]: how much of pixel n is in place m; nothing where it lies
        beyond them.
        """
        share = np.arange(m) / max(m - 1, 1) if m > 1 else np.array([0.5])
        start, end = boxes[:, axis, None], boxes[:, axis + 2, None]
        at = (start * (1 - share) + end * share) * (n - 1)
        inside = (at >= -_ROUNDING) & (at <= n - 1 + _ROUNDING)
        at = np.clip(np.where(inside, at, 0), 0, n - 1)[..., None]
        pixel = np.arange(n)
        if self.method == "nearest":
            weights = pixel == np.floor(at + 0.5)
        elif self.slopes[axis]:
            first = np.minimum(np.floor(at), max(n, 2) - 2)
            weights = (n > 1) * ((pixel == first + 1) * 1.0 - (pixel == first))
        else:
            weights = np.maximum(0, 1 - np.abs(at - pixel))
        return np.where(inside[..., None], weights, 0).astype(boxes.dtype)

    def launch(self, k: Lowering, entry: str, image: Sequence[int], outside: float) -> None:
        """`image`: the shape of the pictures."""
        pictures, rows, columns, channels = image
        source, boxes, numbers = k.ins
        params = pack(
            "11If", k.outs[0].size, rows, columns, channels, *self.size, pictures, boxes.shape[0],
            *map(int, self.slopes), int(self.method == "nearest"), outside,
        )  # fmt: skip
        slots = [source, boxes, numbers, *k.outs]
        k.launch_flat(kernel("image/crop", entry), slots, params, k.outs[0].size)

    def box_gradient(self, image: Any, boxes: Any, numbers: Any, g: Any) -> Any:
        """The gradient at the boxes of the sum of g times what is sampled."""
        if self.method == "nearest":
            return None
        columns: list[Any] = [None] * 4
        for axis in (0, 1):
            m, n = self.size[axis], image.shape[1 + axis]
            share = [t / (m - 1) for t in range(m)] if m > 1 else [0.5]
            if self.slopes[axis]:  # what is linear has no second derivative
                columns[axis] = columns[axis + 2] = boxes[:, 0] * 0.0
                continue
            slopes = (self.slopes[0] or axis == 0, self.slopes[1] or axis == 1)
            sampled = CropAndResize(self.size, self.method, slopes)(image, boxes, numbers)
            at = (g * sampled).sum(axis=(2 - axis, 3)) * float(n - 1)
            columns[axis] = (at * tensor([1 - s for s in share])).sum(axis=1)
            columns[axis + 2] = (at * tensor(share)).sum(axis=1)
        return tensor(columns).transpose()


@register
@dataclass(frozen=True)
class CropAndResize(_Crop):
    """image [n, h, w, c], boxes [k, 4] as shares of a picture, and the numbers [k] of
    their pictures -> [k, *size, c]; `outside` beyond a picture, 0 where there is none
    of that number.
    """

    outside: float = 0.0

    def infer(self, image: Spec, boxes: Spec, numbers: Spec) -> Spec:
        self.check(image, boxes, numbers)
        return Spec((boxes.shape[0], *self.size, image.shape[3]))

    def numpy(self, image: Any, boxes: Any, numbers: Any) -> Any:
        down = self.weights(boxes, 0, self.size[0], image.shape[1])
        along = self.weights(boxes, 1, self.size[1], image.shape[2])
        there = (numbers >= 0) & (numbers < image.shape[0])
        pictures = image[np.where(there, numbers, 0)]
        out = np.einsum("kty,ksx,kyxc->ktsc", down, along, pictures, optimize=True)
        inside = down.any(axis=2)[:, :, None] & along.any(axis=2)[:, None]
        out = np.where(inside[..., None], out, self.outside)
        return np.where(there[:, None, None, None], out, 0)

    def gpu(self, k: Lowering) -> None:
        self.launch(k, "crop", k.ins[0].shape, self.outside)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        image, boxes, numbers = ins
        back = CropAndResizeGrad(self.size, self.method, self.slopes, image.shape[:3])
        g = grads[0]
        return back(g, boxes, numbers), self.box_gradient(image, boxes, numbers, g), None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, op, shape, boxes, numbers in _samples():
            rng = np.random.default_rng(8)
            image = rng.normal(size=shape).astype(np.float32)
            crop = cls(op.size, op.method, op.slopes, 0.0 if any(op.slopes) else -2.0)
            yield Case(name, crop, (image, boxes, numbers), 1e-4)


@register
@dataclass(frozen=True)
class CropAndResizeGrad(_Crop):
    """The adjoint of CropAndResize: gradients [k, *size, c] of crops -> of the pictures
    [n, h, w, c], whose first three are `pictures`.
    """

    pictures: tuple[int, int, int] = (1, 1, 1)

    def infer(self, g: Spec, boxes: Spec, numbers: Spec) -> Spec:
        self.check(g, boxes, numbers)
        return Spec((*self.pictures, g.shape[3]))

    def numpy(self, g: Any, boxes: Any, numbers: Any) -> Any:
        n, rows, columns = self.pictures
        down = self.weights(boxes, 0, self.size[0], rows)
        along = self.weights(boxes, 1, self.size[1], columns)
        each = np.einsum("kty,ksx,ktsc->kyxc", down, along, g, optimize=True)
        out = np.zeros((*self.pictures, g.shape[3]), g.dtype)
        there = (numbers >= 0) & (numbers < n)
        np.add.at(out, numbers[there], each[there])
        return out

    def gpu(self, k: Lowering) -> None:
        self.launch(k, "adjoint", k.outs[0].shape, 0.0)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        g, boxes, numbers = ins
        image = grads[0]
        sampled = CropAndResize(self.size, self.method, self.slopes)(image, boxes, numbers)
        return sampled, self.box_gradient(image, boxes, numbers, g), None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, op, shape, boxes, numbers in _samples():
            crops = (len(boxes), *op.size, shape[3])
            g = np.random.default_rng(8).normal(size=crops).astype(np.float32)
            crop = cls(op.size, op.method, op.slopes, shape[:3])
            yield Case(name, crop, (g, boxes, numbers), 1e-4)


def _samples() -> Iterable[Any]:
    """(name, op, shape of the pictures, boxes, numbers)."""
    rng = np.random.default_rng(7)
    for name, size, method, slopes, shape in [
        ("bilinear", (3, 4), "bilinear", (False, False), (2, 5, 6, 3)),
        ("nearest", (4, 2), "nearest", (False, False), (2, 5, 7, 2)),
        ("one place", (1, 5), "bilinear", (False, False), (2, 4, 1, 1)),
        ("slope of rows", (3, 4), "bilinear", (True, False), (2, 5, 6, 2)),
        ("both slopes", (2, 3), "bilinear", (True, True), (1, 4, 5, 1)),
    ]:
        corners = rng.uniform(-0.1, 1.1, (4, 4))
        corners[0] = [0.1, 0.2, 0.93, 0.84]
        corners[1] = [0.9, 0.1, 0.13, 0.74]  # upside down
        numbers = np.array([0, shape[0] - 1, 0, shape[0]], np.int32)  # the last is not there
        yield name, _Crop(size, method, slopes), shape, corners.astype(np.float32), numbers


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_ind: Any,
    crop_size: Sequence[int],
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
) -> Tensor:
    """Boxes cut out of pictures image [n, h, w, c] and resized to crop_size (height,
    width): [boxes, height, width, c] in float32.

    A row of `boxes` [boxes, 4] is y1, x1, y2, x2 as shares of a picture: 0 is the
    centre of its first pixel, 1 of its last; y1 above y2 turns it over. `box_ind` says
    in which picture it lies; one that is not there gives zeros. Places beyond a picture
    are `extrapolation_value`. `method` "bilinear", with gradients to image and boxes,
    or "nearest", to the image only. ValueError for other shapes and methods.

    Example:
        >>> picture = pw.tensor([[0.0, 1.0, 2.0]]).reshape(1, 1, 3, 1)
        >>> ops.image.crop_and_resize(picture, [[0, 0.25, 1, 1]], [0], (1, 4)).numpy()[0, 0, :, 0]
        array([0.5, 1. , 1.5, 2. ], dtype=float32)
    """
    if method not in METHODS:
        raise ValueError(
            f"crop_and_resize: method must be {' or '.join(map(repr, METHODS))}, got {method!r}"
        )
    image = as_tensor(image)
    if image.dtype != "float32":
        image = image.astype("float32")
    numbers = box_ind if isinstance(box_ind, Tensor) else as_tensor(box_ind, "int32")
    op = CropAndResize(
        pair(crop_size, "crop_and_resize: crop_size"), method, outside=float(extrapolation_value)
    )
    return op(image, as_tensor(boxes, "float32"), numbers)
