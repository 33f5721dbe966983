"""Teachable Machine's exports for TensorFlow.js: a layers model, and beside it a
metadata.json that names its classes and says how pictures come to it.

Its library (@teachablemachine/image 0.8.5) looks at the middle square of a picture,
`imageSize` pixels wide, and gives the model value / 127 - 1 of each byte; where
`grayscale` says so, of 0.2989 red + 0.587 green + 0.114 blue. Models of sounds and
poses take other things than pictures, and are told by what their metadata.json has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ..host.files import FormatError
from ..host.json_data import json_object
from ..host.version import VERSION

METADATA = "metadata.json"
MAX_METADATA = 1 << 20
MAX_LABELS = 10_000
MIDDLE = 127.0
"""value / MIDDLE - 1 is what its models take."""
GREY = (0.2989, 0.5870, 0.1140)
PACKAGE, PACKAGE_VERSION = "@teachablemachine/image", "0.8.5"


class About(NamedTuple):
    """What a metadata.json says: names of the classes, whether pictures are grey, their
    side in pixels or None where nothing is said, and the model's name.
    """

    labels: tuple[str, ...]
    grayscale: bool = False
    image_size: int | None = None
    name: str = "untitled"


def project_of(data: Mapping[str, Any]) -> str:
    """What a project is of, by its metadata.json: "images", "sounds" or "poses"; ""
    where it is none of Teachable Machine's.

    Example:
        >>> project_of({"wordLabels": ["clap", "snap"]}), project_of({"labels": ["cat"]})
        ('sounds', '')
    """
    if "wordLabels" in data or "tfjsSpeechCommandsVersion" in data:
        return "sounds"
    if str(data.get("packageName", "")).endswith("/pose"):
        return "poses"
    ours = str(data.get("packageName", "")).startswith("@teachablemachine/")
    return "images" if ours or "tmVersion" in data else ""


def about_of(raw: bytes, where: str) -> About | None:
    """What a metadata.json says of an image project, or None where it names no classes.

    FormatError for a project of sounds or poses, which says what can be done with it,
    and for fields of other kinds than Teachable Machine writes.
    """
    data = json_object(raw, where)
    project = project_of(data)
    if project == "sounds":
        raise FormatError(
            f"{where} is of a sound project of Teachable Machine: its model takes spectrograms as"
            " the library speech-commands makes them, not pictures. The network itself opens with"
            " pw.load_model; `python -m pywebml sound` teaches a model of your own sounds"
        )
    if project == "poses":
        raise FormatError(
            f"{where} is of a pose project of Teachable Machine: its model takes what PoseNet"
            " makes of a picture, and PoseNet is not in the file. The network itself opens with"
            " pw.load_model; of Teachable Machine's projects those of images classify pictures"
        )
    labels = data.get("labels")
    if labels is None:
        return None
    if not isinstance(labels, list) or not 0 < len(labels) <= MAX_LABELS:
        raise FormatError(f"{where}: 'labels' is {str(labels)[:80]}; expected a list of names")
    size = data.get("imageSize")
    if size is not None and (type(size) is not int or size < 1):
        raise FormatError(f"{where}: 'imageSize' is {str(size)[:80]}; expected pixels, such as 224")
    name = str(data.get("modelName", About._field_defaults["name"]))
    return About(tuple(map(str, labels)), data.get("grayscale") is True, size, name)


def label_lines(text: bytes, where: str) -> list[str]:
    """The lines of a labels.txt such as "0 Class 1", the number that Teachable Machine
    puts there left out. FormatError where there are none, or too many.

    Example:
        >>> label_lines(b"0 cat\\n1 big dog\\n", "labels.txt")
        ['cat', 'big dog']
    """
    lines = [line.strip() for line in text.decode("utf-8-sig", "replace").splitlines()]
    lines = [line for line in lines if line]
    numbered = all(line.split(" ")[0] == str(i) and " " in line for i, line in enumerate(lines))
    if not 0 < len(lines) <= MAX_LABELS:
        raise FormatError(f"{where} has {len(lines)} lines; expected a line per class")
    return [line.split(" ", 1)[1] if numbered else line for line in lines]


def metadata_of(labels: Sequence[str], image_size: int, name: str) -> dict[str, Any]:
    """What a metadata.json says of a model of ours, in Teachable Machine's fields.

    Example:
        >>> metadata_of(["cat", "dog"], 224, "pets")["labels"]
        ['cat', 'dog']
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {
        "tfjsVersion": "4.22.0",
        "tmVersion": "2.4.10",
        "packageVersion": PACKAGE_VERSION,
        "packageName": PACKAGE,
        "timeStamp": now.replace("+00:00", "Z"),
        "userMetadata": {"generatedBy": f"pywebml {VERSION}"},
        "modelName": name,
        "labels": list(labels),
        "imageSize": image_size,
    }
