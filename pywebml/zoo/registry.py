"""Which extractors there are, and how they are loaded. A new one is a file with a
PRETRAINED, and its line in `KNOWN`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..host import IN_TAB
from ..host.files import FormatError
from . import efficientnet, mobilenet_v1, mobilenet_v2, squeezenet
from .extractor import Extractor
from .fetch import Progress
from .opened import open_network

KNOWN = {
    m.PRETRAINED.name: m.PRETRAINED for m in (efficientnet, mobilenet_v1, mobilenet_v2, squeezenet)
}
NAMES = tuple(KNOWN)
DEFAULT = efficientnet.NAME


def at_hand(name: str) -> bool:
    """Whether the weights of a network lie on this disk: in the cache, in a folder of
    the user's or in an installed package.

    Example:
        >>> at_hand("efficientnet_lite0") in (True, False)
        True
    """
    return KNOWN[name].source.find() is not None


class ModelRow(NamedTuple):
    """A line of `models list`."""

    name: str
    features: str
    source: str
    licence: str
    status: str  # "ready" or what to do
    path: str


def load_extractor(
    name_or_folder: str | Path = DEFAULT,
    cut: str | None = None,
    progress: Callable[..., None] | None = None,
    dtype: str = "float32",
) -> Extractor:
    """An extractor by name (see NAMES), or any model of pictures at a path or address:
    a TensorFlow.js layers model (folder, model.json, zip), an export of Teachable
    Machine, whose classes it then knows, a .h5 or .keras file of Keras's, which a
    labels.txt may lie beside, an ONNX file or a graph model with a layer for each op.

    Pictures go into a model as -1 to 1; where Teachable Machine's metadata.json lies
    beside it, as its library does it.

    `cut` names the layer whose output are the features; each known network has its own
    default, for others it is the last pooling or flattening layer. Weights that are not
    there yet are fetched, `progress(files done, of)`; of a place it is (bytes, bytes in
    all or None). With `dtype` "float16" the
    network holds its weights and computes in that: half the memory; its features are
    float32 all the same. Raises ValueError for an unknown name, layer or dtype, or
    weights that are not the right ones; ConnectionError or FileNotFoundError, with what
    to do, where they cannot be had; ImportError for a package that reads them;
    RuntimeError where the device has no 16-bit floats.
    """
    name = str(name_or_folder)
    if name in KNOWN:
        return KNOWN[name].load(cut, progress).astype(dtype)
    at_address = name.startswith(("http://", "https://"))
    if at_address or os.path.exists(name):  # False for impossible names
        return _from_place(name, cut, progress).astype(dtype)
    raise FormatError(
        f"unknown extractor {name!r:.200}; expected {_names()}, or the place of a model: a"
        " model.json, a zip of Teachable Machine, a .h5, .keras or .onnx file"
    )


def load_described(
    description: Mapping[str, Any], progress: Progress | None = None, dtype: str = "float32"
) -> Extractor:
    """The extractor that `Extractor.describe` wrote down, in `dtype`. ValueError if
    what is found has other weights now.
    """
    for key in ("name", "folder", "layer", "weights_sha256"):
        if not isinstance(description.get(key, ""), (str, type(None))):
            raise FormatError(
                f"the head says of its extractor that its {key!r} is {description[key]!r:.80};"
                " expected a text"
            )
    source = description.get("folder")
    if source is None or (description["name"] in NAMES and not os.path.exists(source)):
        source = description["name"]
    if "://" in str(source):  # files from anybody have nothing fetched
        raise FormatError(
            f"the head was taught on the model at {source}; download that, and teach again on the"
            " file"
        )
    extractor = load_extractor(source, description.get("layer"), progress, dtype)
    if extractor.weights_sha256 != description.get("weights_sha256"):
        raise FormatError(
            f"the head was taught on {description['name']} with weights"
            f" {description.get('weights_sha256')}, but {source} has {extractor.weights_sha256};"
            " teach again"
        )
    return extractor


def _from_place(where: str, cut: str | None, progress: Callable[..., None] | None) -> Extractor:
    opened = open_network(where, progress)
    if opened.sha256 == mobilenet_v1.PRETRAINED.source.sha256:
        extractor = mobilenet_v1.PRETRAINED.of(opened.model, cut)
    else:
        extractor = opened.extractor(cut)
    extractor.folder = where if "://" in where else str(Path(where).resolve())
    return extractor


# ---- what `models list|fetch|verify` show ----


def models_list(name: str | None = None) -> list[ModelRow]:
    """A row for one extractor or each, without reading its weights. ValueError for a
    name that is not in NAMES.
    """
    if name is not None and name not in KNOWN:
        raise ValueError(f"unknown model {name!r}; expected {_names()}")
    rows = []
    for known in KNOWN.values() if name is None else (KNOWN[name],):
        path = known.source.find()
        features, status = (
            f"{known.features:,} ({known.layer})",
            ("ready" if path else known.source.missing()),
        )
        rows.append(
            ModelRow(
                known.name,
                features,
                known.source.origin,
                known.licence,
                status,
                str(path or known.source.kept),
            )
        )
    return rows


def models_fetch(name: str | None = None, progress: Progress | None = None) -> list[ModelRow]:
    """Fetches what is not there yet, of one extractor or all; rows of what is there
    then.

    Errors as `load_extractor`; with several to fetch, after all have been tried.
    """
    troubles: list[Exception] = []
    for row in models_list(name):
        try:
            KNOWN[row.name].source.get(progress)
        except (OSError, ValueError) as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return models_list(name)


def models_verify(name: str | None = None) -> list[ModelRow]:
    """Rows whose status is "verified", or what is wrong; what has not been fetched says
    so.
    """

    def verified(row: ModelRow) -> ModelRow:
        if row.status != "ready":
            return row
        try:
            KNOWN[row.name].source.verify(Path(row.path))
        except (ValueError, OSError) as e:
            return row._replace(status=str(e))
        return row._replace(status="verified")

    return [verified(row) for row in models_list(name)]


def _names() -> str:
    return f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"


async def read_extractor(name: str = DEFAULT) -> Extractor:
    """`load_extractor` for who awaits. In a tab it is the default one, in 8 bits per
    weight, and comes from beside pywebml's wheel (docs/notebooks.md). FileNotFoundError
    where it does not lie there, FormatError where it is not whole.

    Example:
        >>> from pywebml import zoo
        >>> pw.run_sync(zoo.read_extractor()).features
        1280
    """
    if not IN_TAB:
        return load_extractor(name)
    from .beside import extractor_beside

    return await extractor_beside(name)
