"""Pooling over pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from .. import ops
from ..core.tensor import Tensor
from ..ops.support.window import pair
from .pictures import PictureLayer, check_padding, check_picture, windows_shape
from .support.registry import layer
from .support.symbols import Shape


class Pooling(PictureLayer):
    """What pooling over windows shares."""

    def __init__(
        self,
        pool_size: int | Sequence[int] = (2, 2),
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(data_format=data_format, **options)
        kind = type(self).__name__
        self.pool_size = pair(pool_size, f"{kind}: pool_size")
        self.strides = self.pool_size if strides is None else pair(strides, f"{kind}: strides")
        self.padding = check_padding(kind, padding)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        channels = check_picture(self, input_shape)
        window = self.pool_size
        return windows_shape(self, input_shape, channels, window, self.strides, self.padding)


@layer("MaxPooling2D")
class MaxPooling2D(Pooling):
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

    def call(self, inputs: Tensor) -> Tensor:
        return ops.max_pool(
            inputs, self.pool_size, self.strides, self.padding, data_format=self.data_format
        )


@layer("AveragePooling2D")
class AveragePooling2D(Pooling):
    """The mean of each window; padding does not count.

    Shapes, arguments and errors: as MaxPooling2D.

    Example:
        >>> layers.AveragePooling2D()(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()
        array([[[[1.5]]]], dtype=float32)
    """

    def call(self, inputs: Tensor) -> Tensor:
        return ops.avg_pool(
            inputs, self.pool_size, self.strides, self.padding, data_format=self.data_format
        )


class GlobalPooling(PictureLayer):
    """What pooling over whole pictures shares."""

    config_keys: ClassVar = {"keepdims": None}

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **options: Any):
        super().__init__(data_format=data_format, **options)
        self.keepdims = bool(keepdims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        n, c = input_shape[0], check_picture(self, input_shape)
        return self.picture(n, 1, 1, c) if self.keepdims else (n, c)


@layer("GlobalAveragePooling2D")
class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel over the whole picture.

    Shapes: [batch, height, width, channels] -> [batch, channels], or [batch, 1, 1,
    channels] with `keepdims`.

    Raises:
        ValueError: an input that is no batch of pictures.

    Example:
        >>> layers.GlobalAveragePooling2D()(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()
        array([[1.5]], dtype=float32)
    """

    def call(self, inputs: Tensor) -> Tensor:
        return ops.mean(inputs, self.size_axes, self.keepdims)


@layer("GlobalMaxPooling2D")
class GlobalMaxPooling2D(GlobalPooling):
    """The largest value of each channel over the whole picture.

    Shapes and errors: as GlobalAveragePooling2D.

    Example:
        >>> layers.GlobalMaxPooling2D()(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()
        array([[3.]], dtype=float32)
    """

    def call(self, inputs: Tensor) -> Tensor:
        return ops.max(inputs, self.size_axes, self.keepdims)
