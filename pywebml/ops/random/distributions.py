"""Draws of distributions: uniform, normal, gamma, multinomial."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...device.kernels import kernel
from ...host.lazy import np
from .draws import Draw, sample_state, threefry, unit

# share of a normal distribution within two standard deviations
_WITHIN_TWO = math.erf(math.sqrt(2))
# Giles, "Approximating the erfinv function" (2010): single precision, for -log(1 - x^2)
# below 5
_ERFINV = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip


@register
@dataclass(frozen=True)
class RandomUniform(Draw):
    """low + (high - low) * u with u in [0, 1), of 24 bits: exact, and equal on every
    host, for low 0 and high 1.
    """

    low: float = 0.0
    high: float = 1.0
    entry = "uniform_"

    def numpy(self, state: Any) -> Any:
        return self.low + (self.high - self.low) * unit(self.woven(*self.words(state)))

    def parameters(self) -> tuple[float, float]:
        return self.low, self.high - self.low

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape in [(), (5,), (4, 3)]:
            yield Case(f"{shape}", cls(shape), (sample_state(3),), 0, 0)
        yield Case("-2 to 3", cls((33,), -2.0, 3.0), (sample_state(4, 9),), 1e-6)


@register
@dataclass(frozen=True)
class RandomNormal(Draw):
    """Box and Muller's normals; the largest is 5.8 standard deviations out."""

    mean: float = 0.0
    deviation: float = 1.0
    entry = "normal"

    def numpy(self, state: Any) -> Any:
        even, odd = (unit(w) for w in self.words(state))
        radius, angle = np.sqrt(-2 * np.log(even + 2**-24)), 2 * np.pi * (odd - 0.5)
        return self.mean + self.deviation * self.woven(
            radius * np.cos(angle), radius * np.sin(angle)
        )

    def parameters(self) -> tuple[float, float]:
        return self.mean, self.deviation

    @classmethod
    def cases(cls) -> Iterable[Case]:
        # WGSL asks of sin and cos no more than 2^-11, and of log 2^-21 near 1, where
        # the square root enlarges it
        for shape, mean, deviation in [((1,), 0.0, 1.0), ((1001,), 0.0, 1.0), ((4, 5), 2.0, 0.5)]:
            yield Case(
                f"{shape} {mean} {deviation}",
                cls(shape, mean, deviation),
                (sample_state(5, 1),),
                3e-3,
            )


@register
@dataclass(frozen=True)
class RandomTruncatedNormal(Draw):
    """Normals within two standard deviations of the mean, by the inverse of their
    distribution (no rejection).
    """

    mean: float = 0.0
    deviation: float = 1.0
    entry = "truncated"

    def numpy(self, state: Any) -> Any:
        x = (
            (self.woven(*self.words(state)) >> np.uint32(8)).astype(np.float64) * 2 - (2**24 - 1)
        ) * (_WITHIN_TWO / 2**24)
        s = np.polyval(_ERFINV, -np.log((1 - x) * (1 + x)) - 2.5)
        return self.mean + self.deviation * np.clip(math.sqrt(2) * s * x, -2, 2)

    def parameters(self) -> tuple[float, float]:
        return self.mean, self.deviation

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, mean, deviation in [((1,), 0.0, 1.0), ((1001,), 0.0, 1.0), ((4, 5), 2.0, 0.5)]:
            yield Case(
                f"{shape} {mean} {deviation}",
                cls(shape, mean, deviation),
                (sample_state(6, 2),),
                1e-4,
            )


