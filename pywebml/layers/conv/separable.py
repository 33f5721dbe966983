"""Depthwise convolutions with one behind that mixes their channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..spatial import at_least_one
from ..support.registry import layer
from ..support.symbols import Shape
from .base import Convolution
from .depthwise import without_kernels

_OPS: dict[int, Any] = {1: ops.separable_conv1d, 2: ops.separable_conv2d}


class SeparableConv(Convolution):
    """A depthwise convolution, then one of one place, with one activation and one bias
    behind both.
    """

    dilated_steps = True

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
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
        self.filters = at_least_one(kind, "filters", filters)
        self.depth_multiplier = at_least_one(kind, "depth_multiplier", depth_multiplier)
        self._keep(
            depthwise_initializer=depthwise_initializer,
            pointwise_initializer=pointwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            pointwise_regularizer=pointwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_constraint=pointwise_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: Shape) -> None:
        channels, ones = self.channels_of(input_shape), (1,) * self.rank
        self.depthwise_kernel = self._weight(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier), "depthwise"
        )
        self.pointwise_kernel = self._weight(
            "pointwise_kernel", (*ones, channels * self.depth_multiplier, self.filters), "pointwise"
        )
        self._add_bias(self.filters)

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        return self._slid(
            inputs,
            lambda strides, pads: _OPS[self.rank](
                inputs,
                self.depthwise_kernel,
                self.pointwise_kernel,
                strides,
                pads,
                self.dilation_rate,
                self.data_format,
                bias=self.bias,
                activation=activation,
            ),
        )


@layer("SeparableConv1D", "SeparableConvolution1D")
class SeparableConv1D(SeparableConv, rank=1):
    """A depthwise convolution of sequences, then one of one step that mixes its
    channels, with one activation and one bias behind both.

    Shapes: [batch, steps, channels] -> [batch, places, filters]; places as for Conv1D.
    Weights: depthwise_kernel [window, channels, depth_multiplier], pointwise_kernel [1,
    channels * depth_multiplier, filters], bias [filters].

    Arguments and errors: as SeparableConv2D.

    Example:
        >>> ones = {"depthwise_initializer": "ones", "pointwise_initializer": "ones"}
        >>> layers.SeparableConv1D(1, 2, **ones)(np.ones((1, 3, 3))).numpy()
        array([[[6.],
                [6.]]], dtype=float32)
    """


@layer("SeparableConv2D", "SeparableConvolution2D")
class SeparableConv2D(SeparableConv, rank=2):
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
