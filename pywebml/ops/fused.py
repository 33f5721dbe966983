"""TensorFlow.js's `tf.fused`: products and convolutions with a bias and an activation,
under the names it has for them.

`conv2d`, `depthwise_conv2d` and `dense` of `pw.ops` take both themselves, and recorded
functions are fused whatever they are written in; this is for programs brought over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.tensor import Tensor, reshape
from . import conv, linalg
from .elementwise import elu, leaky_relu, prelu, relu, relu6, sigmoid, tanh
from .support.activation import FUSED
from .support.layout import as_floats, channels_first
from .support.window import Padding, Pair

__all__ = ["conv2d", "depthwise_conv2d", "matmul"]


def conv2d(
    x: Any,
    filter: Any,
    strides: int | Pair,
    padding: str | int | Padding,
    data_format: str | None = "NHWC",
    dilations: int | Pair = 1,
    dim_rounding_mode: str | None = None,
    bias: Any = None,
    activation: str | None = "linear",
    prelu_activation_weights: Any = None,
    leakyrelu_alpha: float = 0.2,
) -> Tensor:
    """`ops.conv2d`, then `bias` and the activation 'linear', 'relu', 'relu6',
    'sigmoid', 'tanh', 'elu', 'leakyrelu' or 'prelu' (with its weights).

    ValueError for another activation, and as `ops.conv2d`.

    Example:
        >>> x, filter = ops.ones((1, 2, 2, 1)), ops.ones((2, 2, 1, 1))
        >>> ops.fused.conv2d(x, filter, 1, "valid", bias=[-6.0], activation="leakyrelu").item()
        -0.4000000059604645
    """
    inside, outside = _shared(bias, activation)
    y = conv.conv2d(
        x, filter, strides, padding, data_format, dilations, dim_rounding_mode, **inside
    )
    return _activated(
        "fused.conv2d", y, *outside, prelu_activation_weights, leakyrelu_alpha, data_format
    )


def depthwise_conv2d(
    x: Any,
    filter: Any,
    strides: int | Pair,
    padding: str | int | Padding,
    data_format: str | None = "NHWC",
    dilations: int | Pair = 1,
    dim_rounding_mode: str | None = None,
    bias: Any = None,
    activation: str | None = "linear",
    prelu_activation_weights: Any = None,
    leakyrelu_alpha: float = 0.2,
) -> Tensor:
    """`ops.depthwise_conv2d`, then `bias` and an activation as for `conv2d`.

    Example:
        >>> x, filter = ops.ones((1, 2, 2, 1)), ops.ones((2, 2, 1, 1))
        >>> ops.fused.depthwise_conv2d(x, filter, 1, "valid", bias=[-6.0], activation="relu").item()
        0.0
    """
    inside, outside = _shared(bias, activation)
    y = conv.depthwise_conv2d(
        x, filter, strides, padding, data_format, dilations, dim_rounding_mode, **inside
    )
    return _activated(
        "fused.depthwise_conv2d",
        y,
        *outside,
        prelu_activation_weights,
        leakyrelu_alpha,
        data_format,
    )


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    bias: Any = None,
    activation: str | None = "linear",
    prelu_activation_weights: Any = None,
    leakyrelu_alpha: float = 0.2,
) -> Tensor:
    """`ops.matmul`, then `bias` and an activation as for `conv2d`.

    Example:
        >>> ops.fused.matmul([[1.0, 2.0]], [[3.0], [4.0]], bias=[1.0], activation="relu").tolist()
        [[12.0]]
    """
    y = linalg.matmul(as_floats(a), as_floats(b), transpose_a, transpose_b)
    return _activated(
        "fused.matmul", y, bias, activation, prelu_activation_weights, leakyrelu_alpha
    )


ACTIVATIONS: dict[str, Callable[[Any], Tensor]] = {
    "elu": elu, "relu": relu, "relu6": relu6, "sigmoid": sigmoid, "tanh": tanh,
}  # fmt: skip


def _shared(bias: Any, activation: str | None) -> tuple[dict[str, Any], tuple[Any, Any]]:
    """What a convolution does itself, as its arguments: a bias with one value for each
    channel, and some activations. And the bias and activation left for after it.
    """
    if bias is not None and as_floats(bias).ndim != 1:
        return {}, (bias, activation)
    if activation not in FUSED:
        return {"bias": bias}, (None, activation)
    return {"bias": bias, "activation": activation}, (None, None)


def _activated(
    op: str,
    y: Tensor,
    bias: Any,
    activation: str | None,
    slopes: Any,
    alpha: float,
    data_format: str | None = None,
) -> Tensor:
    first = channels_first(op, data_format, 2)

    def of_channels(values: Any) -> Tensor:
        """One value per channel, or anything that broadcasts as it is."""
        values = as_floats(values)
        return reshape(values, (*values.shape, 1, 1)) if first and values.ndim == 1 else values

    if bias is not None:
        y = y + of_channels(bias)
    if activation in (None, "linear"):
        return y
    if activation == "leakyrelu":
        return leaky_relu(y, alpha)
    if activation == "prelu":
        if slopes is None:
            raise ValueError(f"{op}: activation 'prelu' wants prelu_activation_weights")
        return prelu(y, of_channels(slopes))
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"{op}: activation must be 'linear', 'leakyrelu', 'prelu' or one of"
            f" {', '.join(ACTIVATIONS)}, got {activation!r}"
        )
    return ACTIVATIONS[activation](y)
