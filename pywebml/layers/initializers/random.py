"""Initializers that draw. All draw on the device; the formulas are those of Keras's
initializers of the same name.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ... import ops
from ...core.tensor import Tensor
from .base import Initializer, initializer

# Standard deviation of a unit normal cut at two deviations; dividing by it restores the
# deviation asked for.
_TRUNCATED_STD = 0.87962566103423978


def fans(
    shape: Sequence[int],
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[float, float]:
    """(fan in, fan out): inputs and outputs of one unit. Kernels are [..., in, out],
    where their axes are not said; the others are the window.
    """
    if input_axes is None or output_axes is None:
        if len(shape) < 2:
            n = float(shape[0]) if shape else 1.0
            return n, n
        input_axes, output_axes = (-2,), (-1,)
    both = {axis % len(shape) for axis in (*input_axes, *output_axes)}
    window = math.prod(n for axis, n in enumerate(shape) if axis not in both)
    inputs, outputs = (math.prod(shape[i] for i in of) for of in (input_axes, output_axes))
    return float(inputs * window), float(outputs * window)


@initializer("RandomNormal", "normal")
class RandomNormal(Initializer):
    """Normal with `mean` and `stddev`.

    Example:
        >>> layers.initializers.RandomNormal(seed=1)((2, 2)).numpy()
        array([[ 0.0354,  0.0223],
               [-0.0523, -0.1073]], dtype=float32)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        drawn = self._generator().normal(tuple(shape), mean=self.mean, std=self.stddev)
        return drawn.astype(dtype or "float32")  # type: ignore[no-any-return]


@initializer("RandomUniform", "uniform")
class RandomUniform(Initializer):
    """Uniform in [minval, maxval).

    Example:
        >>> layers.initializers.RandomUniform(seed=1)((2, 2)).numpy()
        array([[ 0.0204,  0.009 ],
               [-0.0442, -0.0322]], dtype=float32)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None):
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        drawn = self._generator().uniform(tuple(shape), low=self.minval, high=self.maxval)
        return drawn.astype(dtype or "float32")  # type: ignore[no-any-return]


@initializer("TruncatedNormal")
class TruncatedNormal(Initializer):
    """Normal with `mean` and `stddev`, values further than two deviations away drawn
    again.

    Example:
        >>> layers.initializers.TruncatedNormal(seed=1)((2, 2)).numpy()
        array([[ 0.0255,  0.0108],
               [-0.071 , -0.0434]], dtype=float32)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        generator = self._generator()
        drawn = generator.truncated_normal(tuple(shape), mean=self.mean, std=self.stddev)
        return drawn.astype(dtype or "float32")  # type: ignore[no-any-return]


@initializer("VarianceScaling")
class VarianceScaling(Initializer):
    """Variance `scale / n`, n = fan in, fan out or their mean, so that numbers keep
    their size from layer to layer (Glorot & Bengio 2010; He et al. 2015).

    Args:
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" ("normal" is the same), "untruncated_normal" or
            "uniform".
        input_axes, output_axes: those of the shape that inputs and outputs of one unit
            make up, where kernels are not [..., in, out]; both, or none.

    Raises:
        ValueError: another mode or distribution, or a scale that is not above 0.

    Example:
        >>> layers.initializers.VarianceScaling(seed=1)((2, 2)).numpy()
        array([[ 0.4093,  0.1735],
               [-1.1413, -0.6984]], dtype=float32)
    """

    config_keys: ClassVar = {"input_axes": None, "output_axes": None}

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        if not scale > 0:
            raise ValueError(f"VarianceScaling: scale must be above 0, got {scale}")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                f"VarianceScaling: mode must be 'fan_in', 'fan_out' or 'fan_avg', got {mode!r}"
            )
        if distribution not in ("normal", "truncated_normal", "untruncated_normal", "uniform"):
            raise ValueError(
                f"VarianceScaling: unknown distribution {distribution!r}; give truncated_normal,"
                " untruncated_normal or uniform"
            )
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution, seed
        self.input_axes, self.output_axes = input_axes, output_axes

    def with_axes(self, input_axes: Sequence[int], output_axes: Sequence[int]) -> VarianceScaling:
        """The same for kernels with these axes, unless it has some of its own."""
        if self.input_axes is not None and self.output_axes is not None:
            return self
        other = copy.copy(self)
        other.input_axes, other.output_axes = list(input_axes), list(output_axes)
        return other

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        return self._drawn(tuple(shape)).astype(dtype or "float32")

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        generator = self._generator()
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return generator.uniform(shape, low=-limit, high=limit)
        if self.distribution == "untruncated_normal":
            return generator.normal(shape, std=math.sqrt(variance))
        return generator.truncated_normal(shape, std=math.sqrt(variance) / _TRUNCATED_STD)


