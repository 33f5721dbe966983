"""A camera's frames told apart: one plan per size of picture, played for each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..core.capture import capture
from ..core.runtime import Buffer
from ..core.spec import Spec
from ..core.tensor import Tensor
from ..device import get_device
from ..zoo import Extractor


class Picture(NamedTuple):
    """A decoded picture: RGBA bytes of height x width, or what the device's
    `upload_image` takes (an ImageBitmap in the page).
    """

    pixels: Any
    height: int
    width: int

    @classmethod
    def of(cls, image: Any) -> Picture:
        """An ImageBitmap, VideoFrame or ImageData; a Picture is one already."""
        if isinstance(image, Picture):
            return image
        height = int(getattr(image, "displayHeight", 0) or image.height)
        width = int(getattr(image, "displayWidth", 0) or image.width)
        return cls(image, height, width)

    @classmethod
    def black(cls, size: tuple[int, int]) -> Picture:
        """Of `size` (height, width): what kernels are compiled with before a picture."""
        height, width = size
        return cls(memoryview(bytes(4 * height * width)), height, width)

    def on_device(self) -> Tensor:
        """The picture as uint8 [height, width, 4]."""
        device = get_device()
        spec = Spec((self.height, self.width, 4), "uint8")
        buffer = Buffer(device, spec.nbytes)
        device.upload_image(buffer.id, self.pixels)
        return Tensor(buffer, spec)


class Frame:
    """Pictures of one size through extractor and head, in place and without copies: a
    result is read before the next picture comes. Nothing is read back but it.
    """

    def __init__(
        self, extractor: Extractor, head: Any, picture: Picture, mirror: bool, fit: str = "crop"
    ):
        pixels = picture.on_device()
        self._pixels, self._mirror = pixels, mirror

        def forward() -> Tensor:
            features = extractor.model(extractor.pixels(pixels, mirror=mirror, fit=fit))
            answer: Tensor = head(features.reshape(1, -1))
            return answer

        self._run: Callable[[], Tensor] = capture(forward, copy=False)

    def fits(self, picture: Picture, mirror: bool) -> bool:
        """Whether it is for pictures like this one."""
        size = (picture.height, picture.width, 4)
        return self._pixels.shape == size and self._mirror == mirror

    async def probabilities(self, picture: Picture) -> list[float]:
        """One per class of the head."""
        get_device().upload_image(self._pixels.buffer.id, picture.pixels)
        rows: Any = (await self._run().data()).tolist()
        return list(rows[0])
