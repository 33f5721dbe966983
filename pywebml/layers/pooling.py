"""Pooling over pictures [batch, height, width, channels]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..core.tensor import Tensor
from .base import Layer, Shape, pair
from .conv import check_padding, check_picture, window_length
from .registry import layer


class _Pooling(Layer):
    _pool: Callable[..., Tensor]

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
        try:
            size = [
                window_length(input_shape[1 + i], self.pool_size[i], self.strides[i], self.padding)
                for i in (0, 1)
            ]
        except ValueError as error:
            raise ValueError(f"{self.name}: input {input_shape}: {error}") from None
        return (input_shape[0], size[0], size[1], channels)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "pool_size": list(self.pool_size),
            "strides": list(self.strides),
            "padding": self.padding,
            "data_format": "channels_last",
        }


@layer("MaxPooling2D")
class MaxPooling2D(_Pooling):
    """The largest value of each window. `strides` are the window's size where not
    given.
    """

    def call(self, inputs: Tensor) -> Tensor:
        return ops.max_pool(inputs, self.pool_size, self.strides, self.padding)


@layer("AveragePooling2D")
class AveragePooling2D(_Pooling):
    """The mean of each window; padding does not count. `strides` are the window's size
    where not given.
    """

    def call(self, inputs: Tensor) -> Tensor:
        return ops.avg_pool(inputs, self.pool_size, self.strides, self.padding)


class _GlobalPooling(Layer):
    def __init__(self, data_format: str | None = None, keepdims: bool = False, **options: Any):
        super().__init__(data_format=data_format, **options)
        self.keepdims = bool(keepdims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        n, c = input_shape[0], check_picture(self, input_shape)
        return (n, 1, 1, c) if self.keepdims else (n, c)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "data_format": "channels_last"}
        return {**config, "keepdims": True} if self.keepdims else config


@layer("GlobalAveragePooling2D")
class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel: [n, h, w, c] -> [n, c]."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.mean(inputs, (1, 2), self.keepdims)


@layer("GlobalMaxPooling2D")
class GlobalMaxPooling2D(_GlobalPooling):
    """The largest value of each channel: [n, h, w, c] -> [n, c]."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.max(inputs, (1, 2), self.keepdims)
