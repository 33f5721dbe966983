"""Networks that classify pictures by themselves, such as Teachable Machine's exports,
without NumPy: for visitors of a page. What a path leads to: opened.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..formats.layers_models import (
    build_model,
    read_layers_stored,
    short_name,
    topology_of,
    unset_model,
)
from ..formats.recognising import recognised
from ..formats.teachable_machine import MAX_METADATA, METADATA, MIDDLE, About, about_of
from ..host.files import FormatError, refused
from ..host.stores.folders import Memory, Zip
from .extractor import Extractor, Preprocess
from .folding import flat_config
from .front import greyed

IMAGENET = 1000
SIGNED = Preprocess.centred(127.5, 127.5)
"""-1 to 1, as most networks for pictures take them."""
TEACHABLE = Preprocess.centred(MIDDLE, MIDDLE)


def dropped_classifier(
    files: Mapping[str, bytes], imagenet: Sequence[str] | None = None
) -> Extractor:
    """A classifier of pictures in a TensorFlow.js layers model that somebody has: its
    files by name, or one zip. Needs no NumPy, which a browser tab may not have.

    Pictures go in as -1 to 1, which is what models for TensorFlow.js take. A
    metadata.json of Teachable Machine names the classes, and pictures then go in as its
    library has them; without one a thousand classes are ImageNet's, by the names in
    `imagenet`. FormatError for files that are no such
    model, or no whole one; ValueError for a model of anything but pictures.
    """
    names = [name for name in files if name.endswith(".zip")]
    place: Zip | Memory = Zip(files[names[0]]) if names else Memory(files, "the dropped files")
    if "model.json" not in place and (what := recognised(place.names(), _start(files))):
        raise FormatError(f"{', '.join(files)} is {what}")
    if not any(name.lower().endswith((".zip", ".json")) for name in files):
        raise FormatError(
            f"{', '.join(files)}: expected a layers model of TensorFlow.js (model.json with its"
            " weights, or a zip of them) or a file of Keras; other networks run in Python, with"
            " pw.load_model"
        )
    name = names[0].removesuffix(".zip") if names else "dropped network"
    about = _about(place)
    stored = read_layers_stored(place)
    with refused(name):
        config = flat_config(unset_model(topology_of(stored)))
        weights = {short_name(weight): value for weight, value in stored.weights.items()}
        if about and about.grayscale:
            config, weights = greyed(config, weights)
        model = build_model({"class_name": "Model", "config": config}, weights)
        shape = model.output.shape
        if len(shape) != 2 or shape[1] < 2:
            raise FormatError(
                f"{name} is no classifier: it gives {shape}, expected (None, classes)"
            )
    labels = about.labels if about else None
    if labels is None and shape[1] == IMAGENET:
        labels = None if imagenet is None else tuple(imagenet)
    if labels is not None and len(labels) != shape[1]:
        raise FormatError(f"{name} names {len(labels)} classes, but knows {shape[1]}")
    last = model.layers[-1].name
    preprocess = TEACHABLE if about else SIGNED
    return Extractor(name, model, last, preprocess, 1e-3, stored.sha256, labels)


def _start(files: Mapping[str, bytes]) -> bytes:
    return next(iter(files.values()))[:64] if len(files) == 1 else b""


def _about(files: Zip | Memory) -> About | None:
    """What a metadata.json says, as Teachable Machine writes it."""
    if METADATA not in files:
        return None
    return about_of(files.read(METADATA, MAX_METADATA), METADATA)
