"""Discrete Fourier transforms as ops: of complex numbers, and of real ones with half
the work. All are linear, so that their gradients are their adjoints.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import as_tensor
from ...host.lazy import np
from ..complex_numbers import real
from ..shape.functions import pad
from .launches import of_real, to_real, transform

__all__ = ["FFT", "IRFFT", "RFFT"]

_SPREADS = "NaN and infinity spread over their whole transform"


def _check(what: str, x: Spec, dtype: str) -> None:
    if x.dtype != dtype:
        raise TypeError(f"{what}: x must be {dtype}, got {x.dtype}; cast it first")
    if not x.shape or not x.shape[-1]:
        raise ValueError(f"{what}: x [..., n] of at least one number expected, got {x.shape}")


def _flops(size: int, n: int) -> int:
    """As they are commonly counted: 5 n log2(n) a transform."""
    return int(5 * size * math.log2(max(n, 2)))


@register
@dataclass(frozen=True)
class FFT(Op):
    """y[k] = sum over i of x[i] exp(-2 pi i k / n), along the last axis; the `inverse`
    has exp(+...), and is divided by n.
    """

    inverse: bool = False
    complexes = True
    not_finite = _SPREADS
    not_finite_inputs = ()

    def infer(self, x: Spec) -> Spec:
        _check("ifft" if self.inverse else "fft", x, "complex64")
        return x

    def numpy(self, x: Any) -> Any:
        return (np.fft.ifft if self.inverse else np.fft.fft)(x)

    def gpu(self, k: Lowering) -> None:
        *lead, n = k.ins[0].shape
        scale = 1 / n if self.inverse else 1.0
        transform(k, k.ins[0], k.outs[0], math.prod(lead), n, self.inverse, scale)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        n = float(ins[0].shape[-1])
        return (FFT(not self.inverse)(grads[0]) * (1 / n if self.inverse else n),)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return _flops(outs[0].size, outs[0].shape[-1])

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for n in (1, 3, 8, 16, 32, 64, 100, 1024, 4096):
            x = _sample(5 if n < 1000 else 1, n)
            yield Case(f"{n}", cls(n % 3 == 1), (x,), 1e-5 * math.sqrt(n))
        yield Case("2 x 2 x 128, inverse", cls(True), (_sample(2, 2, 128),))


@register
@dataclass(frozen=True)
class RFFT(Op):
    """The transform of real x [..., n], n even, at k = 0 ... n / 2; the others are
    their conjugates.
    """

    complexes = True
    not_finite = _SPREADS
    not_finite_inputs = ()

    def infer(self, x: Spec) -> Spec:
        _check("rfft", x, "float32")
        if x.shape[-1] % 2:
            raise ValueError(f"RFFT: an even number of values expected, got {x.shape}")
        return Spec((*x.shape[:-1], x.shape[-1] // 2 + 1), "complex64")

    def numpy(self, x: Any) -> Any:
        return np.fft.rfft(x)

    def gpu(self, k: Lowering) -> None:
        *lead, n = k.ins[0].shape
        of_real(k, k.ins[0], k.outs[0], math.prod(lead), n // 2)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        n, g = ins[0].shape[-1], grads[0]
        whole = pad(g, [(0, 0)] * (g.ndim - 1) + [(0, n - g.shape[-1])])
        return (real(FFT(True)(whole)) * float(n),)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return _flops(ins[0].size // 2, ins[0].shape[-1])

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for n in (2, 6, 16, 200, 2048):
            x = _sample(3 if n < 1000 else 1, n).real
            yield Case(f"{n}", cls(), (x,), 1e-5 * math.sqrt(n))


@register
@dataclass(frozen=True)
class IRFFT(Op):
    """Real [..., 2 m] from their transform at k = 0 ... m: what RFFT turns back. The
    imaginary parts of the first and the last number do not count.
    """

    complexes = True
    not_finite = _SPREADS
    not_finite_inputs = ()

    def infer(self, x: Spec) -> Spec:
        _check("irfft", x, "complex64")
        if x.shape[-1] < 2:
            raise ValueError(f"IRFFT: at least two numbers expected, got {x.shape}")
        return Spec((*x.shape[:-1], 2 * x.shape[-1] - 2))

    def numpy(self, x: Any) -> Any:
        return np.fft.irfft(x)

    def gpu(self, k: Lowering) -> None:
        *lead, n = k.outs[0].shape
        to_real(k, k.ins[0], k.outs[0], math.prod(lead), n // 2)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        n, g = outs[0].shape[-1], grads[0]
        m = n // 2  # numbers between both ends stand for their conjugates, too
        counts = [1.0 / n] + [2.0 / n] * (m - 1) + [1.0 / n]
        return (RFFT()(g) * as_tensor(counts),)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return _flops(outs[0].size // 2, outs[0].shape[-1])

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for n in (2, 3, 9, 101, 1025):
            x = _sample(3 if n < 1000 else 1, n)
            yield Case(f"{n}", cls(), (x,), 1e-5)


def _sample(*shape: int) -> Any:
    random = np.random.default_rng(12)
    parts = random.standard_normal((2, *shape), np.float32)
    return (parts[0] + 1j * parts[1]).astype(np.complex64)
