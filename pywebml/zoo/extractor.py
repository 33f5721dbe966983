"""An extractor: a frozen pretrained network that turns pictures into features, and
knows how it wants its pictures.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ..core.capture import capture
from ..core.tensor import Tensor, as_tensor
from ..models import Model
from ..ops import pixels_to_tensor
from ..ops.image.packed import PackedPixels


@dataclass(frozen=True)
class Preprocess:
    """From bytes to the network's input: value * scale + offset for each channel, in
    `order` "rgb" or "bgr".
    """

    scale: tuple[float, float, float]
    offset: tuple[float, float, float]
    order: str = "rgb"

    @classmethod
    def centred(cls, middle: float, half: float) -> Preprocess:
        """(value - middle) / half for all channels."""
        return cls((1 / half,) * 3, (-middle / half,) * 3)

    def pixels(self, pixels: Tensor, size: tuple[int, int], **options: Any) -> Tensor:
        """`ops.pixels_to_tensor` of uint8 RGBA [h, w, 4]."""
        return pixels_to_tensor(pixels, size, self.scale, self.offset, order=self.order, **options)

    def packed(
        self, pixels: Tensor, places: Tensor, size: tuple[int, int], **options: Any
    ) -> Tensor:
        """The same of many pictures, as data/packs.py packs them."""
        op = PackedPixels(size, self.scale, self.offset, order=self.order, **options)
        return op(pixels, places)  # type: ignore[no-any-return]


class Extractor:
    """A network cut at an inner layer.

    name             of the network ("efficientnet_lite0"), or of the folder it came
                     from
    classifier       the whole Model: pictures float32 [n, h, w, 3], preprocessed ->
                     [n, classes]
    model            the Model up to `layer`: the same pictures -> features [n, ...],
                     both in `dtype`
    layer            the name of the layer it is cut at
    input_size       (height, width)
    preprocess       how bytes become its input
    learning_rate    what suits a head on these features
    weights_sha256   of the file(s) the weights came from
    classes          names of the classifier's outputs, or None
    classifies       whether it has a classifier; without one, `classifier` ends at
                     features
    folder           where it was loaded from, for networks that are not found by name
                     alone

    Calling it on preprocessed pictures gives their features in float32; the network
    runs captured, once recorded for each shape.
    """

    def __init__(
        self,
        name: str,
        classifier: Model,
        layer: str,
        preprocess: Preprocess,
        learning_rate: float,
        weights_sha256: str,
        labels: Any = None,
        classifies: bool = True,
    ):
        self.name, self.classifier, self.layer, self.preprocess = (
            name,
            classifier,
            layer,
            preprocess,
        )
        self.learning_rate, self.weights_sha256, self._labels = (
            learning_rate,
            weights_sha256,
            labels,
        )
        self.classifies = classifies
        self.folder: str | None = None
        classifier.trainable = False
        shape = classifier.input.shape
        if len(shape) != 4 or shape[3] != 3 or None in shape[1:3]:
            raise ValueError(
                f"{name}: an extractor takes pictures [n, height, width, 3] of a fixed size, but"
                f" this one takes {shape}"
            )
        self.input_size: tuple[int, int] = (shape[1], shape[2])
        self.model = Model(
            classifier.input, classifier.get_layer(layer).output, name=f"{name}_to_{layer}"
        )

    @property
    def features(self) -> int:
        """Numbers per picture, flattened: 12,544 or 1,280."""
        return math.prod(self.model.output.shape[1:])

    @cached_property
    def classes(self) -> tuple[str, ...] | None:
        return self._labels() if callable(self._labels) else self._labels

    @cached_property
    def _run(self) -> Any:
        return _captured(self.model)

    @cached_property
    def _run_classifier(self) -> Any:
        return _captured(self.classifier)

    @property
    def dtype(self) -> str:
        """In what the network holds its weights and computes: "float32" or "float16"."""
        return str(self.classifier.input.dtype)

    def astype(self, dtype: str) -> Extractor:
        """The same extractor with its network in `dtype`: "float16" takes half the
        memory. What it gives is float32 all the same.

        Errors as `Model.astype`.
        """
        if dtype == self.dtype:
            return self
        network, labels = self.classifier.astype(dtype), self._labels
        extractor = Extractor(
            self.name,
            network,
            self.layer,
            self.preprocess,
            self.learning_rate,
            self.weights_sha256,
            labels,
            self.classifies,
        )
        extractor.folder = self.folder
        return extractor

    def pixels(self, pixels: Any, mirror: bool = False, fit: str = "squash") -> Tensor:
        """uint8 RGBA [h, w, 4] of any size -> the network's input, `dtype` [1, height,
        width, 3], made on the device; left and right change places with `mirror`.
        `fit`: "squash" (the whole picture) or "crop" (its middle, undistorted).
        """
        options = {"flip": mirror, "dtype": self.dtype, "fit": fit}
        return self.preprocess.pixels(as_tensor(pixels, dtype="uint8"), self.input_size, **options)

    def packed(self, pixels: Tensor, places: Tensor, mirror: bool = False) -> Tensor:
        """Packed pictures (data/packs.py) -> the network's input, `dtype` [n, height,
        width, 3].
        """
        options = {"flip": mirror, "dtype": self.dtype}
        return self.preprocess.packed(pixels, places, self.input_size, **options)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Features [n, ...] of preprocessed pictures [n, height, width, 3]."""
        return self._run(pictures)

    def classify(self, pictures: Tensor) -> Tensor:
        """The whole network's output [n, classes] for preprocessed pictures. ValueError
        for a network without a classifier.
        """
        if not self.classifies:
            raise ValueError(
                f"{self.name} has features but no classes of its own; classify with another"
                " extractor, or teach a head on it"
            )
        return self._run_classifier(pictures)

    def describe(self) -> dict[str, Any]:
        """What a saved head needs to find this extractor again, as JSON data."""
        return {
            "name": self.name,
            "folder": self.folder,
            "layer": self.layer,
            "weights_sha256": self.weights_sha256,
            "input_size": list(self.input_size),
            "preprocess": asdict(self.preprocess),
        }


def _captured(model: Model) -> Any:
    """The model, recorded once for each shape, its output in float32."""
    return capture(lambda pictures: model(pictures).astype("float32"))
