"""Convolutions in which every channel has filters of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor, Variable
from ..spatial import at_least_one
from ..support.registry import layer
from ..support.symbols import Shape
from .base import Convolution

_OPS: dict[int, Any] = {1: ops.depthwise_conv1d, 2: ops.depthwise_conv2d}


class DepthwiseConv(Convolution):
    """A convolution in which no channel sees another."""

    dilated_steps = True
    depthwise_kernel: Variable

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Any = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
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
            **without_kernels(options),
        )
        kind = type(self).__name__
        self.depth_multiplier = at_least_one(kind, "depth_multiplier", depth_multiplier)
        self._keep(
            depthwise_initializer=depthwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
        )

    @property
    def kernel(self) -> Variable:
        """`depthwise_kernel`, by Keras 3's name."""
        return self.depthwise_kernel

    def build(self, input_shape: Shape) -> None:
        shape = (*self.kernel_size, self.channels_of(input_shape), self.depth_multiplier)
        self.depthwise_kernel = self._weight("depthwise_kernel", shape, "depthwise")
        self._add_bias(self._channels_out(input_shape))

    def _channels_out(self, input_shape: Shape) -> int:
        return self.channels_of(input_shape) * self.depth_multiplier

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        return self._slid(
            inputs,
            lambda strides, pads: _OPS[self.rank](
                inputs,
                self.depthwise_kernel,
                strides,
                pads,
                self.data_format,
                self.dilation_rate,
                bias=self.bias,
                activation=activation,
            ),
        )


def without_kernels(options: dict[str, Any]) -> dict[str, Any]:
    """Old configs carry the kernel_* entries of the class above, too: they mean nothing
    for depthwise filters.
    """
    return {key: value for key, value in options.items() if not key.startswith("kernel_")}


@layer("DepthwiseConv1D")
class DepthwiseConv1D(DepthwiseConv, rank=1):
    """A convolution of sequences in which every channel has `depth_multiplier` filters
    of its own and sees no other.

    Shapes: [batch, steps, channels] -> [batch, places, channels * depth_multiplier];
    places as for Conv1D.
    Weights: depthwise_kernel [window, channels, depth_multiplier], bias [channels *
    depth_multiplier].

    Arguments and errors: as DepthwiseConv2D.

    Example:
        >>> layer = layers.DepthwiseConv1D(2, depthwise_initializer="ones")
        >>> layer(np.array([[[1.0, 10.0], [2.0, 20.0]]])).numpy()
        array([[[ 3., 30.]]], dtype=float32)
    """


@layer("DepthwiseConv2D")
class DepthwiseConv2D(DepthwiseConv, rank=2):
    """A convolution in which every channel has `depth_multiplier` filters of its own
    and sees no other: y[..., c * m + k] = activation(sum over the window of x[..., c] ·
    kernel[..., c, k] + bias), m = depth_multiplier.

    Shapes: [batch, height, width, channels] -> [batch, rows, columns, channels *
    depth_multiplier]; rows and columns as for Conv2D.
    Weights: depthwise_kernel [window height, window width, channels, depth_multiplier],
    bias [channels * depth_multiplier].

    Raises:
        ValueError: as Conv2D, or a `depth_multiplier` below 1.

    Example:
        >>> layer = layers.DepthwiseConv2D(2, depthwise_initializer="ones")
        >>> x = np.stack([np.ones((2, 2)), np.full((2, 2), 3.0)], -1)[None]
        >>> layer(x).numpy()
        array([[[[ 4., 12.]]]], dtype=float32)
    """
