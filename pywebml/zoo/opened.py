"""Networks that somebody has, in any format that is read: as extractors, which know how
they want their pictures and, where the files say so, what their classes are called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from ..data.zipped import is_zip
from ..formats.keras3 import models as keras3
from ..formats.layers_models import LayersFile, topology_of
from ..formats.loading import GRAPHS, read_stored
from ..formats.reading import Reading, without_litter
from ..formats.teachable_machine import MAX_METADATA, METADATA, About, about_of, label_lines
from ..formats.wire.stored import LABELS, Stored, Weight
from ..host.files import FormatError, refused
from ..host.stores import AtHand, Files, Memory, Zip, open_store
from ..host.stores.http import Progress
from ..host.waiting import at_once, run_sync
from .classifier import IMAGENET, SIGNED, TEACHABLE
from .extractor import Extractor, Preprocess
from .folding import fold_batch_norm
from .front import greyed
from .labels import imagenet_labels
from .mobilenet_v1 import network_of
from .pretrained import folded

SHAPERS = ("Reshape", "Flatten")
"""What may come behind the softmax."""
MODELS = (".h5", ".hdf5", ".keras")


class Opened(NamedTuple):
    """A network as it was opened: its batch norms folded away, the names of its classes
    or None, and how bytes become its input.
    """

    where: str
    model: Any
    labels: Any
    preprocess: Preprocess
    sha256: str

    def extractor(self, cut: str | None = None) -> Extractor:
        """Up to the layer `cut`, by default the last that pools or flattens.
        FormatError where it takes anything but pictures.
        """
        with refused(self.where):
            return Extractor(
                _name(self.where),
                self.model,
                cut or last_features(self.model),
                self.preprocess,
                1e-3,
                self.sha256,
                self.labels,
                classifies=len(self.model.output.shape) == 2,
            )

    def classifier(self) -> Extractor:
        """With the probabilities of its classes as features. FormatError where it does
        not say what they are called, or gives no probabilities.
        """
        if self.labels is None:
            raise FormatError(
                f"{self.where} is a model without a {METADATA} that has its 'labels': nothing says"
                f" what its classes are called. Put a {LABELS} (a line per class) beside it, or use"
                " it in Python with pw.load_model"
            )
        ends = [layer for layer in self.model.layers if type(layer).__name__ not in SHAPERS]
        if ends[-1].split_activation() != "softmax":
            raise FormatError(f"{self.where} gives no probabilities: its last layer is no softmax")
        return self.extractor(self.model.outputs[0].layer.name)


def open_network(where: str | Path, progress: Progress | None = None) -> Opened:
    """The network at a path or an address, `progress(bytes, bytes in all or None)` of
    what comes. FormatError for what is none of pictures, or
    has another number of classes than of names for them; errors as `read_stored`.
    """
    address = "://" in str(where)
    if str(where).endswith("/") and address:  # as Teachable Machine shares its models
        where = f"{where}model.json"
    unmarked = is_zip(Path(where)) and Path(where).suffix.lower() not in (".zip", ".keras")
    files = AtHand(Zip(where)) if unmarked else open_store(where)
    return _opened(files, str(where), progress)


def dropped_keras(files: Mapping[str, bytes], imagenet: Sequence[str] | None = None) -> Extractor:
    """A classifier of pictures in a file of Keras that somebody has, by its name, with
    a labels.txt or without, or in a zip of these; a thousand classes are ImageNet's, by
    the names in `imagenet`. FormatError for other files.
    """
    keras = [name for name in files if name.lower().endswith((*MODELS, ".zip"))]
    if len(keras) != 1:
        raise FormatError(f"expected one file of Keras ({' or '.join(MODELS)}), got {list(files)}")
    is_zip_of = keras[0].lower().endswith(".zip")  # as Teachable Machine exports it
    place = Zip(files[keras[0]]) if is_zip_of else Memory(files, keras[0])
    opened = _opened(AtHand(place), keras[0])
    labels = opened.labels
    if labels is imagenet_labels:
        labels = None if imagenet is None else tuple(imagenet)
    if len(opened.model.output.shape) != 2:
        raise FormatError(f"{keras[0]} is no classifier: it gives {opened.model.output.shape}")
    return opened._replace(labels=labels).extractor(opened.model.outputs[0].layer.name)


def _opened(files: Files, where: str, progress: Progress | None = None) -> Opened:
    reading = _read(files, where, progress)
    stored, about, lines = at_once(reading) if isinstance(files, AtHand) else run_sync(reading)
    with refused(where):
        model = _model(stored, about)
        shape = model.output.shape
        labels: Any = about.labels if about else lines
        preprocess = TEACHABLE if about else SIGNED
        if isinstance(stored.metadata.get("preprocessing"), dict):
            from .onnx_classifier import preprocess_of  # for those who have such a file

            labels = labels or stored.metadata.get("labels")
            preprocess = preprocess_of(stored.metadata["preprocessing"])
        if len(model.outputs) != 1:
            raise FormatError(f"{where} has {len(model.outputs)} outputs; expected one")
        if labels is not None and tuple(shape[1:]) != (len(labels),):
            raise FormatError(f"{where} has {len(labels)} labels, but gives {shape}")
        if labels is None and tuple(shape[1:]) == (IMAGENET,):
            labels = imagenet_labels
        side = about.image_size if about else None
        if side is not None and tuple(model.input.shape[1:3]) != (side, side):
            raise FormatError(
                f"{where}: its {METADATA} says pictures of {side} x {side} pixels, but the model"
                f" takes {model.input.shape}"
            )
        return Opened(where, model, labels, preprocess, stored.sha256)


def load_classifier(
    where: str | Path, dtype: str = "float32", progress: Progress | None = None
) -> Extractor:
    """A model that tells pictures apart, from a path or an address: as an extractor
    whose features are the probabilities of its `classes`.

    What `load_extractor` takes, where it says what its classes are called: an export
    of Teachable Machine, a `.h5` or `.keras` file with a labels.txt beside it, a
    network of ImageNet's classes; `progress` as for `load_model`. FormatError for
    other files.
    """
    return open_network(where, progress).classifier().astype(dtype)


async def _read(
    files: Files, where: str, progress: Progress | None
) -> tuple[Stored, About | None, list[str] | None]:
    """(the model's file, what a metadata.json beside it says, the lines of a
    labels.txt).
    """
    names = without_litter(await files.list())
    document = min((n for n in names if n.rsplit("/", 1)[-1] == "model.json"), key=len, default="")
    if len(names) == 1 and names[0].lower().endswith(".json"):
        document = names[0]
    keras = [name for name in names if name.lower().endswith(MODELS)]
    weights_of = "model.weights.h5" in names  # a .keras file is a zip with these inside
    if not document and len(keras) == 1 and not weights_of:
        data = await Reading(files, progress).read(keras[0])
        file = Memory({keras[0].rsplit("/", 1)[-1]: data}, where)
        text = await _beside(files, f"{_folder(keras[0])}{LABELS}")
        lines = None if text is None else label_lines(text, f"{LABELS} in {where}")
        _, stored = await read_stored(AtHand(file))
        return stored, None, lines
    if not document and Path(where).is_dir():
        raise FormatError(f"{where} has no model.json, nor one {' or '.join(MODELS)} file")
    raw = await _beside(files, f"{_folder(document)}{METADATA}") if document else None
    about = None if raw is None else about_of(raw, f"{METADATA} in {where}")
    _, stored = await read_stored(files, progress)
    return stored, about, None


def _folder(name: str) -> str:
    """What comes before a file's own name."""
    return name[: len(name) - len(name.rsplit("/", 1)[-1])]


