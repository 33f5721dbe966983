"""Bytes that have suffered: the same random numbers give the same ones again."""

from __future__ import annotations

import random

INTERESTING = (0, 1, 2, 4, 8, 16, 32, 63, 64, 65, 127, 128, 254, 255)


def changed(data: bytes, rng: random.Random) -> bytes:
    """A broken version: bits and bytes changed, parts cut out, doubled, swapped,
    filled, or the end missing.
    """
    broken = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        _change(broken, rng)
    return bytes(broken)


def _change(data: bytearray, rng: random.Random) -> None:
    if not data:
        data += b"\0"
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.choice((1, 2, 4, 8, 32, 200)))
    kind = rng.randrange(8)
    if kind == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at] = rng.choice(INTERESTING)
    elif kind == 2:
        del data[at:end]
    elif kind == 3:
        data[at:at] = data[at:end]
    elif kind == 4:
        data[at:end] = bytes([rng.choice((0, 255, 48, 57))]) * (end - at)
    elif kind == 5:
        data[at:end] = rng.randbytes(end - at)
    elif kind == 6:
        del data[at:]
    else:
        other = rng.randrange(len(data))
        data[at:end] = data[other : other + end - at]
