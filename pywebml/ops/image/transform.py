"""Pictures turned over, rotated, and taken through projective maps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.composite import Sample, composite
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import kernel
from ...host.lazy import np
from ..support.batch import batched
from ..support.window import pair

__all__ = ["flip_left_right", "rotate_with_offset", "transform"]

INTERPOLATIONS = ("nearest", "bilinear")
FILL_MODES = ("constant", "reflect", "wrap", "nearest")  # numbered as in the kernel
_OPAQUE = 255.0  # what fills a fourth channel


def _check_word(value: str, words: tuple[str, ...], what: str) -> None:
    if value not in words:
        raise ValueError(
            f"transform: {what} must be {', '.join(map(repr, words[:-1]))} or {words[-1]!r}, got"
            f" {value!r}"
        )


@register
@dataclass(frozen=True)
class Transform(Op):
    """image [n, h, w, c] and maps [n or 1, 8] -> [n, *size, c]: pixel (x, y) is the
    image at ((a x + b y + c) / k, (d x + e y + f) / k), k = g x + h y + 1. `fill`: by
    channel.
    """

    not_finite = "as NumPy, but in maps"
    not_finite_inputs = (0,)

    size: tuple[int, int]
    interpolation: str = "nearest"
    fill_mode: str = "constant"
    fill: tuple[float, float, float, float] = (0.0,) * 4

    def infer(self, image: Spec, maps: Spec) -> Spec:
        if len(image.shape) != 4 or image.dtype != "float32" or 0 in image.shape[1:3]:
            raise ValueError(
                "transform: image must be float32 [batch, height, width, channels], got"
                f" {image.dtype} {image.shape}"
            )
        rows = maps.shape[0] if len(maps.shape) == 2 else 0
        if rows not in (1, image.shape[0]) or maps.shape[1] != 8 or maps.dtype != "float32":
            raise ValueError(
                f"transform: transforms must be float32 [{image.shape[0]}, 8], or [1, 8] for all"
                f" pictures, got {maps.dtype} {maps.shape}"
            )
        return Spec((image.shape[0], *self.size, image.shape[3]))

    def _folded(self, at: Any, n: int) -> Any:
        """The places within n pixels that stand for `at`."""
        if self.fill_mode == "reflect":
            low = 2 * n * np.trunc(-at / (2 * n)) + at
            low = np.where(low < -n, low + 2 * n, -low - 1)
            high = at - 2 * n * np.trunc(at / (2 * n))
            high = np.where(high >= n, 2 * n - high - 1, high)
            at = np.where(at < 0, low, np.where(at > n - 1, high, at))
        elif self.fill_mode == "wrap" and n > 1:
            low = at + n * (np.trunc(-at / (n - 1)) + 1)
            high = at - n * np.trunc(at / (n - 1))
            at = np.where(at < 0, low, np.where(at > n - 1, high, at))
        return at if self.fill_mode == "constant" else np.clip(at, 0, n - 1)

    def numpy(self, image: Any, maps: Any) -> Any:
        (n, rows, columns, channels), number = image.shape, np.arange(image.shape[0])
        a, b, c, d, e, f, g, h = maps.T[:, :, None, None]
        y, x = np.arange(self.size[0])[:, None], np.arange(self.size[1])
        fill = np.array([self.fill[min(i, 3)] for i in range(channels)], image.dtype)

        def pixels(row: Any, column: Any) -> Any:
            inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
            i, j = (np.where(inside, v, 0).astype(np.int64) for v in (row, column))
            picked = image[number[:, None, None], i, j]
            return np.where(inside[..., None], picked, fill)

        def between(one: Any, other: Any, share: Any) -> Any:
            share = share[..., None]
            return np.where(share == 0, one, one + (other - one) * share)

        with np.errstate(all="ignore"):
            k = g * x + h * y + 1
            u = self._folded((a * x + b * y + c) / k, columns)
            v = self._folded((d * x + e * y + f) / k, rows)
            near = (k != 0) & (v > -1) & (v < rows) & (u > -1) & (u < columns)
            near = np.broadcast_to(near, (n, *self.size))
            u, v = (np.broadcast_to(np.where(near, t, 0), near.shape) for t in (u, v))
            if self.interpolation == "nearest":
                out = pixels(np.floor(v + 0.5), np.floor(u + 0.5))
            else:
                top, left = np.floor(v), np.floor(u)
                above = between(pixels(top, left), pixels(top, left + 1), u - left)
                below = between(pixels(top + 1, left), pixels(top + 1, left + 1), u - left)
                out = between(above, below, v - top)
        return np.where(near[..., None], out, fill)

    def gpu(self, k: Lowering) -> None:
        image, maps = k.ins
        params = pack(
            "9I4f3I", k.outs[0].size, *image.shape[1:], *self.size, 8 * (maps.shape[0] > 1),
            FILL_MODES.index(self.fill_mode), int(self.interpolation == "bilinear"), *self.fill,
            0, 0, 0,
        )  # fmt: skip
        k.launch_flat(kernel("image/transform"), [image, maps, *k.outs], params, k.outs[0].size)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(9)
        for mode in FILL_MODES:
            for interpolation in INTERPOLATIONS:
                image = rng.normal(size=(2, 5, 6, 5)).astype(np.float32)
                turned = [[0.8123, -0.6317, 1.3119, 0.5713, 0.9127, -2.1731, 0.0113, -0.0071]]
                maps = np.array(
                    [*turned, [1.7321, 0.2137, -3.6249, 0.1213, -2.1427, 7.3731, 0, 0]], np.float32
                )
                op = cls((4, 7), interpolation, mode, (2.0, 3.0, 4.0, -5.0))
                yield Case(f"{mode}, {interpolation}", op, (image, maps), 1e-4)
        image = rng.normal(size=(2, 3, 1, 1)).astype(np.float32)
        maps = np.array([[1, 0, 0, 0, 1, 1, 0, -0.5]], np.float32)
        yield Case("one map, to infinity", cls((3, 2), fill=(9.0,) * 4), (image, maps))


def transform(
    image: Any,
    transforms: Any,
    interpolation: str = "nearest",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    output_shape: Sequence[int] | None = None,
) -> Tensor:
    """Pictures image [n, h, w, c] (or one [h, w, c]) through projective maps: the pixel
    (x, y) of the result is the image at ((a x + b y + c) / k, (d x + e y + f) / k) with
    k = g x + h y + 1, where a row a ... h of `transforms` [n, 8] or [1, 8] is a map.

    Beyond the image `fill_mode` "constant" has `fill_value`, "reflect" dcba|abcd|dcba,
    "wrap" abcd|abcd|abcd and "nearest" aaaa|abcd|dddd; `interpolation` is "nearest" or
    "bilinear". As large as before without an `output_shape` (height, width). No
    gradient. ValueError for other words and shapes.

    Example:
        >>> picture = pw.tensor([[1.0, 2.0, 3.0]]).reshape(1, 3, 1)
        >>> left_by_one = [[1, 0, 1, 0, 1, 0, 0, 0]]
        >>> ops.image.transform(picture, left_by_one, fill_mode="wrap").numpy()[0, :, 0]
        array([2., 3., 1.], dtype=float32)
    """
    _check_word(interpolation, INTERPOLATIONS, "interpolation")
    _check_word(fill_mode, FILL_MODES, "fill_mode")
    pictures, restored = batched(image, "transform: image")
    size = pictures.shape[1:3] if output_shape is None else output_shape
    size = pair(size, "transform: output_shape")
    op = Transform(size, interpolation, fill_mode, (float(fill_value),) * 4)
    return restored(_as_before(op, pictures, as_tensor(transforms, "float32")))


def _as_before(op: Transform, pictures: Tensor, maps: Any) -> Tensor:
    """The result in the pictures' dtype."""
    out: Tensor = op(pictures.astype("float32"), maps)
    return out.astype(pictures.dtype)


