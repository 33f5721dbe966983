"""`convert`: a model from one format into another, its weights in fewer bits if asked
for, and what that changes: in its answers, and in how often they are right where it can
be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..formats.comparing import Conversion
from ..formats.converting import convert, read_back
from ..formats.heads import read_archive
from ..formats.wire.quantising import KINDS
from ..host.files import FormatError, checked_place
from ..host.json_data import json_object
from ..host.stores.folders import ZIP_STARTS, Zip
from ..vis.screens import megabytes
from .app import App, Given, Outcome, Takes
from .fetching import progress_of_fetching
from .options import Options, option
from .project import FORMAT, MAX_ABOUT, MAX_HEAD

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np


@dataclass(frozen=True)
class ConvertOptions(Options):
    """In how many bits, and what to compare the answers on."""

    quantise: str | None = option(
        None, "keep the weights in fewer bits; 8 make a file a quarter as large", choices=KINDS
    )
    only: str | None = option(
        None,
        "which weights, by patterns of their names such as 'conv*,dense*', in place of all kernels",
        metavar="PATTERNS",
    )
    per_channel: bool = option(False, "with uint8 a scale for each channel, which is more exact")
    check: str | None = option(
        None, "a picture, or a folder of some, to compare the answers on", metavar="PICTURE"
    )


def run(given: Given) -> Outcome:
    """The command."""
    options: ConvertOptions = given.options
    source, target = given.inputs["source"], given.inputs["target"]
    if "://" not in target and Path(target).suffix:
        checked_place(target)
    if Path(source).exists() and Path(target).exists() and Path(source).samefile(target):
        raise ValueError(f"{target} is what is read; give the result another name")
    if options.quantise is None and (options.only or options.per_channel):
        raise ValueError("--only and --per-channel say how to quantise; add --quantise uint8")
    given.take_device()
    taught = _taught(source)
    done = convert(
        taught.head if taught else source,
        target,
        quantise=options.quantise,
        only=options.only or (),
        per_channel=options.per_channel,
        check=options.check,
        progress=progress_of_fetching(given.screen, source),
    )
    data = {**done._asdict(), "tried": done.tried[0], "tried_on": done.tried[1]}
    _show(given, source, target, done)
    if done.right is not None:
        _show_right(given, "these pictures", done.tried[0], *done.right)
    if taught is not None and len(taught.samples) and done.tried[0]:
        head = read_archive(taught.head).model
        before, after = taught.right(head), taught.right(read_back(head, target))
        count = len(taught.samples)
        data |= {"samples": count, "right_before": before, "right": after}
        _show_right(given, "your samples", count, before, after)
    return Outcome(data, hints=(f"inspect {target}",))


def _show(given: Given, source: str, target: str, done: Conversion) -> None:
    screen = given.screen
    rows = [
        ("format", done.source, done.target),
        ("weights", megabytes(done.before), megabytes(done.nbytes)),
    ]
    screen.table(["", source, target], rows)
    layers = f"{done.layers} layers, " if done.layers else ""
    screen.line(f"{layers}{done.parameters:,} parameters in {done.weights} weights")
    if done.smaller:
        times = done.before / max(done.nbytes, 1)
        screen.line(f"{done.smaller} of them in fewer bits: {times:.1f} times smaller", "good")
    count, what = done.tried
    if not count:
        screen.line("the answers were not compared: this file is written and not read here")
        return
    apart = f"at most {done.difference:.3g} apart, where the largest is {done.largest:.3g}"
    apart = apart if done.difference else "equal"
    if not done.layers:
        screen.line(f"no model: the values of {count} weights are {apart}", "good")
        return
    screen.line(
        f"answers to {count} {what}: {apart}; the likeliest is the same for {done.agree}",
        "good" if done.agree == count else "warning",
    )


def _show_right(given: Given, what: str, count: int, before: int, after: int) -> None:
    given.screen.line(
        f"right about {after} of {count} of {what} ({after / count:.1%}),"
        f" before about {before} ({before / count:.1%})",
        "title",
    )


class Taught:
    """A project of the Teach page with a head: its samples tell how good that is."""

    def __init__(self, archive: Zip, about: dict[str, Any]):
        self.head = archive.read("head.zip", MAX_HEAD)
        keys = about.get("head_keys") or []
        samples = [sample.get("key") for sample in about.get("samples", [])]
        features = np.frombuffer(archive.read("features.bin"), "<f4")
        if samples and features.size % len(samples):
            raise FormatError("features.bin does not fit the samples of project.json")
        rows = features.reshape(len(samples), -1) if samples else features
        known = [i for i, key in enumerate(samples) if key in keys]
        self.samples: Any = rows[known] if known else ()
        self.labels = np.array([keys.index(samples[i]) for i in known])

    def right(self, model: Any) -> int:
        """How many samples a model is right about."""
        inputs = self.samples.reshape(len(self.samples), *model.input.shape[1:])
        return int((model.predict(inputs, verbose=0).numpy().argmax(axis=1) == self.labels).sum())


def _taught(source: str) -> Taught | None:
    path = Path(source)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        if not file.read(4).startswith(ZIP_STARTS):
            return None
    archive = Zip(path)
    if "project.json" not in archive:
        return None
    about = json_object(archive.read("project.json", MAX_ABOUT), f"project.json in {path}")
    if about.get("format") != FORMAT:
        raise FormatError(f"project.json in {path} is of no project of the Teach page")
    if "head.zip" not in archive:
        raise FormatError(
            f"{path} is a project in which nothing has been taught yet; open it on the Teach page"
            " and press Train"
        )
    return Taught(archive, about)


APP = App(
    name="convert",
    says="Write a model in another format, or in fewer bits, and say what that changes.",
    run=run,
    options=ConvertOptions,
    takes=(
        Takes(
            "source",
            "a model: folder, .json, .zip, .keras, .h5, .onnx, .pth, an address, or a project",
            metavar="IN",
        ),
        Takes(
            "target",
            "a folder or .zip (TensorFlow.js), .keras, .onnx; .safetensors or .npz (weights alone)",
            metavar="OUT",
        ),
    ),
    shows=("convert lesson.zip small.zip --quantise uint8", "convert model.keras model.zip"),
    unmeasured="how much changes is up to the model; tests/apps/test_convert.py bounds it for real"
    " ones",
)
