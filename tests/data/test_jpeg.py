"""data/jpeg.py beside Pillow: the same pixels, the same errors, whatever the JPEG."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pywebml.data import jpeg, pictures
from pywebml.data.jpeg import TURNED, header_of, jpeg_pixels, upright
from pywebml.data.pictures import load_picture, readable

pytest.importorskip("simplejpeg")

DATA = Path(os.environ.get("PYWEBML_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
MEAN, MOST = 1.5, 48
"""Levels of 255 by which pixels of a photo at a fraction of its size may differ, on
average and at most: the decoder leaves out frequencies where Pillow averages pixels.
At its whole size both are libjpeg-turbo, and no pixel differs.
"""


def photo(width=320, height=240, seed=0):
    """Soft shapes with some grain, as a camera gives them."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (7, 9, 3), np.uint8))
    soft = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.float32)
    grain = rng.normal(0, 4, (height, width, 1))
    return Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8))


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **{"quality": 90, **options})
    return file.getvalue()


def both(data, size, fit):
    """(by libjpeg-turbo, by Pillow)."""
    ours = jpeg_pixels(io.BytesIO(data), size, fit)
    with pictures.open_picture(io.BytesIO(data), max(size)) as image:
        return ours, pictures._pixels(image, size, fit)


def near(ours, theirs, mean=MEAN, most=MOST):
    assert ours.dtype == np.uint8 and ours.shape == theirs.shape and (ours[..., 3] == 255).all()
    apart = np.abs(ours.astype(int) - theirs.astype(int))
    assert apart.mean() <= mean and apart.max() <= most, (apart.mean(), apart.max())


KINDS = {
    "4:4:4": {"subsampling": 0},
    "4:2:2": {"subsampling": 1},
    "4:2:0": {"subsampling": 2},
    "progressive": {"progressive": True},
    "coarse": {"quality": 20},
}


@pytest.mark.parametrize("fit", ["squash", "crop"])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_pixels_are_pillow_s(kind, fit):
    data = saved(photo(101, 77), **KINDS[kind])
    ours, theirs = both(data, (64, 64), fit)  # less than twice as large: not reduced
    near(ours, theirs, 0, 0)


@pytest.mark.parametrize("fit", ["squash", "crop"])
@pytest.mark.parametrize("side", [120, 100, 30, 10])  # by 2; 3 and 2; 8; 24 and more
@pytest.mark.parametrize("kind", KINDS)
def test_reduced_pixels_are_nearly_pillow_s(kind, side, fit):
    data = saved(photo(320, 240, seed=side), **KINDS[kind])
    # colours of "4:2:2" lie half as close across only, and stay so at an eighth
    near(*both(data, (side, side), fit), 6 if kind == "4:2:2" else MEAN)


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientations_are_pillow_s(turn):
    words = Image.Exif()
    words[0x0112] = turn
    data = saved(photo(90, 60), exif=words.tobytes())
    assert header_of(data) == (60, 90, turn)
    for fit in ("squash", "crop"):
        near(*both(data, (40, 50), fit), 0, 0)
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    assert upright(pixels, turn).shape == ((3, 2, 4) if turn in TURNED else (2, 3, 4))


def test_greys_and_tiny_ones_are_pillow_s():
    for image in (photo(50, 40).convert("L"), photo(1, 1), photo(3, 200), photo(200, 1)):
        for fit in ("squash", "crop"):
            data = saved(image)
            assert header_of(data) is not None
            near(*both(data, (32, 32), fit), MEAN, MOST)


def test_what_is_not_plain_is_left_to_pillow(tmp_path):
    cmyk = saved(photo().convert("CMYK"))
    png = io.BytesIO()
    photo().save(png, "PNG")
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"/>'
    for data in (cmyk, png.getvalue(), saved(photo(), xmp=xmp), b"", b"\xff\xd8\xff", b"\xff\xd8"):
        assert header_of(data) is None and jpeg_pixels(io.BytesIO(data), (64, 64), "crop") is None
    assert load_picture(io.BytesIO(cmyk), 64).shape[2] == 4
    assert load_picture(io.BytesIO(saved(photo(90, 60), xmp=xmp)), 64).shape == (90, 60, 4)
    assert jpeg_pixels(str(tmp_path / "none.jpg"), (8, 8), "crop") is None
    assert jpeg_pixels(tmp_path, (8, 8), "crop") is None


def test_broken_words_are_no_reason_to_refuse_a_picture():
    data = saved(photo(90, 60), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")
    assert load_picture(io.BytesIO(data), 64).shape == (60, 90, 4)


def test_a_header_that_claims_too_much_is_refused_as_before(tmp_path):
    data = bytearray(saved(photo(64, 64)))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = b"\xff\xf0\xff\xf0"
    path = tmp_path / "large.jpg"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"large\.jpg claims .* pixels"):
        load_picture(path, 64)
    assert "claims" in readable(path)


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_damaged_files_end_as_they_do_in_pillow(tmp_path, options, monkeypatch):
    whole = saved(photo(160, 120), **options)
    chance, path = random.Random(1), tmp_path / "damaged.jpg"
    for number in range(60):
        data = bytearray(whole)
        if number % 2:
            del data[chance.randrange(2, len(data)) :]
        else:
            for _ in range(3):
                data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        ours = outcome(path)
        with monkeypatch.context() as without:
            without.setattr(pictures, "jpeg_pixels", lambda *_: None)
            theirs = outcome(path)
        if isinstance(ours, str) or isinstance(theirs, str):
            assert ours == theirs
        else:
            assert ours.shape == theirs.shape


def outcome(path):
    try:
        return load_picture(path, 80)
    except ValueError as e:
        return str(e)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no real photos in {DATA}")
def test_photos_are_nearly_pillow_s():
    paths = sorted((DATA / "rock_paper_scissors").glob("*/*.png"))
    assert len(paths) >= 70
    for path in paths[::3]:
        data = saved(Image.open(path).convert("RGB").resize((640, 427)))
        ours, theirs = both(data, (200, 200), "crop")  # by 2 in both ways
        near(ours, theirs)


def test_without_the_decoder_pillow_does_it_all(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    assert jpeg.jpeg_pixels(io.BytesIO(saved(photo())), (64, 64), "crop") is None
    assert load_picture(io.BytesIO(saved(photo())), 64).shape[2] == 4