async def _beside(files: Files, name: str) -> bytes | None:
    """A file that need not be there."""
    names = await files.list()
    if isinstance(files, AtHand):
        there = name in files.inner
    else:
        there = name in names or len(names) == 1
    try:
        return await files.read(name, MAX_METADATA) if there else None
    except ConnectionError:  # an address does not list what lies beside it
        return None


def _model(stored: Stored, about: About | None) -> Any:
    """The model, its batch norms folded away."""
    if stored.topology is not None and stored.topology.kind == "keras3":
        return fold_batch_norm(keras3.model_of(stored, compile=False))
    if stored.topology is not None and stored.topology.kind in GRAPHS:
        return fold_batch_norm(_of_graph(stored))
    weights = {name: weight.array() for name, weight in stored.weights.items()}
    network = network_of(LayersFile(topology_of(stored), weights, stored.sha256))
    if about and about.grayscale:
        config, weights = greyed(*network)
        arrays = {n: w.array() if isinstance(w, Weight) else w for n, w in weights.items()}
        network = config, arrays
    return folded(network)


def _of_graph(stored: Stored) -> Any:
    """A graph of ops as layers, for pictures with channels last."""
    from ..formats.graphs.layered import layers_of  # for those who have one

    assert stored.topology is not None
    try:
        graph = GRAPHS[stored.topology.kind].graph_model(stored)
        return layers_of(graph, channels_last=True)
    except FormatError as reason:
        raise FormatError(
            f"it is a graph of ops, of which not all have a layer: {reason}; or use it in Python"
            " with pw.load_model"
        ) from None


def last_features(model: Any) -> str:
    """The last layer that pools or flattens a picture: what comes after it is the
    classifier.
    """
    for layer in reversed(model.layers):
        if type(layer).__name__ in ("GlobalAveragePooling2D", "GlobalMaxPooling2D", "Flatten"):
            return str(layer.name)
    raise ValueError(
        "no pooling or flattening layer to cut at; name a layer:"
        f" {', '.join(x.name for x in model.layers[-8:])}"
    )


def _name(where: str) -> str:
    """What a network is called by where it lies.

    Example:
        >>> _name("https://example.org/pets/model.json"), _name("nets/body.h5")
        ('pets', 'body')
    """
    address = "://" in where
    path = PurePosixPath(where.split("?")[0]) if address else Path(where).resolve()
    if isinstance(path, Path) and path.is_dir():
        return path.name
    return path.parent.name if path.name == "model.json" else path.stem
