"""Texts to numbers, as TensorFlow's hash buckets have them: FarmHash's Fingerprint64,
and SipHash-2-4 with a key.
"""

from __future__ import annotations

from collections.abc import Sequence

_ALL = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CROSS = 0xC6A4A7935BD1E995


def fingerprint(data: bytes) -> int:
    """FarmHash's 64 bits of some bytes: the same on every machine, for ever."""
    if len(data) <= 16:
        return _up_to_16(data)
    if len(data) <= 64:
        return _up_to_32(data) if len(data) <= 32 else _up_to_64(data)
    return _longer(data)


def _at(data: bytes, place: int, size: int = 8) -> int:
    return int.from_bytes(data[place : place + size], "little")


def _turned(x: int, bits: int) -> int:
    """Rotated right."""
    x &= _ALL
    return (x >> bits | x << (64 - bits)) & _ALL


def _folded(x: int) -> int:
    x &= _ALL
    return x ^ x >> 47


def _joined(u: int, v: int, factor: int) -> int:
    a = _folded((u ^ v) * factor)
    return _folded((v ^ a) * factor) * factor & _ALL


def _up_to_16(data: bytes) -> int:
    n = len(data)
    factor = _K2 + 2 * n
    if n >= 8:
        a, b = _at(data, 0) + _K2, _at(data, n - 8)
        return _joined(
            (_turned(b, 37) * factor + a) & _ALL, (_turned(a, 25) + b) * factor & _ALL, factor
        )
    if n >= 4:
        return _joined(n + (_at(data, 0, 4) << 3), _at(data, n - 4, 4), factor)
    if n:
        y, z = data[0] + (data[n >> 1] << 8), n + (data[-1] << 2)
        return _folded(y * _K2 & _ALL ^ z * _K0 & _ALL) * _K2 & _ALL
    return _K2


def _up_to_32(data: bytes) -> int:
    n = len(data)
    factor = _K2 + 2 * n
    a, b = _at(data, 0) * _K1, _at(data, 8)
    c, d = _at(data, n - 8) * factor, _at(data, n - 16) * _K2
    return _joined(
        (_turned(a + b, 43) + _turned(c, 30) + d) & _ALL,
        (a + _turned(b + _K2, 18) + c) & _ALL,
        factor,
    )


def _up_to_64(data: bytes) -> int:
    n = len(data)
    factor = _K2 + 2 * n
    a, b = _at(data, 0) * _K2, _at(data, 8)
    c, d = _at(data, n - 8) * factor, _at(data, n - 16) * _K2
    y = (_turned(a + b, 43) + _turned(c, 30) + d) & _ALL
    z = _joined(y, (a + _turned(b + _K2, 18) + c) & _ALL, factor)
    e, f = _at(data, 16) * factor, _at(data, 24)
    g, h = (y + _at(data, n - 32)) * factor, (z + _at(data, n - 24)) * factor
    return _joined(
        (_turned(e + f, 43) + _turned(g, 30) + h) & _ALL,
        (e + _turned(f + a, 18) + g) & _ALL,
        factor,
    )


def _weak(data: bytes, place: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = (_at(data, place + 8 * i) for i in range(4))
    a += w
    b = _turned(b + a + z, 21)
    c = a
    a += x + y
    b += _turned(a, 44)
    return (a + z) & _ALL, (b + c) & _ALL


def _longer(data: bytes) -> int:
    n = len(data)
    x, y = 81, (81 * _K1 + 113) & _ALL
    z = _folded(y * _K2 + 113) * _K2 & _ALL
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _at(data, 0)) & _ALL

    def mixed(at: int, factor: int, nine: int) -> None:
        nonlocal x, y, z, v, w
        x = _turned(x + y + v[0] + _at(data, at + 8), 37) * factor & _ALL
        y = _turned(y + v[1] + _at(data, at + 48), 42) * factor & _ALL
        x ^= w[1] * nine & _ALL
        y = (y + v[0] * nine + _at(data, at + 40)) & _ALL
        z = _turned(z + w[0], 33) * factor & _ALL
        v = _weak(data, at, v[1] * factor & _ALL, x + w[0])
        w = _weak(data, at + 32, z + w[1], y + _at(data, at + 16))
        x, z = z, x

    for at in range(0, (n - 1) // 64 * 64, 64):
        mixed(at, _K1, 1)
    factor = _K1 + ((z & 0xFF) << 1)
    w = (w[0] + ((n - 1) & 63)) & _ALL, w[1]
    v = (v[0] + w[0]) & _ALL, v[1]
    w = (w[0] + v[0]) & _ALL, w[1]
    mixed(n - 64, factor, 9)
    first = _joined(v[0], w[0], factor) + _folded(y) * _K0 + z
    return _joined(first & _ALL, (_joined(v[1], w[1], factor) + x) & _ALL, factor)


def crossed(first: int, second: int) -> int:
    """TensorFlow's fingerprint of two, in this order."""
    result = first ^ _CROSS
    result ^= _folded(second * _CROSS) * _CROSS & _ALL
    result = result * _CROSS & _ALL
    return _folded(_folded(result) * _CROSS)


def siphash(data: bytes, key: Sequence[int]) -> int:
    """SipHash-2-4 of some bytes (Aumasson and Bernstein 2012)."""
    k0, k1 = (k & _ALL for k in key)
    v = [
        k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573,
    ]  # fmt: skip

    def rounds(count: int) -> None:
        for _ in range(count):
            v[0] = (v[0] + v[1]) & _ALL
            v[1] = _turned(v[1], 51) ^ v[0]
            v[0] = _turned(v[0], 32)
            v[2] = (v[2] + v[3]) & _ALL
            v[3] = _turned(v[3], 48) ^ v[2]
            v[0] = (v[0] + v[3]) & _ALL
            v[3] = _turned(v[3], 43) ^ v[0]
            v[2] = (v[2] + v[1]) & _ALL
            v[1] = _turned(v[1], 47) ^ v[2]
            v[2] = _turned(v[2], 32)

    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 0xFF])
    for at in range(0, len(padded), 8):
        word = _at(padded, at)
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]
