"""Streams of random tensors."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from ...core.calling import ints, is_int, strict
from ...core.op import Op
from ...core.tensor import Variable, as_tensor
from .distributions import (
    PickByWeight,
    RandomGamma,
    RandomNormal,
    RandomTruncatedNormal,
    RandomUniform,
    RandomUniformInt,
)
from .draws import AdvanceGenerator, RandomBits, RandomPermutation

__all__ = ["Generator"]


class Generator:
    """A stream of random tensors from a 64-bit seed. Equal seeds give equal integers on
    every host.

    A draw reads the state on the device and moves it on there, so draws inside
    `capture` are fresh at every replay. There are 2^32 draws per seed.

    Example:
        >>> random = ops.Generator(seed=1)
        >>> random.uniform((2, 3), low=-1, high=1).shape
        (2, 3)
        >>> sorted(random.permutation(5).tolist())
        [0, 1, 2, 3, 4]
    """

    def __init__(self, seed: int = 0):
        self.state = Variable(first_state(seed), trainable=False, name="generator", dtype="uint32")

    def kept_states(self) -> dict[str, Variable]:
        """What files of models keep of it."""
        return {"state": self.state}

    def seed(self, seed: int) -> None:
        """Starts again from a seed."""
        self.state.assign(first_state(seed))

    def _draw(self, op: Op) -> Any:
        out = op(self.state)
        AdvanceGenerator()(self.state)
        return out

    @strict
    def bits(self, shape: Sequence[int]) -> Any:
        """uint32, all values equally likely."""
        return self._draw(RandomBits(ints(shape, "shape")))

    @strict
    def uniform(self, shape: int | Sequence[int], *, low: float = 0.0, high: float = 1.0) -> Any:
        """float32 in [low, high), 2^24 steps apart; rounding may reach `high` itself
        where low is not 0.
        """
        return self._draw(RandomUniform(ints(shape, "shape"), float(low), float(high)))

    @strict
    def normal(self, shape: int | Sequence[int], *, mean: float = 0.0, std: float = 1.0) -> Any:
        """float32 of a normal distribution (Box and Muller). Equal on all hosts but for
        the rounding of log, sin and cos.
        """
        return self._draw(RandomNormal(ints(shape, "shape"), float(mean), float(std)))

    @strict
    def truncated_normal(
        self, shape: int | Sequence[int], *, mean: float = 0.0, std: float = 1.0
    ) -> Any:
        """float32 of a normal distribution cut off two `std` from the mean (`std` is
        that of the uncut one, as in TensorFlow).
        """
        return self._draw(RandomTruncatedNormal(ints(shape, "shape"), float(mean), float(std)))

    @strict
    def uniform_int(self, shape: int | Sequence[int], *, low: int = 0, high: int) -> Any:
        """int32 in [low, high), the same on every host."""
        op, low = uniform_int(ints(shape, "shape"), low, high)
        return self._draw(op) + low

    @strict
    def gamma(self, shape: int | Sequence[int], *, alpha: float, beta: float = 1.0) -> Any:
        """float32 of a gamma distribution of this shape and inverse scale: the mean is
        alpha / beta.
        """
        return self._draw(RandomGamma(ints(shape, "shape"), float(alpha), float(beta)))

    @strict
    def multinomial(self, probabilities: Any, num_samples: int) -> Any:
        """int32 [rows, num_samples]: numbers of columns of probabilities [rows, n],
        which need not add up to 1.
        """
        weights = as_tensor(probabilities)
        return PickByWeight()(weights, self.uniform((weights.shape[0], num_samples)))

    @strict
    def permutation(self, n: int) -> Any:
        """int32 [n]: 0 ... n - 1 in random order."""
        if not is_int(n):
            raise TypeError(
                f"permutation takes a number, got {n!r}; gather(x, permutation(n)) shuffles rows"
            )
        return self._draw(RandomPermutation((operator.index(n),)))


def uniform_int(shape: tuple[int, ...], low: int, high: int) -> tuple[Op, int]:
    """An op for int32 in [low, high), and what is to be added to its result."""
    low, high = ints((low, high), "random_uniform_int: minval and maxval")
    if not -(2**31) <= low < high < 2**31:
        raise ValueError(
            "random_uniform_int: minval must be less than maxval, both within int32, got"
            f" {low} and {high}"
        )
    return RandomUniformInt(shape, high - low), low


def first_state(seed: int) -> list[int]:
    seed = operator.index(seed)
    """The state of a seed before its first draw."""
    return [seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF, 0, 0]
