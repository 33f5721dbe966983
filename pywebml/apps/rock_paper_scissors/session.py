"""What the page of rock, paper, scissors talks to."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from ...core.tensor import Tensor
from ...models import KNNClassifier
from ...zoo import Extractor
from ..app import method
from ..frame import Picture
from .hands import read_hands, saved_hands
from .rules import GESTURES, known


class GameSession:
    """The extractor and a classifier on its features. Features
    are kept as bytes, too, as a browser may take the GPU device away.
    """

    def __init__(self, extractor: Extractor):
        self.extractor = extractor
        self._knn = KNNClassifier()
        self._examples: list[tuple[str, bytes]] = []

    @method()
    async def add_example(self, label: str, image: Any, mirror: bool = False) -> dict[str, Any]:
        """`{counts}`: learns a picture of a gesture at once; how many it has of each.
        `image`: ImageBitmap, VideoFrame or ImageData, transferred and closed by the
        worker; the network sees its middle square. ValueError for no gesture.
        """
        known(label)
        features = self._features(image, mirror)
        self._examples.append((label, (await features.data()).tobytes()))
        self._knn.add_example(features, label)
        return {"counts": self._counts()}

    @method()
    async def predict(self, image: Any, mirror: bool = False, neighbours: int = 3) -> Any:
        """`{label, confidences: {gesture: share}, seconds}`: which gesture a picture
        shows, by the votes of its nearest pictures. ValueError before any was learned.
        """
        start = time.perf_counter()
        said = await self._knn.predict_class(self._features(image, mirror), int(neighbours))
        shares = {name: said.confidences.get(name, 0.0) for name in GESTURES}
        seconds = time.perf_counter() - start
        return {"label": said.label, "confidences": shares, "seconds": seconds}

    @method()
    def clear(self, label: str) -> dict[str, Any]:
        """`{counts}`: forgets what it learned of a gesture."""
        known(label)
        self._examples = [each for each in self._examples if each[0] != label]
        if self._counts()[label]:
            self._knn.clear_class(label)
        return {"counts": self._counts()}

    @method()
    async def save(self) -> bytes:
        """`Uint8Array`: a zip with all that it has learned, for `load`, and for
        `pw.models.KNNClassifier.load`.
        """
        return await saved_hands(self._knn, self.extractor)

    @method()
    async def load(self, bytes: Any) -> dict[str, Any]:
        """`{counts}`: takes what `save` wrote in place of all it has learned.
        ValueError for anything else, and for another network's features; nothing
        changes then.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "hands.zip"
            path.write_bytes(memoryview(bytes))
            knn = await read_hands(path, self.extractor)
        examples = []
        for label, rows in knn.get_classifier_dataset().items():
            values, row = (await rows.data()).tobytes(), 4 * rows.shape[1]
            examples += [(str(label), values[i : i + row]) for i in range(0, len(values), row)]
        self._knn, self._examples = knn, examples
        return {"counts": self._counts()}

    def _features(self, image: Any, mirror: bool) -> Tensor:
        pixels = self.extractor.pixels(
            Picture.of(image).on_device(), mirror=bool(mirror), fit="crop"
        )
        return self.extractor(pixels).reshape(-1)

    def _counts(self) -> dict[str, int]:
        counts = self._knn.get_class_example_count()
        return {name: counts.get(name, 0) for name in GESTURES}

    async def warm_up(self) -> None:
        """One black picture, so that kernels are compiled before the first real one."""
        await self._features(Picture.black(self.extractor.input_size), False).data()

    def revive(self, extractor: Extractor) -> None:
        """Goes on with an extractor on a new device: it learns its examples again."""
        self.extractor, self._knn = extractor, KNNClassifier()
        for label, features in self._examples:
            self._knn.add_example(memoryview(features).cast("f"), label)
