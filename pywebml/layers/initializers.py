"""Where weights start. All are drawn on the device; the formulas are those of Keras's
initializers of the same name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..core.registry import Registry, config_of
from ..core.seeds import next_seed
from ..core.tensor import Tensor

# Standard deviation of a unit normal cut at two deviations; dividing by it restores the
# deviation asked for.
_TRUNCATED_STD = 0.87962566103423978


def fans(shape: Sequence[int]) -> tuple[float, float]:
    """(fan in, fan out): inputs and outputs of one unit. Kernels are [..., in, out];
    leading axes are the window.
    """
    if len(shape) < 2:
        n = float(shape[0]) if shape else 1.0
        return n, n
    window = math.prod(shape[:-2])
    return float(shape[-2] * window), float(shape[-1] * window)


class Initializer:
    """Base of all initializers: `initializer(shape)` -> Tensor.

    A subclass gives `__call__`. Its config is the constructor's arguments, each kept in
    an attribute of its name. A `seed` makes it draw the same values at every call; as
    in Keras 2, not in Keras 3, one without draws new ones at every call.

    Example:
        >>> class Identity(layers.initializers.Initializer):
        ...     def __call__(self, shape):
        ...         return pw.tensor(np.eye(*shape))
        >>> layers.Dense(2, kernel_initializer=Identity())(np.array([[1.0, 2.0]])).numpy()
        array([[1., 2.]], dtype=float32)
    """

    seed: int | None = None

    def __call__(self, shape: Sequence[int]) -> Tensor:
        raise NotImplementedError

    def _generator(self) -> Any:
        return ops.Generator(next_seed() if self.seed is None else self.seed)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return config_of(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        return cls(**{k: v for k, v in config.items() if k != "dtype"})


INITIALIZERS: Registry[Initializer] = Registry("initializer", Initializer, functions=True)
initializer = INITIALIZERS
"""Decorator of initializers: `@initializer("GlorotUniform")` gives the name that
configs have.
"""


@initializer("Constant")
class Constant(Initializer):
    """One value everywhere.

    Example:
        >>> layers.initializers.Constant(0.5)((2,)).numpy()
        array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: float = 0.0):
        self.value = float(value)

    def __call__(self, shape: Sequence[int]) -> Tensor:
        return ops.fill(tuple(shape), self.value)


@initializer("Zeros")
class Zeros(Constant):
    """0 everywhere.

    Example:
        >>> layers.initializers.Zeros()((2,)).numpy()
        array([0., 0.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__(0.0)


@initializer("Ones")
class Ones(Constant):
    """1 everywhere.

    Example:
        >>> layers.initializers.Ones()((2,)).numpy()
        array([1., 1.], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__(1.0)


@initializer("RandomNormal")
class RandomNormal(Initializer):
    """Normal with `mean` and `stddev`.

    Example:
        >>> layers.initializers.RandomNormal(seed=1)((2, 2)).numpy()
        array([[ 0.0354,  0.0223],
               [-0.0523, -0.1073]], dtype=float32)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def __call__(self, shape: Sequence[int]) -> Tensor:
        return self._generator().normal(tuple(shape), mean=self.mean, std=self.stddev)


@initializer("RandomUniform")
class RandomUniform(Initializer):
    """Uniform in [minval, maxval).

    Example:
        >>> layers.initializers.RandomUniform(seed=1)((2, 2)).numpy()
        array([[ 0.0204,  0.009 ],
               [-0.0442, -0.0322]], dtype=float32)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None):
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def __call__(self, shape: Sequence[int]) -> Tensor:
        return self._generator().uniform(tuple(shape), low=self.minval, high=self.maxval)


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

    def __call__(self, shape: Sequence[int]) -> Tensor:
        return self._generator().truncated_normal(tuple(shape), mean=self.mean, std=self.stddev)


