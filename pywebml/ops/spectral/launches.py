"""How a discrete Fourier transform of any length becomes launches: powers of two in one
pass or several of kernels/fft/stockham, few numbers by the definition, other lengths by
Bluestein's convolution.
"""

from __future__ import annotations

from ...core.lowering import Lowering, Slot, pack
from ...device.kernels import kernel

LARGEST = 2048
"""Numbers that a workgroup transforms."""
_APART = 512
"""Of several passes: a workgroup then takes so many transforms that what it reads and
writes side by side fills sectors of memory.
"""
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


def of_real(k: Lowering, x: Slot, y: Slot, rows: int, m: int) -> None:
    """y complex [rows, m + 1] = half of the transforms of real x [rows, 2 m], by those
    of its pairs.
    """
    if _is_one_pass(m):
        _pass(k, x, y, rows * m, m, m, 1, 1.0, UNTANGLE=1.0)
        return
    pairs = k.scratch((rows, m), "complex64")
    transform(k, x, pairs, rows, m, False)
    _tangled(k, "untangle", pairs, y, m)


def to_real(k: Lowering, x: Slot, y: Slot, rows: int, m: int) -> None:
    """What `of_real` turns back."""
    if _is_one_pass(m):
        _pass(k, x, y, rows * m, m, m, 1, 1 / m, TANGLE=1.0, INVERSE=1.0)
        return
    pairs = k.scratch((rows, m), "complex64")
    _tangled(k, "tangle", x, pairs, m)
    transform(k, pairs, y, rows, m, True, 1 / m)


def _tangled(k: Lowering, entry: str, x: Slot, y: Slot, m: int) -> None:
    k.launch_flat(kernel("fft/tangle", entry), [x, y], pack("2I", y.size, m), y.size)


def _is_one_pass(n: int) -> bool:
    return 8 <= n <= LARGEST and n & (n - 1) == 0


def radices(n: int) -> list[int]:
    """A power of two as what a pass each transforms: itself, or the fewest that are
    nearly equal and no longer than _APART.
    """
    bits = n.bit_length() - 1
    parts = 1 if n <= LARGEST else -(-bits // (_APART.bit_length() - 1))
    return [1 << (bits // parts + (i < bits % parts)) for i in range(parts)]


def _power_of_two(
    k: Lowering, x: Slot, y: Slot, rows: int, n: int, inverse: bool, scale: float
) -> None:
    passes = radices(n)
    aside = k.scratch((rows, n), "complex64") if len(passes) > 1 else y
    source, before = x, 1
    for left, length in zip(reversed(range(len(passes))), passes, strict=True):
        target = aside if left % 2 else y
        by = 1.0 if left else scale
        _pass(k, source, target, rows * n, n, length, before, by, INVERSE=float(inverse))
        source, before = target, before * length


def _pass(
    k: Lowering,
    x: Slot,
    y: Slot,
    count: int,
    n: int,
    length: int,
    before: int,
    scale: float,
    **constants: float,
) -> None:
    """One pass over `count` numbers, of transforms of n: those of `length` in it."""
    constants |= {"N": length, "FIRST": _first(length), "APART": float(n > length)}
    program = kernel("fft/stockham", "stockham", **constants)
    params = pack("3If", count // length, n // length, before, scale)
    k.launch_flat(program, [x, y], params, 256 * -(-count // LARGEST), 256)


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
