"""data/pictures on what phones, scanners and enemies make."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from pywebml.data.pictures import FORMATS, MAX_OF, load_picture, readable

RED, WHITE = (200, 30, 40), (255, 255, 255)
SIZE = (24, 16)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def corner(data: bytes) -> tuple[int, ...]:
    pixels = load_picture(io.BytesIO(data), 16)
    assert pixels.dtype == np.uint8
    assert (pixels[..., 3] == 255).all()
    return tuple(int(v) for v in pixels[0, 0, :3])


def grey(value: float, dtype: Any) -> Image.Image:
    return Image.fromarray(np.full(SIZE[::-1], value, dtype))


def writable(kind: str) -> bool:
    Image.init()
    return kind in Image.SAVE and kind in Image.OPEN


# every mode with the colour that it must show, in all formats that can hold it
MODES: dict[str, tuple[Image.Image, tuple[int, int, int]]] = {
    "RGB": (Image.new("RGB", SIZE, RED), RED),
    "RGBA half": (Image.new("RGBA", SIZE, (0, 0, 0, 51)), (204,) * 3),
    "RGBA clear": (Image.new("RGBA", SIZE, (0, 0, 0, 0)), WHITE),
    "L": (Image.new("L", SIZE, 77), (77,) * 3),
    "LA clear": (Image.new("LA", SIZE, (7, 0)), WHITE),
    "1": (Image.new("1", SIZE, 1), WHITE),
    "P": (Image.new("RGB", SIZE, RED).quantize(4), RED),
    "CMYK": (Image.new("CMYK", SIZE, (0, 0, 0, 0)), WHITE),
    "I;16": (grey(257 * 100, np.uint16), (100,) * 3),
    "I of 8 bits": (grey(100, np.int32), (100,) * 3),
    "I of 16 bits": (grey(257 * 100, np.int32), (100,) * 3),
    "I of 31 bits": (grey(2**31 - 1, np.int32), WHITE),
    "F of 0 to 1": (grey(0.5, np.float32), (128,) * 3),
    "F of 0 to 255": (grey(100, np.float32), (100,) * 3),
    "F of 0 to 65535": (grey(257 * 100, np.float32), (100,) * 3),
}


def kept(kind: str, mode: str) -> bytes | None:
    """A file of that format, if it keeps what the mode is about and Pillow writes it."""
    image = MODES[mode][0]
    try:
        data = saved(image, kind)
    except (OSError, ValueError, KeyError, SystemError, TypeError):
        return None
    again = Image.open(io.BytesIO(data)).mode
    transparent = "clear" in mode or "half" in mode
    if transparent and again not in ("RGBA", "LA", "PA", "P"):
        return None
    if kind == "GIF" and transparent and mode != "RGBA clear":
        return None  # a pixel is clear or not, and grey with alpha is written as grey
    eight_bits = again in ("L", "RGB", "RGBA", "P", "1")
    return None if image.mode[0] in "IF" and eight_bits else data


WRITABLE = [kind for kind in FORMATS if writable(kind)]
CASES = [(kind, mode) for kind in WRITABLE for mode in MODES if kept(kind, mode)]


@pytest.mark.parametrize(("kind", "mode"), CASES)
def test_each_mode_in_each_format_has_its_colour(kind: str, mode: str) -> None:
    data = kept(kind, mode)
    assert data is not None
    np.testing.assert_allclose(corner(data), MODES[mode][1], atol=4)


def test_each_format_has_cases() -> None:
    assert {kind for kind, _ in CASES} >= {*FORMATS} - {"HEIF"}
    assert len(CASES) > 80


def test_sixteen_bits_of_grey_keep_their_transparency() -> None:
    image = grey(300, np.uint16)
    image.putpixel((0, 0), 5000)
    with_clear = _png_chunk(saved(image, "PNG"), b"tRNS", struct.pack(">H", 5000))
    pixels = load_picture(io.BytesIO(with_clear), 16)
    assert pixels[0, 0, 0] > pixels[8, 8, 0]
    assert tuple(pixels[12, 12, :3]) == (1, 1, 1)


def test_nan_in_a_float_picture_is_black() -> None:
    values = np.full(SIZE[::-1], 0.5, np.float32)
    values[0, 0] = np.nan
    pixels = load_picture(io.BytesIO(saved(Image.fromarray(values), "TIFF")), 16)
    assert tuple(pixels[12, 12, :3]) == (128,) * 3


DEEP = {
    "big-endian": (">", 16, 1, 1, 25700, 100),
    "white is zero": ("<", 16, 0, 1, 65535 - 25700, 100),
    "half bits": ("<", 16, 1, 1, 32768, 128),
    "32 bits without a sign": ("<", 32, 1, 1, 2**32 - 1, 255),
}


@pytest.mark.parametrize("what", DEEP)
def test_greys_of_a_tiff_are_as_its_tags_say(what: str) -> None:
    order, bits, photometric, form, value, expected = DEEP[what]
    data = struct.pack(f"{order}{'H' if bits == 16 else 'I'}", value) * (SIZE[0] * SIZE[1])
    tags = {256: SIZE[:1], 257: SIZE[1:], 258: (bits,), 259: (1,), 262: (photometric,), 277: (1,)}
    assert corner(tiff_of({**tags, 339: (form,)}, data, order)) == (expected,) * 3


def test_twelve_bits_are_not_taken_for_sixteen() -> None:
    tags = {256: SIZE[:1], 257: SIZE[1:], 258: (12,), 259: (1,), 262: (1,), 277: (1,)}
    data = bytes.fromhex("646646") * (SIZE[0] * SIZE[1] // 2)  # two of 0x646, of 0xfff
    assert corner(tiff_of(tags, data)) == (100,) * 3


@pytest.mark.parametrize(("light", "rest"), [(1.001, 0.5), (8.0, 0.5), (np.inf, 0.5), (-1, 0.5)])
def test_a_light_in_a_float_picture_leaves_the_rest(light: float, rest: float) -> None:
    values = np.full(SIZE[::-1], rest, np.float32)
    values[-1, -1] = light
    assert corner(saved(Image.fromarray(values), "TIFF")) == (128,) * 3


@pytest.mark.parametrize("turn", range(10))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_each_orientation_is_applied_once(kind: str, turn: int) -> None:
    """By Pillow itself where it reads a TIFF."""
    image, exif = Image.new("RGB", (20, 10), WHITE), Image.Exif()
    image.paste((0, 0, 0), (0, 0, 10, 5))
    exif[0x0112] = turn
    dark = load_picture(io.BytesIO(saved(image, kind, exif=exif)), 20)[..., 0] < 100
    assert dark.shape == ((20, 10) if turn in (5, 6, 7, 8) else (10, 20))
    top, left = (0, 0, 0, 1, 1, 0, 0, 1, 1, 0)[turn], (0, 0, 1, 1, 0, 0, 1, 1, 0, 0)[turn]
    quarters = dark.reshape(2, dark.shape[0] // 2, 2, -1).mean((1, 3)).round()
    assert quarters.tolist() == [[float((y, x) == (top, left)) for x in (0, 1)] for y in (0, 1)]


def _png_chunk(png: bytes, kind: bytes, content: bytes) -> bytes:
    """The file with one more chunk after its header."""
    checked = kind + content
    chunk = struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))
    return png[:33] + chunk + png[33:]


def jpeg_with_exif(exif: bytes) -> bytes:
    data = saved(Image.new("RGB", (20, 10), RED), "JPEG", quality=95)
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif
    return data[:2] + segment + data[2:]


def test_a_bad_rational_in_exif_is_no_reason_to_refuse_a_photo() -> None:
    """Orientation 6, and an XResolution whose 8 bytes are said to be 4."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHII", 0x011A, 5, 1, 50)
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + entries + bytes(4) + b"abc"
    pixels = load_picture(io.BytesIO(jpeg_with_exif(exif)), 20)
    assert pixels.shape[:2] == (20, 10)  # turned all the same


