"""What `predict` takes: a head that `teach` has saved, a project that the Teach page
has exported, or what Teachable Machine exports for TensorFlow.js and Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..data.folders import Skipped
from ..formats.heads import FORMAT, MAX_METADATA, Head, read_archive
from ..formats.layers_models import read_layers_stored
from ..formats.recognising import told
from ..formats.wire import keras_h5
from ..formats.wire.stored import Stored
from ..host.files import FormatError
from ..host.json_data import json_object
from ..host.stores.folders import ZIP_STARTS, AtHand, Folder, Memory, Zip
from ..host.waiting import at_once
from ..zoo.extraction import extract_features
from .project import FORMAT as PROJECT
from .project import MAX_ABOUT

EXPECTED = (
    "a model of pictures; expected a zip that `teach` or the Teach page has saved, or one of"
    " Teachable Machine"
)
KERAS, LABELS = "keras_model.h5", "labels.txt"
"""What Teachable Machine calls its export for Keras."""
Progress = Callable[[int, int], None] | None


class Answers(NamedTuple):
    """`rows[i]` has the probability of each label for picture number `kept[i]`."""

    rows: Any
    kept: list[int]
    skipped: list[Skipped]


class Predictor(NamedTuple):
    """Labels, and what says how probable each is for pictures."""

    labels: Sequence[str]
    look: Callable[[Iterable[Any], Progress], Answers]


def open_predictor(path: str | Path, dtype: str = "float32") -> Predictor:
    """What is at `path`, ready to look at pictures with its network in `dtype`.

    FileNotFoundError where nothing is, FormatError that says what else it is, and what
    to do with it.
    """
    path = Path(path)
    files, start = _opened(path)
    names = {name.rsplit("/", 1)[-1]: name for name in reversed(files.names())}
    if "project.json" in names:
        raw = files.read(names["project.json"], MAX_ABOUT)
        if json_object(raw, f"project.json in {path}").get("format") != PROJECT:
            raise FormatError(f"project.json in {path} is of no project of the Teach page")
        return _of_head(_project_head(path, files, names.get("head.zip")), dtype)
    if "metadata.json" in names and "model.json" in names:
        raw = files.read(names["metadata.json"], MAX_METADATA)
        about = json_object(raw, f"metadata.json in {path}")
        if about.get("format") == FORMAT and path.is_file():
            return _of_head(read_archive(path), dtype)
        if isinstance(about.get("labels"), list):
            labels = [str(label) for label in about["labels"]]
            return _of_network(read_layers_stored(files), labels, path, dtype)
    if KERAS in names and LABELS in names:
        model = Memory({KERAS: files.read(names[KERAS])}, str(path))
        labels = _labels(files.read(names[LABELS], MAX_METADATA), path)
        return _of_network(at_once(keras_h5.read(AtHand(model))), labels, path, dtype)
    if start.startswith(keras_h5.START):
        raise FormatError(
            f"{path} is a model or weights in Keras's HDF5 format, which do not say what their"
            f" classes are called; put it as {KERAS} beside a {LABELS} (a line per class) into a"
            " folder or zip and give that to `predict`, or use it in Python with pw.load_model"
        )
    if "model.json" in names:
        raise FormatError(
            f"{path} is a TensorFlow.js model without a metadata.json that has its 'labels'; add"
            " one, or use the model in Python with pw.load_model"
        )
    raise FormatError(told(path, names, start, EXPECTED))


def _opened(path: Path) -> tuple[Folder | Zip | Memory, bytes]:
    """(the files there, how the first or only one begins)."""
    if path.is_dir():
        return Folder(path), b""
    if not path.is_file():
        raise FileNotFoundError(f"no such model: {path}; expected a file that `teach` has saved")
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(ZIP_STARTS):
        return Zip(path), start
    beside = path.suffix.lower() in (".json", ".h5") and len(Folder(path.parent).names()) < 1000
    if beside and path.name in ("model.json", KERAS):
        return Folder(path.parent), start
    return Memory({path.name: start} if start else {}, str(path)), start


def _project_head(path: Path, files: Folder | Zip | Memory, head: str | None) -> Head:
    if head is None:
        raise FormatError(
            f"{path} is a project of the Teach page in which nothing has been taught yet; open it"
            " there and press Train, or give it to `teach`"
        )
    try:
        return read_archive(files.read(head))
    except FormatError as e:
        raise FormatError(f"head.zip in {path}: {e}") from None


def _labels(text: bytes, path: Path) -> list[str]:
    """Lines such as "0 Class 1", the number that Teachable Machine puts there left out."""
    lines = [line.strip() for line in text.decode("utf-8-sig", "replace").splitlines()]
    lines = [line for line in lines if line]
    numbered = all(line.split(" ")[0] == str(i) and " " in line for i, line in enumerate(lines))
    if not lines:
        raise FormatError(f"{LABELS} in {path} is empty; expected a line per class")
    return [line.split(" ", 1)[1] if numbered else line for line in lines]


def _of_head(head: Head, dtype: str) -> Predictor:
    from ..zoo import load_described  # all networks, when a job runs

    model, metadata = head

    def look(pictures: Iterable[Any], progress: Progress) -> Answers:
        extractor = load_described(metadata["extractor"], dtype=dtype)
        # heads of before it was written down were taught on squashed pictures
        fit = metadata.get("fit", "squash")
        features = extract_features(extractor, pictures, progress, fit=fit)
        flat = features.values.reshape(features.values.shape[0], -1)
        return Answers(model.predict(flat).numpy(), features.kept, features.skipped)

    return Predictor(metadata["labels"], look)


def _of_network(stored: Stored, labels: Sequence[str], path: Path, dtype: str) -> Predictor:
    from ..zoo.classifier import classifier_of  # the zoo's networks, when a job runs

    network = classifier_of(stored, labels, str(path)).astype(dtype)

    def look(pictures: Iterable[Any], progress: Progress) -> Answers:
        # Teachable Machine looks at the middle square
        answers = extract_features(network, pictures, progress, fit="crop")
        return Answers(answers.values.numpy(), answers.kept, answers.skipped)

    return Predictor(labels, look)
