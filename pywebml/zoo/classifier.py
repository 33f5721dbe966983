"""Networks that classify pictures by themselves, such as Teachable Machine's exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..formats.layers_models import (
    LayersFile,
    build_model,
    read_layers_stored,
    short_name,
    topology_of,
    unset_model,
)
from ..formats.wire.stored import Stored
from ..host.files import FormatError, refused
from ..host.json_data import json_object
from ..host.stores.folders import Memory, Zip
from .extractor import Extractor, Preprocess
from .folding import flat_config

IMAGENET = 1000


def classifier_of(stored: Stored, labels: Sequence[str], name: str) -> Extractor:
    """A model of pictures [n, height, width, 3] in -1 to 1 as an extractor whose
    features are the probabilities of its classes, called by `labels`.

    FormatError for a model that takes something else than pictures, gives no
    probabilities, or other ones than there are labels.
    """
    from .mobilenet_v1 import network_of  # what fetches networks, which no tab needs
    from .pretrained import folded

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


def dropped_classifier(
    files: Mapping[str, bytes], imagenet: Sequence[str] | None = None
) -> Extractor:
    """A classifier of pictures in a TensorFlow.js layers model that somebody has: its
    files by name, or one zip. Needs no NumPy, which a browser tab may not have.

    Pictures go in as -1 to 1, which is what models for TensorFlow.js and Teachable
    Machine's take. A metadata.json names the classes; without one a thousand of them
    are ImageNet's, by the names in `imagenet`. FormatError for files that are no such
    model, or no whole one; ValueError for a model of anything but pictures.
    """
    names = [name for name in files if name.endswith(".zip")]
    place: Zip | Memory = Zip(files[names[0]]) if names else Memory(files, "the dropped files")
    name = names[0].removesuffix(".zip") if names else "dropped network"
    stored = read_layers_stored(place)
    with refused(name):
        config = flat_config(unset_model(topology_of(stored)))
        weights = {short_name(weight): value for weight, value in stored.weights.items()}
        model = build_model({"class_name": "Model", "config": config}, weights)
        shape = model.output.shape
        if len(shape) != 2 or shape[1] < 2:
            raise FormatError(
                f"{name} is no classifier: it gives {shape}, expected (None, classes)"
            )
        labels: Sequence[str] | None = _labels_in(place)
    if labels is None and shape[1] == IMAGENET:
        labels = imagenet
    if labels is not None and len(labels) != shape[1]:
        raise FormatError(f"{name} names {len(labels)} classes, but knows {shape[1]}")
    last = model.layers[-1].name
    middle = Preprocess.centred(127.5, 127.5)
    return Extractor(
        name, model, last, middle, 1e-3, stored.sha256, None if labels is None else tuple(labels)
    )


def _labels_in(files: Zip | Memory) -> list[str] | None:
    """Those of a metadata.json, as Teachable Machine writes it."""
    if "metadata.json" not in files:
        return None
    labels = json_object(files.read("metadata.json", 1 << 20), "metadata.json").get("labels")
    return list(map(str, labels)) if isinstance(labels, list) else None