@pytest.mark.parametrize("seed", range(60))
def test_whatever_stands_in_exif_the_picture_is_read(seed: int) -> None:
    rng = random.Random(seed)
    entries = b""
    for _ in range(rng.randrange(8)):
        tag = rng.choice([0x0112, 0x011A, 0x8769, 0x8825, 0xA005, rng.randrange(1 << 16)])
        counts, places = [0, 1, 2, 1 << 31], [0, 8, 50, 1 << 31]
        values = (tag, rng.randrange(15), rng.choice(counts), rng.choice(places))
        entries += struct.pack("<HHII", *values)
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", rng.randrange(12)) + entries
    exif += rng.randbytes(rng.randrange(40))
    pixels = load_picture(io.BytesIO(jpeg_with_exif(exif)), 10)
    np.testing.assert_allclose(pixels[0, 0, :3], RED, atol=8)


def test_a_png_with_large_texts_is_read() -> None:
    png = saved(Image.new("RGB", SIZE, RED), "PNG")
    words = b"notes\0\0" + zlib.compress(b"x" * (PngImagePlugin.MAX_TEXT_CHUNK * 3))
    assert corner(_png_chunk(png, b"zTXt", words)) == RED
    assert corner(_png_chunk(png, b"iCCP", b"profile\0\0broken")) == RED


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "eps"])
def test_postscript_is_never_run(suffix: str, tmp_path: Path, monkeypatch: Any) -> None:
    """By whatever name: it is handed to Ghostscript by a Pillow that may open it."""
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"
    )
    started: list[Any] = []
    monkeypatch.setattr(subprocess, "check_call", lambda *a, **k: started.append(a))
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(a))
    with pytest.raises(ValueError, match="is not a picture that can be read"):
        load_picture(path, 16)
    assert not started


