"""Random tensors, as Keras's `keras.random`: a seed that is a number gives the same
values at each call, a `SeedGenerator` moves on, and None draws from the stream that
`keras.utils.set_random_seed` starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.op import Op
from ..core.seeds import next_seed
from ..core.tensor import Tensor, Variable, tensor
from ..ops.random.distributions import (
    PickByWeight,
    RandomGamma,
    RandomNormal,
    RandomTruncatedNormal,
    RandomUniform,
)
from ..ops.random.draws import AdvanceGenerator, RandomPermutation
from ..ops.random.generator import first_state, uniform_int
from .ops.support import dtype_of, to_float, to_tensor

__all__ = [
    "SeedGenerator", "beta", "binomial", "categorical", "dropout", "gamma", "normal", "randint",
    "shuffle", "truncated_normal", "uniform",
]  # fmt: skip


class SeedGenerator:
    """A stream of seeds, whose state is a variable on the device.

    Example:
        >>> from pywebml import keras
        >>> seeds = keras.random.SeedGenerator(1)
        >>> first = keras.random.normal((2,), seed=seeds)
        >>> bool((first == keras.random.normal((2,), seed=seeds)).any())
        False
    """

    def __init__(self, seed: int | None = None, name: str | None = None):
        if seed is not None and not isinstance(seed, int):
            raise ValueError(f"SeedGenerator: seed must be a whole number or None, got {seed!r}")
        self.seed = next_seed() if seed is None else seed
        self.name = name or "seed_generator"
        self.state = Variable(
            first_state(self.seed), trainable=False, name=self.name, dtype="uint32"
        )

    def kept_states(self) -> dict[str, Variable]:
        """What files of models keep of it."""
        return {"state": self.state}

    def next(self, ordered: bool = True) -> Tensor:
        """A seed for one draw."""
        now = ops.identity(self.state)
        AdvanceGenerator()(self.state)
        return now

    def get_config(self) -> dict[str, Any]:
        """The seed that it began with."""
        return {"seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Begins again."""
        return cls(**config)


class _Draws:
    """What one call draws from its seed."""

    def __init__(self, seed: Any):
        self.seed, self.count = SeedGenerator() if seed is None else seed, 0
        if not isinstance(self.seed, (int, SeedGenerator, Tensor)):
            raise TypeError(
                f"seed must be a whole number, a SeedGenerator or None, got {seed!r:.100}"
            )

    def __call__(self, op: Op) -> Any:
        if isinstance(self.seed, SeedGenerator):
            out = op(self.seed.state)
            AdvanceGenerator()(self.seed.state)
            return out
        if isinstance(self.seed, Tensor):
            state = self.seed + tensor([0, 0, self.count, 0], dtype="uint32")
        else:
            low, high, _, last = first_state(self.seed)
            state = tensor([low, high, self.count, last], dtype="uint32")
        self.count += 1
        return op(state)


def _sizes(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)


def _as(x: Any, dtype: Any) -> Tensor:
    return x if dtype is None else x.astype(dtype_of(dtype))  # type: ignore[no-any-return]


def normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Of a normal distribution."""
    return _as(_Draws(seed)(RandomNormal(_sizes(shape), float(mean), float(stddev))), dtype)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Of a normal distribution cut off two deviations from its mean."""
    op = RandomTruncatedNormal(_sizes(shape), float(mean), float(stddev))
    return _as(_Draws(seed)(op), dtype)


def uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Of [minval, maxval), all equally likely; whole numbers for dtype "int32"."""
    if dtype_of(dtype) in ("int32", "uint32"):
        return randint(shape, int(minval), int(maxval), dtype, seed)
    return _as(_Draws(seed)(RandomUniform(_sizes(shape), float(minval), float(maxval))), dtype)


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Whole numbers from minval to maxval - 1, all equally likely."""
    op, low = uniform_int(_sizes(shape), minval, maxval)
    return _as(_Draws(seed)(op) + low, dtype)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Numbers of classes [rows, num_samples], of probabilities softmax(logits)."""
    logits = to_float(logits)
    if logits.ndim != 2:
        raise ValueError(f"categorical: logits [rows, classes] expected, got {list(logits.shape)}")
    u = _Draws(seed)(RandomUniform((logits.shape[0], num_samples)))
    return _as(PickByWeight()(ops.softmax(logits), u), dtype)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Tensor:
    """The entries of an axis in another order."""
    x = to_tensor(x)
    order = _Draws(seed)(RandomPermutation((x.shape[axis],)))
    return ops.gather(x, order, axis)


def dropout(inputs: Any, rate: float, noise_shape: Sequence[Any] | None = None,
            seed: Any = None) -> Tensor:  # fmt: skip
    """Zeros with probability `rate`, the others divided by 1 - rate."""
    x = to_float(inputs)
    shape = list(noise_shape or x.shape)
    shape = [n if m is None else m for m, n in zip(shape, x.shape, strict=True)]
    stays = ops.greater_equal(uniform(shape, seed=seed), rate)
    return ops.where(stays, x / (1.0 - rate), ops.zeros_like(x)) if rate < 1 else x * 0.0


def gamma(shape: Any, alpha: float, dtype: Any = None, seed: Any = None) -> Tensor:
    """Of a gamma distribution of this shape."""
    return _as(_Draws(seed)(RandomGamma(_sizes(shape), float(alpha), 1.0)), dtype)


def beta(shape: Any, alpha: float, beta: float, dtype: Any = None, seed: Any = None) -> Tensor:
    """Of a beta distribution: a / (a + b), both of a gamma distribution."""
    draw = _Draws(seed)
    first = draw(RandomGamma(_sizes(shape), float(alpha), 1.0))
    second = draw(RandomGamma(_sizes(shape), float(beta), 1.0))
    return _as(first / (first + second), dtype)


def binomial(
    shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> Tensor:
    """How often of `counts` times what has this probability happens."""
    counts = to_float(counts)
    most = int(counts.max().item())
    u = _Draws(seed)(RandomUniform((most, *_sizes(shape))))
    trials = ops.arange(most).astype("float32").reshape(most, *[1] * len(_sizes(shape)))
    happens = ops.logical_and(ops.less(u, to_float(probabilities)), ops.less(trials, counts))
    return _as(ops.sum(happens.astype("float32"), 0), dtype)
