"""Numbers times a scale, and numbers brought to mean 0 and variance 1."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ... import ops
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..base import Layer
from ..support.registry import layer
from ..support.symbols import Shape
from .adapting import batches_of

EPSILON = 1e-7


@layer("Rescaling")
class Rescaling(Layer):
    """y = x * scale + offset: pictures of 0 ... 255 become -1 ... 1 by 1 / 127.5 and
    -1.

    Shapes: any -> the same.

    Args:
        scale, offset: one number, or one per channel.

    Example:
        >>> layers.Rescaling(1 / 127.5, offset=-1)(np.array([[0, 255]])).numpy()
        array([[-1.,  1.]], dtype=float32)
    """

    in_halves = False

    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **options: Any):
        super().__init__(**options)
        self.scale = _plain("Rescaling: scale", scale)
        self.offset = _plain("Rescaling: offset", offset)

    def call(self, inputs: Tensor) -> Tensor:
        x = ops.cast(inputs, self.dtype)
        scale, offset = (
            v if isinstance(v, (int, float)) else as_tensor(v, self.dtype)
            for v in (self.scale, self.offset)
        )
        return x * scale + offset


def _shape(value: Any) -> Shape:
    """Of a number, or lists of them: without NumPy, which a tab may not have."""
    if not isinstance(value, list):
        return ()
    return (len(value), *(_shape(value[0]) if value else ()))


def _plain(who: str, value: Any) -> Any:
    """A number or a list of them, as a config holds it."""
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, (list, tuple)):
        return [_plain(who, item) for item in plain]
    if isinstance(plain, bool) or not isinstance(plain, (int, float)):
        raise ValueError(f"{who} must be numbers, got {value!r:.80}")
    return plain


@layer("Normalization")
class Normalization(Layer):
    """y = (x - mean) / sqrt(variance), with the mean and variance of data that `adapt`
    has looked at, or those that are said.

    Shapes: any -> the same.

    Args:
        axis: the axes along which each place has its own mean; None for one of all.
        mean, variance: to be used without `adapt`: numbers, or lists that fit the axes.
        invert: y = x * sqrt(variance) + mean.

    Raises:
        ValueError: a mean without a variance or of another shape; an axis that inputs
            do not have, or whose size is open.

    Example:
        >>> layer = layers.Normalization()
        >>> layer.adapt(np.array([[0.0, 10.0], [2.0, 30.0]]))
        >>> layer(np.array([[2.0, 20.0]])).numpy()
        array([[1., 0.]], dtype=float32)
    """

    in_halves = False

    supports_masking = True
    config_keys: ClassVar = {}

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **options: Any,
    ):
        super().__init__(**options)
        axes = () if axis is None else axis
        axes = (axes,) if isinstance(axes, int) else axes
        if not isinstance(axes, (list, tuple)) or not all(type(a) is int for a in axes):
            raise ValueError(
                f"Normalization: axis must be whole numbers, or None for one mean, got {axis!r:.80}"
            )
        self.axis = tuple(axes)
        if (mean is None) != (variance is None):
            raise ValueError("Normalization: give mean and variance both, or none and adapt")
        self.input_mean = None if mean is None else _plain("Normalization: mean", mean)
        self.input_variance = (
            None if variance is None else _plain("Normalization: variance", variance)
        )
        if mean is not None:
            shapes = [_shape(v) for v in (self.input_mean, self.input_variance)]
            if shapes[0] != shapes[1] or len(shapes[0]) > len(self.axis):
                raise ValueError(
                    "Normalization: mean and variance must have one shape, of at most"
                    f" {len(self.axis)} axes for axis={axis}, got {shapes[0]} and {shapes[1]}"
                )
        self.invert = invert

    def build(self, input_shape: Shape) -> None:
        rank = len(input_shape)
        if any(not -rank <= a < rank for a in self.axis):
            raise ValueError(
                f"{self.name}: axis must be within the {rank} axes of {input_shape}, got"
                f" {self.axis}"
            )
        self._axes = sorted(a % rank for a in self.axis)
        sizes = [input_shape[a] for a in self._axes]
        if None in sizes:
            raise ValueError(
                f"{self.name}: each place of axis {self.axis} has its own mean, so its size must be"
                f" known, got inputs of {input_shape}"
            )
        self._rank = rank
        if self.input_mean is None:
            shape = tuple(n for n in sizes if n is not None)
            self.adapt_mean = self.add_weight(shape, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(shape, "ones", trainable=False, name="variance")
            # in Keras's files, too
            self.count = self.add_weight((), "zeros", "int32", trainable=False, name="count")

    def adapt(self, data: Any) -> None:
        """Takes mean and variance of an array, or of batches (a data set, a generator,
        a list of arrays), over all axes but `axis`. Forgets earlier ones.
        """
        if self.input_mean is not None:
            raise ValueError(f"{self.name}: its mean and variance were given, so it cannot adapt")
        count, mean, variance = 0, 0.0, 0.0
        for batch in batches_of("Normalization", data):
            x = batch.astype(np.float64)
            if not x.size:
                continue
            if self.built and self._built_for is not None:
                self._check_batch(x.shape)
            self._build_once(x.shape)
            reduced = tuple(a for a in range(x.ndim) if a not in self._axes)
            n = math.prod(x.shape[a] for a in reduced)
            own_mean, own_variance = x.mean(reduced), x.var(reduced)
            total = count + n
            apart = own_mean - mean
            variance = (count * variance + n * own_variance + count * n / total * apart**2) / total
            mean = mean + apart * (n / total)
            count = total
        if not count:
            raise ValueError(f"{self.name}.adapt got no values at all")
        self.adapt_mean.assign(np.asarray(mean, np.float32))
        self.adapt_variance.assign(np.asarray(variance, np.float32))

    def _check_batch(self, shape: Shape) -> None:
        before = self._built_for
        if len(shape) != self._rank or any(shape[a] != before[a] for a in self._axes):
            raise ValueError(
                f"{self.name} was built for inputs of {before}, and adapts to no batch of {shape}"
            )

    @property
    def mean(self) -> Any:
        """A tensor that fits the inputs; None before there is one."""
        return self._fitting(self.input_mean, "adapt_mean")

    @property
    def variance(self) -> Any:
        """As `mean`."""
        return self._fitting(self.input_variance, "adapt_variance")

    def _fitting(self, said: Any, weight: str) -> Any:
        if not self.built:
            return None
        value = vars(self)[weight] if said is None else as_tensor(said, "float32")
        sizes = [1] * self._rank
        for axis, size in zip(reversed(self._axes), reversed(value.shape), strict=False):
            sizes[axis] = size
        return value.reshape(sizes)

    def call(self, inputs: Tensor) -> Tensor:
        x = ops.cast(inputs, self.dtype)
        mean, deviation = self.mean, ops.maximum(ops.sqrt(self.variance), EPSILON)
        mean, deviation = (ops.cast(v, self.dtype) for v in (mean, deviation))
        return x * deviation + mean if self.invert else (x - mean) / deviation

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": list(self.axis),
            "mean": self.input_mean,
            "variance": self.input_variance,
            "invert": self.invert,
        }