@pytest.mark.filterwarnings("ignore:IM image format")  # of Pillow, when it writes them
def test_only_formats_that_are_named_are_opened() -> None:
    Image.init()
    for kind in sorted(set(Image.SAVE) & set(Image.OPEN) - set(FORMATS)):
        try:
            data = saved(Image.new("RGB", SIZE, RED), kind)
        except Exception:  # not every plugin writes every mode
            continue
        if kind in ("DIB", "MPO", "CUR", "ICNS", "PCX", "IM", "EPS"):
            with pytest.raises(ValueError, match="not a picture that can be read"):
                load_picture(io.BytesIO(data), 16)


MEASURE = """
import sys
from pathlib import Path
from pywebml.data.pictures import load_picture
def peak():  # of this process alone: getrusage begins with its parent's
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
load_picture(sys.argv[2], 224)
before = peak()
try:
    print(load_picture(sys.argv[1], 224).shape)
except ValueError as e:
    print(e)
print("MiB", (peak() - before) >> 10)
"""


def claimed_png(width: int, height: int, depth: int, colour: int, body: bytes = b"") -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def photo_of(megapixels: int, **options: Any) -> bytes:
    side = int((megapixels * 1e6) ** 0.5)
    return saved(Image.new("RGB", (side, side), RED), "JPEG", quality=40, **options)


def largest(kind: str, **options: Any) -> bytes:
    """As many pixels of a format as are read."""
    side = int(MAX_OF[kind] ** 0.5)
    return saved(Image.new("RGB", (side, side)), kind, **options)


def tiff_of(tags: dict[int, tuple[int, ...]], data: bytes, order: str = "<") -> bytes:
    """A file of these tags (as longs), with one tile or strip at byte 4096."""
    where = {324: (4096,), 325: (len(data),)} if 322 in tags else {273: (4096,), 279: (len(data),)}
    head, longs = b"", b""
    entries = sorted({**tags, **where}.items())
    after = 8 + 2 + 12 * len(entries) + 4
    for tag, values in entries:
        packed = struct.pack(f"{order}{len(values)}I", *values)
        place = packed if len(values) == 1 else struct.pack(f"{order}I", after + len(longs))
        longs += packed if len(values) > 1 else b""
        head += struct.pack(f"{order}HHI", tag, 4, len(values)) + place
    mark = b"II*\0" if order == "<" else b"MM\0*"
    start = mark + struct.pack(f"{order}IH", 8, len(entries)) + head + bytes(4) + longs
    return start.ljust(4096, b"\0") + data


def tiff_of_a_tile(side: int) -> bytes:
    """A picture of 100 pixels squared in one tile."""
    data = zlib.compress(bytes(50_000_000), 9)
    tags = {256: (100,), 257: (100,), 258: (8,) * 3, 259: (8,), 262: (2,), 277: (3,)}
    return tiff_of({**tags, 322: (side,), 323: (side,)}, data)


def icon_of(png: bytes) -> bytes:
    about = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(png), 22)
    return b"\0\0\1\0\1\0" + about + png


