"""Picture files to uint8 pixels.

Files are data from anywhere. They are opened as one of the formats that are named here
and as nothing else, what they claim is bounded before it is decoded, and whatever a
decoder raises ends in a FormatError that names the file.
"""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..host.files import FormatError
from ..ops.image.pixels import FITS, Box, box_of
from .bare import without_words
from .decoding import SILENCE, one_by_one, opening
from .jpeg import TURNED, is_plain_jpeg, jpeg_pixels

if TYPE_CHECKING:
    import numpy as np

else:
    from ..host.lazy import np

FORMATS = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".jif"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif",),
    "HEIF": (".heic", ".heif", ".hif"),
    "JPEG2000": (".jp2", ".j2k", ".jpx"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "TGA": (".tga",),
    "ICO": (".ico",),
    "QOI": (".qoi",),
}
"""{Pillow's name of a format: its suffixes}. A file is opened as one of these or not at
all: some of the others run programs (PostScript) or take whatever they are given.
"""
SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
MAX_PIXELS = 64_000_000
"""Pictures of more pixels are refused before they are decoded: a file of a few bytes
can claim gigabytes. JPEGs are decoded at a fraction of their size, so that this bounds
what is left of them.
"""
MAX_OF = {"AVIF": 50_000_000, "HEIF": 50_000_000, "WEBP": 32_000_000, "JPEG2000": 25_000_000}
"""Fewer pixels of formats whose decoders hold 10 to 20 bytes of each, not 4."""
MAX_CLAIMED = 256_000_000
"""The most that a JPEG may claim: phones make 200 million."""
WHOLE = 8192
"""Pixels a side up to which a JPEG that is asked for as it is is not reduced."""
MAX_NUMBERS = 8_000_000
"""Numbers of a PNM that has them as text: Pillow reads some 3 million per second."""
MAX_COMMENTS = 1000
"""Comments of such a PNM: a file of nothing else takes Pillow minutes."""
MAX_SIDE = 1_000_000
"""Rows, or pixels in a row: each row takes memory of its own."""
MAX_TILE = 256_000_000
"""Bytes of a TIFF's tile or strip, which is decoded whole."""
BAND = 4_000_000
"""Pixels that are brought to 8 bits of red, green and blue at a time."""
MAX_LIGHT = 16.0
"""Floats up to here have 1 for white: some lights are brighter than that."""
_BITS, _PHOTOMETRIC, _ROWS_PER_STRIP, _TILE_WIDTH, _TILE_HEIGHT = 258, 262, 278, 322, 323
_SAMPLE_FORMAT = 339  # tags of TIFF, as the others
_ICON = b"\0\0\1\0"


def readable(path: str | Path) -> str:
    """Why a picture cannot be read, by its header; "" if it can."""
    if is_plain_jpeg(path):
        return ""
    try:
        open_picture(path).close()
    except ValueError as e:
        return str(e)
    return ""


def load_picture(source: Any, size: tuple[int, int] | int, fit: str = "squash") -> np.ndarray:
    """The pixels of a picture, ready for `ops.pixels_to_tensor`: uint8 RGBA [h, w, 4],
    alpha 255 throughout.

    source  a path or a binary file. The first frame counts. EXIF orientation is
            applied, transparency is laid on white.
    size    (height, width) of the network's input, or one number for a square. The
            device resizes to it with bilinear interpolation, which looks at two
            neighbours per direction and so misses pixels when it shrinks by more than
            two. Such a picture is reduced here first, by averaging whole blocks of
            pixels, or as a JPEG's decoder does; the result is still at least as large
            as `size`.
    fit     "squash" keeps the whole picture and gives up its proportions; "crop" keeps
            the middle part that has the proportions of `size`.

    Raises FormatError that names the file for what is no readable picture of
    at most MAX_PIXELS.
    """
    size = (size, size) if isinstance(size, int) else size
    if fit not in FITS:
        raise ValueError(f"fit must be {' or '.join(map(repr, FITS))}, got {fit!r}")
    if (pixels := jpeg_pixels(source, size, fit)) is not None:
        return pixels
    with open_picture(source, max(size)) as image, one_by_one(image):
        try:
            return _pixels(image, size, fit)
        except Exception as e:  # whatever a decoder makes of bytes from anywhere
            raise FormatError(f"{name_of(source)} cannot be decoded: {_words(e)}") from None


def name_of(source: Any) -> str:
    """What a picture is called in sentences."""
    return (
        str(source) if isinstance(source, (str, Path)) else getattr(source, "name", "the picture")
    )


