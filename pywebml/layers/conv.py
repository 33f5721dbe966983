"""Convolutions over pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from .. import ops
from ..core.tensor import Tensor, Variable
from ..ops.support.window import pair
from . import activations, constraints, initializers, regularizers
from .pictures import PictureLayer, check_padding, check_picture, sides, windows_shape
from .support.registry import layer
from .support.symbols import Shape


class Convolution(PictureLayer):
    """What all convolutions share: window, strides, padding, bias and activation."""

    config_keys: ClassVar = {"groups": None}

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
        bias_regularizer: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ):
        super().__init__(**options)
        kind = type(self).__name__
        if groups != 1:
            raise ValueError(
                f"{kind}: groups={groups} is not supported; split the channels, or use"
                " DepthwiseConv2D for one group per channel"
            )
        self.kernel_size = pair(kernel_size, f"{kind}: kernel_size")
        self.strides = pair(strides, f"{kind}: strides")
        self.dilation_rate = pair(dilation_rate, f"{kind}: dilation_rate")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{kind}: strides {strides} and dilation_rate {dilation_rate} do not go together;"
                " one of them must be 1"
            )
        check = sides if isinstance(padding, (tuple, list)) else check_padding
        self.padding: Any = check(kind, padding)
        self.use_bias = bool(use_bias)
        self.activation = activations.check(activation)
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)

    def _add_kernel(self, shape: Sequence[int], prefix: str = "kernel") -> Variable:
        """The kernel with initializer, regularizer and constraint of that prefix."""
        return self.add_weight(
            shape=shape,
            initializer=getattr(self, f"{prefix}_initializer"),
            regularizer=getattr(self, f"{prefix}_regularizer"),
            constraint=getattr(self, f"{prefix}_constraint"),
            name="kernel" if prefix == "kernel" else f"{prefix}_kernel",
        )

    def _add_bias(self, channels: int) -> None:
        if not self.use_bias:
            self.bias = None
            return
        self.bias = self.add_weight(
            shape=(channels,),
            initializer=self.bias_initializer,
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
            name="bias",
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
            "data_format": self.data_format,
        }

    def call(self, inputs: Tensor) -> Tensor:
        within, after = activations.fused(self.activation)
        return after(self._convolve(inputs, within))

    def split_activation(self) -> str | None:
        return activations.splits(self.activation)

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self._convolve(inputs, None)

    def _picture_shape(self, shape: Shape, channels: int) -> Shape:
        return windows_shape(
            self,
            shape,
            channels,
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
        )


@layer("Conv2D", "Convolution2D")
class Conv2D(Convolution):
    """y[n, i, j, f] = activation(sum over the window of x · kernel[..., f] + bias[f]):
    a cross-correlation, as in all libraries of the kind.

    Shapes: [batch, height, width, channels] -> [batch, rows, columns, filters], with
    ceil(height / stride) rows for "same" and (height - window) // stride + 1 for
    "valid" (a window with dilation d spans (size - 1) * d + 1).
    Weights: kernel [window height, window width, channels, filters], bias [filters].

    Args:
        padding: "valid", "same" or, what Keras writes as a ZeroPadding2D before it,
            ((top, bottom), (left, right)).
        data_format: "channels_first" (or "NCHW") for [batch, channels, height, width]
            in and [batch, filters, rows, columns] out.
        groups: only 1.

    Raises:
        ValueError: a size below 1, strides with dilations, an unknown padding, an input
            that is no batch of pictures, or a window that does not fit.

    Example:
        >>> layer = layers.Conv2D(1, 2, kernel_initializer="ones")
        >>> layer(np.arange(9.0).reshape(1, 3, 3, 1)).numpy()[0, :, :, 0]
        array([[ 8., 12.],
               [20., 24.]], dtype=float32)
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
            bias_initializer,
            groups,
            bias_regularizer,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            data_format=data_format,
            **options,
        )
        if int(filters) < 1:
            raise ValueError(f"Conv2D: filters must be at least 1, got {filters}")
        self.filters, self.kernel_initializer = int(filters), initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape: Shape) -> None:
        channels = check_picture(self, input_shape)
        self.kernel = self._add_kernel((*self.kernel_size, channels, self.filters))
        self._add_bias(self.filters)

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        return ops.conv2d(inputs, self.kernel, **self._options(activation))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self._picture_shape(input_shape, self.filters)
