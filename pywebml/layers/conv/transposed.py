"""Transposed convolutions, which make sequences, pictures and volumes larger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ...ops.conv.transposed import along, extra_sizes
from .. import activations
from ..spatial import at_least_one
from ..support.registry import layer
from ..support.symbols import Shape
from .base import Convolution

_OPS: dict[int, Any] = {1: ops.conv1d_transpose, 2: ops.conv2d_transpose, 3: ops.conv3d_transpose}


class ConvTranspose(Convolution):
    """A convolution turned round: every input adds a window of filters to the output."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        output_padding: int | Sequence[int] | None = None,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            use_bias,
            data_format=data_format,
            activity_regularizer=activity_regularizer,
            **options,
        )
        kind = type(self).__name__
        self.filters = at_least_one(kind, "filters", filters)
        self.output_padding = (
            None if output_padding is None else extra_sizes(kind, output_padding, self.strides)
        )
        self._keep(
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: Shape) -> None:
        shape = (*self.kernel_size, self.filters, self.channels_of(input_shape))
        self.kernel = self._weight("kernel", shape, "kernel")
        self._add_bias(self.filters)

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        y: Tensor = _OPS[self.rank](
            inputs,
            self.kernel,
            None,
            self.strides,
            self.padding,
            data_format=self.data_format,
            dilations=self.dilation_rate,
            output_padding=self.output_padding,
        )
        if self.bias is not None:
            y = y + self.bias.reshape(self.laid_out(1, (1,) * self.rank, self.filters))
        return activations.get(activation)(y)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self.channels_of(input_shape)
        extras = self.output_padding or (None,) * self.rank
        each = zip(self.kernel_size, self.strides, self.dilation_rate, extras, strict=True)
        sizes = [
            None if n is None else along(self.padding, n, *of)[0]
            for n, of in zip(self.sizes_of(input_shape), each, strict=True)
        ]
        if 0 in sizes:
            raise ValueError(
                f"{self.name}: nothing would come out of an input of shape {input_shape}; use a"
                " larger kernel_size or output_padding"
            )
        return self.laid_out(input_shape[0], sizes, self.filters)


@layer("Conv1DTranspose", "Convolution1DTranspose")
class Conv1DTranspose(ConvTranspose, rank=1):
    """A transposed convolution of sequences.

    Shapes: [batch, steps, channels] -> [batch, places, filters], with places as
    Conv2DTranspose has rows.
    Weights: kernel [window, filters, channels], bias [filters].

    Arguments and errors: as Conv2DTranspose.

    Example:
        >>> layer = layers.Conv1DTranspose(1, 3, strides=2, kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [2.0]]])).numpy()[0, :, 0]
        array([1., 1., 3., 2., 2.], dtype=float32)
    """


@layer("Conv2DTranspose", "Convolution2DTranspose")
class Conv2DTranspose(ConvTranspose, rank=2):
    """A convolution turned round (Zeiler et al. 2010): every input adds its value times
    the filters to a window of the output. Decoders make pictures larger by it.

    Shapes: [batch, height, width, channels] -> [batch, rows, columns, filters], with
    height * stride rows for "same" and (height - 1) * stride + max(window, stride) for
    "valid".
    Weights: kernel [window height, window width, filters, channels], bias [filters].

    Args:
        output_padding: how many rows and columns there are beyond the least that are
            possible, (height - 1) * stride + window for "valid" and (height - 1) *
            stride + (window odd or even: 1 or 0) for "same".

    Raises:
        ValueError: as Conv2D, or an `output_padding` that the strides do not exceed.

    Example:
        >>> layer = layers.Conv2DTranspose(1, 2, strides=2, kernel_initializer="ones")
        >>> layer(np.array([[[[1.0], [2.0]]]])).numpy()[0, :, :, 0]
        array([[1., 1., 2., 2.],
               [1., 1., 2., 2.]], dtype=float32)
    """


@layer("Conv3DTranspose", "Convolution3DTranspose")
class Conv3DTranspose(ConvTranspose, rank=3):
    """A transposed convolution of volumes.

    Shapes: [batch, depth, height, width, channels] -> [batch, planes, rows, columns,
    filters], as for Conv2DTranspose.
    Weights: kernel [box depth, height, width, filters, channels], bias [filters].

    Arguments and errors: as Conv2DTranspose, with three sizes.

    Example:
        >>> layer = layers.Conv3DTranspose(2, 3, strides=2, padding="same")
        >>> layer(np.ones((1, 2, 3, 4, 1))).shape
        (1, 4, 6, 8, 2)
    """

    def __init__(  # Keras's order, which here alone has output_padding later
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: int | Sequence[int] | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **options,
        )
