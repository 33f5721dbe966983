"""How a discrete Fourier transform of any length becomes launches: powers of two in one
pass or several of kernels/fft/stockham, few numbers by the definition, other lengths by
Bluestein's convolution.
"""

from __future__ import annotations

from ...core.lowering import Lowering, Slot, pack
from ...device.kernels import kernel

LARGEST = 2048
"""Numbers that a workgroup transforms."""
_SHORT = 48
"""Up to here the definition is as fast as anything."""


def transform(
    k: Lowering, x: Slot, y: Slot, rows: int, n: int, inverse: bool, scale: float = 1.0
) -> None:
    """y [rows, n] = scale times the transforms of x [rows, n]."""
    if n >= 8 and n & (n - 1) == 0:
        _power_of_two(k, x, y, rows, n, inverse, scale)
    elif n <= _SHORT:
        _chirp(k, "direct", [x, x, y], rows * n, n, n, inverse, scale)
    else:
        _bluestein(k, x, y, rows, n, inverse, scale)


def radices(n: int) -> list[int]:
    """A power of two as a product of nearly equal ones that a workgroup transforms, of
    8 at least.
    """
    bits, parts = n.bit_length() - 1, 1
    while bits > parts * (LARGEST.bit_length() - 1):
        parts += 1
    return [1 << (bits // parts + (i < bits % parts)) for i in range(parts)]


def _power_of_two(
    k: Lowering, x: Slot, y: Slot, rows: int, n: int, inverse: bool, scale: float
) -> None:
    passes = radices(n)
    aside = k.scratch((rows, n), "complex64") if len(passes) > 1 else y
    source, before = x, 1
    for left, length in zip(reversed(range(len(passes))), passes, strict=True):
        target = aside if left % 2 else y
        lines = rows * n // length
        program = kernel(
            "fft/stockham",
            "stockham",
            N=float(length),
            FIRST=float(_first(length)),
            APART=float(n > length),
            INVERSE=float(inverse),
        )
        params = pack("3If", lines, n // length, before, 1.0 if left else scale)
        groups = -(-lines * length // LARGEST)
        k.launch_flat(program, [source, target], params, 256 * groups, 256)
        source, before = target, before * length


def _first(n: int) -> int:
    """What is left of a power of two without its eights, or an eight."""
    return (8, 2, 4)[(n.bit_length() - 1) % 3]


def _bluestein(
    k: Lowering, x: Slot, y: Slot, rows: int, n: int, inverse: bool, scale: float
) -> None:
    m = 1 << (2 * n - 2).bit_length()
    one, two = (k.scratch((rows, m), "complex64") for _ in range(2))
    chirp, its = (k.scratch((m,), "complex64") for _ in range(2))
    _chirp(k, "filter_", [x, x, chirp], m, n, m, inverse)
    transform(k, chirp, its, 1, m, False)
    _chirp(k, "spread", [x, x, one], rows * m, n, m, inverse)
    transform(k, one, two, rows, m, False)
    _chirp(k, "multiply", [two, its, one], rows * m, n, m, inverse)
    transform(k, one, two, rows, m, True, 1 / m)
    _chirp(k, "finish", [two, two, y], rows * n, n, m, inverse, scale)


def _chirp(
    k: Lowering,
    entry: str,
    slots: list[Slot],
    count: int,
    n: int,
    m: int,
    inverse: bool,
    scale: float = 1.0,
) -> None:
    program = kernel("fft/chirp", entry, INVERSE=float(inverse))
    k.launch_flat(program, slots, pack("3If", count, n, m, scale), count)
