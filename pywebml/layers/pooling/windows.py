"""Pooling over windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ...ops.support.window import numbers
from ..spatial import Spatial, check_padding
from ..support.registry import layer
from ..support.symbols import Shape

_OPS: dict[str, dict[int, Any]] = {
    "average": {1: ops.avg_pool1d, 2: ops.avg_pool, 3: ops.avg_pool3d},
    "max": {1: ops.max_pool1d, 2: ops.max_pool, 3: ops.max_pool3d},
}


class Pooling(Spatial):
    """What pooling over windows shares."""

    mode: str

    def __init__(
        self,
        pool_size: int | Sequence[int],
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **options: Any,
    ):
        super().__init__(data_format=data_format, name=name, **options)
        kind = type(self).__name__
        self.pool_size = numbers(pool_size, self.rank, f"{kind}: pool_size")
        steps = self.pool_size if strides is None else strides
        self.strides = numbers(steps, self.rank, f"{kind}: strides")
        self.padding = check_padding(kind, padding, self.rank, ("valid", "same"))

    def call(self, inputs: Tensor) -> Tensor:
        y: Tensor = _OPS[self.mode][self.rank](
            inputs, self.pool_size, self.strides, self.padding, data_format=self.data_format
        )
        return y

    def build(self, input_shape: Shape) -> None:
        self.check_rank(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self.check_rank(input_shape)
        channels = input_shape[self.channel_axis]
        return self.windows_shape(input_shape, channels, self.pool_size, self.strides, self.padding)


class AveragePooling(Pooling):
    """The mean of each window; padding does not count."""

    mode = "average"
    whole_numbers = False


class MaxPooling(Pooling):
    """The largest value of each window."""

    mode = "max"

    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **options: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **options)


@layer("MaxPooling1D", "MaxPool1D")
class MaxPooling1D(MaxPooling, rank=1):
    """The largest value of each window of sequences.

    Shapes: [batch, steps, channels] -> [batch, places, channels]; places as for Conv1D.

    Arguments and errors: as MaxPooling2D.

    Example:
        >>> layers.MaxPooling1D()(np.arange(4.0).reshape(1, 4, 1)).numpy()[0, :, 0]
        array([1., 3.], dtype=float32)
    """


@layer("MaxPooling2D", "MaxPool2D")
class MaxPooling2D(MaxPooling, rank=2):
    """The largest value of each window.

    Shapes: [batch, height, width, channels] -> [batch, rows, columns, channels]; rows
    and columns as for Conv2D.

    Args:
        strides: the window's size where not given.
        data_format: as Conv2D.

    Raises:
        ValueError: a size below 1, an unknown padding, an input that is no batch of
            pictures, or a window that does not fit.

    Example:
        >>> layers.MaxPooling2D()(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()
        array([[[[3.]]]], dtype=float32)
    """


@layer("MaxPooling3D", "MaxPool3D")
class MaxPooling3D(MaxPooling, rank=3):
    """The largest value of each box of volumes.

    Shapes: [batch, depth, height, width, channels] -> [batch, planes, rows, columns,
    channels].

    Arguments and errors: as MaxPooling2D, with three sizes.

    Example:
        >>> layers.MaxPooling3D()(np.arange(8.0).reshape(1, 2, 2, 2, 1)).numpy()
        array([[[[[7.]]]]], dtype=float32)
    """


@layer("AveragePooling1D", "AvgPool1D")
class AveragePooling1D(AveragePooling, rank=1):
    """The mean of each window of sequences; padding does not count.

    Shapes, arguments and errors: as MaxPooling1D, with no `pool_size` by default.

    Example:
        >>> layers.AveragePooling1D(2)(np.arange(4.0).reshape(1, 4, 1)).numpy()[0, :, 0]
        array([0.5, 2.5], dtype=float32)
    """


@layer("AveragePooling2D", "AvgPool2D")
class AveragePooling2D(AveragePooling, rank=2):
    """The mean of each window; padding does not count.

    Shapes, arguments and errors: as MaxPooling2D, with no `pool_size` by default.

    Example:
        >>> layers.AveragePooling2D(2)(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()
        array([[[[1.5]]]], dtype=float32)
    """


@layer("AveragePooling3D", "AvgPool3D")
class AveragePooling3D(AveragePooling, rank=3):
    """The mean of each box of volumes; padding does not count.

    Shapes, arguments and errors: as MaxPooling3D, with no `pool_size` by default.

    Example:
        >>> layers.AveragePooling3D(2)(np.arange(8.0).reshape(1, 2, 2, 2, 1)).numpy()
        array([[[[[3.5]]]]], dtype=float32)
    """
