"""Layers that keep a model from learning its examples by heart: noise, while training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from .. import ops
from ..core.seeds import next_seed
from ..core.tensor import Tensor
from ..core.trace import eager
from ..ops.support.layout import channels_first
from .base import Layer
from .support.registry import layer
from .support.shapes import same_shape
from .support.symbols import Shape

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017


class Noise(Layer):
    """Base of the layers that draw noise while they train and otherwise hand x on. What
    they draw is drawn on the device, anew at every step, replayed steps included; a
    `seed` gives the same numbers at the same steps.
    """

    supports_masking = True
    seed: int | None = None
    _generator: Any = None

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self._noisy(inputs) if training and self._strength() else inputs

    def _strength(self) -> float:
        """0 for a layer that changes nothing."""
        raise NotImplementedError

    def _noisy(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    @property
    def _stream(self) -> Any:
        if self._generator is None:
            with eager():
                self._generator = ops.Generator(next_seed() if self.seed is None else self.seed)
        return self._generator

    def _normal(self, x: Tensor, mean: float, deviation: float) -> Tensor:
        return self._stream.normal(x.shape, mean=mean, std=deviation).astype(x.dtype)

    compute_output_shape = same_shape


class _Rated(Noise):
    """Those with a rate."""

    rate: float

    def _set_rate(self, rate: float) -> None:
        if not 0 <= rate <= 1:
            raise ValueError(f"{type(self).__name__}: rate must be in [0, 1], got {rate}")
        self.rate = float(rate)

    def _refuse_one(self) -> None:
        """ValueError where nothing would be left of which the mean could stay."""
        if self.rate == 1:
            raise ValueError(
                f"{self.name}: with a rate of 1 nothing is left to train on; give less than 1"
            )

    def _strength(self) -> float:
        return self.rate

    def _dropped(self, x: Tensor, noise_shape: Any) -> Tensor:
        if self.rate == 1:
            return ops.zeros_like(x)
        return ops.dropout(x, self.rate, noise_shape, generator=self._stream).astype(x.dtype)


@layer("Dropout")
class Dropout(_Rated):
    """While training, y = 0 with probability `rate`, else x / (1 - rate), so that the
    mean stays (Srivastava et al. 2014). Otherwise y = x.

    Shapes: any -> the same.

    Args:
        noise_shape: 1 for an axis along which all share their fate, its size or None
            for another.
        seed: draws the same at every run.

    Raises:
        ValueError: a rate outside [0, 1], or a noise_shape that does not broadcast.

    Example:
        >>> layer = layers.Dropout(0.5, seed=1)
        >>> x = np.ones((1, 4))
        >>> layer(x).numpy()
        array([[1., 1., 1., 1.]], dtype=float32)
        >>> sorted(set(layer(np.ones((1, 100)), training=True).numpy()[0].tolist()))
        [0.0, 2.0]
    """

    config_keys: ClassVar = {"noise_shape": None}

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self._set_rate(rate)
        self.noise_shape, self.seed = noise_shape_of(self, noise_shape), seed

    def _noisy(self, x: Tensor) -> Tensor:
        return self._dropped(x, self.noise_shape)


def noise_shape_of(layer: Layer, shape: Any) -> list[int | None] | None:
    """ValueError for what is no list of sizes above 0 or None."""
    if shape is None:
        return None
    is_list = isinstance(shape, (list, tuple)) and len(shape) < 64
    if not is_list or not all(n is None or (type(n) is int and n > 0) for n in shape):
        raise ValueError(
            f"{type(layer).__name__}: noise_shape must be a list of whole numbers above 0, or None"
            f" for the input's own size, got {shape!r:.100}"
        )
    return list(shape)


class _SpatialDropout(_Rated):
    """Drops whole channels: neighbouring places are so alike that dropping single ones
    would change little (Tompson et al. 2015).
    """

    _rank: ClassVar[int]
    data_format = "channels_last"

    def build(self, input_shape: Shape) -> None:
        if len(input_shape) != self._rank:
            raise ValueError(
                f"{self.name}: {type(self).__name__} takes inputs of rank {self._rank}, got shape"
                f" {input_shape}"
            )

    def _noisy(self, x: Tensor) -> Tensor:
        ones = [1] * (self._rank - 2)
        first = self.data_format == "channels_first"
        return self._dropped(x, [None, None, *ones] if first else [None, *ones, None])


@layer("SpatialDropout1D")
class SpatialDropout1D(_SpatialDropout):
    """Dropout of whole channels of sequences [batch, steps, channels] (Tompson et al.
    2015).

    Raises:
        ValueError: a rate outside [0, 1], or inputs of another rank.

    Example:
        >>> y = layers.SpatialDropout1D(0.5, seed=1)(np.ones((1, 5, 8)), training=True)
        >>> bool((y.numpy().std(1) == 0).all())
        True
    """

    _rank = 3

    def __init__(self, rate: float, seed: int | None = None, **options: Any):
        super().__init__(**options)
        self._set_rate(rate)
        self.seed = seed


class _PlacesDropout(_SpatialDropout):
    """Of pictures and volumes, whose channels may come first."""

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self._set_rate(rate)
        first = channels_first(type(self).__name__, data_format, self._rank - 2)
        self.data_format = "channels_first" if first else "channels_last"
        self.seed = seed


@layer("SpatialDropout2D")
class SpatialDropout2D(_PlacesDropout):
    """Dropout of whole channels of pictures [batch, height, width, channels], or
    [batch, channels, height, width] where `data_format` is "channels_first" (Tompson et
    al. 2015).

    Raises:
        ValueError: a rate outside [0, 1], or inputs of another rank.

    Example:
        >>> y = layers.SpatialDropout2D(0.5, seed=1)(np.ones((1, 5, 5, 8)), training=True)
        >>> bool((y.numpy().std((1, 2)) == 0).all())
        True
    """

    _rank = 4


@layer("SpatialDropout3D")
class SpatialDropout3D(_PlacesDropout):
    """Dropout of whole channels of volumes [batch, depth, height, width, channels], or
    with the channels behind the batch where `data_format` is "channels_first" (Tompson
    et al. 2015).

    Raises:
        ValueError: a rate outside [0, 1], or inputs of another rank.

    Example:
        >>> x = np.ones((1, 3, 3, 3, 8))
        >>> y = layers.SpatialDropout3D(0.5, seed=1)(x, training=True)
        >>> bool((y.numpy().std((1, 2, 3)) == 0).all())
        True
    """

    _rank = 5


@layer("GaussianNoise")
class GaussianNoise(Noise):
    """While training, y = x + noise of mean 0 and deviation `stddev`, drawn for each
    value. Otherwise y = x.

    Shapes: any -> the same.

    Raises:
        ValueError: a negative stddev.

    Example:
        >>> y = layers.GaussianNoise(0.1, seed=1)(np.zeros((100, 10)), training=True)
        >>> bool(abs(y.numpy().std() - 0.1) < 0.01)
        True
    """

    def __init__(self, stddev: float, seed: int | None = None, **options: Any):
        super().__init__(**options)
        if not stddev >= 0:
            raise ValueError(f"GaussianNoise: stddev must not be negative, got {stddev}")
        self.stddev, self.seed = float(stddev), seed

    def _strength(self) -> float:
        return self.stddev

    def _noisy(self, x: Tensor) -> Tensor:
        return x + self._normal(x, 0.0, self.stddev)


@layer("GaussianDropout")
class GaussianDropout(_Rated):
    """While training, y = x * noise of mean 1 and deviation sqrt(rate / (1 - rate)): as
    much noise as dropout of this rate makes (Srivastava et al. 2014). Otherwise y = x.

    Shapes: any -> the same.

    Raises:
        ValueError: a rate outside [0, 1], or training with a rate of 1.

    Example:
        >>> y = layers.GaussianDropout(0.5, seed=1)(np.ones((100, 10)), training=True)
        >>> bool(abs(y.numpy().std() - 1) < 0.1)
        True
    """

    def __init__(self, rate: float, seed: int | None = None, **options: Any):
        super().__init__(**options)
        self._set_rate(rate)
        self.seed = seed

    def _noisy(self, x: Tensor) -> Tensor:
        self._refuse_one()
        return x * self._normal(x, 1.0, math.sqrt(self.rate / (1 - self.rate)))


@layer("AlphaDropout")
class AlphaDropout(_Rated):
    """Dropout for networks of selu: while training, values are set to selu's lowest
    with probability `rate`, and all are scaled so that mean and variance stay
    (Klambauer et al. 2017). Otherwise y = x.

    Shapes: any -> the same.

    Args:
        noise_shape: 1 for an axis along which all share their fate, its size or None
            for another.

    Raises:
        ValueError: a rate outside [0, 1], a noise_shape that does not broadcast, or
            training with a rate of 1.

    Example:
        >>> y = layers.AlphaDropout(0.5, seed=1)(np.zeros((1, 100)), training=True)
        >>> len(set(y.numpy()[0].tolist()))
        2
    """

    config_keys: ClassVar = {"noise_shape": None}

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self._set_rate(rate)
        self.noise_shape, self.seed = noise_shape_of(self, noise_shape), seed

    def _noisy(self, x: Tensor) -> Tensor:
        self._refuse_one()
        ones = ops.ones_like(x) if self.noise_shape is None else ops.ones(x.shape)
        stays = ops.dropout(ones, self.rate, self.noise_shape, generator=self._stream) > 0.0
        lowest = -_SELU_ALPHA * _SELU_SCALE
        a = ((1 - self.rate) * (1 + self.rate * lowest**2)) ** -0.5
        return (ops.where(stays, x, lowest) * a - a * lowest * self.rate).astype(x.dtype)
