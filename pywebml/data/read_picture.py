"""A picture for who awaits: by Pillow on the desktop, by the browser in a tab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..core.tensor import Tensor, tensor
from ..host import IN_TAB
from ..host.files import FormatError
from .pictures import FITS, MAX_PIXELS, load_picture, name_of


async def read_picture(source: Any, size: tuple[int, int] | int, fit: str = "squash") -> Tensor:
    """The pixels of a picture, uint8 RGBA [h, w, 4], alpha 255 throughout: what
    `load_picture` gives, as a tensor, and where there is no Pillow, too. In a tab they
    are of exactly that `size`.

    Args:
        source: a path or a binary file.
        size: (height, width), or one number for a square.
        fit: "squash" keeps the whole picture and gives up its proportions; "crop" keeps
            the middle part that has the proportions of `size`.

    Raises:
        FormatError: what is no readable picture of at most MAX_PIXELS.

    Example:
        >>> file = pw.data.sample_folder() / "up" / "00.jpg"
        >>> pw.run_sync(pw.data.read_picture(file, 80)).shape
        (80, 80, 4)
    """
    if not IN_TAB:
        return tensor(load_picture(source, size, fit), dtype="uint8")
    height, width = (size, size) if isinstance(size, int) else size
    if fit not in FITS:
        raise ValueError(f"fit must be {' or '.join(map(repr, FITS))}, got {fit!r}")
    pixels = await _by_browser(source, height, width, fit == "crop")
    return tensor(pixels, (height, width, 4), "uint8")


async def _by_browser(source: Any, height: int, width: int, crop: bool) -> memoryview:
    import js  # type: ignore[import-not-found]
    from pyodide.ffi import JsException, to_js  # type: ignore[import-not-found]

    data = source.read() if hasattr(source, "read") else Path(source).read_bytes()
    try:
        image = await js.createImageBitmap(js.Blob.new(to_js([data])))
    except JsException as error:
        raise FormatError(f"{name_of(source)} cannot be decoded: {error}") from None
    try:
        wide, tall = image.width, image.height
        if wide * tall > MAX_PIXELS:
            raise FormatError(
                f"{name_of(source)} is {wide} x {tall}; at most {MAX_PIXELS:,} pixels"
            )
        scale = min(wide / width, tall / height)
        taken = (scale * width, scale * height) if crop else (wide, tall)
        corner = ((wide - taken[0]) / 2, (tall - taken[1]) / 2)
        ground = js.OffscreenCanvas.new(width, height).getContext("2d")
        ground.fillStyle, ground.imageSmoothingQuality = "white", "high"
        ground.fillRect(0, 0, width, height)
        ground.drawImage(image, *corner, *taken, 0, 0, width, height)
        pixels: memoryview = ground.getImageData(0, 0, width, height).data.to_memoryview()
        return pixels
    finally:
        image.close()