LARGE = {
    "webp": lambda: largest("WEBP", lossless=True),
    "jpeg 2000": lambda: largest("JPEG2000"),
    "avif": lambda: largest("AVIF", speed=10),
    "a tile": lambda: tiff_of_a_tile(16384),
    "an icon": lambda: icon_of(
        claimed_png(9400, 9400, 8, 6, zlib.compress(bytes(9400 * (1 + 4 * 9400)), 1))
    ),
    "a line that stands": lambda: saved(Image.new("1", (1, 60_000_000)), "PNG"),
    "nothing but a claim": lambda: claimed_png(8000, 8000, 8, 6),
    "16 bits of grey": lambda: claimed_png(
        7900, 7900, 16, 0, zlib.compress(bytes(7900 * (1 + 2 * 7900)), 9)
    ),
    "a plain picture": lambda: claimed_png(
        7900, 7900, 8, 6, zlib.compress(bytes(7900 * (1 + 4 * 7900)), 9)
    ),
    "108 megapixels": lambda: photo_of(108),
    "108 megapixels, progressive": lambda: photo_of(108, progressive=True),
    "bits": lambda: saved(Image.new("1", (7900, 7900)), "TIFF", compression="group4"),
    "floats": lambda: saved(Image.new("F", (7000, 7000)), "TIFF", compression="tiff_lzw"),
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak")
@pytest.mark.parametrize("what", LARGE)
def test_memory_is_bounded_whatever_a_file_claims(what: str, tmp_path: Path) -> None:
    """At most what the decoder itself holds of 64 million pixels (4 bytes of each), or
    of a progressive JPEG of 128 million, and a band besides.
    """
    path, small = tmp_path / "large.img", tmp_path / "small.png"
    path.write_bytes(LARGE[what]())
    Image.new("RGB", SIZE).save(small)
    said = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), str(small)],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    print(said)
    assert int(said.split("MiB")[1]) < 500
    if "megapixels" in what or what in ("webp", "jpeg 2000", "avif"):
        assert said.startswith("(")


def test_claims_beyond_the_limit_are_refused_before_decoding() -> None:
    with pytest.raises(ValueError, match="claims 100,000,000 pixels, more than the 64,000,000"):
        load_picture(io.BytesIO(claimed_png(10_000, 10_000, 8, 6)), 16)


@pytest.mark.parametrize("kind", WRITABLE)
def test_damaged_files_end_in_a_sentence(kind: str, tmp_path: Path) -> None:
    """Cut off, bytes changed, bytes put in between: a picture or one ValueError."""
    rng = random.Random(kind)
    noise = np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    options = {"exif": Image.Exif()} if kind in ("JPEG", "PNG", "WEBP") else {}
    data = saved(Image.fromarray(noise), kind, **options)
    path = tmp_path / "x.jpg"
    for _ in range(40):
        broken = bytearray(data)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(broken))
            how = rng.randrange(3)
            if how == 0:
                del broken[at:]
                break
            if how == 1:
                broken[at] = rng.randrange(256)
            else:
                broken[at:at] = rng.randbytes(3)
        path.write_bytes(broken)
        reason = ""
        try:
            assert load_picture(path, 16).ndim == 3
        except ValueError as e:
            reason = str(e)
        assert not reason or str(path) in reason
        assert "\n" not in reason
        assert isinstance(readable(path), str)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"P3\n3000 2000\n255\n1 2 3", "has 18,000,000 numbers as text, of which 8,000,000"),
        (b"P1\n4000 4000\n1 0", "has 16,000,000 numbers as text"),
        (b"P2\n1 1\n255\n" + b" " * 64_000_001, "has 64,000,001 bytes of text"),
        (b"P3\n1 1\n255\n" + b"#a\n" * 300_000 + b"1 2 3", "has 300,000 comments"),
    ],
)
def test_pictures_written_as_text_are_bounded(text: bytes, said: str) -> None:
    since = time.process_time()  # other tests may run meanwhile
    with pytest.raises(ValueError, match=said):
        load_picture(io.BytesIO(text), 8)
    assert time.process_time() - since < 2


def test_pictures_written_as_text_are_read() -> None:
    pixels = load_picture(io.BytesIO(b"P3\n# by hand\n2 1\n255\n255 0 0 #\n 0 0 255\n"), (1, 2))
    assert pixels[..., :3].tolist() == [[[255, 0, 0], [0, 0, 255]]]