@initializer("GlorotUniform")
class GlorotUniform(VarianceScaling):
    """Uniform of variance 2 / (fan in + fan out): the size of what goes forward and of
    what comes back stays (Glorot & Bengio 2010). The default of most kernels.

    Example:
        >>> layers.initializers.GlorotUniform(seed=1)((2, 2)).numpy()
        array([[ 0.4996,  0.2193],
               [-1.0834, -0.7892]], dtype=float32)
    """

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        super().__init__(1.0, "fan_avg", "uniform", seed, input_axes, output_axes)


@initializer("GlorotNormal")
class GlorotNormal(VarianceScaling):
    """Normal, cut at two deviations, of variance 2 / (fan in + fan out) (Glorot &
    Bengio 2010).

    Example:
        >>> layers.initializers.GlorotNormal(seed=1)((2, 2)).numpy()
        array([[ 0.4093,  0.1735],
               [-1.1413, -0.6984]], dtype=float32)
    """

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, input_axes, output_axes)


@initializer("HeUniform")
class HeUniform(VarianceScaling):
    """Uniform of variance 2 / fan in, for layers before a ReLU (He et al. 2015).

    Example:
        >>> layers.initializers.HeUniform(seed=1)((2, 2)).numpy()
        array([[ 0.7065,  0.3101],
               [-1.5321, -1.1161]], dtype=float32)
    """

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        super().__init__(2.0, "fan_in", "uniform", seed, input_axes, output_axes)


@initializer("HeNormal")
class HeNormal(VarianceScaling):
    """Normal, cut at two deviations, of variance 2 / fan in, for layers before a ReLU
    (He et al. 2015).

    Example:
        >>> layers.initializers.HeNormal(seed=1)((2, 2)).numpy()
        array([[ 0.5788,  0.2454],
               [-1.614 , -0.9877]], dtype=float32)
    """

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        super().__init__(2.0, "fan_in", "truncated_normal", seed, input_axes, output_axes)


@initializer("LecunUniform")
class LecunUniform(VarianceScaling):
    """Uniform of variance 1 / fan in (LeCun et al. 1998).

    Example:
        >>> layers.initializers.LecunUniform(seed=1)((2, 2)).numpy()
        array([[ 0.4996,  0.2193],
               [-1.0834, -0.7892]], dtype=float32)
    """

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        super().__init__(1.0, "fan_in", "uniform", seed, input_axes, output_axes)


@initializer("LecunNormal")
class LecunNormal(VarianceScaling):
    """Normal, cut at two deviations, of variance 1 / fan in (LeCun et al. 1998).

    Example:
        >>> layers.initializers.LecunNormal(seed=1)((2, 2)).numpy()
        array([[ 0.4093,  0.1735],
               [-1.1413, -0.6984]], dtype=float32)
    """

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        super().__init__(1.0, "fan_in", "truncated_normal", seed, input_axes, output_axes)


@initializer("Orthogonal", "OrthogonalInitializer")
class Orthogonal(Initializer):
    """A matrix whose rows, or columns where there are fewer of them, are at right
    angles and of length `gain` (Saxe, McClelland & Ganguli 2014), all such equally
    likely. Of more axes, all but the last are the rows.

    Raises:
        ValueError: a shape of fewer than two axes.

    Example:
        >>> q = layers.initializers.Orthogonal(seed=1)((3, 3)).numpy()
        >>> bool(abs(q @ q.T - np.eye(3)).max() < 1e-5)
        True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None):
        self.gain, self.seed = float(gain), seed

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        if len(shape) < 2:
            raise ValueError(f"Orthogonal: at least two axes expected, got shape {tuple(shape)}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        q, r = ops.linalg.qr(self._generator().normal(tall))
        q = q * ops.sign(ops.einsum("ii->i", r))  # or some would be likelier than others
        q = ops.transpose(q) if rows < columns else q
        return (q.reshape(tuple(shape)) * self.gain).astype(dtype or "float32")
