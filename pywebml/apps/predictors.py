"""What `predict` takes: a head that `teach` has saved, a project that the Teach page
has exported, what Teachable Machine exports for TensorFlow.js and Keras, or any other
model of pictures that says what its classes are called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..data.folders import Skipped
from ..formats.heads import FORMAT, MAX_METADATA, Head, read_archive
from ..formats.recognising import recognised, told
from ..host.files import FormatError
from ..host.json_data import json_object
from ..host.stores.folders import ZIP_STARTS, Folder, Memory, Zip
from ..zoo.extraction import extract_features
from .project import FORMAT as PROJECT
from .project import MAX_ABOUT

EXPECTED = (
    "a model of pictures; expected a zip that `teach` or the Teach page has saved, or one of"
    " Teachable Machine"
)
Progress = Callable[[int, int], None] | None
Fetching = Callable[[int, int | None], None] | None


class Answers(NamedTuple):
    """`rows[i]` has the probability of each label for picture number `kept[i]`."""

    rows: Any
    kept: list[int]
    skipped: list[Skipped]


class Predictor(NamedTuple):
    """Labels, and what says how probable each is for pictures, or for what a mirror
    shows of them.
    """

    labels: Sequence[str]
    look: Callable[[Iterable[Any], Progress, bool], Answers]


def open_predictor(
    path: str | Path, dtype: str = "float32", fetching: Fetching = None
) -> Predictor:
    """What is at a path or address, ready to look at pictures with its network in
    `dtype`; `fetching` is told of the bytes that come from an address.

    FileNotFoundError where nothing is, FormatError that says what else it is, and what
    to do with it.
    """
    if str(path).startswith(("http://", "https://")):
        return _of_network(path, dtype, fetching)
    path = Path(path)
    files, start = _opened(path)
    names = {name.rsplit("/", 1)[-1]: name for name in reversed(files.names())}
    if head := _head(path, files, names):
        return _of_head(head, dtype)
    if sum(name.endswith(".onnx") for name in names) == 1:
        return _of_onnx(path)
    if recognised(names, start):
        raise FormatError(told(path, names, start, EXPECTED))
    return _of_network(path, dtype)


def read_head(path: Path) -> Head | None:
    """The head that `teach` or the Teach page has saved at a path; None where something
    else is. Errors as `open_predictor`.
    """
    files, _ = _opened(path)
    return _head(path, files, {name.rsplit("/", 1)[-1]: name for name in reversed(files.names())})


def _head(path: Path, files: Folder | Zip | Memory, names: Mapping[str, str]) -> Head | None:
    if "project.json" in names:
        raw = files.read(names["project.json"], MAX_ABOUT)
        if json_object(raw, f"project.json in {path}").get("format") != PROJECT:
            raise FormatError(f"project.json in {path} is of no project of the Teach page")
        return _project_head(path, files, names.get("head.zip"))
    if "metadata.json" in names and "model.json" in names:
        raw = files.read(names["metadata.json"], MAX_METADATA)
        about = json_object(raw, f"metadata.json in {path}")
        if about.get("format") == FORMAT and path.is_file():
            return read_archive(path)
    return None


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


def _of_head(head: Head, dtype: str) -> Predictor:
    from ..zoo import load_described  # all networks, when a job runs

    model, metadata = head

    def look(pictures: Iterable[Any], progress: Progress, mirror: bool) -> Answers:
        extractor = load_described(metadata["extractor"], dtype=dtype)
        # heads of before it was written down were taught on squashed pictures
        fit = metadata.get("fit", "squash")
        features = extract_features(extractor, pictures, progress, fit=fit, mirror=mirror)
        flat = features.values.reshape(features.values.shape[0], -1)
        return Answers(model.predict(flat).numpy(), features.kept, features.skipped)

    return Predictor(metadata["labels"], look)


def _of_onnx(path: Path) -> Predictor:
    from ..zoo.onnx_classifier import OnnxClassifier  # for those who have one

    network = OnnxClassifier(path)

    def look(pictures: Iterable[Any], progress: Progress, mirror: bool) -> Answers:
        answers = extract_features(network, pictures, progress, fit=network.fit, mirror=mirror)
        return Answers(answers.values.numpy(), answers.kept, answers.skipped)

    return Predictor(network.classes, look)


def _of_network(where: str | Path, dtype: str, fetching: Fetching = None) -> Predictor:
    from ..zoo import load_classifier  # all networks, when a job runs

    network = load_classifier(where, dtype, fetching)

    def look(pictures: Iterable[Any], progress: Progress, mirror: bool) -> Answers:
        # Teachable Machine looks at the middle square
        answers = extract_features(network, pictures, progress, fit="crop", mirror=mirror)
        return Answers(answers.values.numpy(), answers.kept, answers.skipped)

    return Predictor(network.classes or (), look)
