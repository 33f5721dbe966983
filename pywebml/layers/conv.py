"""Convolutions and zero padding over pictures [batch, height, width, channels]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.tensor import Tensor, Variable
from . import activations, initializers
from .base import Layer, Shape, pair
from .registry import layer


def window_length(
    n: int | None, size: int, stride: int, padding: str | tuple[int, int], dilation: int = 1
) -> int | None:
    """How many windows fit into n: ceil(n / stride) for 'same', ceil((n - reach + 1) /
    stride) for 'valid' or after (before, after).
    """
    if n is None:
        return None
    if padding == "same":
        return -(-n // stride)
    if not isinstance(padding, str):
        n += sum(padding)
    reach = (size - 1) * dilation + 1
    if reach > n:
        raise ValueError(
            f"a window of {reach} does not fit into {n}; use padding='same', a smaller window or a"
            " larger input"
        )
    return (n - reach) // stride + 1


def check_padding(layer: str, padding: str) -> str:
    if not isinstance(padding, str) or padding.lower() not in ("valid", "same"):
        raise ValueError(
            f"{layer}: padding must be 'valid' or 'same', got {padding!r}; use ZeroPadding2D for"
            " other paddings"
        )
    return padding.lower()


def sides(layer: str, padding: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """((top, bottom), (left, right)) of n, (vertical, horizontal) or itself. ValueError
    for anything else.
    """
    try:
        given = (padding, padding) if isinstance(padding, int) else tuple(padding)
        vertical, horizontal = (
            (s, s) if isinstance(s, int) else tuple(int(n) for n in s) for s in given
        )
        (top, bottom), (left, right) = vertical, horizontal
    except (TypeError, ValueError):
        top = bottom = left = right = -1
    if min(top, bottom, left, right) < 0:
        raise ValueError(
            f"{layer}: padding must be n, (v, h) or ((top, bottom), (left, right)) of at least 0,"
            f" got {padding!r}"
        )
    return (top, bottom), (left, right)


def check_picture(layer: Layer, shape: Shape) -> int:
    """The number of channels of [batch, height, width, channels]."""
    if len(shape) != 4 or shape[-1] is None:
        raise ValueError(
            f"{layer.name}: {type(layer).__name__} needs [batch, height, width, channels], got"
            f" shape {shape}"
        )
    return shape[-1]


class _Conv(Layer):
    """What the three convolutions share: window, strides, padding, bias and activation."""

    bias: Variable | None

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int],
        padding: Any,
        dilation_rate: int | Sequence[int],
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        groups: int = 1,
        **options: Any,
    ):
        super().__init__(**options)
        kind = type(self).__name__
        if groups != 1:
            raise ValueError(
                f"{kind}: groups={groups} is not supported; split the channels, or use"
                " DepthwiseConv2D for one group a channel"
            )
        self.kernel_size = pair(kernel_size, f"{kind}: kernel_size")
        self.strides, self.dilation_rate = (
            pair(strides, f"{kind}: strides"),
            pair(dilation_rate, f"{kind}: dilation_rate"),
        )
        self.padding: Any = (
            sides(kind, padding)
            if isinstance(padding, (tuple, list))
            else check_padding(kind, padding)
        )
        self.use_bias = bool(use_bias)
        self.activation, self.bias_initializer = (
            activations.check(activation),
            initializers.get(bias_initializer),
        )

    def _add_bias(self, channels: int) -> None:
        self.bias = (
            self.add_weight("bias", (channels,), self.bias_initializer) if self.use_bias else None
        )

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        raise NotImplementedError

    def _options(self, activation: str | None) -> dict[str, Any]:
        return {
            "strides": self.strides,
            "padding": self.padding,
            "dilations": self.dilation_rate,
            "bias": self.bias,
            "activation": activation,
        }

    def call(self, inputs: Tensor) -> Tensor:
        within, after = activations.fused(self.activation)
        return after(self._convolve(inputs, within))

    def split_activation(self) -> str | None:
        return self.activation if self.activation in ("softmax", "sigmoid") else None  # type: ignore[return-value]

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self._convolve(inputs, None)

    def _picture_shape(self, shape: Shape, channels: int) -> Shape:
        check_picture(self, shape)
        padding = (self.padding,) * 2 if isinstance(self.padding, str) else self.padding
        try:
            size = [
                window_length(
                    shape[1 + i],
                    self.kernel_size[i],
                    self.strides[i],
                    padding[i],
                    self.dilation_rate[i],
                )
                for i in (0, 1)
            ]
        except ValueError as error:
            raise ValueError(f"{self.name}: input {shape}: {error}") from None
        return (shape[0], size[0], size[1], channels)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "kernel_size": list(self.kernel_size),
            "strides": list(self.strides),
            "padding": (
                self.padding if isinstance(self.padding, str) else [list(p) for p in self.padding]
            ),
            "data_format": "channels_last",
            "dilation_rate": list(self.dilation_rate),
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "bias_initializer": initializers.serialize(self.bias_initializer),
        }


@layer("Conv2D", "Convolution2D")
class Conv2D(_Conv):
    """Convolution: [n, h, w, c] -> [n, h', w', filters].

    `padding` is "valid", "same" or, what Keras writes as a ZeroPadding2D before it,
    ((top, bottom), (left, right)). Weights: kernel [kernel height, kernel width, c,
    filters], bias [filters].
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = (1, 1),
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **options: Any,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            groups,
            data_format=data_format,
            **options,
        )
        if int(filters) < 1:
            raise ValueError(f"Conv2D: filters must be at least 1, got {filters}")
        self.filters, self.kernel_initializer = int(filters), initializers.get(kernel_initializer)

    def build(self, input_shape: Shape) -> None:
        channels = check_picture(self, input_shape)
        self.kernel = self.add_weight(
            "kernel", (*self.kernel_size, channels, self.filters), self.kernel_initializer
        )
        self._add_bias(self.filters)

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        return ops.conv2d(inputs, self.kernel, **self._options(activation))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self._picture_shape(input_shape, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
        }