def open_picture(source: Any, wanted: int = 224) -> Any:
    """The PIL image with its header read, or a FormatError that says what is wrong. A
    JPEG is set to be decoded at the fraction of its size that suits `wanted` pixels.
    """
    if isinstance(source, (str, Path)):
        path = Path(source)
        if not path.is_file():
            raise FormatError(f"{source} is not {'a file' if path.exists() else 'there'}")
        if not path.stat().st_size:
            raise FormatError(f"{source} is empty")
    try:
        image = _opened(source)
    except ValueError as e:
        raise FormatError(f"{name_of(source)} {e}") from None
    try:
        reason = _too_large(image, wanted)
    except Exception as e:  # tags may hold anything
        reason = f"cannot be read: {_words(e)}"
    if reason:
        image.close()
        raise FormatError(f"{name_of(source)} {reason}")
    return image


def whole_picture(source: Any) -> Any:
    """The PIL image, decoded and upright, every pixel of it; only a JPEG of more than
    WHOLE pixels a side is reduced. FormatError that names the file otherwise.
    """
    with open_picture(source, WHOLE // 2) as image, one_by_one(image):
        try:
            with SILENCE:
                image.load()
                return _upright(image, _orientation(image))
        except Exception as e:  # whatever a decoder makes of bytes from anywhere
            raise FormatError(f"{name_of(source)} cannot be decoded: {_words(e)}") from None


def _too_large(image: Any, wanted: int) -> str:
    """Why a picture is not decoded, to be read after its name; "" if it is."""
    claimed = image.width * image.height
    limit = MAX_OF.get(image.format, MAX_PIXELS)
    sides = max(image.size)
    if image.format in ("JPEG", "MPO"):
        # a progressive one is held whole while it is decoded, at 2 bytes per number
        limit = MAX_CLAIMED // (2 if image.info.get("progressive") else 1)
        with contextlib.suppress(Exception):
            image.draft("RGB", (2 * wanted, 2 * wanted))
    if claimed > limit or image.width * image.height > MAX_PIXELS:
        return f"claims {claimed:,} pixels, more than the {limit:,} that are read"
    if sides > MAX_SIDE:
        return f"claims a side of {sides:,} pixels, more than the {MAX_SIDE:,} that are read"
    if image.format == "PPM" and image.tile[0][0] == "ppm_plain":
        return _too_long(image, claimed * len(image.getbands()))
    if image.format == "TIFF" and (tile := _tile_bytes(image)) > MAX_TILE:
        return f"claims tiles of {tile:,} bytes, more than the {MAX_TILE:,} that are read"
    return ""


def _too_long(image: Any, numbers: int) -> str:
    """Why a PNM whose numbers stand there as text is not decoded; "" if it is."""
    text = image.fp.read(8 * MAX_NUMBERS + 1)
    for count, limit, what in (
        (numbers, MAX_NUMBERS, "numbers as text"),
        (len(text), 8 * MAX_NUMBERS, "bytes of text"),
        (text.count(b"#"), MAX_COMMENTS, "comments"),
    ):
        if count > limit:
            return f"has {count:,} {what}, of which {limit:,} are read; save it as PNG"
    return ""


def _tile_bytes(image: Any) -> int:
    """What one tile or strip of a TIFF unpacks to."""
    tags = image.tag_v2
    rows = min(int(tags.get(_ROWS_PER_STRIP, image.height)), image.height)
    width, height = tags.get(_TILE_WIDTH, image.width), tags.get(_TILE_HEIGHT, rows)
    return int(width) * int(height) * sum(tags.get(_BITS, (8,))) // 8


def _opened(source: Any) -> Any:
    """By Pillow; by what is left of the file without its words where they are broken.
    ValueError, to be read after the file's name.
    """
    from PIL import Image, UnidentifiedImageError  # heavy, and a tab decodes without it

    formats = _formats()
    try:
        # an icon's picture is decoded when it is opened
        with opening(Image, MAX_PIXELS if _start_of(source).startswith(_ICON) else None):
            return Image.open(source, formats=formats)
    except UnidentifiedImageError:
        reason = "is not a picture that can be read"
        if _begins_like_heif(source) and "HEIF" not in formats:
            reason = "is a HEIF picture; install what reads them: pip install pillow-heif"
    except Exception as e:  # whatever a decoder makes of bytes from anywhere
        reason = f"cannot be read: {_words(e)}"
    bare = without_words(source)
    if bare is not None:
        with contextlib.suppress(Exception), opening(Image, None):
            return Image.open(io.BytesIO(bare), formats=formats)
    raise ValueError(reason)


def _formats() -> tuple[str, ...]:
    """Those of FORMATS that this Pillow reads, or one of its plugins."""
    from PIL import Image

    with contextlib.suppress(ImportError):
        from pillow_heif import register_heif_opener  # type: ignore[import-not-found]

        register_heif_opener()
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _start_of(source: Any) -> bytes:
    """The first bytes of a path or a binary file."""
    if isinstance(source, (str, Path)):
        with open(source, "rb") as file:
            return file.read(12)
    start: bytes = source.read(12)
    source.seek(0)
    return start


def _begins_like_heif(source: Any) -> bool:
    head = _start_of(source)
    return head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc")


def _words(error: Exception) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _pixels(image: Any, size: tuple[int, int], fit: str) -> np.ndarray:
    """Decoded, upright, fitted and reduced: band by band, so that a large picture is
    not there twice.
    """
    from PIL import Image

    with SILENCE:
        image.load()
        turn = _orientation(image)  # after `load`, which turns a TIFF itself
    image = _greys_in_order(image)
    height, width = size[::-1] if turn in TURNED else size
    box = box_of(image.height, image.width, (height, width), fit)
    across, down = max(1, box.width // width), max(1, box.height // height)
    scale = _depth(image)
    reduced = Image.new("RGB", (-(-box.width // across), -(-box.height // down)))
    for y, band in _bands(image, box, down):
        reduced.paste(_flat(band, scale).reduce((across, down)), (0, y // down))
    return np.array(_upright(reduced, turn).convert("RGBA"))


def _bands(image: Any, box: Box | None = None, step: int = 1) -> Iterator[tuple[int, Any]]:
    """(first row, these rows) of a part of a picture, some BAND pixels at a time, a
    multiple of `step` rows.
    """
    box = box or Box(0, 0, image.height, image.width)
    rows = max(1, BAND // box.width // step) * step
    for y in range(0, box.height, rows):
        bottom = min(y + rows, box.height)
        yield y, image.crop((box.left, box.top + y, box.left + box.width, box.top + bottom))


def _orientation(image: Any) -> int:
    """EXIF's, 1 where there is none or it cannot be read."""
    try:
        turn = image.getexif().get(0x0112, 1)
    except Exception:  # broken words are no reason to refuse a picture
        return 1
    return turn if turn in range(1, 9) else 1


def _upright(image: Any, turn: int) -> Any:
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE, 6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }  # fmt: skip
    return image.transpose(turns[turn]) if turn in turns else image


def _greys_in_order(image: Any) -> Any:
    """Greys of more than 8 bits as others have them: in this machine's order of bytes,
    with all of 16 bits, and with zero for black.
    """
    from PIL import Image

    tags = getattr(image, "tag_v2", {})
    if image.mode.startswith("I;16"):
        deep = np.asarray(image).astype(np.uint16) << (16 - tags.get(_BITS, (16,))[0])
        if tags.get(_PHOTOMETRIC) == 0:
            deep = ~deep
    elif image.mode == "I" and tags.get(_SAMPLE_FORMAT) == (1,) and image.getextrema()[0] < 0:
        deep = (np.asarray(image).view(np.uint32) >> 1).astype(np.int32)  # 32 bits, no sign
    else:
        return image
    ordered = Image.fromarray(deep)
    ordered.info = image.info
    return ordered


def _depth(image: Any) -> float:
    """What greys of more than 8 bits, or floats, are multiplied by to lie in 0 ... 255:
    their largest value says what they are.
    """
    if image.mode != "F" and not image.mode.startswith("I"):
        return 1.0
    most = image.getextrema()[1]
    if not math.isfinite(most):
        most = max(
            np.asarray(band).max(where=np.isfinite(band), initial=0) for _, band in _bands(image)
        )
    if image.mode == "F" and most <= MAX_LIGHT:
        return 255.0
    if image.mode.startswith("I;16"):
        return 1 / 257
    if most <= 255:
        return 1.0
    return 1 / 257 if most <= 65535 else 255 / most


def _flat(image: Any, scale: float) -> Any:
    """Any PIL mode to RGB, 8 bits per channel, on white where it was transparent. Greys
    of more bits are multiplied by `scale`.
    """
    from PIL import Image

    clear = image.info.get("transparency")
    if image.mode == "F" or image.mode.startswith("I"):
        deep = np.asarray(image)
        with np.errstate(over="ignore"):
            grey = np.nan_to_num(deep.astype(np.float32) * np.float32(scale), nan=0.0)
        bytes_ = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
        if isinstance(clear, int):
            bytes_[deep == clear] = 255
        return Image.fromarray(bytes_).convert("RGB")
    if isinstance(clear, tuple) and max(clear) > 255:  # of 16 bits, as the file has it
        image.info["transparency"] = tuple(value >> 8 for value in clear)
    if clear is not None or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
