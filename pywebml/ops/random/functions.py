"""TensorFlow.js's functions that draw random tensors. Each call with a seed gives the
same values, on every host; without one they come from the stream of `pw.set_seed`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

from ...core.calling import ints, is_int
from ...core.composite import Sample, composite
from ...core.op import Op
from ...core.runtime import Recorder
from ...core.seeds import next_seed
from ...core.spec import checked_dtype
from ...core.tensor import Tensor, as_tensor, tensor
from ...host.lazy import np
from .distributions import (
    PickByWeight,
    RandomGamma,
    RandomNormal,
    RandomTruncatedNormal,
    RandomUniform,
)
from .draws import DropoutMask
from .generator import Generator, first_state, uniform_int

__all__ = [
    "dropout", "multinomial", "rand", "random_gamma", "random_normal", "random_standard_normal",
    "random_uniform", "random_uniform_int", "truncated_normal",
]  # fmt: skip


def _drawn(op: Op, seed: float | None, what: str) -> Any:
    """Recorded without a seed, every replay draws anew: the state is moved on."""
    if seed is None and Recorder.trace is not None:
        return Generator(next_seed())._draw(op)
    number = next_seed() if seed is None else _whole(seed, what)
    return op(tensor(first_state(number), dtype="uint32"))


def _whole(seed: float, what: str) -> int:
    """A number of its own for every seed."""
    if is_int(seed):
        return int(seed)
    if not isinstance(seed, float) or seed != seed:
        raise TypeError(f"{what}: seed must be a number or None, got {seed!r}")
    return int(seed) if seed.is_integer() else int.from_bytes(struct.pack("<d", seed), "little")


def _as_dtype(x: Any, dtype: str | None, what: str, rounded: bool = True) -> Any:
    """Numbers as they come (None, float32), or whole ones."""
    if dtype in (None, "float32"):
        return x
    if dtype == "int32":
        return (x.round() if rounded else x).astype("int32")
    if dtype == "bool" and not rounded:
        return x.astype("int32").astype("bool")
    kinds = "float32 or int32" if rounded else "float32, int32 or bool"
    raise ValueError(f"{what}: dtype must be {kinds}, got {dtype!r}")


def _shape(shape: int | Sequence[int], what: str) -> tuple[int, ...]:
    return ints(shape, f"{what}: shape")


def dropout(
    x: Any,
    rate: float,
    noise_shape: Sequence[int | None] | None = None,
    seed: float | None = None,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """x with each element zeroed with probability `rate` and the others divided by 1 -
    rate; gradients go through the same mask. Integers give float32.

    Where `noise_shape` has 1 instead of the size of x, all along that axis share their
    fate; None stands for the size. A `generator` is a stream of its own. ValueError
    unless 0 <= rate < 1, and for a noise_shape that does not broadcast to x.

    Example:
        >>> x = ops.dropout(ops.ones((1000,)), 0.5, seed=7)
        >>> sorted(set(x.tolist()))
        [0.0, 2.0]
        >>> rows = ops.dropout(ops.ones((50, 2)), 0.5, (None, 1), seed=7)
        >>> bool((rows[:, 0] == rows[:, 1]).all())
        True
    """
    if isinstance(noise_shape, Generator):
        raise TypeError("dropout: a generator goes by name: write generator=...")
    if generator is not None and not isinstance(generator, Generator):
        raise TypeError(f"dropout: generator must be an ops.Generator, got {generator!r}")
    if generator is not None and seed is not None:
        raise ValueError("dropout: a generator has its own seed; give one of the two")
    x = as_tensor(x)
    op = DropoutMask(_noise_shape(noise_shape, x.shape), float(rate))
    if 0 in x.shape:
        return x * 1.0
    mask = _drawn(op, seed, "dropout") if generator is None else generator._draw(op)
    return x * mask  # type: ignore[no-any-return]


def _noise_shape(asked: Sequence[int | None] | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    if asked is None:
        return shape
    if not isinstance(asked, (list, tuple)):
        raise TypeError(f"dropout: noise_shape must be a list of sizes or None, got {asked!r}")
    if len(asked) != len(shape):
        raise ValueError(
            f"dropout: noise_shape must have a size for each axis of {shape}, got {tuple(asked)}"
        )
    own = [size if one is None else one for one, size in zip(asked, shape, strict=True)]
    sizes = ints(own, "dropout: noise_shape")
    if any(one not in (1, size) for one, size in zip(sizes, shape, strict=True)):
        raise ValueError(
            f"dropout: noise_shape must have 1 or the size of each axis of {shape}, got"
            f" {tuple(asked)}"
        )
    return sizes


def random_uniform(
    shape: int | Sequence[int],
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: str | None = "float32",
    seed: float | None = None,
) -> Tensor:
    """Values of [minval, maxval), all equally likely; cut towards zero for 'int32', and
    true for 'bool' where that is not 0. (tf.randomUniform)

    A `seed` gives the same values on every host and every call.

    Example:
        >>> x = ops.random_uniform((2, 3), -1, 1, seed=7)
        >>> x.shape, bool((x < 1).all())
        ((2, 3), True)
    """
    op = RandomUniform(_shape(shape, "random_uniform"), float(minval), float(maxval))
    return _as_dtype(_drawn(op, seed, "random_uniform"), dtype, "random_uniform", False)  # type: ignore[no-any-return]


def random_uniform_int(
    shape: int | Sequence[int], minval: int, maxval: int, seed: float | None = None
) -> Tensor:
    """int32 of minval ... maxval - 1, all equally likely. (tf.randomUniformInt)

    Example:
        >>> dice = ops.random_uniform_int((100,), 1, 7, seed=7)
        >>> sorted(set(dice.tolist()))
        [1, 2, 3, 4, 5, 6]
    """
    op, low = uniform_int(_shape(shape, "random_uniform_int"), minval, maxval)
    return _drawn(op, seed, "random_uniform_int") + low  # type: ignore[no-any-return]


def random_normal(
    shape: int | Sequence[int],
    mean: float = 0.0,
    std_dev: float = 1.0,
    dtype: str | None = "float32",
    seed: float | None = None,
) -> Tensor:
    """Values of a normal distribution, rounded for 'int32'. (tf.randomNormal)

    Example:
        >>> ops.random_normal((2, 3), 5, 0.1, seed=7).shape
        (2, 3)
    """
    op = RandomNormal(_shape(shape, "random_normal"), float(mean), float(std_dev))
    return _as_dtype(_drawn(op, seed, "random_normal"), dtype, "random_normal")  # type: ignore[no-any-return]


def random_standard_normal(
    shape: int | Sequence[int], dtype: str | None = "float32", seed: float | None = None
) -> Tensor:
    """Values of the normal distribution of mean 0 and deviation 1, rounded for 'int32'.
    (tf.randomStandardNormal)

    Example:
        >>> ops.random_standard_normal(4, seed=7).shape
        (4,)
    """
    return random_normal(shape, 0.0, 1.0, dtype, seed)


def truncated_normal(
    shape: int | Sequence[int],
    mean: float = 0.0,
    std_dev: float = 1.0,
    dtype: str | None = "float32",
    seed: float | None = None,
) -> Tensor:
    """Values of a normal distribution cut off two deviations from its mean, rounded for
    'int32'. (tf.truncatedNormal)

    Example:
        >>> bool((ops.truncated_normal((50,), seed=7).abs() <= 2).all())
        True
    """
    sizes = _shape(shape, "truncated_normal")
    op = RandomTruncatedNormal(sizes, float(mean), float(std_dev))
    return _as_dtype(_drawn(op, seed, "truncated_normal"), dtype, "truncated_normal")  # type: ignore[no-any-return]


def random_gamma(
    shape: int | Sequence[int],
    alpha: float,
    beta: float = 1.0,
    dtype: str | None = "float32",
    seed: float | None = None,
) -> Tensor:
    """Values of a gamma distribution of shape `alpha` and inverse scale `beta`, so that
    their mean is alpha / beta; rounded for 'int32'. (tf.randomGamma, as documented and
    as TensorFlow has it; version 4.22 multiplies by beta.)

    ValueError unless alpha and beta are positive.

    Example:
        >>> bool((ops.random_gamma((3, 4), 2.0, seed=7) > 0).all())
        True
    """
    op = RandomGamma(_shape(shape, "random_gamma"), float(alpha), float(beta))
    return _as_dtype(_drawn(op, seed, "random_gamma"), dtype, "random_gamma")  # type: ignore[no-any-return]


def multinomial(
    logits: Any, num_samples: int, seed: float | None = None, normalized: bool = False
) -> Tensor:
    """int32 [rows, num_samples]: numbers of columns of logits [rows, n], drawn with the
    probabilities softmax(logits), or with `logits` themselves where they are
    `normalized` to such; [num_samples] for logits [n]. (tf.multinomial)

    ValueError for another rank or fewer than two columns.

    Example:
        >>> ops.multinomial([-100.0, 1.0], 3).tolist()
        [1, 1, 1]
        >>> ops.multinomial([[0.0, 1.0], [1.0, 0.0]], 2, normalized=True).tolist()
        [[1, 1], [0, 0]]
    """
    logits = as_tensor(logits).astype("float32")
    if logits.ndim not in (1, 2) or logits.size < 2:
        raise ValueError(
            "multinomial: logits [n] or [rows, n] of at least 2 outcomes expected, got shape"
            f" {logits.shape}"
        )
    (samples,) = ints(num_samples, "multinomial: num_samples")
    rows = logits.reshape(-1, logits.shape[-1])
    weights = rows if normalized else rows.softmax()
    u = _drawn(RandomUniform((rows.shape[0], samples)), seed, "multinomial")
    picks = PickByWeight()(weights, u)
    return picks if logits.ndim == 2 else picks.reshape(samples)  # type: ignore[no-any-return]


@composite(
    meaning=lambda shape, rand_function: np.full(shape, rand_function()),
    cases=lambda: [Sample("a constant", (), {"shape": (2, 3), "rand_function": lambda: 0.5}, 0, 0)],
)
def rand(
    shape: int | Sequence[int], rand_function: Callable[[], float], dtype: str = "float32"
) -> Tensor:
    """Values of a function of yours, called once for each; cut towards zero for
    'int32'. (tf.rand)

    Example:
        >>> numbers = iter([0.5, 1.5, 2.5, 3.5])
        >>> ops.rand((2, 2), lambda: next(numbers)).tolist()
        [[0.5, 1.5], [2.5, 3.5]]
    """
    if not callable(rand_function):
        raise TypeError(
            f"rand: a function that gives numbers expected, got {rand_function!r}; see"
            " random_uniform for numbers between two others"
        )
    sizes = _shape(shape, "rand")
    numbers = [float(rand_function()) for _ in range(math.prod(sizes))]
    return tensor(numbers, sizes, checked_dtype(dtype))