@layer("DepthwiseConv2D")
class DepthwiseConv2D(_Conv):
    """Every channel is convolved with its own `depth_multiplier` filters: [n, h, w, c]
    -> [n, h', w', c * depth_multiplier].

    Weights: depthwise_kernel [kernel height, kernel width, c, depth_multiplier], bias
    [c * depth_multiplier].
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
        **options: Any,
    ):
        # Old configs carry the kernel_* entries of the class above, too: they mean
        # nothing for a depthwise kernel.
        options.pop("kernel_initializer", None)
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            data_format=data_format,
            **options,
        )
        if int(depth_multiplier) < 1:
            raise ValueError(
                f"DepthwiseConv2D: depth_multiplier must be at least 1, got {depth_multiplier}"
            )
        self.depth_multiplier, self.depthwise_initializer = (
            int(depth_multiplier),
            initializers.get(depthwise_initializer),
        )

    def build(self, input_shape: Shape) -> None:
        channels = check_picture(self, input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", shape, self.depthwise_initializer
        )
        self._add_bias(channels * self.depth_multiplier)

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        return ops.depthwise_conv2d(inputs, self.depthwise_kernel, **self._options(activation))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self._picture_shape(
            input_shape, check_picture(self, input_shape) * self.depth_multiplier
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth_multiplier": self.depth_multiplier,
            "depthwise_initializer": initializers.serialize(self.depthwise_initializer),
        }


@layer("SeparableConv2D", "SeparableConvolution2D")
class SeparableConv2D(_Conv):
    """A depthwise convolution, then a 1x1 convolution that mixes its channels: [n, h,
    w, c] -> [n, h', w', filters].

    Weights: depthwise_kernel [kernel height, kernel width, c, depth_multiplier],
    pointwise_kernel [1, 1, c * depth_multiplier, filters], bias [filters].
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
        **options: Any,
    ):
        options.pop("kernel_initializer", None)
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
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
        self.pointwise_initializer = initializers.get(pointwise_initializer)

    def build(self, input_shape: Shape) -> None:
        channels = check_picture(self, input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", shape, self.depthwise_initializer
        )
        shape = (1, 1, channels * self.depth_multiplier, self.filters)
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel", shape, self.pointwise_initializer
        )
        self._add_bias(self.filters)

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        return ops.separable_conv2d(
            inputs, self.depthwise_kernel, self.pointwise_kernel, **self._options(activation)
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self._picture_shape(input_shape, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "depth_multiplier": self.depth_multiplier,
            "depthwise_initializer": initializers.serialize(self.depthwise_initializer),
            "pointwise_initializer": initializers.serialize(self.pointwise_initializer),
        }


@layer("ZeroPadding2D")
class ZeroPadding2D(Layer):
    """Zeros around pictures. `padding` is n, (vertical, horizontal) or ((top, bottom),
    (left, right)).
    """

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **options: Any):
        super().__init__(data_format=data_format, **options)
        self.padding = sides("ZeroPadding2D", padding)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.pad(inputs, ((0, 0), *self.padding, (0, 0)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        check_picture(self, input_shape)
        n, *size, c = input_shape
        grown = [None if s is None else s + sum(p) for s, p in zip(size, self.padding, strict=True)]
        return (n, *grown, c)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "padding": [list(p) for p in self.padding],
            "data_format": "channels_last",
        }
