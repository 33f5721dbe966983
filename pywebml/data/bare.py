"""JPEG and PNG files without the words in them (EXIF, texts, profiles), for those whose
words are broken: the picture may be sound all the same.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

MAX_FILE = 256 << 20
_WORDS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP")
_PNG = b"\x89PNG\r\n\x1a\n"


def without_words(source: Any) -> bytes | None:
    """The bytes of a JPEG or PNG without EXIF, texts and profiles; None for any other
    file, one of more than MAX_FILE, or one that breaks off.

    source  a path or a binary file.
    """
    try:
        if isinstance(source, (str, Path)):
            if Path(source).stat().st_size > MAX_FILE:
                return None
            data = Path(source).read_bytes()
        else:
            source.seek(0)
            data = source.read(MAX_FILE + 1)
        if data.startswith(_PNG):
            return _png(data)
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
    except (OSError, struct.error, IndexError):
        return None
    return None


def _png(data: bytes) -> bytes:
    parts, at = [_PNG], len(_PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        if data[at + 4 : at + 8] not in _WORDS:
            parts.append(data[at:end])
        at = end
    return b"".join(parts)


def _jpeg(data: bytes) -> bytes:
    """Without APP1 to APP13 and comments: APP0 and APP14 say what its colours are."""
    parts, at = [data[:2]], 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:  # up to the start of the scan
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if not (0xE1 <= marker <= 0xED or marker == 0xFE):
            parts.append(data[at : at + 2 + length])
        at += 2 + length
    parts.append(data[at:])
    return b"".join(parts)
