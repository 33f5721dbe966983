"""Discrete Fourier transforms as functions, of any length and along the last axis."""

from __future__ import annotations

from typing import Any

from ...core.calling import ints
from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..complex_numbers import complex, imag, real
from ..shape.functions import pad
from .transforms import FFT, IRFFT, RFFT, _sample

__all__ = ["fft", "fft2", "ifft", "ifft2", "irfft", "rfft"]


def _complex(x: Any, what: str) -> Any:
    x = as_tensor(x)
    if x.ndim == 0:
        raise ValueError(f"{what}: x [..., n] expected, got a single number")
    return x if x.dtype == "complex64" else complex(x, imag(x))


def fft(x: Any) -> Tensor:
    """The discrete Fourier transforms along the last axis, y[k] = sum over i of x[i]
    exp(-2 pi i k / n), complex64 of x's shape; real numbers are taken for complex ones.
    (tf.spectral.fft)

    Any length; powers of two are fastest, others take some four times as long.

    Example:
        >>> ops.spectral.fft([1 + 0j, 2, 3, 4]).numpy().round(4)
        array([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j], dtype=complex64)
    """
    return FFT()(_complex(x, "fft"))  # type: ignore[no-any-return]


def ifft(x: Any) -> Tensor:
    """What `fft` turns back: x[i] = sum over k of y[k] exp(2 pi i k / n), divided by n.
    (tf.spectral.ifft)

    Example:
        >>> ops.spectral.ifft(ops.spectral.fft([1 + 1j, 2])).numpy().round(4)
        array([1.+1.j, 2.+0.j], dtype=complex64)
    """
    return FFT(inverse=True)(_complex(x, "ifft"))  # type: ignore[no-any-return]


def rfft(x: Any, fft_length: int | None = None) -> Tensor:
    """The transforms of real numbers along the last axis, which is cut or filled with
    zeros to `fft_length` first: complex64 at k = 0 ... fft_length // 2, as the others
    are their conjugates. (tf.spectral.rfft)

    TypeError for complex numbers (see `fft`).

    Example:
        >>> ops.spectral.rfft([1.0, 2.0, 3.0, 4.0]).numpy().round(4)
        array([10.+0.j, -2.+2.j, -2.+0.j], dtype=complex64)
        >>> ops.spectral.rfft([1.0, 2.0, 3.0], 8).shape
        (5,)
    """
    x = as_tensor(x)
    if x.dtype == "complex64":
        raise TypeError("rfft: x must be real, got complex64; fft takes complex numbers")
    if x.ndim == 0:
        raise ValueError("rfft: x [..., n] expected, got a single number")
    x, n = x.astype("float32"), x.shape[-1]
    if fft_length is not None:
        (n,) = ints(fft_length, "rfft: fft_length")
        if n < 1:
            raise ValueError(f"rfft: fft_length must be at least 1, got {n}")
        x = x[..., :n]
        x = pad(x, [(0, 0)] * (x.ndim - 1) + [(0, n - x.shape[-1])])
    if n % 2:
        return fft(x)[..., : n // 2 + 1]
    return RFFT()(x)  # type: ignore[no-any-return]


def irfft(x: Any) -> Tensor:
    """Real numbers [..., 2 m] from their transform [..., m + 1]: what `rfft` of an even
    number turns back; of one number its real part. (tf.spectral.irfft)

    Example:
        >>> ops.spectral.irfft(ops.spectral.rfft([1.0, 2.0, 3.0, 4.0])).numpy().round(4)
        array([1., 2., 3., 4.], dtype=float32)
    """
    x = _complex(x, "irfft")
    return real(x) if x.shape[-1] == 1 else IRFFT()(x)  # type: ignore[no-any-return]


def _both_axes(x: Any, inverse: bool, what: str) -> Any:
    x = _complex(x, what)
    if x.ndim < 2:
        raise ValueError(f"{what}: x [..., m, n] expected, got shape {x.shape}")
    turn = [*range(x.ndim - 2), x.ndim - 1, x.ndim - 2]
    return FFT(inverse)(FFT(inverse)(x).transpose(turn)).transpose(turn)


@composite(
    finite=True,
    meaning=lambda x: np.fft.fft2(x),
    cases=lambda: [Sample("2 x 5 x 8", (_sample(2, 5, 8),), {}, 1e-4)],
)
def fft2(x: Any) -> Tensor:
    """The transforms along the last two axes, [..., m, n].

    Example:
        >>> ops.spectral.fft2([[1.0, 2.0], [3.0, 4.0]]).numpy().round(4)
        array([[10.+0.j, -2.+0.j],
               [-4.+0.j,  0.+0.j]], dtype=complex64)
    """
    return _both_axes(x, False, "fft2")  # type: ignore[no-any-return]


@composite(
    finite=True,
    meaning=lambda x: np.fft.ifft2(x),
    cases=lambda: [Sample("8 x 3", (_sample(8, 3),))],
)
def ifft2(x: Any) -> Tensor:
    """What `fft2` turns back.

    Example:
        >>> ops.spectral.ifft2([[10, -2], [-4, 0]]).numpy().real.round(4)
        array([[1., 2.],
               [3., 4.]], dtype=float32)
    """
    return _both_axes(x, True, "ifft2")  # type: ignore[no-any-return]
