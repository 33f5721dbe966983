"""What layers over pictures share: batches or one picture, channels last or first, and
for random ones a stream of numbers on the device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ... import ops
from ...core.seeds import next_seed
from ...core.tensor import Tensor
from ...core.trace import eager
from ...ops.support.layout import channels_first, laid_out
from ..base import Layer

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")


class ImageLayer(Layer):
    """A layer over pictures [batch, height, width, channels] or one [height, width,
    channels] of any numbers; channels come first where `data_format` says so. Given a
    dict, it changes its "images" and hands the rest on.
    """

    in_halves = False

    def __init__(self, data_format: str | None = None, **options: Any):
        super().__init__(**options)
        first = channels_first(type(self).__name__, data_format, 2)
        self.data_format = "channels_first" if first else "channels_last"

    def __call__(self, inputs: Any, *more: Any, **options: Any) -> Any:
        if not isinstance(inputs, Mapping):
            return super().__call__(inputs, *more, **options)
        others = {"bounding_boxes", "segmentation_masks"} & set(inputs)
        if others or "images" not in inputs:
            raise ValueError(
                f"{self.name} changes the 'images' of a dict and hands 'labels' on; got"
                f" {', '.join(map(repr, inputs))}"
            )
        return {**inputs, "images": super().__call__(inputs["images"], *more, **options)}

    def call(self, inputs: Tensor, training: bool = True) -> Tensor:
        x = ops.cast(inputs, self.dtype) if inputs.dtype != self.dtype else inputs
        layout = laid_out(self.name, x, 2, self.data_format)
        return layout.back(self.changed(layout.x, training))

    def changed(self, x: Tensor, training: bool) -> Tensor:
        """Pictures [batch, height, width, channels], as the layer makes them."""
        raise NotImplementedError


class RandomImageLayer(ImageLayer):
    """A layer that changes each picture by chance while it trains, and does nothing
    otherwise. What it draws is drawn on the device, anew at every step.
    """

    def __init__(self, seed: Any = None, **options: Any):
        super().__init__(**options)
        self.seed = seed
        self._generator: Any = None

    def changed(self, x: Tensor, training: bool) -> Tensor:
        return self.at_random(x) if training else x

    def at_random(self, x: Tensor) -> Tensor:
        """Pictures, changed by chance."""
        raise NotImplementedError

    @property
    def generator(self) -> Any:
        """The stream, made when it is first drawn from."""
        if self._generator is None:
            with eager():
                self._generator = ops.Generator(next_seed() if self.seed is None else self.seed)
        return self._generator

    def uniform(self, shape: Sequence[int], low: float = 0.0, high: float = 1.0) -> Tensor:
        """float32 numbers in [low, high), those of the layer's seed."""
        if low == high:
            return ops.fill(tuple(shape), float(low))
        drawn: Tensor = self.generator.uniform(tuple(shape), low=low, high=high)
        return drawn

    def per_picture(self, x: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
        """[batch, 1, 1, 1], in the pictures' dtype."""
        return ops.cast(self.uniform((x.shape[0], 1, 1, 1), low, high), x.dtype)

    def within(self, x: Tensor, axis: int, share: Tensor) -> Tensor:
        """Which places of an axis, [batch, 1 or height, 1 or width, 1], lie in a
        stretch of a share [batch, 1, 1, 1] of it, which begins anywhere.
        """
        n = x.shape[axis]
        length = share * n
        start = self.per_picture(x) * (n - length)
        places = ops.cast(ops.range(0, n, dtype="int32"), x.dtype)
        places = places.reshape((1, n, 1, 1) if axis == 1 else (1, 1, n, 1))
        return ops.logical_and(ops.greater_equal(places, start), ops.less(places, start + length))


def factors(
    who: str, name: str, factor: Any, lowest: float = -1.0, highest: float = 1.0
) -> tuple[float, float]:
    """(lower, upper) of one number, which means both ways, or of two. ValueError for
    numbers outside [lowest, highest].
    """
    both = tuple(factor) if isinstance(factor, (list, tuple)) else (factor, factor)
    fits = len(both) == 2 and all(
        isinstance(f, (int, float)) and not isinstance(f, bool) and lowest <= f <= highest
        for f in both
    )
    if not fits:
        raise ValueError(
            f"{who}: {name} must be one number or two in [{lowest:g}, {highest:g}], got {factor!r}"
        )
    if isinstance(factor, (list, tuple)):
        lower, upper = sorted(map(float, both))
        return lower, upper
    return max(-abs(float(factor)), lowest), abs(float(factor))


def value_range_of(who: str, value_range: Any) -> tuple[float, float]:
    """(least, most) of the pictures' values. ValueError for anything else."""
    if not isinstance(value_range, (list, tuple)) or len(value_range) != 2:
        raise ValueError(f"{who}: value_range must be two numbers, got {value_range!r}")
    low, high = sorted(float(v) for v in value_range)
    if low == high:
        raise ValueError(f"{who}: value_range must be two different numbers, got {value_range!r}")
    return low, high
