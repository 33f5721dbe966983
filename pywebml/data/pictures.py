"""Pictures: from a folder of class folders to uint8 pixels, and through an extractor to
features.

A folder of class folders, `hands/up/1.jpg`, `hands/down/a.png` ..., is what `teach`
learns from. The folders' names are the labels. Files that are not pictures are passed
over, pictures that cannot be read are named and skipped.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..ops.image.pixels import FITS, box_of

if TYPE_CHECKING:
    import numpy as np

else:
    from ..host.lazy import np

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"})
MAX_PIXELS = 64_000_000
"""Pictures of more pixels are refused before they are decoded: a file of a few KB can
claim gigabytes.
"""
BATCH = 16


class PictureFile(NamedTuple):
    path: Path
    label: int  # index into PictureFolder.classes


class Skipped(NamedTuple):
    path: Path
    reason: str


@dataclass(frozen=True)
class PictureFolder:
    """What `find_pictures` found: class names and pictures in natural order, and what
    was left out.
    """

    classes: tuple[str, ...]
    pictures: tuple[PictureFile, ...]
    skipped: tuple[Skipped, ...] = field(default=())

    def counts(self) -> list[int]:
        """Pictures per class."""
        return [sum(p.label == i for p in self.pictures) for i in range(len(self.classes))]


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that puts "2.png" before "10.png"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(p), "") if i % 2 else (1, 0, p) for i, p in enumerate(parts) if p] + [
        (2, 0, name)
    ]


def find_pictures(folder: str | Path) -> PictureFolder:
    """The pictures in `folder`/CLASS/. Only headers are read here.

    Raises FileNotFoundError or NotADirectoryError where there is no such folder,
    ValueError for fewer than two class folders or a class without a readable picture.
    """
    root = Path(folder)
    if not root.exists():
        raise FileNotFoundError(
            f"no folder {root}; expected a folder of class folders, such as {root}/up/1.jpg and"
            f" {root}/down/1.jpg"
        )
    if not root.is_dir():
        raise NotADirectoryError(
            f"{root} is a file; expected a folder of class folders, such as {root.parent}/up/1.jpg"
        )
    folders = sorted(
        (f for f in root.iterdir() if f.is_dir() and not f.name.startswith((".", "__"))),
        key=lambda f: natural_key(f.name),
    )
    if len(folders) < 2:
        there = f"only {folders[0].name!r}" if folders else "none"
        raise ValueError(
            f"{root} needs at least two class folders with pictures, such as {root}/up and"
            f" {root}/down; found {there}"
        )
    pictures: list[PictureFile] = []
    skipped: list[Skipped] = []
    for label, f in enumerate(folders):
        files = [
            p
            for p in f.iterdir()
            if p.suffix.lower() in SUFFIXES and not p.name.startswith(".") and p.is_file()
        ]
        readable = 0
        for path in sorted(files, key=lambda p: natural_key(p.name)):
            try:
                _open(path).close()
            except ValueError as e:
                skipped.append(Skipped(path, str(e)))
            else:
                pictures.append(PictureFile(path, label))
                readable += 1
        if not readable:
            why = (
                f"none of its {len(files)} can be read; the first: {skipped[-len(files)].reason}"
                if files
                else "it holds none"
            )
            raise ValueError(
                f"class {f.name!r} needs pictures ({', '.join(sorted(SUFFIXES))}) in {f}: {why}"
            )
    return PictureFolder(tuple(f.name for f in folders), tuple(pictures), tuple(skipped))


def load_picture(source: Any, size: tuple[int, int] | int, fit: str = "squash") -> np.ndarray:
    """The pixels of a picture, ready for `ops.pixels_to_tensor`: uint8 RGBA [h, w, 4],
    alpha 255 throughout.

    source  a path or a binary file. The first frame counts. EXIF orientation is
            applied, transparency is laid on white.
    size    (height, width) of the network's input, or one number for a square. The
            device resizes to it with bilinear interpolation, which looks at two
            neighbours per direction and so misses pixels when it shrinks by more than
            two. Such a picture is reduced here first, by averaging whole blocks of
            pixels; the result is still at least as large as `size`.
    fit     "squash" keeps the whole picture and gives up its proportions; "crop" keeps
            the middle part that has the proportions of `size`.

    Raises ValueError that names the file for anything that is not a readable picture of
    at most MAX_PIXELS.
    """
    from PIL import Image, ImageOps  # heavy, and a tab decodes pictures without it

    height, width = (size, size) if isinstance(size, int) else size
    if fit not in FITS:
        raise ValueError(f"fit must be {' or '.join(map(repr, FITS))}, got {fit!r}")
    with _open(source) as image:
        try:
            if image.format == "JPEG":  # lets the decoder skip detail that would be averaged away
                image.draft("RGB", (2 * max(height, width), 2 * max(height, width)))
            image.load()
            upright = ImageOps.exif_transpose(image)
            flat = _flatten(upright if upright is not None else image)
        except (
            OSError,
            SyntaxError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            MemoryError,
            Image.DecompressionBombError,
        ) as e:
            raise ValueError(f"{_name(source)} cannot be decoded: {e}") from None
    if fit == "crop":
        box = box_of(flat.height, flat.width, (height, width), fit)
        flat = flat.crop((box.left, box.top, box.left + box.width, box.top + box.height))
    factor = (max(1, flat.width // width), max(1, flat.height // height))
    if factor != (1, 1):
        flat = flat.reduce(factor)
    return np.array(flat.convert("RGBA"))


def _name(source: Any) -> str:
    return (
        str(source) if isinstance(source, (str, Path)) else getattr(source, "name", "the picture")
    )


def _open(source: Any) -> Any:
    """The PIL image with its header read, or a ValueError that says what is wrong."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(source, (str, Path)) and not Path(source).is_file():
        raise ValueError(
            f"{source} is not there" if not Path(source).exists() else f"{source} is not a file"
        )
    try:
        with warnings.catch_warnings():
            # MAX_PIXELS below is stricter
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(source)
    except UnidentifiedImageError:
        raise ValueError(f"{_name(source)} is not a picture that can be read") from None
    except (
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        Image.DecompressionBombError,
    ) as e:
        raise ValueError(f"{_name(source)} cannot be read: {e}") from None
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise ValueError(
            f"{_name(source)} claims {image.width} x {image.height} pixels, more than the"
            f" {MAX_PIXELS} that are read"
        )
    return image


def _flatten(image: Any) -> Any:
    """Any PIL mode to RGB, 8 bits per channel, on white where it was transparent."""
    from PIL import Image

    # greys of 16 bits (or more, of which 16 are used)
    if image.mode.startswith("I") or image.mode == "F":
        grey = np.asarray(image).astype(np.float64)
        deep = image.mode.startswith("I;16") or grey.max(initial=0) > 255
        image = Image.fromarray(
            np.clip(np.rint(grey / 257 if deep else grey), 0, 255).astype(np.uint8)
        )
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