@initializer("VarianceScaling")
class VarianceScaling(Initializer):
    """Variance `scale / n`, n = fan in, fan out or their mean, so that numbers keep
    their size from layer to layer (Glorot & Bengio 2010; He et al. 2015).

    Args:
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" ("normal" is the same), "untruncated_normal" or
            "uniform".

    Raises:
        ValueError: another mode or distribution, or a scale that is not above 0.

    Example:
        >>> layers.initializers.VarianceScaling(seed=1)((2, 2)).numpy()
        array([[ 0.4093,  0.1735],
               [-1.1413, -0.6984]], dtype=float32)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
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

    def __call__(self, shape: Sequence[int]) -> Tensor:
        fan_in, fan_out = fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        generator, shape = self._generator(), tuple(shape)
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

    def __init__(self, seed: int | None = None):
        super().__init__(1.0, "fan_avg", "uniform", seed)


@initializer("GlorotNormal")
class GlorotNormal(VarianceScaling):
    """Normal, cut at two deviations, of variance 2 / (fan in + fan out) (Glorot &
    Bengio 2010).

    Example:
        >>> layers.initializers.GlorotNormal(seed=1)((2, 2)).numpy()
        array([[ 0.4093,  0.1735],
               [-1.1413, -0.6984]], dtype=float32)
    """

    def __init__(self, seed: int | None = None):
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


@initializer("HeUniform")
class HeUniform(VarianceScaling):
    """Uniform of variance 2 / fan in, for layers before a ReLU (He et al. 2015).

    Example:
        >>> layers.initializers.HeUniform(seed=1)((2, 2)).numpy()
        array([[ 0.7065,  0.3101],
               [-1.5321, -1.1161]], dtype=float32)
    """

    def __init__(self, seed: int | None = None):
        super().__init__(2.0, "fan_in", "uniform", seed)


@initializer("HeNormal")
class HeNormal(VarianceScaling):
    """Normal, cut at two deviations, of variance 2 / fan in, for layers before a ReLU
    (He et al. 2015).

    Example:
        >>> layers.initializers.HeNormal(seed=1)((2, 2)).numpy()
        array([[ 0.5788,  0.2454],
               [-1.614 , -0.9877]], dtype=float32)
    """

    def __init__(self, seed: int | None = None):
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


@initializer("LecunUniform")
class LecunUniform(VarianceScaling):
    """Uniform of variance 1 / fan in (LeCun et al. 1998).

    Example:
        >>> layers.initializers.LecunUniform(seed=1)((2, 2)).numpy()
        array([[ 0.4996,  0.2193],
               [-1.0834, -0.7892]], dtype=float32)
    """

    def __init__(self, seed: int | None = None):
        super().__init__(1.0, "fan_in", "uniform", seed)


@initializer("LecunNormal")
class LecunNormal(VarianceScaling):
    """Normal, cut at two deviations, of variance 1 / fan in (LeCun et al. 1998).

    Example:
        >>> layers.initializers.LecunNormal(seed=1)((2, 2)).numpy()
        array([[ 0.4093,  0.1735],
               [-1.1413, -0.6984]], dtype=float32)
    """

    def __init__(self, seed: int | None = None):
        super().__init__(1.0, "fan_in", "truncated_normal", seed)


@initializer("Orthogonal", "OrthogonalInitializer")
class Orthogonal(Initializer):
    """Columns (or rows, where there are fewer) of length `gain` at right angles to each
    other: the Q of a normal matrix's QR decomposition (Saxe et al. 2014). Of more than
    two axes all but the last count as one.

    Raises:
        ValueError: a shape of fewer than two axes.

    Example:
        >>> w = layers.initializers.Orthogonal(seed=1)((3, 2))
        >>> np.round(w.numpy().T @ w.numpy(), 5) + 0.0
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None):
        self.gain, self.seed = float(gain), seed

    def __call__(self, shape: Sequence[int]) -> Tensor:
        if len(shape) < 2:
            raise ValueError(f"Orthogonal: a shape of two axes or more expected, got {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        normal = self._generator().normal((max(rows, columns), min(rows, columns)))
        q, r = ops.qr(normal)
        n = min(rows, columns)
        signs = ops.sign((r * ops.eye(n)).sum(0))  # so that all such matrices are as likely
        q = q * ops.where(ops.equal(signs, 0.0), 1.0, signs)
        return (q if rows >= columns else q.transpose()).reshape(tuple(shape)) * self.gain


def get(
    identifier: str | dict[str, Any] | Initializer | Callable[[Sequence[int]], Tensor] | None,
) -> Any:
    """An initializer from a name, a config `{class_name, config}`, an instance or any
    callable of a shape. None means zeros.
    """
    return Zeros() if identifier is None else INITIALIZERS.get(identifier)


def serialize(initializer: Any) -> Any:
    """`{class_name, config}`, as Keras writes it."""
    if not isinstance(initializer, Initializer):
        raise TypeError(
            f"{initializer!r} is a plain function: only pywebml's initializers can be written into"
            " a config"
        )
    return {"class_name": type(initializer).__name__, "config": initializer.get_config()}
