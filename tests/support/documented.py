"""The commands that the documentation shows, and the files that they name, in small."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from graph_files import graph_files, node, placeholder
from hosts import ROOT
from PIL import Image

import pywebml as pw
from pywebml.apps.sound.spectrogram import RATE
from pywebml.data.samples import sample_folder, sample_text
from pywebml.data.wav import wav_bytes
from pywebml.models import Sequential

sys.path.insert(0, str(ROOT))

from tools.docs import howto
from tools.docs.blocks import Block, blocks

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for folder, pattern in ((ROOT, "*.md"), (ROOT / "examples", "*.md"), (ROOT / "docs", "**/*.md"))
    for path in sorted(folder.glob(pattern))
}
"""What is written; `howto.pages()` is made of the jobs."""
SHELL = ("sh", "")  # a block without a word consists of commands
CLASSES = ("paper", "rock", "scissors")
FEW = 4
"""Pictures of a class."""


class Command(NamedTuple):
    """A line of a block of commands, as words; `place` is where it stands first."""

    place: str
    line: str
    runs: bool

    @property
    def words(self) -> list[str]:
        return shlex.split(self.line)


def of(*languages: str) -> Iterator[tuple[str, Block]]:
    """(file, block) of a language, those left out that say why."""
    for file, text in {**PAGES, **howto.pages()}.items():
        for block in blocks(text):
            if block.language in languages and block.mark != "not run":
                yield file, block


def commands() -> list[Command]:
    """Each of the documentation's once."""
    every: dict[str, Command] = {}
    for file, block in of(*SHELL):
        for line in block.text.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s&&\s", re.sub(r"(^|\s+)#.*", "", line)):
                if words := part.strip():
                    runs = words not in block.not_run
                    every.setdefault(words, Command(f"{file}:{block.line}", words, runs))
    return list(every.values())


def prepare(folder: Path, command: Command, taught: Path) -> None:
    """Makes in the folder what a command names; `taught` has a model of `photos`."""
    for word in command.words:
        name = word.split("/")[0]
        if name in TAUGHT:
            shutil.copy(taught / TAUGHT[name], folder / name)
        elif name in FILES:
            FILES[name](folder / name)
        elif name.endswith(".jpg"):
            shutil.copy(next(photos_of("rock")), folder / name)


# --- the files, each by its name in the documentation


def photos_of(name: str) -> Iterator[Path]:
    yield from sorted((sample_folder("rock_paper_scissors") / name).iterdir())[:FEW]


def photos(folder: Path) -> None:
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for path in photos_of(name):
            shutil.copy(path, folder / name)


def project(path: Path) -> None:
    """As Teachable Machine saves one."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", '{"type":"image"}')
        for name in CLASSES:
            for i, picture in enumerate(photos_of(name)):
                file = io.BytesIO()
                Image.open(picture).convert("RGB").save(file, "JPEG")
                archive.writestr(f"{name}-!-{i}.jpg", file.getvalue())


def table(columns: str) -> Callable[[Path], None]:
    """Rows of numbers, and of a last column that follows from the first."""

    def write(path: Path) -> None:
        rows = np.random.default_rng(0).uniform(1, 9, (60, columns.count(",") + 1))
        ends = [
            ("low", "high")[int(row[0] > 5)] if path.stem == "flowers" else row[0] for row in rows
        ]
        lines = [[*map(str, row[:-1]), str(end)] for row, end in zip(rows, ends, strict=True)]
        path.write_text("\n".join([columns, *map(",".join, lines)]), encoding="utf-8")

    return write


def sounds(folder: Path) -> None:
    """A second of a low and of a high tone, each some times."""
    rng, seconds = np.random.default_rng(0), np.arange(RATE) / RATE
    for name, pitch in (("low", 200), ("high", 1600)):
        (folder / name).mkdir(parents=True)
        for i in range(FEW + 2):
            tone = np.sin(2 * np.pi * pitch * seconds) * 0.3 + rng.normal(0, 0.01, len(seconds))
            wav = wav_bytes(tone.astype(np.float32), RATE)
            (folder / name / f"{i}.wav").write_bytes(wav)


def network() -> Any:
    layers = pw.layers
    return Sequential(
        [
            layers.Input((32, 32, 3)),
            layers.Conv2D(4, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )


def saved(path: Path) -> None:
    pw.save_model(network(), path)


def graph(folder: Path) -> None:
    """A convolution, as TensorFlow.js's converter writes graphs."""
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 4)).astype(np.float32)
    words = {"T": "DT_FLOAT", "strides": [1, 2, 2, 1], "padding": "SAME", "data_format": "NHWC"}
    nodes = [
        placeholder("image", (-1, 32, 32, 3)),
        node("conv", "Conv2D", ["image", "kernel"], dilations=[1, 1, 1, 1], **words),
        node("heatmap", "Relu", ["conv"], T="DT_FLOAT"),
    ]
    folder.mkdir()
    for name, data in graph_files(nodes, {"kernel": kernel}).items():
        (folder / name).write_bytes(data)


def graphs(folder: Path) -> None:
    folder.mkdir()
    graph(folder / "posenet")


TAUGHT = {
    "photos.zip": "hands.zip", "hands.zip": "hands.zip", "lesson.zip": "hands.zip",
    "my-model.zip": "hands-teachable-machine.zip",
}  # fmt: skip
"""{name: what `teach photos --out hands.zip --export teachable-machine` wrote}."""
FILES: dict[str, Callable[[Path], None]] = {
    "photos": photos,
    "project.tm": project,
    "houses.csv": table("rooms,area,price"),
    "flowers.csv": table("petal_length,petal_width,species"),
    "points.csv": table("x,y"),
    "novel.txt": lambda path: path.write_text(sample_text()[:4000], encoding="utf-8") and None,
    "sounds": sounds,
    "model.zip": saved,
    "model.keras": saved,
    "net.onnx": saved,
    "posenet": graph,
    "MODELS": graphs,
    "program.py": lambda path: shutil.copy(ROOT / "examples" / "fit_a_curve.py", path) and None,
    "examples": lambda folder: shutil.copytree(ROOT / "examples", folder) and None,
}