@register
@dataclass(frozen=True)
class RandomUniformInt(Draw):
    """The bits of 0 ... count - 1 as int32, all equally likely but for count in 2^32:
    the upper half of count times a word. The same on every host.
    """

    count: int = 1
    entry = "whole"
    dtype = "int32"

    def infer(self, state: Spec) -> Spec:
        if not 1 <= self.count < 2**32:
            raise ValueError(
                "random_uniform_int: maxval must be above minval, by less than 2^32, got a"
                f" difference of {self.count}"
            )
        return super().infer(state)

    def numpy(self, state: Any) -> Any:
        words = self.woven(*self.words(state)).astype(np.uint64)
        return ((words * np.uint64(self.count)) >> np.uint64(32)).astype(np.uint32).view(np.int32)

    def gpu(self, k: Lowering) -> None:
        size = k.outs[0].size
        params = pack("2I2f", size, self.count, 0.0, 0.0)
        k.launch_flat(kernel("random", self.entry), [k.ins[0], k.outs[0]], params, -(-size // 2))

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for count in (1, 6, 2**16 + 1, 2**32 - 1):
            yield Case(f"of {count}", cls((33,), count), (sample_state(9),), 0, 0)


_ATTEMPTS = 16  # each fails with a probability of less than 0.05


@register
@dataclass(frozen=True)
class RandomGamma(Draw):
    """Gamma variates by Marsaglia and Tsang (2000): a normal, cubed, accepted or drawn
    anew. Of element i, attempt t takes words 2 j and 2 j + 1 with j = 33 i + 2 t and
    33 i + 2 t + 1.
    """

    alpha: float = 1.0
    rate: float = 1.0
    entry = "gamma"

    def infer(self, state: Spec) -> Spec:
        for what, value in (("alpha", self.alpha), ("beta", self.rate)):
            if not 0 < value < math.inf:
                raise ValueError(f"random_gamma: {what} must be positive, got {value}")
        return super().infer(state)

    def numpy(self, state: Any) -> Any:
        each = np.arange(math.prod(self.shape), dtype=np.uint32) * np.uint32(2 * _ATTEMPTS + 1)

        def drawn(place: int) -> tuple[Any, Any]:
            even, odd = threefry(state[0], state[1], each + np.uint32(place), state[2])
            return unit(even), unit(odd)

        d = self.alpha + (1 if self.alpha < 1 else 0) - 1 / 3
        result, waiting = np.full(each.shape, d), np.ones(each.shape, bool)
        for attempt in range(_ATTEMPTS):
            (u0, u1), (u2, _) = drawn(2 * attempt), drawn(2 * attempt + 1)
            x = np.sqrt(-2 * np.log(u0 + 2**-24)) * np.cos(2 * np.pi * (u1 - 0.5))
            v = (1 + x / math.sqrt(9 * d)) ** 3
            with np.errstate(all="ignore"):
                fits = (v > 0) & (np.log(u2 + 2**-24) < 0.5 * x * x + d * (1 - v + np.log(v)))
            result = np.where(waiting & fits, d * v, result)
            waiting &= ~fits
        if self.alpha < 1:
            result = result * (drawn(2 * _ATTEMPTS)[0] + 2**-24) ** (1 / self.alpha)
        return (result / self.rate).reshape(self.shape)

    def gpu(self, k: Lowering) -> None:
        size = k.outs[0].size
        params = pack("2I2f", size, 0, self.alpha, 1 / self.rate)
        k.launch_flat(kernel("random", self.entry), [k.ins[0], k.outs[0]], params, size)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        # as for normals, and the logarithm near 1 enlarges it
        for alpha, rate in [(1.0, 1.0), (0.5, 2.0), (7.5, 0.5)]:
            op = cls((5, 20), alpha, rate)
            yield Case(f"{alpha} {rate}", op, (sample_state(10, 3),), 5e-3, 5e-3)


@register
@dataclass(frozen=True)
class PickByWeight(Op):
    """int32 [rows, samples]: for each u [rows, samples] in [0, 1) a column of weights
    [rows, n], none below 0, in proportion to them: the last one with a weight whose
    predecessors weigh no more than u of them all.
    """

    not_finite = "NaN and infinity give some column"
    not_finite_inputs = ()

    def infer(self, weights: Spec, u: Spec) -> Spec:
        for spec in (weights, u):
            if len(spec.shape) != 2 or spec.dtype != "float32" or 0 in spec.shape:
                raise ValueError(
                    f"multinomial: float32 [rows, n] expected, got {spec.dtype} {spec.shape}"
                )
        if weights.shape[0] != u.shape[0]:
            raise ValueError(f"multinomial: rows of {weights.shape} and {u.shape} differ")
        return Spec(u.shape, "int32")

    def numpy(self, weights: Any, u: Any) -> Any:
        out = np.zeros(u.shape, np.int32)
        for row, (w, aims) in enumerate(zip(weights, u, strict=True)):
            (columns,) = np.nonzero(w > 0)
            if columns.size:
                sums = np.cumsum(w[columns])
                before = np.concatenate([[0], sums[:-1]])
                out[row] = columns[np.searchsorted(before, aims * sums[-1], "right") - 1]
        return out

    def gpu(self, k: Lowering) -> None:
        (rows, n), samples = k.ins[0].shape, k.ins[1].shape[1]
        params = pack("3I", n, samples, rows * samples)
        k.launch_flat(kernel("pick"), [*k.ins, *k.outs], params, rows * samples)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return None, None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(11)
        for rows, n, samples in [(1, 2, 5), (3, 5, 17), (2, 3000, 9)]:
            weights = random.uniform(size=(rows, n)).astype(np.float32)
            u = random.uniform(size=(rows, samples)).astype(np.float32)
            yield Case(f"{rows} x {n}, {samples} samples", cls(), (weights, u), 0, 0)
        zeros = np.array([[0, 2, 0, 1, 0], [0, 0, 0, 0, 0]], np.float32)
        u = np.array([[0, 0.5, 0.999], [0, 0.5, 0.999]], np.float32)
        yield Case("weights of 0", cls(), (zeros, u), 0, 0)
