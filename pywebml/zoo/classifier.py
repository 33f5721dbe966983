"""Networks that classify pictures by themselves, such as Teachable Machine's exports."""

from __future__ import annotations

from collections.abc import Sequence

from ..formats.layers_models import LayersFile, topology_of
from ..formats.wire.stored import Stored
from ..host.files import FormatError, refused
from .extractor import Extractor, Preprocess
from .mobilenet_v1 import network_of
from .pretrained import folded


def classifier_of(stored: Stored, labels: Sequence[str], name: str) -> Extractor:
    """A model of pictures [n, height, width, 3] in -1 to 1 as an extractor whose
    features are the probabilities of its classes, called by `labels`.

    FormatError for a model that takes something else than pictures, gives no
    probabilities, or other ones than there are labels.
    """
    weights = {weight: value.array() for weight, value in stored.weights.items()}
    with refused(name):
        model = folded(network_of(LayersFile(topology_of(stored), weights, stored.sha256)))
        if len(model.outputs) != 1 or model.output.shape[1:] != (len(labels),):
            raise FormatError(f"{name} has {len(labels)} labels, but gives {model.output.shape}")
        if model.split_activation() != "softmax":
            raise FormatError(f"{name} gives no probabilities: its last layer is no softmax")
        last = model.outputs[0].layer.name
        middle = Preprocess.centred(127.5, 127.5)
        return Extractor(name, model, last, middle, 1e-3, stored.sha256, tuple(labels))
