"""Plain JPEGs by libjpeg-turbo (simplejpeg), several at a time: it lets go of Python's
lock, and decodes at a half, a quarter or an eighth of the size. What is not plain, is
broken or claims too much is left to Pillow, which has the last word in any case.
"""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..ops.image.pixels import box_of
from .decoding import SILENCE

if TYPE_CHECKING:
    import numpy as np

else:
    from ..host.lazy import np

MAX_FILE = 64 << 20
"""Bytes of a JPEG that is read at once."""
MAX_PIXELS = 64_000_000
"""What it may claim."""
HEAD = 1 << 15
"""Bytes in which a header is looked for."""
TURNED = (5, 6, 7, 8)
"""EXIF orientations that lie on their side."""
_START, _EXIF, _XMP = b"\xff\xd8\xff", b"Exif\0\0", b"http://ns.adobe.com/xap/"
_PLAIN = (0xC0, 0xC1, 0xC2)  # frames in baseline, extended and progressive coding
_OTHER = frozenset((0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xD0)))  # lossless, arithmetic
_SCAN, _APP1, _ORIENTATION = 0xDA, 0xE1, 0x0112


class Header(NamedTuple):
    """Size in pixels as it is stored, and how it is to be turned: EXIF's 1 to 8."""

    height: int
    width: int
    turn: int


def header_of(data: bytes) -> Header | None:
    """What a plain JPEG says of itself before its pixels begin; None for anything else:
    CMYK, 12 bits, lossless or arithmetic coding, words that contradict each other.
    """
    height, width, exif, turned, at = 0, 0, b"", False, 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        kind, length = struct.unpack_from(">BH", data, at + 1)
        body = at + 4
        if kind == _SCAN:
            turn = _turn(exif)
            # without EXIF's word Pillow looks into XMP's
            return (
                None
                if not height * width or (turned and turn == 1)
                else Header(height, width, turn)
            )
        if kind in _PLAIN and length >= 8 and body + 6 <= len(data) and not height:
            bits, height, width, channels = struct.unpack_from(">BHHB", data, body)
            if bits != 8 or channels not in (1, 3):
                return None
        elif kind in _PLAIN or kind in _OTHER or kind < 0xC0 or kind == 0xFF or length < 2:
            return None
        elif kind == _APP1 and data.startswith(_EXIF, body):
            if exif:
                return None
            exif = data[body : at + 2 + length]
        elif kind == _APP1 and data.startswith(_XMP, body):
            turned = turned or b"Orientation" in data[body : at + 2 + length]
        at += 2 + length
    return None


def _turn(exif: bytes) -> int:
    """The orientation that EXIF's words say, 1 where they don't or are broken."""
    if not exif:
        return 1
    from PIL import Image

    words = Image.Exif()
    try:
        with SILENCE:
            words.load(exif)
            turn = words.get(_ORIENTATION, 1)
    except Exception:  # as for other formats: broken words are no reason to refuse a picture
        return 1
    return turn if turn in range(1, 9) else 1


def is_plain_jpeg(path: str | Path) -> bool:
    """Whether a file begins as a JPEG that is certain to be opened."""
    data = _bytes_of(path, HEAD)
    header = header_of(data) if data else None
    return header is not None and header.height * header.width <= MAX_PIXELS


def jpeg_pixels(source: Any, size: tuple[int, int], fit: str) -> np.ndarray | None:
    """What `load_picture` gives, of a path or a binary file; None where Pillow has to
    see to it.
    """
    data = _bytes_of(source, MAX_FILE)
    header = header_of(data) if data else None
    if not data or header is None or header.height * header.width > MAX_PIXELS:
        return None
    try:
        import simplejpeg  # heavy, and a tab has none
    except ImportError:
        return None
    height, width = size[::-1] if header.turn in TURNED else size
    across, down = _factors(header, (height, width), fit)
    by = next(by for by in (8, 4, 2, 1) if across % by == 0 == down % by)
    try:
        pixels = simplejpeg.decode_jpeg(
            data,
            "RGBA",
            min_height=-(-header.height // by),
            min_width=-(-header.width // by),
            min_factor=by,
        )
    except ValueError:  # broken, if only a little
        return None
    box = box_of(pixels.shape[0], pixels.shape[1], (height, width), fit)
    pixels = pixels[box.top : box.top + box.height, box.left : box.left + box.width]
    across, down = across // by, down // by
    if across > 1 or down > 1:
        pixels = _reduced(pixels, across, down)
    return upright(pixels, header.turn)


def _factors(header: Header, size: tuple[int, int], fit: str) -> tuple[int, int]:
    """By how much a picture is reduced (across, down): as Pillow's way does, which has
    it decoded with twice the pixels that are asked for, or more, and takes means of
    what is left. Networks see it if the factors are others.
    """
    twice = 2 * max(size)
    least = min(header.height // twice, header.width // twice)
    by = next(by for by in (8, 4, 2, 1) if by <= max(least, 1))
    box = box_of(-(-header.height // by), -(-header.width // by), size, fit)
    return by * max(1, box.width // size[1]), by * max(1, box.height // size[0])


def _reduced(pixels: np.ndarray, across: int, down: int) -> np.ndarray:
    """The means of blocks of pixels."""
    from PIL import Image

    height, width = pixels.shape[:2]
    # RGBX: of RGBA Pillow would weigh the colours by their alpha first
    image = Image.frombytes("RGBX", (width, height), pixels.tobytes())
    reduced = image.reduce((across, down))
    return np.frombuffer(reduced.tobytes(), np.uint8).reshape(reduced.height, reduced.width, 4)


def upright(pixels: np.ndarray, turn: int) -> np.ndarray:
    """uint8 [h, w, 4], turned as EXIF's orientation 1 to 8 says."""
    if turn == 1:
        return pixels
    whole = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    if turn in TURNED:
        whole = whole.T
    if turn in (2, 3, 6, 7):
        whole = whole[:, ::-1]
    if turn in (3, 4, 7, 8):
        whole = whole[::-1]
    return np.ascontiguousarray(whole)[..., None].view(np.uint8)


def _bytes_of(source: Any, most: int) -> bytes:
    """The first bytes, or all, of a file that begins as a JPEG; b"" of any other, and
    of one that cannot be read. `most` == MAX_FILE: b"" too where it has more.
    """
    try:
        if isinstance(source, (str, Path)):
            status = os.stat(source)
            if not stat.S_ISREG(status.st_mode) or (most == MAX_FILE < status.st_size):
                return b""
            with open(source, "rb", buffering=0) as file:
                # as many as there are: memory for `most` would be mapped, and given
                # back, for each picture, which holds up all threads
                return _read(file, min(most, status.st_size))
        data = _read(source, most + 1)
        source.seek(0)
        return data if len(data) <= most else b""
    except (OSError, ValueError, AttributeError):
        return b""


def _read(file: Any, most: int) -> bytes:
    start: bytes = file.read(len(_START))
    if start != _START:
        return b""
    file.seek(0)  # at once: to join both would copy it all
    data: bytes = file.read(most)
    return data
