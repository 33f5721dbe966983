"""Pictures turned over, rotated, zoomed, shifted and sheared by chance."""

from __future__ import annotations

import math
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..support.registry import layer
from .images import FILL_MODES, INTERPOLATIONS, RandomImageLayer, factors


@layer("RandomFlip")
class RandomFlip(RandomImageLayer):
    """While training, half of the pictures turned over, by chance.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        mode: "horizontal" (left and right), "vertical", or "horizontal_and_vertical":
            both at once, as in Keras.
        seed: of the choices; by default from `pw.set_seed`.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> layer = layers.RandomFlip("horizontal", seed=1)
        >>> x = np.arange(2.0).reshape(1, 1, 2, 1)
        >>> sorted({tuple(layer(x, training=True).numpy().ravel().tolist()) for _ in range(20)})
        [(0.0, 1.0), (1.0, 0.0)]
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(seed=seed, data_format=data_format, **options)
        if mode not in ("horizontal", "vertical", "horizontal_and_vertical"):
            raise ValueError(
                "RandomFlip: mode must be 'horizontal', 'vertical' or 'horizontal_and_vertical',"
                f" got {mode!r}"
            )
        self.mode = mode

    def at_random(self, x: Tensor) -> Tensor:
        axes = [axis for axis, word in ((1, "vertical"), (2, "horizontal")) if word in self.mode]
        chosen = ops.less_equal(self.per_picture(x), 0.5)
        return ops.where(chosen, ops.flip(x, axes), x)


class Moving(RandomImageLayer):
    """Pixels from other places, by a map for each picture."""

    def __init__(self, fill_mode: str, interpolation: str, fill_value: float, **options: Any):
        super().__init__(**options)
        kind = type(self).__name__
        for name, word, words in (
            ("fill_mode", fill_mode, FILL_MODES),
            ("interpolation", interpolation, INTERPOLATIONS),
        ):
            if word not in words:
                raise ValueError(f"{kind}: {name} must be {', '.join(words)}, got {word!r}")
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def maps(self, n: int, height: int, width: int) -> list[Any]:
        """The six numbers a ... f of `ops.image.transform`, each [n] or a number."""
        raise NotImplementedError

    def at_random(self, x: Tensor) -> Tensor:
        n, height, width, _ = x.shape
        columns = [
            ops.fill((n, 1), float(v)) if isinstance(v, (int, float)) else v.reshape(n, 1)
            for v in (*self.maps(n, height, width), 0.0, 0.0)
        ]
        return ops.image.transform(
            x, ops.concat(columns, 1), self.interpolation, self.fill_mode, self.fill_value
        )


@layer("RandomRotation")
class RandomRotation(Moving):
    """While training, pictures rotated about their middle, each by its own angle.
    There is no gradient through it.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        factor: the angle as a share of a full turn: one number for both ways, or
            (lower, upper), in [-1, 1].
        fill_mode: what is beyond the picture: "reflect", "wrap", "constant" (then
            `fill_value`) or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: of the angles; by default from `pw.set_seed`.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> layer = layers.RandomRotation((0.5, 0.5))
        >>> layer(np.arange(4.0).reshape(2, 2, 1), training=True).numpy().round(3)[..., 0]
        array([[3., 2.],
               [1., 0.]], dtype=float32)
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(
            fill_mode, interpolation, fill_value, seed=seed, data_format=data_format, **options
        )
        self.factor = factors("RandomRotation", "factor", factor)

    def maps(self, n: int, height: int, width: int) -> list[Any]:
        turn = 2 * math.pi
        angle = self.uniform((n,), self.factor[0] * turn, self.factor[1] * turn)
        cos, sin = ops.cos(angle), ops.sin(angle)
        x, y = (width - 1) / 2, (height - 1) / 2
        return [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y]