def _rotated(image: Any, radians: float, fill_value: Any = 0.0, center: Any = 0.5) -> Any:
    """Pixel by pixel."""
    _, rows, columns, channels = image.shape
    x0, y0 = np.broadcast_to(center, 2) * (columns, rows)
    many = np.ndim(fill_value) > 0
    fill = [*fill_value, _OPAQUE] if many else [fill_value] * channels
    out = np.empty_like(image)
    for y in range(rows):
        for x in range(columns):
            u = (x - x0) * math.cos(radians) - (y - y0) * math.sin(radians) + x0
            v = (x - x0) * math.sin(radians) + (y - y0) * math.cos(radians) + y0
            i, j = math.floor(v + 0.5), math.floor(u + 0.5)
            inside = 0 <= i < rows and 0 <= j < columns
            out[:, y, x] = image[:, i, j] if inside else fill[:channels]
    return out


def _sample_rotations() -> Iterator[Sample]:
    rng = np.random.default_rng(10)
    image = rng.normal(size=(2, 5, 6, 4)).astype(np.float32)
    yield Sample("a third", (image,), {"radians": math.pi / 3, "fill_value": 7.0})
    yield Sample("a quarter, by a corner", (image,), {"radians": math.pi / 2, "center": 0.0})
    keywords = {"radians": -0.31, "fill_value": (1.0, 2.0, 3.0), "center": (0.21, 0.87)}
    yield Sample("coloured", (image,), keywords)


