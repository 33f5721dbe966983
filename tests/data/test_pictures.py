"""data/pictures: folders, odd files and odd pixel formats."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pywebml.data.folders import find_pictures, natural_key
from pywebml.data.pictures import MAX_PIXELS, load_picture
from pywebml.data.split import split

RED = (200, 30, 40)


def plain(colour=RED, size=(40, 30)):
    return Image.new("RGB", size, colour)


def folder_of(root, **classes):
    for name, count in classes.items():
        (root / name).mkdir(parents=True)
        for i in range(count):
            plain((i * 20, 0, 0)).save(root / name / f"{i}.png")
    return root


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def test_classes_and_pictures_come_in_natural_order(tmp_path):
    folder_of(tmp_path, **{"hand 10": 12, "hand 2": 1, "Arm": 1})
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "notes.txt").write_text("not a class")
    (tmp_path / "Arm" / "notes.txt").write_text("not a picture")
    (tmp_path / "Arm" / "._0.png").write_bytes(b"left by another system")
    found = find_pictures(tmp_path)
    assert found.classes == ("Arm", "hand 2", "hand 10")
    assert found.counts() == [1, 1, 12]
    assert [p.path.name for p in found.pictures if p.label == 2] == [f"{i}.png" for i in range(12)]
    assert found.skipped == ()


def test_unreadable_pictures_are_named_and_skipped(tmp_path):
    folder_of(tmp_path, a=2, b=2)
    (tmp_path / "a" / "broken.jpg").write_bytes(b"no picture at all")
    (tmp_path / "b" / "empty.webp").touch()
    found = find_pictures(tmp_path)
    assert found.counts() == [2, 2]
    assert sorted(s.path.name for s in found.skipped) == ["broken.jpg", "empty.webp"]
    assert all(str(s.path) in s.reason for s in found.skipped)


def test_folders_that_teach_nothing_are_clear_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        find_pictures(tmp_path / "nowhere")
    plain().save(tmp_path / "file.png")
    with pytest.raises(NotADirectoryError, match="is a file"):
        find_pictures(tmp_path / "file.png")
    with pytest.raises(ValueError, match=r"at least two class folders .* found none"):
        find_pictures(tmp_path)
    folder_of(tmp_path, up=1)
    with pytest.raises(ValueError, match="found only 'up'"):
        find_pictures(tmp_path)
    (tmp_path / "down").mkdir()
    with pytest.raises(ValueError, match="class 'down' needs pictures"):
        find_pictures(tmp_path)
    (tmp_path / "down" / "1.png").write_text("hello")
    with pytest.raises(ValueError, match=r"none of its 1 can be read; the first: .*1\.png"):
        find_pictures(tmp_path)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        ("GIF", {}),
    ],
)
def test_every_format_gives_opaque_rgba(tmp_path, kind, options):
    path = tmp_path / f"x.{kind.lower()}"
    plain().save(path, kind, **options)
    pixels = load_picture(path, 16)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (30, 20, 4)  # 40 wide, 16 wanted: halved; 30 high: as it is
    assert np.abs(pixels[..., :3].astype(int) - RED).max() <= 3
    assert (pixels[..., 3] == 255).all()


def test_the_first_frame_of_a_gif_counts():
    frames = [plain((250, 0, 0)), plain((0, 0, 250))]
    pixels = load_picture(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), 30)
    assert tuple(pixels[0, 0]) == (250, 0, 0, 255)


def test_exif_orientation_is_applied():
    image = Image.new("RGB", (20, 10), "white")
    image.paste((0, 0, 0), (0, 0, 10, 10))  # black on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it": the left side is on top
    pixels = load_picture(saved(image, "JPEG", exif=exif, quality=95), 20)
    assert pixels.shape[:2] == (20, 10)
    assert pixels[:8, :, :3].max() < 20
    assert pixels[12:, :, :3].min() > 235


def transparent_palette():
    image = Image.new("P", (4, 4), 1)
    image.putpalette([9, 9, 9, *RED])
    image.putpixel((0, 0), 0)
    return saved(image, "PNG", transparency=0)


WHITE = (255, 255, 255)


@pytest.mark.parametrize(
    ("file", "corner", "rest"),
    [
        (saved(Image.new("RGBA", (4, 4), (*RED, 0)), "PNG"), WHITE, WHITE),
        (saved(Image.new("RGBA", (4, 4), (0, 0, 0, 51)), "PNG"), (204,) * 3, (204,) * 3),
        (saved(Image.new("LA", (4, 4), (7, 0)), "PNG"), WHITE, WHITE),
        (transparent_palette(), WHITE, RED),
        (saved(Image.new("L", (4, 4), 77), "PNG"), (77,) * 3, (77,) * 3),
        (saved(Image.new("1", (4, 4), 1), "PNG"), WHITE, WHITE),
        (
            saved(Image.fromarray(np.full((4, 4), 257 * 100, np.uint16)), "PNG"),
            (100,) * 3,
            (100,) * 3,
        ),
        (saved(Image.new("CMYK", (4, 4), (0, 0, 0, 0)), "JPEG"), WHITE, WHITE),
    ],
    ids=["clear", "smoke", "grey with alpha", "palette", "grey", "bits", "16 bits", "CMYK"],
)
def test_odd_pixel_formats(file, corner, rest):
    pixels = load_picture(file, 4)
    assert tuple(pixels[0, 0, :3]) == corner
    assert tuple(pixels[3, 3, :3]) == rest


def test_large_pictures_are_reduced_by_averaging():
    board = np.zeros((120, 150, 3), np.uint8)
    # a bilinear resize alone would turn this into black or white patches
    board[::2, ::2] = board[1::2, 1::2] = 255
    pixels = load_picture(saved(Image.fromarray(board), "PNG"), 20)
    assert pixels.shape == (20, 22, 4)
    assert np.abs(pixels[..., :3].astype(int) - 127).max() <= 10
    assert load_picture(saved(plain(size=(39, 39)), "PNG"), 20).shape == (39, 39, 4)


def test_crop_keeps_the_middle_in_the_right_proportions():
    image = plain((0, 0, 0), size=(90, 30))
    image.paste(RED, (30, 0, 60, 30))
    pixels = load_picture(saved(image, "PNG"), 30, fit="crop")
    assert pixels.shape == (30, 30, 4)
    assert (pixels[..., :3] == RED).all()
    assert load_picture(saved(image, "PNG"), (10, 30), fit="crop").shape == (10, 30, 4)
    with pytest.raises(ValueError, match="'crop' or 'squash', got 'stretch'"):
        load_picture(saved(image, "PNG"), 30, fit="stretch")


def png_that_claims(width, height):
    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [9_000, 12_000, 100_000])
def test_decompression_bombs_are_refused(tmp_path, side):
    assert side * side > MAX_PIXELS
    path = tmp_path / "bomb.png"
    path.write_bytes(png_that_claims(side, side))
    with pytest.raises(ValueError, match=r"bomb\.png"):
        load_picture(path, 224)


def test_cut_and_missing_files_are_named(tmp_path):
    whole = saved(Image.effect_noise((64, 64), 90).convert("RGB"), "JPEG").getvalue()
    for i, keep in enumerate((0, 2, 30, len(whole) // 2)):
        path = tmp_path / f"cut{i}.jpg"
        path.write_bytes(whole[:keep])
        with pytest.raises(ValueError, match=f"cut{i}.jpg"):
            load_picture(path, 32)
    with pytest.raises(ValueError, match=r"gone\.png is not there"):
        load_picture(tmp_path / "gone.png", 32)
    with pytest.raises(ValueError, match="is not a file"):
        load_picture(tmp_path, 32)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.floats(0, 0.99), st.integers(0, 9))
def test_split_divides_every_class_alike(labels, fraction, seed):
    train, held = split(labels, fraction, seed)
    assert sorted(train + held) == list(range(len(labels)))
    for label in set(labels):
        n = labels.count(label)
        mine = sum(labels[i] == label for i in held)
        assert mine < n
        assert abs(mine - n * fraction) <= 1
    assert split(labels, fraction, seed) == (train, held)


def test_split_depends_on_the_seed_and_refuses_nonsense():
    labels = [0] * 30 + [1] * 30
    assert split(labels, 0.2, 0) != split(labels, 0.2, 1)
    assert len(split(labels, 0.2)[1]) == 12
    assert split(labels, 0)[1] == []
    for wrong in (-0.1, 1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="fraction"):
            split(labels, wrong)


@given(st.lists(st.text(max_size=8), max_size=8))
def test_natural_order_is_an_order_for_any_names(names):
    ordered = sorted(names, key=natural_key)
    names.reverse()
    assert sorted(names, key=natural_key) == ordered
    assert sorted(["10", "9", "a2", "a10", "a1"], key=natural_key) == ["9", "10", "a1", "a2", "a10"]
