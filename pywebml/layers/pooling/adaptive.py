"""Pooling to sizes that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ...ops.support.window import numbers
from ..spatial import Spatial
from ..support.registry import layer
from ..support.symbols import Shape


class AdaptivePooling(Spatial):
    """What pooling to asked sizes shares."""

    def __init__(
        self, output_size: int | Sequence[int], data_format: str | None = None, **options: Any
    ):
        super().__init__(data_format=data_format, **options)
        self.output_size = numbers(output_size, self.rank, f"{type(self).__name__}: output_size")

    def build(self, input_shape: Shape) -> None:
        self.check_rank(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self.check_rank(input_shape)
        return self.laid_out(input_shape[0], self.output_size, input_shape[self.channel_axis])


class AdaptiveAveragePooling(AdaptivePooling):
    """Means."""

    whole_numbers = False

    def call(self, inputs: Tensor) -> Tensor:
        return ops.adaptive_average_pool(inputs, self.output_size, self.data_format)


class AdaptiveMaxPooling(AdaptivePooling):
    """Largest values."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.adaptive_max_pool(inputs, self.output_size, self.data_format)


@layer("AdaptiveAveragePooling1D")
class AdaptiveAveragePooling1D(AdaptiveAveragePooling, rank=1):
    """Means of windows that cover sequences of any length evenly, as many as asked.

    Shapes: [batch, steps, channels] -> [batch, output_size, channels].

    Arguments and errors: as AdaptiveAveragePooling2D.

    Example:
        >>> layers.AdaptiveAveragePooling1D(2)(np.arange(5.0).reshape(1, 5, 1)).numpy()[0, :, 0]
        array([1., 3.], dtype=float32)
    """


@layer("AdaptiveAveragePooling2D")
class AdaptiveAveragePooling2D(AdaptiveAveragePooling, rank=2):
    """Means of windows that cover pictures of any size evenly: row i of m sees the rows
    floor(i * height / m) to ceil((i + 1) * height / m).

    Shapes: [batch, height, width, channels] -> [batch, *output_size, channels].

    Args:
        output_size: n, or (rows, columns).
        data_format: as Conv2D.

    Raises:
        ValueError: a size below 1, or an input that is no batch of pictures.

    Example:
        >>> layers.AdaptiveAveragePooling2D(1)(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()
        array([[[[1.5]]]], dtype=float32)
    """


@layer("AdaptiveAveragePooling3D")
class AdaptiveAveragePooling3D(AdaptiveAveragePooling, rank=3):
    """Means of boxes that cover volumes of any size evenly.

    Shapes: [batch, depth, height, width, channels] -> [batch, *output_size, channels].

    Arguments and errors: as AdaptiveAveragePooling2D, with three sizes.

    Example:
        >>> layers.AdaptiveAveragePooling3D((1, 2, 3))(np.ones((1, 4, 5, 6, 2))).shape
        (1, 1, 2, 3, 2)
    """


@layer("AdaptiveMaxPooling1D")
class AdaptiveMaxPooling1D(AdaptiveMaxPooling, rank=1):
    """The largest values of windows that cover sequences of any length evenly.

    Shapes, arguments and errors: as AdaptiveAveragePooling1D.

    Example:
        >>> layers.AdaptiveMaxPooling1D(2)(np.arange(5.0).reshape(1, 5, 1)).numpy()[0, :, 0]
        array([2., 4.], dtype=float32)
    """


@layer("AdaptiveMaxPooling2D")
class AdaptiveMaxPooling2D(AdaptiveMaxPooling, rank=2):
    """The largest values of windows that cover pictures of any size evenly.

    Shapes, arguments and errors: as AdaptiveAveragePooling2D.

    Example:
        >>> layers.AdaptiveMaxPooling2D(1)(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()
        array([[[[3.]]]], dtype=float32)
    """


@layer("AdaptiveMaxPooling3D")
class AdaptiveMaxPooling3D(AdaptiveMaxPooling, rank=3):
    """The largest values of boxes that cover volumes of any size evenly.

    Shapes, arguments and errors: as AdaptiveAveragePooling3D.

    Example:
        >>> layers.AdaptiveMaxPooling3D(2)(np.ones((1, 4, 5, 6, 2))).shape
        (1, 2, 2, 2, 2)
    """