@composite(meaning=_rotated, cases=_sample_rotations)
def rotate_with_offset(
    image: Any,
    radians: float,
    fill_value: float | Sequence[float] = 0.0,
    center: float | Sequence[float] = 0.5,
) -> Tensor:
    """Pictures image [n, h, w, c] (or one [h, w, c]) turned counter-clockwise by
    `radians` about `center`, a share of the width and the height (one, or two: x, y);
    each pixel is that of the nearest place.

    Beyond the image is `fill_value`: one number, or three by channel, with 255 for a
    fourth. No gradient. ValueError for other fills and centres.

    Example:
        >>> picture = pw.tensor([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1)
        >>> ops.image.rotate_with_offset(picture, np.pi, 9.0).numpy()[..., 0]
        array([[9., 9.],
               [9., 4.]], dtype=float32)
    """
    pictures, restored = batched(image, "rotate_with_offset: image")
    _, rows, columns, channels = pictures.shape
    across, down = _numbers(center, 2, "center")
    x0, y0 = across * columns, down * rows
    one = isinstance(fill_value, (int, float))
    if not one and channels > 4:
        raise ValueError(
            f"rotate_with_offset: a fill_value by channel is for at most 4 channels, got"
            f" {channels}; give one number"
        )
    red, green, blue = _numbers(fill_value, 3, "fill_value")
    fill = (red, green, blue, red if one else _OPAQUE)
    cos, sin = math.cos(radians), math.sin(radians)
    row = [cos, -sin, x0 - x0 * cos + y0 * sin, sin, cos, y0 - x0 * sin - y0 * cos, 0.0, 0.0]
    op = Transform((rows, columns), "nearest", "constant", fill)
    return restored(_as_before(op, pictures, as_tensor([row])))


def _numbers(value: Any, count: int, what: str) -> tuple[float, ...]:
    """One number, or so many."""
    several = (value,) * count if isinstance(value, (int, float)) else tuple(value)
    if len(several) != count:
        raise ValueError(f"rotate_with_offset: {what} must be one number or {count}, got {value!r}")
    return tuple(float(v) for v in several)


@composite(
    meaning=lambda image: image[..., ::-1, :],
    cases=lambda: [
        Sample("2 pictures", (np.arange(24, dtype=np.float32).reshape(2, 2, 3, 2),)),
        Sample("one, int32", (np.arange(12, dtype=np.int32).reshape(2, 3, 2),)),
    ],
    halves=True,
)
def flip_left_right(image: Any) -> Tensor:
    """Pictures image [n, h, w, c] (or one [h, w, c]) with left and right exchanged.

    Example:
        >>> picture = pw.tensor([[1.0, 2.0, 3.0]]).reshape(1, 3, 1)
        >>> ops.image.flip_left_right(picture).numpy()[0, :, 0]
        array([3., 2., 1.], dtype=float32)
    """
    pictures, restored = batched(image, "flip_left_right: image")
    return restored(pictures.flip(2))
