"""What the page of `classify` talks to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ...core.tensor import Tensor
from ...zoo import Extractor
from ...zoo.classifier import dropped_classifier
from ..app import method
from ..frame import Picture
from .looking import TILES, Looker, heat

Taken = tuple[Callable[..., Extractor], Mapping[str, bytes]]
"""What opens a visitor's network, and its files."""


class ClassifySession:
    """The page's network, or one that a visitor brings, and the picture that it looked
    at last.
    """

    def __init__(self, extractor: Extractor):
        self._own = self._looker = Looker(extractor)
        self._taken: Taken | None = None
        self._pixels: Tensor | None = None

    @method()
    def network(self) -> dict[str, Any]:
        """`{name, own, classes, input_size, method, layers: [{name, height, width,
        channels}]}` of the network that looks: whether it is the page's own, how many
        classes it knows, how its maps are made, and what `activations` shows.
        """
        looker = self._looker
        return {
            "name": looker.network.name,
            "own": looker is self._own,
            "classes": looker.network.classifier.output.shape[-1],
            "input_size": list(looker.network.input_size),
            "method": looker.maps.method,
            "layers": [
                {"name": name, "height": height, "width": width, "channels": channels}
                for name, (height, width, channels) in looker.layers.items()
            ],
        }

    @method()
    async def look(self, image: Any, mirror: bool = False, top: int = 5) -> dict[str, Any]:
        """`{top: [{class, label, probability}], heat: [bytes], height, width,
        seconds}`: the likeliest classes of a picture, and where each is seen, as RGBA
        of so many rows and columns to be laid over it. `image`: ImageBitmap, VideoFrame
        or ImageData, transferred and closed by the worker; the network sees its middle
        square.
        """
        start = time.perf_counter()
        picture = Picture.of(image).on_device()
        self._pixels = self._looker.network.pixels(picture, mirror=bool(mirror), fit="crop")
        seen = await self._looker.look(self._pixels, int(top))
        return {
            "top": seen.top,
            "heat": [heat(rows) for rows in seen.maps],
            "height": seen.height,
            "width": seen.width,
            "seconds": time.perf_counter() - start,
        }

    @method()
    async def activations(self, layer: str, most: int = TILES) -> dict[str, Any]:
        """`{pixels, shown, height, width, channels}`: what a layer makes of the picture
        that was looked at last: grey pictures, a byte for each pixel, those of its
        `channels` that differ most from place to place. RuntimeError before a picture.
        """
        if self._pixels is None:
            raise RuntimeError("no picture has been looked at yet")
        return (await self._looker.tiles(self._pixels, layer, int(most)))._asdict()

    @method()
    def load(self, files: Mapping[str, Any]) -> dict[str, Any]:
        """As `network`. Takes a TensorFlow.js layers model that classifies pictures,
        `{file's name: bytes}`: model.json with what belongs to it, or a zip of these. A
        metadata.json names its classes, as Teachable Machine writes it. ValueError
        where that is none; all is then as it was.
        """
        return self._dropped(dropped_classifier, files)

    @method(numpy=True)
    def load_keras(self, files: Mapping[str, Any]) -> dict[str, Any]:
        """As `load`, of a file of Keras, `.h5` or `.keras`. A labels.txt with it names
        its classes, a line for each, as in what Teachable Machine exports for Keras.
        """
        from ...zoo.opened import dropped_keras  # NumPy

        return self._dropped(dropped_keras, files)

    def _dropped(self, opens: Callable[..., Extractor], files: Mapping[str, Any]) -> Any:
        taken = {name: memoryview(content).tobytes() for name, content in files.items()}
        self._take(Looker(opens(taken, self._own.network.classes)))
        self._taken = opens, taken
        return self.network()

    @method()
    def own(self) -> dict[str, Any]:
        """As `network`. Goes back to the page's own network."""
        self._take(self._own)
        self._taken = None
        return self.network()

    def _take(self, looker: Looker) -> None:
        self._looker, self._pixels = looker, None

    async def warm_up(self) -> None:
        """One black picture, so that kernels are compiled before the first real one."""
        network = self._own.network
        black = Picture.black(network.input_size)
        await self._own.look(network.pixels(black.on_device()))

    def revive(self, extractor: Extractor) -> None:
        """Goes on with an extractor on a new device."""
        taken = self._taken
        self.__init__(extractor)  # type: ignore[misc]
        if taken is not None:
            self._dropped(*taken)
