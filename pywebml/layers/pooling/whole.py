"""Pooling over whole sequences, pictures and volumes."""

from __future__ import annotations

from typing import Any, ClassVar

from ... import ops
from ...core.tensor import Tensor
from ..spatial import Spatial
from ..support.registry import layer
from ..support.symbols import Shape


class GlobalPooling(Spatial):
    """What pooling over all sizes shares."""

    config_keys: ClassVar = {"keepdims": None}

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **options: Any):
        super().__init__(data_format=data_format, **options)
        self.keepdims = bool(keepdims)

    def build(self, input_shape: Shape) -> None:
        self.check_rank(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self.check_rank(input_shape)
        n, c = input_shape[0], input_shape[self.channel_axis]
        return self.laid_out(n, (1,) * self.rank, c) if self.keepdims else (n, c)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.mean(inputs, self.size_axes, self.keepdims)


class GlobalMaxPooling(GlobalPooling):
    """The largest value of each channel."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.max(inputs, self.size_axes, self.keepdims)


@layer("GlobalAveragePooling1D", "GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalAveragePooling, rank=1):
    """The mean of each channel over all steps of sequences.

    Shapes: [batch, steps, channels] -> [batch, channels], or [batch, 1, channels] with
    `keepdims`.
    Masks: steps that are left out do not count, and the result has no mask. Where all
    are left out the mean is NaN, as in Keras.

    Raises:
        ValueError: an input that is no batch of sequences.

    Example:
        >>> x = np.array([[[1.0], [3.0], [8.0]]])
        >>> layers.GlobalAveragePooling1D()(x).numpy()
        array([[4.]], dtype=float32)
        >>> layers.GlobalAveragePooling1D()(x, mask=np.array([[True, True, False]])).numpy()
        array([[2.]], dtype=float32)
    """

    def call(self, inputs: Tensor, mask: Any = None) -> Tensor:
        if mask is None:
            return super().call(inputs)
        counts = ops.expand_dims(mask, self.channel_axis)
        values = ops.where(counts, inputs, 0.0)
        (axis,) = self.size_axes
        total = ops.sum(values, axis, self.keepdims)
        return total / ops.sum(counts.astype(inputs.dtype), axis, self.keepdims)

    def compute_mask(self, inputs: Tensor, mask: Any = None) -> Any:
        return None


@layer("GlobalAveragePooling2D", "GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalAveragePooling, rank=2):
    """The mean of each channel over the whole picture.

    Shapes: [batch, height, width, channels] -> [batch, channels], or [batch, 1, 1,
    channels] with `keepdims`.

    Raises:
        ValueError: an input that is no batch of pictures.

    Example:
        >>> layers.GlobalAveragePooling2D()(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()
        array([[1.5]], dtype=float32)
    """


@layer("GlobalAveragePooling3D", "GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalAveragePooling, rank=3):
    """The mean of each channel over the whole volume.

    Shapes: [batch, depth, height, width, channels] -> [batch, channels], or [batch, 1,
    1, 1, channels] with `keepdims`.

    Raises:
        ValueError: an input that is no batch of volumes.

    Example:
        >>> layers.GlobalAveragePooling3D()(np.arange(8.0).reshape(1, 2, 2, 2, 1)).numpy()
        array([[3.5]], dtype=float32)
    """


@layer("GlobalMaxPooling1D", "GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalMaxPooling, rank=1):
    """The largest value of each channel over all steps of sequences.

    Shapes and errors: as GlobalAveragePooling1D.

    Example:
        >>> layers.GlobalMaxPooling1D()(np.array([[[1.0], [3.0], [2.0]]])).numpy()
        array([[3.]], dtype=float32)
    """


@layer("GlobalMaxPooling2D", "GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalMaxPooling, rank=2):
    """The largest value of each channel over the whole picture.

    Shapes and errors: as GlobalAveragePooling2D.

    Example:
        >>> layers.GlobalMaxPooling2D()(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()
        array([[3.]], dtype=float32)
    """


@layer("GlobalMaxPooling3D", "GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalMaxPooling, rank=3):
    """The largest value of each channel over the whole volume.

    Shapes and errors: as GlobalAveragePooling3D.

    Example:
        >>> layers.GlobalMaxPooling3D()(np.arange(8.0).reshape(1, 2, 2, 2, 1)).numpy()
        array([[7.]], dtype=float32)
    """
