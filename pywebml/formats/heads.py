"""What `teach` saves: one zip file with the head as a TensorFlow.js layers model, and
what is needed to use it.

    metadata.json   format, version, labels, the extractor and how pictures are prepared
                    for it ("fit": "crop" or "squash"), how it was trained
    model.json      topology and weights manifest, for `tf.loadLayersModel` as well
    weights.bin     float32; metadata.json holds its sha256

Labels are under "labels", where Teachable Machine's metadata.json has them, too. Files
are data: nothing in them is run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..host.files import FormatError, write_whole
from ..host.json_data import json_bytes, json_object
from ..host.stores.folders import Zip, zip_bytes
from ..ops.image.pixels import FITS
from .layers_models import build_model, layers_files_of, read_layers_stored, topology_of

if TYPE_CHECKING:
    from ..models import Model

FORMAT = "pywebml-head"
VERSION = 1
MAX_METADATA = 1 << 20


class Head(NamedTuple):
    """A head as read from an archive: the model, and the metadata it was written with."""

    model: Model
    metadata: dict[str, Any]


def archive_bytes(
    head: Model, metadata: Mapping[str, Any], values: Iterable[Any] | None = None
) -> bytes:
    """The archive of a head. `metadata` is JSON data with at least "labels" (texts, one
    per output) and "extractor".

    `values` are those of `head.weights`, for hosts that read them with `await
    w.data()`. Raises ValueError where those are missing or do not fit the head.
    """
    checked = _checked(dict(metadata), "metadata", head)
    files = layers_files_of(
        head, [w.data_sync() for w in head.weights] if values is None else values
    )
    about = {
        "format": FORMAT,
        "version": VERSION,
        **checked,
        "weights_sha256": hashlib.sha256(files["weights.bin"]).hexdigest(),
    }
    return zip_bytes({"metadata.json": json_bytes(about), **files})


def relabelled(archive: bytes, labels: Sequence[str]) -> bytes:
    """The archive of a head, its outputs called by other labels."""
    files = Zip(archive)
    about = json_object(files.read("metadata.json", MAX_METADATA), "metadata.json")
    if len(labels) != len(about["labels"]):
        raise ValueError(f"the head has {len(about['labels'])} labels, got {len(labels)}")
    contents = {name: files.read(name) for name in files.entries}
    contents["metadata.json"] = json_bytes({**about, "labels": list(labels)})
    return zip_bytes(contents)


def write_archive(path: str | Path, head: Model, metadata: Mapping[str, Any]) -> Path:
    """Writes `archive_bytes` to `path`, whole or not at all; returns the path."""
    return write_whole(path, archive_bytes(head, metadata))


def read_archive(source: str | Path | bytes) -> Head:
    """The head and its metadata from an archive's path or bytes.

    Raises FileNotFoundError, or ValueError for anything that is not a whole archive of
    a version that is known.
    """
    if isinstance(source, (str, Path)) and not Path(source).is_file():
        raise FileNotFoundError(f"no such model: {source}; expected a file that `teach` has saved")
    files = Zip(source)
    if "metadata.json" not in files:
        raise FormatError(
            f"{files.name} is not a model that `teach` has saved: it has no metadata.json"
        )
    raw = files.read("metadata.json", MAX_METADATA)
    metadata = json_object(raw, f"metadata.json in {files.name}")
    if metadata.get("format") != FORMAT:
        raise FormatError(
            f"{files.name} is not a model that `teach` has saved: its metadata.json does not say"
            f" {FORMAT!r}"
        )
    version = metadata.get("version")
    if version != VERSION:
        raise FormatError(
            f"{files.name} has format version {version!r}, this pywebml reads {VERSION}; install a"
            " newer one, or teach again"
        )
    stored = read_layers_stored(files)
    if stored.sha256 != metadata.get("weights_sha256"):
        raise FormatError(
            f"the weights in {files.name} are not those that were saved: their sha256 is"
            f" {stored.sha256}"
        )
    model = build_model(topology_of(stored), stored.weights)
    _checked(metadata, files.name, model)
    return Head(model, metadata)


def _checked(metadata: dict[str, Any], where: str, head: Model) -> dict[str, Any]:
    labels, extractor = metadata.get("labels"), metadata.get("extractor")
    if (
        not isinstance(labels, list)
        or not labels
        or not all(isinstance(label, str) for label in labels)
    ):
        raise FormatError(f"{where}: 'labels' must be a list of texts, got {str(labels)[:80]}")
    if not isinstance(extractor, dict) or not isinstance(extractor.get("name"), str):
        raise FormatError(
            f"{where}: 'extractor' must say the extractor's 'name', got {str(extractor)[:80]}"
        )
    if metadata.get("fit", "crop") not in FITS:
        raise FormatError(
            f"{where}: 'fit' must be {' or '.join(map(repr, FITS))}, got"
            f" {str(metadata['fit'])[:80]!r}"
        )
    outputs = head.output.shape[-1]
    if outputs != len(labels):
        raise FormatError(f"{where}: {len(labels)} labels, but the head has {outputs} outputs")
    return metadata
