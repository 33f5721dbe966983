"""A folder of sounds, and what was learnt of them as a file.

A model is a zip: metadata.json (format, version, labels, what a clip is) beside
model.json and weights.bin, for `tf.loadLayersModel` as well. A project, as the page
exports it, is a zip of folders with wav files below samples/, in their order, with
classes.json for the classes' names; and model.zip, where one is trained.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ...data.class_names import FILE, class_names
from ...data.folders import LEFT_BY_SYSTEMS, natural_key
from ...data.wav import wav_bytes
from ...formats.layers_models import (
    build_model,
    layers_files_of,
    read_layers_stored,
    topology_of,
)
from ...host.files import FormatError
from ...host.json_data import json_bytes, json_object
from ...host.stores.folders import Zip, zip_bytes
from .network import MOST_CLASSES
from .spectrogram import BANDS, FRAME, FRAMES, RATE, STEP

FORMAT, VERSION = "pywebml-sound", 1
SUFFIXES = frozenset({".wav", ".wave"})
MAX_ABOUT, MAX_MODEL = 1 << 20, 64 << 20
MOST_FILES = 20_000
MOST_DEEP = 16
MODEL = "model.zip"
_UNSAFE = re.compile(r"[^\w ]+")
CLIP = {"rate": RATE, "frame": FRAME, "step": STEP, "bands": BANDS}
"""What a network was trained on; it can hear nothing else."""


class SoundFile(NamedTuple):
    """A wav file, and what it sounds like."""

    path: Path
    label: int  # index into SoundFolder.names


@dataclass(frozen=True)
class SoundFolder:
    """What `find_sounds` found, in natural order, and files of other kinds."""

    names: tuple[str, ...]
    files: tuple[SoundFile, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def find_sounds(folder: str | Path, least: int = 2) -> SoundFolder:
    """The wav files in `folder`/CLASS/ and below; `folder` may have the folder of class
    folders alone in it, which is known by classes.json.

    FileNotFoundError or NotADirectoryError where there is no such folder, ValueError
    for fewer class folders than `least`, or one without wav files.
    """
    root = Path(folder)
    example = f"such as {root}/whistle/1.wav and {root}/background noise/1.wav"
    if not root.exists():
        raise FileNotFoundError(f"no folder {root}; expected a folder of class folders, {example}")
    if not root.is_dir():
        raise NotADirectoryError(
            f"{root} is a file; expected a folder of class folders, or a zip of it"
        )
    for _ in range(MOST_DEEP):
        if len(below := _folders(root)) != 1 or (root / FILE).is_file():
            break
        (root,) = below
    folders = _folders(root)
    if not least <= len(folders) <= MOST_CLASSES:
        raise ValueError(
            f"{root} has {len(folders)} class folders; expected {least} to {MOST_CLASSES} with wav"
            f" files, {example}"
        )
    files: list[SoundFile] = []
    left_out: Counter[str] = Counter()
    for label, place in enumerate(folders):
        before = len(files)
        for path in sorted(place.rglob("*"), key=lambda path: natural_key(str(path))):
            if path.name.startswith(".") or not path.is_file():
                continue
            if path.suffix.lower() in SUFFIXES:
                files.append(SoundFile(path, label))
            else:
                left_out[path.suffix.lower() or "without a suffix"] += 1
        if len(files) == before:
            other = ", ".join(left_out) or "nothing"
            raise ValueError(f"class folder {place} has no wav files, but {other}; add some")
    if len(files) > MOST_FILES:
        raise ValueError(f"{root} has {len(files)} wav files, more than the {MOST_FILES} read")
    names = class_names(root, [place.name for place in folders])
    return SoundFolder(tuple(names), tuple(files), dict(left_out))


def _folders(root: Path) -> list[Path]:
    return sorted(
        (
            path
            for path in root.iterdir()
            if path.is_dir()
            and not path.name.startswith(".")
            and path.name.lower() not in LEFT_BY_SYSTEMS
        ),
        key=lambda path: natural_key(path.name),
    )


class Heard(NamedTuple):
    """A trained network, and the classes that it tells apart."""

    model: Any
    names: tuple[str, ...]


async def model_bytes(model: Any, names: Sequence[str], training: Mapping[str, Any]) -> bytes:
    """The file of a network; `training` says how it was trained."""
    values = [await weight.data() for weight in model.weights]
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "labels": list(names),
        "clip": CLIP,
        "training": dict(training),
    }
    return zip_bytes({"metadata.json": json_bytes(metadata), **layers_files_of(model, values)})


def read_model(data: bytes, name: str = "the file") -> Heard:
    """What `model_bytes` wrote, or what is in a project. FormatError for anything else,
    and for clips of another kind.
    """
    if len(data) > MAX_MODEL:
        raise FormatError(f"{name} has {len(data):,} bytes; expected at most {MAX_MODEL:,}")
    if not data.startswith(b"PK"):
        raise FormatError(f"{name} is no model: expected a zip of the Sound page or `sound --out`")
    files = Zip(data)
    if "metadata.json" not in files and MODEL in files:
        return read_model(files.read(MODEL, MAX_MODEL), f"{MODEL} in {name}")
    if "metadata.json" not in files:
        raise FormatError(f"{name} has no trained model in it; train one first")
    about = json_object(files.read("metadata.json", MAX_ABOUT), f"metadata.json in {name}")
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        raise FormatError(
            f"{name} is no model of sounds: its metadata.json does not say {FORMAT!r}, version"
            f" {VERSION}"
        )
    if about.get("clip") != CLIP:
        raise FormatError(f"{name} was trained on other clips than {CLIP}; train it anew")
    labels: Any = about.get("labels")
    if not _are_names(labels):
        raise FormatError(f"{name}: its labels must be 2 to {MOST_CLASSES} names, each once")
    stored = read_layers_stored(files)
    model = build_model(topology_of(stored), stored.weights)
    shapes = [tuple(symbol.shape) for symbol in (*model.inputs, *model.outputs)]
    if shapes != [(None, FRAMES, BANDS, 1), (None, len(labels))]:
        raise FormatError(
            f"{name}: its network does not take spectrograms [{FRAMES}, {BANDS}, 1] to"
            f" {len(labels)} shares; its ends are {shapes}"
        )
    return Heard(model, tuple(labels))


def _are_names(labels: Any) -> bool:
    return (
        isinstance(labels, list)
        and 2 <= len(labels) <= MOST_CLASSES
        and all(isinstance(label, str) and label for label in labels)
        and len(set(labels)) == len(labels)
    )


def sound_files(names: Sequence[str], clips: Sequence[Sequence[bytes]]) -> dict[str, bytes]:
    """{path: wav file} of a project's clips: of each class int16 samples, and what the
    folders are called. Classes without any have no folder.
    """
    files, called = {}, {}
    for i, (name, mine) in enumerate(zip(names, clips, strict=True), 1):
        if not mine:
            continue
        folder = f"{i} {_UNSAFE.sub('-', name)[:60]}".strip()
        called[folder] = name
        for n, clip in enumerate(mine, 1):
            files[f"samples/{folder}/{n:03}.wav"] = wav_bytes(clip, RATE)
    files[f"samples/{FILE}"] = json_bytes(called)
    return files
