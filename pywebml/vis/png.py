"""Pixels as a PNG file, without a library for pictures."""

from __future__ import annotations

import struct
import zlib


def png(pixels: bytes, height: int, width: int, channels: int) -> bytes:
    """A PNG of bytes [height, width, channels]: 1 for grey, 3 for red, green and blue,
    4 with opacity.

    Example:
        >>> png(bytes(3), 1, 1, 3)[:8]
        b'\\x89PNG\\r\\n\\x1a\\n'
    """
    row = width * channels
    lines = b"".join(b"\0" + pixels[y * row : (y + 1) * row] for y in range(height))
    kind = {1: 0, 3: 2, 4: 6}[channels]
    head = struct.pack(">2I5B", width, height, 8, kind, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
