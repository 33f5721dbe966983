"""Convolutions that see one channel at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.tensor import Tensor
from . import constraints, initializers, regularizers
from .conv import Convolution
from .pictures import check_picture
from .support.registry import layer
from .support.symbols import Shape


@layer("DepthwiseConv2D")
class DepthwiseConv2D(Convolution):
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

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: Any = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = (1, 1),
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
        # Old configs carry the kernel_* entries of the class above, too: they mean
        # nothing for a depthwise kernel.
        for name in ("initializer", "regularizer", "constraint"):
            options.pop(f"kernel_{name}", None)
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer=bias_regularizer,
            bias_constraint=bias_constraint,
            activity_regularizer=activity_regularizer,
            data_format=data_format,
            **options,
        )
        if int(depth_multiplier) < 1:
            raise ValueError(
                f"DepthwiseConv2D: depth_multiplier must be at least 1, got {depth_multiplier}"
            )
        self.depth_multiplier = int(depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def build(self, input_shape: Shape) -> None:
        channels = check_picture(self, input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add_kernel(shape, "depthwise")
        self._add_bias(channels * self.depth_multiplier)

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        return ops.depthwise_conv2d(inputs, self.depthwise_kernel, **self._options(activation))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self._picture_shape(
            input_shape, check_picture(self, input_shape) * self.depth_multiplier
        )


@layer("SeparableConv2D", "SeparableConvolution2D")
class SeparableConv2D(Convolution):
    """A depthwise convolution, then a 1x1 convolution that mixes its channels, with one
    activation and one bias behind both (Sifre & Mallat 2014; Chollet 2017).

    Shapes: [batch, height, width, channels] -> [batch, rows, columns, filters]; rows
    and columns as for Conv2D.
    Weights: depthwise_kernel [window height, window width, channels, depth_multiplier],
    pointwise_kernel [1, 1, channels * depth_multiplier, filters], bias [filters].

    Raises:
        ValueError: as Conv2D, or a `depth_multiplier` below 1.

    Example:
        >>> ones = {"depthwise_initializer": "ones", "pointwise_initializer": "ones"}
        >>> layers.SeparableConv2D(1, 2, **ones)(np.ones((1, 2, 2, 3))).numpy()
        array([[[[12.]]]], dtype=float32)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ):
        for name in ("initializer", "regularizer", "constraint"):
            options.pop(f"kernel_{name}", None)
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer=bias_regularizer,
            bias_constraint=bias_constraint,
            activity_regularizer=activity_regularizer,
            data_format=data_format,
            **options,
        )
        if int(filters) < 1 or int(depth_multiplier) < 1:
            raise ValueError(
                f"SeparableConv2D: filters and depth_multiplier must be at least 1, got {filters}"
                f" and {depth_multiplier}"
            )
        self.filters, self.depth_multiplier = int(filters), int(depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape: Shape) -> None:
        channels = check_picture(self, input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add_kernel(shape, "depthwise")
        shape = (1, 1, channels * self.depth_multiplier, self.filters)
        self.pointwise_kernel = self._add_kernel(shape, "pointwise")
        self._add_bias(self.filters)

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        return ops.separable_conv2d(
            inputs, self.depthwise_kernel, self.pointwise_kernel, **self._options(activation)
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self._picture_shape(input_shape, self.filters)
