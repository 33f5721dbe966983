"""complex64: numbers of two float32. In memory they are float32 with a last axis of 2,
real and imaginary part, and that is how they are computed with: `AsPairs` and
`AsComplex` turn one into the other, and run no kernel.

Ops that move values take complex64 as it is (`Op.complexes`), all others refuse it in
one place (`core/op.py`). What has a meaning for complex numbers is written here in ops
on pairs, and called by the functions of the same names; so gradients of any order come
by themselves.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

from ..core.autodiff import stop_gradient
from ..core.basic import AsComplex, AsPairs, Fill
from ..core.composite import Sample, composite
from ..core.tensor import Tensor, apply, as_tensor
from ..host.lazy import np

__all__ = ["complex", "conj", "imag", "real"]

_NUMBER = builtins.complex


def is_complex(x: Any) -> bool:
    """Whether it is a tensor, an array or a number of complex numbers."""
    return str(getattr(x, "dtype", "")).startswith("complex") or isinstance(x, _NUMBER)


def pairs(x: Any) -> Any:
    """[...] as float32 [..., 2]; real numbers get a second part of 0."""
    x = as_tensor(x)
    if x.dtype == "complex64":
        return AsPairs(x.shape)(x)
    return AsPairs(x.shape)(complex(x, imag(x)))


def _part(x: Any, number: int) -> Any:
    """The first or second of each pair, of any rank."""
    return AsPairs((x.size,))(x)[:, number].reshape(x.shape)


def of_pairs(x: Any) -> Any:
    """float32 [..., 2] as complex64 [...]."""
    return AsComplex(x.shape[:-1])(x)


def _sample(*shape: int, seed: int = 1) -> Any:
    random = np.random.default_rng(seed)
    return (random.normal(size=shape) + 1j * random.normal(size=shape)).astype(np.complex64)


@composite(
    meaning=lambda real, imag: real + 1j * imag,
    cases=lambda: [Sample("2 x 3", (_sample(2, 3).real, _sample(2, 3).imag), {}, 0, 0)],
    finite=True,
)
def complex(real: Any, imag: Any) -> Tensor:
    """complex64 of a real and an imaginary part, of one shape; the parts become
    float32.

    Example:
        >>> ops.complex([1.0, 2.0], [0.5, -1.0]).tolist()
        [(1+0.5j), (2-1j)]
    """
    parts = [as_tensor(part) for part in (real, imag)]
    if parts[0].shape != parts[1].shape:
        raise ValueError(
            f"complex: real and imag must have one shape, got {parts[0].shape} and {parts[1].shape}"
        )
    if any(part.dtype == "complex64" for part in parts):
        raise TypeError("complex: real and imag must be real numbers, got complex64")
    flat = [part.astype("float32").reshape(-1) for part in parts]
    return AsComplex(parts[0].shape)(Tensor._stack(flat, 1))  # type: ignore[no-any-return]


@composite(
    meaning=lambda x: x.real, cases=lambda: [Sample("3", (_sample(3),), {}, 0, 0)], finite=True
)
def real(x: Any) -> Tensor:
    """The real part, float32; numbers that are real as they are.

    Example:
        >>> ops.real([3 + 4j, 1j]).tolist()
        [3.0, 0.0]
    """
    x = as_tensor(x)
    return _part(x, 0) if x.dtype == "complex64" else x  # type: ignore[no-any-return]


@composite(
    meaning=lambda x: x.imag, cases=lambda: [Sample("3", (_sample(3),), {}, 0, 0)], finite=True
)
def imag(x: Any) -> Tensor:
    """The imaginary part, float32; zeros for numbers that are real.

    Example:
        >>> ops.imag([3 + 4j, 1j]).tolist()
        [4.0, 1.0]
    """
    x = as_tensor(x)
    if x.dtype != "complex64":
        return apply(Fill(x.shape, 0.0, 0.0, x.dtype), ())  # type: ignore[no-any-return]
    return _part(x, 1)  # type: ignore[no-any-return]


@composite(
    meaning=lambda x: np.conj(x), cases=lambda: [Sample("3", (_sample(3),), {}, 0, 0)], finite=True
)
def conj(x: Any) -> Tensor:
    """The conjugate, with the imaginary part negated; numbers that are real as they
    are.

    Example:
        >>> ops.conj([3 + 4j, 1]).tolist()
        [(3-4j), (1-0j)]
    """
    x = as_tensor(x)
    if x.dtype != "complex64":
        return x
    return of_pairs(pairs(x) * as_tensor([1.0, -1.0]))  # type: ignore[no-any-return]


# arithmetic, called by the functions of `ops` of these names


def _mul(a: Any, b: Any) -> Any:
    if not (is_complex(a) and is_complex(b)):
        number, factor = (a, b) if is_complex(a) else (b, a)
        return of_pairs(pairs(number) * _lifted(factor))
    ar, ai, br, bi = real(a), imag(a), real(b), imag(b)
    return complex(ar * br - ai * bi, ar * bi + ai * br)


def _lifted(x: Any) -> Any:
    """A real factor beside pairs."""
    x = as_tensor(x)
    return x.astype("float32").reshape(*x.shape, 1)


def _div(a: Any, b: Any) -> Any:
    if not is_complex(b):
        return of_pairs(pairs(a) / _lifted(b))
    size = _scale(b)
    b = of_pairs(pairs(b) / size)
    below = pairs(b).square().sum(-1, True)
    return of_pairs(pairs(_mul(a, conj(b))) / (below * size))


def _scale(x: Any) -> Any:
    """The larger part's size, 1 for 0: so that squares neither overflow nor vanish. A
    constant to gradients, as it goes out again.
    """
    size = stop_gradient(pairs(x).abs().max(-1, True))
    return (size == 0).where(1.0, size)


def _abs(x: Any) -> Any:
    size = _scale(x)
    squares = (pairs(x) / size).square().sum(-1)
    zero = squares == 0  # where the root's slope is infinite, and that of abs 0
    return zero.where(0.0, zero.where(1.0, squares).sqrt() * size.reshape(squares.shape))


def _where(condition: Any, a: Any, b: Any) -> Any:
    condition = as_tensor(condition)
    return of_pairs(condition.reshape(*condition.shape, 1).where(pairs(a), pairs(b)))


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: of_pairs(pairs(a) + pairs(b)),
    "sub": lambda a, b: of_pairs(pairs(a) - pairs(b)),
    "mul": _mul,
    "div": _div,
    "neg": lambda x: of_pairs(-pairs(x)),
    "square": lambda x: _mul(x, x),
    "reciprocal": lambda x: _div(1.0, x),
    "abs": _abs,
    "identity": lambda x: as_tensor(x).reshape(as_tensor(x).shape),
    "equal": lambda a, b: (pairs(a) == pairs(b)).all(-1),
    "not_equal": lambda a, b: (pairs(a) != pairs(b)).any(-1),
    "where": _where,
    "cast_float32": real,
    "cast_complex64": lambda x: of_pairs(pairs(x)),
}
"""What rows of the elementwise table mean for complex numbers."""


def reduced(kind: str, x: Tensor, axes: Sequence[int], keepdims: bool) -> Any:
    """`sum` or `mean` over axes counted from the front."""
    return of_pairs(getattr(pairs(x), kind)(list(axes), keepdims))


def product(a: Any, b: Any, transpose_a: bool, transpose_b: bool) -> Any:
    """A matrix product, of the parts."""

    def times(x: Any, y: Any) -> Any:
        return x.matmul(y, transpose_a, transpose_b)

    (ar, ai), (br, bi) = ((real(x), imag(x)) for x in (a, b))
    return complex(times(ar, br) - times(ai, bi), times(ar, bi) + times(ai, br))
