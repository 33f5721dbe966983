"""Classifiers of pictures as ONNX files: network and head in one, with what a file of
that kind cannot say in its metadata, which are the names of its classes ("labels") and
how bytes become its input ("preprocessing").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import layers as L
from ..core.tensor import Tensor, as_tensor
from ..formats.graphs.graph import GraphModel
from ..formats.loading import load_model
from ..formats.onnx_writing import stored_model
from ..formats.wire import onnx
from ..host.files import FormatError, refused
from ..models import Model
from ..ops.image.pixels import FITS
from .extractor import Extractor, Preprocess

_EXPECTED = "write it with `teach DIR --out NAME.onnx`, or use it in Python with pw.load_model"


async def classifier_file(
    extractor: Extractor, head: Model, labels: Sequence[str], fit: str = "crop"
) -> bytes:
    """The whole network, from preprocessed pictures to classes, of an extractor and a
    head that was taught on its features, in float32. `fit`: how pictures were looked
    at.
    """
    extractor = extractor.astype("float32")
    features = extractor.model.output
    flat = L.Flatten(name="flat_features")(features) if len(features.shape) > 2 else features
    whole = Model(extractor.model.input, head(flat), name="classifier")
    about = {
        "labels": list(labels),
        "preprocessing": {**asdict(extractor.preprocess), "fit": fit},
    }
    values = [await weight.data() for weight in whole.weights]
    return onnx.write(stored_model(whole, values, about))["model.onnx"]


class OnnxClassifier:
    """Such a file, opened: what `extract_features` takes for an extractor. FormatError
    for one that is of no pictures, or does not say what its classes are called and how
    it wants its pictures.
    """

    def __init__(self, where: str | Path | bytes):
        name = "the ONNX file" if isinstance(where, bytes) else str(where)
        model = load_model(where)
        with refused(name):
            if not isinstance(model, GraphModel) or len(model.inputs) != 1:
                raise FormatError(f"{name} is no network of pictures; {_EXPECTED}")
            shape = model.inputs[0].shape or ()
            if len(shape) != 4 or None in shape[1:] or shape[3] != 3:
                raise FormatError(
                    f"{name} takes {shape}; expected pictures [n, height, width, 3]; {_EXPECTED}"
                )
            labels, about = (model.metadata.get(key) for key in ("labels", "preprocessing"))
            if not isinstance(labels, list) or not isinstance(about, dict):
                raise FormatError(
                    f"{name} does not say in its metadata what its classes are called ('labels')"
                    f" and how it wants its pictures ('preprocessing'); {_EXPECTED}"
                )
            self.fit = about.get("fit", "crop")
            if self.fit not in FITS:
                raise FormatError(f"{name}: 'fit' is {self.fit!r}; expected {' or '.join(FITS)}")
            self.preprocess = preprocess_of(about)
            self.classes = tuple(map(str, labels))
            self.input_size = (int(shape[1] or 0), int(shape[2] or 0))
            self._model, self._name = model, name

    def pixels(self, pixels: Any, mirror: bool = False, fit: str = "squash") -> Tensor:
        """As `Extractor.pixels`."""
        return self.preprocess.pixels(as_tensor(pixels, dtype="uint8"), self.input_size,
                                      flip=mirror, fit=fit)  # fmt: skip

    def packed(self, pixels: Tensor, places: Tensor, mirror: bool = False) -> Tensor:
        """As `Extractor.packed`."""
        return self.preprocess.packed(pixels, places, self.input_size, flip=mirror)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Probabilities [n, classes] of preprocessed pictures."""
        shares: Tensor = self._model.predict(pictures)
        if shares.shape[1:] != (len(self.classes),):
            raise FormatError(
                f"{self._name} has {len(self.classes)} labels, but gives {shares.shape}"
            )
        return shares


def preprocess_of(about: Mapping[str, Any]) -> Preprocess:
    """What such a file says under "preprocessing". FormatError for other things."""
    with refused("'preprocessing'"):
        scale, offset = (_three(about[key]) for key in ("scale", "offset"))
        return Preprocess(scale, offset, str(about.get("order", "rgb")))


def _three(values: Any) -> tuple[float, float, float]:
    red, green, blue = map(float, values)
    return red, green, blue
