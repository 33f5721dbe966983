"""Convolutions of sequences, pictures and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..spatial import at_least_one
from ..support.registry import layer
from ..support.symbols import Shape
from .base import Convolution

_OPS: dict[int, Any] = {1: ops.conv1d, 2: ops.conv2d, 3: ops.conv3d}


class Conv(Convolution):
    """A convolution with one set of filters over all channels, or those of a group."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        groups: int = 1,
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
            groups,
            data_format=data_format,
            activity_regularizer=activity_regularizer,
            **options,
        )
        kind = type(self).__name__
        self.filters = at_least_one(kind, "filters", filters)
        if self.filters % self.groups:
            raise ValueError(
                f"{kind}: filters must be a multiple of groups, got {filters} filters in {groups}"
                " groups"
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
        channels = self.channels_of(input_shape)
        if channels % self.groups:
            raise ValueError(
                f"{self.name}: {channels} channels cannot be cut into groups={self.groups} of equal"
                f" size, in an input of shape {input_shape}"
            )
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self._weight("kernel", shape, "kernel")
        self._add_bias(self.filters)

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        y: Tensor = _OPS[self.rank](
            inputs,
            self.kernel,
            self.strides,
            self._pads,
            self.data_format,
            self.dilation_rate,
            bias=self.bias,
            activation=activation,
            groups=self.groups,
        )
        return y


@layer("Conv1D", "Convolution1D")
class Conv1D(Conv, rank=1):
    """y[n, i, f] = activation(sum over the window of x · kernel[..., f] + bias[f]), of
    sequences.

    Shapes: [batch, steps, channels] -> [batch, places, filters], with places as Conv2D
    has rows; "causal" has as many as "same".
    Weights: kernel [window, channels / groups, filters], bias [filters].

    Args:
        padding: "valid", "same" or, where no step may see a later one, "causal": all
            zeros go before the first step.

    Other arguments and errors: as Conv2D.

    Example:
        >>> layer = layers.Conv1D(1, 2, padding="causal", kernel_initializer="ones")
        >>> layer(np.arange(4.0).reshape(1, 4, 1)).numpy()[0, :, 0]
        array([0., 1., 3., 5.], dtype=float32)
    """

    paddings = ("valid", "same", "causal")


@layer("Conv2D", "Convolution2D")
class Conv2D(Conv, rank=2):
    """y[n, i, j, f] = activation(sum over the window of x · kernel[..., f] + bias[f]):
    a cross-correlation, as in all libraries of the kind.

    Shapes: [batch, height, width, channels] -> [batch, rows, columns, filters], with
    ceil(height / stride) rows for "same" and (height - window) // stride + 1 for
    "valid" (a window with dilation d spans (size - 1) * d + 1).
    Weights: kernel [window height, window width, channels / groups, filters], bias
    [filters].

    Args:
        padding: "valid", "same" or, what Keras writes as a ZeroPadding2D before it,
            ((top, bottom), (left, right)).
        data_format: "channels_first" (or "NCHW") for [batch, channels, height, width]
            in and [batch, filters, rows, columns] out.
        groups: into how many parts channels and filters are cut, of which each sees its
            own alone.

    Raises:
        ValueError: a size below 1, strides with dilations, an unknown padding, channels
            or filters that groups do not divide, an input that is no batch of pictures,
            or a window that does not fit.

    Example:
        >>> layer = layers.Conv2D(1, 2, kernel_initializer="ones")
        >>> layer(np.arange(9.0).reshape(1, 3, 3, 1)).numpy()[0, :, :, 0]
        array([[ 8., 12.],
               [20., 24.]], dtype=float32)
    """


@layer("Conv3D", "Convolution3D")
class Conv3D(Conv, rank=3):
    """y[n, i, j, k, f] = activation(sum over the box of x · kernel[..., f] + bias[f]),
    of volumes, or of pictures in a row.

    Shapes: [batch, depth, height, width, channels] -> [batch, planes, rows, columns,
    filters], as for Conv2D.
    Weights: kernel [box depth, height, width, channels / groups, filters], bias
    [filters].

    Arguments and errors: as Conv2D, with three sizes.

    Example:
        >>> layer = layers.Conv3D(1, 2, strides=2, kernel_initializer="ones")
        >>> layer(np.ones((1, 2, 4, 2, 1))).numpy()[0, 0, :, 0, 0]
        array([8., 8.], dtype=float32)
    """