@layer("RandomZoom")
class RandomZoom(Moving):
    """While training, pictures seen from nearer or farther, each by its own zoom. There
    is no gradient through it.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        height_factor: how much more is seen, as a share: one number for both ways, or
            (lower, upper), in (-1, 1]; below 0 is nearer.
        width_factor: the same of the width; with None the picture keeps its
            proportions.
        fill_mode: what is beyond the picture: "reflect", "wrap", "constant" (then
            `fill_value`) or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: of the zooms; by default from `pw.set_seed`.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> layer = layers.RandomZoom((1.0, 1.0), fill_mode="constant")
        >>> layer(np.ones((4, 4, 1)), training=True).numpy()[..., 0]
        array([[0., 0., 0., 0.],
               [0., 1., 1., 0.],
               [0., 1., 1., 0.],
               [0., 0., 0., 0.]], dtype=float32)
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(
            fill_mode, interpolation, fill_value, seed=seed, data_format=data_format, **options
        )
        self.height_factor, self.width_factor = height_factor, width_factor
        self._height = factors("RandomZoom", "height_factor", height_factor)
        self._width = (
            None if width_factor is None else factors("RandomZoom", "width_factor", width_factor)
        )
        if -1 in (*self._height, *(self._width or ())):
            raise ValueError("RandomZoom: a factor of -1 would zoom in without end; take -0.9")

    def maps(self, n: int, height: int, width: int) -> list[Any]:
        down = self.uniform((n,), 1 + self._height[0], 1 + self._height[1])
        across = down
        if self._width is not None:
            across = self.uniform((n,), 1 + self._width[0], 1 + self._width[1])
        x, y = (width - 1) / 2, (height - 1) / 2
        return [across, 0.0, (1 - across) * x, 0.0, down, (1 - down) * y]


@layer("RandomTranslation")
class RandomTranslation(Moving):
    """While training, pictures shifted, each by its own way. There is no gradient
    through it.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        height_factor, width_factor: how far down and to the right, as a share of the
            picture: one number for both ways, or (lower, upper), in [-1, 1].
        fill_mode: what is beyond the picture: "reflect", "wrap", "constant" (then
            `fill_value`) or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: of the ways; by default from `pw.set_seed`.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> layer = layers.RandomTranslation(0.0, (0.5, 0.5), fill_mode="constant")
        >>> layer(np.array([[[1.0], [2.0]]]), training=True).numpy()[..., 0]
        array([[0., 1.]], dtype=float32)
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(
            fill_mode, interpolation, fill_value, seed=seed, data_format=data_format, **options
        )
        self.height_factor, self.width_factor = height_factor, width_factor
        self._height = factors("RandomTranslation", "height_factor", height_factor)
        self._width = factors("RandomTranslation", "width_factor", width_factor)

    def maps(self, n: int, height: int, width: int) -> list[Any]:
        down = self.uniform((n,), *self._height) * height
        across = self.uniform((n,), *self._width) * width
        return [1.0, 0.0, -across, 0.0, 1.0, -down]


@layer("RandomShear")
class RandomShear(Moving):
    """While training, pictures sheared, each by its own amount, both ways. There is no
    gradient through it.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        x_factor, y_factor: how far along the width and the height: one number or
            (lower, upper), in [0, 1].
        interpolation: "bilinear" or "nearest".
        fill_mode: what is beyond the picture: "reflect", "wrap", "constant" (then
            `fill_value`) or "nearest".
        data_format: "channels_last" or "channels_first".
        seed: of the amounts; by default from `pw.set_seed`.

    Example:
        >>> layers.RandomShear(0.2, seed=1)(np.ones((2, 4, 4, 3)), training=True).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(
            fill_mode, interpolation, fill_value, seed=seed, data_format=data_format, **options
        )
        self.x_factor, self.y_factor = x_factor, y_factor
        for name, factor in (("x_factor", x_factor), ("y_factor", y_factor)):
            factors("RandomShear", name, factor, 0.0)
        self._x, self._y = (factors("RandomShear", "factor", f, -1.0) for f in (x_factor, y_factor))

    def maps(self, n: int, height: int, width: int) -> list[Any]:
        way = ops.where(ops.greater(self.uniform((n,)), 0.5), -1.0, 1.0)
        down = self.uniform((n,), *self._y) * way
        across = self.uniform((n,), *self._x) * way
        return [1.0, across, 0.0, down, 1.0, 0.0]
