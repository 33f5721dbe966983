"""Sequences, pictures and volumes made larger by repeating or mixing values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from .. import ops
from ..core.spec import FLOATS
from ..core.tensor import Tensor
from ..ops.support.layout import Layout, laid_out
from ..ops.support.window import numbers
from .preprocessing.sizes import INTERPOLATIONS, resized
from .spatial import Spatial
from .support.registry import layer
from .support.symbols import Shape


class UpSampling(Spatial):
    """Every value so many times along each size."""

    def __init__(
        self, size: int | Sequence[int] = 2, data_format: str | None = None, **options: Any
    ):
        super().__init__(data_format=data_format, **options)
        times = numbers(size, self.rank, f"{type(self).__name__}: size")
        self.size: Any = times if self.rank > 1 else times[0]

    @property
    def _times(self) -> tuple[int, ...]:
        return self.size if self.rank > 1 else (self.size,)

    def build(self, input_shape: Shape) -> None:
        self.check_rank(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        laid = self._laid(inputs)
        n, *sizes, c = laid.x.shape
        targets = [size * times for size, times in zip(sizes, self._times, strict=True)]
        # Two sizes are a picture: sequences have one row, and a volume is a stack of
        # pictures, then a picture with a row for each of its planes.
        rows, columns = (1, *sizes)[-2:]
        to = (1, *targets)[-2:]
        y = ops.image.resize_nearest_neighbor(laid.x.reshape((-1, rows, columns, c)), to)
        if self.rank == 3:
            plane = to[0] * to[1]
            y = y.reshape((n, sizes[0], plane, c))
            y = ops.image.resize_nearest_neighbor(y, (targets[0], plane))
        return laid.back(y.reshape((n, *targets, c)))

    def _laid(self, inputs: Tensor) -> Layout:
        return laid_out(self.name, inputs, self.rank, self.data_format, (inputs.dtype,))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self.check_rank(input_shape)
        sizes = [
            None if n is None else n * times
            for n, times in zip(self.sizes_of(input_shape), self._times, strict=True)
        ]
        return self.laid_out(input_shape[0], sizes, input_shape[self.channel_axis])


@layer("UpSampling1D")
class UpSampling1D(UpSampling, rank=1):
    """Every step of sequences `size` times.

    Shapes: [batch, steps, channels] -> [batch, steps * size, channels].

    Raises:
        ValueError: a size below 1, or an input that is no batch of sequences.

    Example:
        >>> layers.UpSampling1D(2)(np.array([[[1.0], [2.0]]])).numpy()[0, :, 0]
        array([1., 1., 2., 2.], dtype=float32)
    """

    formats: ClassVar = False

    def __init__(self, size: int = 2, **options: Any):
        super().__init__(size, **options)


@layer("UpSampling2D")
class UpSampling2D(UpSampling, rank=2):
    """Pictures made larger by whole numbers.

    Shapes: [batch, height, width, channels] -> [batch, height * size, width * size,
    channels].

    Args:
        size: n, or (vertical, horizontal).
        data_format: as Conv2D.
        interpolation: "nearest" repeats pixels, "bilinear", "bicubic", "lanczos3" and
            "lanczos5" mix neighbours, with pixels' centres in the middle, as Keras
            does (TensorFlow.js: at a corner).

    Raises:
        ValueError: a size below 1, another interpolation, or an input that is no batch
            of pictures.

    Example:
        >>> layers.UpSampling2D((1, 2))(np.arange(2.0).reshape(1, 2, 1, 1)).numpy()[0, :, :, 0]
        array([[0., 0.],
               [1., 1.]], dtype=float32)
    """

    def __init__(
        self,
        size: int | Sequence[int] = 2,
        data_format: str | None = None,
        interpolation: str = "nearest",
        **options: Any,
    ):
        super().__init__(size, data_format, **options)
        self.interpolation = interpolation.lower()
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"UpSampling2D: interpolation must be one of {', '.join(INTERPOLATIONS)}, got"
                f" {interpolation!r}"
            )

    def call(self, inputs: Tensor) -> Tensor:
        if self.interpolation == "nearest":
            return super().call(inputs)
        laid = self._laid(inputs)
        rows, columns = laid.x.shape[1:3]
        to = rows * self.size[0], columns * self.size[1]
        y = resized(laid.x.astype("float32"), to, self.interpolation)
        y = y if inputs.dtype in FLOATS else ops.round(y)
        return laid.back(y.astype(inputs.dtype))


@layer("UpSampling3D")
class UpSampling3D(UpSampling, rank=3):
    """Volumes made larger by whole numbers: every value so many times along each size.

    Shapes: [batch, depth, height, width, channels] -> the same with each size times its
    `size`.

    Arguments and errors: as UpSampling2D.

    Example:
        >>> layers.UpSampling3D((1, 2, 3))(np.ones((1, 2, 2, 2, 1))).shape
        (1, 2, 4, 6, 1)
    """
