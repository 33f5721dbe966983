"""The `sound` command."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ... import ops
from ...core.tensor import Tensor, tensor
from ...data.wav import read_wav, resampled
from ...data.zipped import picture_folder
from ...host.files import checked_place, write_or_beside
from ...host.progress import Step
from ...host.stores.folders import write_files
from ...vis.charts import Lines, Matrix
from ...vis.screens import Screen, duration
from ..app import Given, Outcome
from ..options import option
from .files import (
    MAX_MODEL,
    SUFFIXES,
    Heard,
    find_sounds,
    model_bytes,
    read_model,
    sound_files,
)
from .network import SoundOptions, Trained, train
from .samples import NAMES, sample_sounds
from .spectrogram import BANDS, FRAMES, RATE, cut, picture, pixels_of, spectrograms

SAMPLES = 25
"""Sounds of each class that are made where there is no folder."""
MOST_SHOWN = 8
HEARD_EVERY = RATE // 2
"""Samples between two seconds of a file that are listened to."""


@dataclass(frozen=True)
class SoundCommand(SoundOptions):
    """What the command takes besides."""

    predict: str | None = option(
        None, "a wav file that it then says what it hears in", metavar="FILE.wav", form=False
    )
    load: str | None = option(
        None,
        "a model that was saved, or a project of the Sound page, in place of training",
        metavar="MODEL.zip",
        form=False,
    )
    out: str | None = option(
        None, "where the model goes", metavar="MODEL.zip", writes=True, form=False
    )
    samples: str | None = option(
        None, "a folder that the sounds made for it go to, to be heard", metavar="DIR", form=False
    )


class Sounds(NamedTuple):
    """Clips to learn from, [n, 16000], and files that could not be read."""

    clips: Tensor
    labels: list[int]
    names: tuple[str, ...]
    skipped: tuple[str, ...] = ()


async def run(given: Given) -> Outcome:
    """Learns sounds, tests itself on some, and says what it hears in a file."""
    options: SoundCommand = given.options
    screen, folder = given.screen, given.inputs.get("folder")
    if options.out:
        checked_place(options.out)
    if options.samples and folder:
        raise ValueError("--samples is for the sounds that are made where no folder is given")
    if options.load and (folder or not options.predict):
        raise ValueError(
            "--load takes the place of training: give --predict FILE.wav and no folder"
        )
    sound = _file(options.predict) if options.predict else None
    given.take_device()
    data: dict[str, Any] = {}
    skipped: tuple[str, ...] = ()
    if options.load:
        heard = read_model(_bytes(options.load), options.load)
    else:
        sounds = _read(Path(folder), screen) if folder else await _made(options)
        heard, data = await _learn(given, sounds)
        skipped = sounds.skipped
    if sound is not None:
        data["predictions"] = await _listen(screen, heard, sound, str(options.predict))
    hints: tuple[str, ...] = ()
    if options.out:
        file = await model_bytes(heard.model, heard.names, {**data, "predictions": None})
        place = write_or_beside(options.out, file)
        screen.line(f"model saved: {place}")
        data["model"] = str(place)
        hints = (f"sound --load {place} --predict FILE.wav",)
    elif not options.load:
        hints = ("sound FOLDER --out sounds.zip    (FOLDER: a folder of wav files per class)",)
    stopped = bool(data.get("stopped"))
    return Outcome(data, 130 if stopped else 0, skipped=skipped, hints=hints)


def _bytes(path: str) -> bytes:
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"{file} is no file; expected a zip that `sound --out` wrote")
    with file.open("rb") as opened:
        return opened.read(MAX_MODEL + 1)


async def _made(options: SoundCommand) -> Sounds:
    """Sounds that a program makes; written where they can be heard, if wanted."""
    each = [sample_sounds(name, SAMPLES, options.seed) for name in NAMES]
    if options.samples:
        whole = [ops.cast(ops.round(clips * 32767), "int32").reshape(-1) for clips in each]
        files = sound_files(NAMES, [_shorts(await clips.data()) for clips in whole])
        write_files(options.samples, files)
    labels = [label for label in range(len(NAMES)) for _ in range(SAMPLES)]
    return Sounds(ops.concat(each, 0), labels, NAMES)


def _shorts(values: Any) -> list[bytes]:
    samples = array("h", list(values)).tobytes()
    return [samples[i : i + 2 * RATE] for i in range(0, len(samples), 2 * RATE)]


def _read(path: Path, screen: Screen) -> Sounds:
    """The clips of a folder's files, or a zip's."""
    with picture_folder(path, SUFFIXES) as root:
        folder = find_sounds(root)
        clips, labels, skipped = [], [], []
        for done, (file, label) in enumerate(folder.files, 1):
            screen.progress(Step("reading", done, len(folder.files)))
            try:
                seconds = cut(_file(file).tobytes())
            except (OSError, ValueError) as error:
                skipped.append(str(error))
                continue
            clips += seconds
            labels += [label] * len(seconds)
    if folder.left_out:
        others = ", ".join(f"{n} {kind}" for kind, n in folder.left_out.items())
        screen.line(f"left out, as they are no wav files: {others}", "warning")
    for label, name in enumerate(folder.names):
        if label not in labels:
            raise ValueError(f"class {name!r} has no wav file that can be read; {skipped[0]}")
    samples = tensor(memoryview(b"".join(clips)).cast("f", (len(clips), RATE)))
    return Sounds(samples, labels, folder.names, tuple(skipped))


def _file(path: str | Path) -> Any:
    """float32 samples of a wav file, 16,000 a second."""
    samples, rate = read_wav(path)
    return resampled(samples, rate, RATE)


async def _learn(given: Given, sounds: Sounds) -> tuple[Heard, dict[str, Any]]:
    screen = given.screen
    counts = ", ".join(f"{sounds.labels.count(i)} {name}" for i, name in enumerate(sounds.names))
    screen.line(f"seconds to learn from: {counts}")
    await _show_spectrograms(screen, sounds)
    options = given.options.narrowed(SoundOptions)
    trained = await train(*sounds[:3], options, screen.progress, given.stop)
    _show(screen, trained)
    return Heard(trained.model, trained.names), trained.data


async def _show_spectrograms(screen: Screen, sounds: Sounds) -> None:
    """One of each class, two beside each other."""
    names = sounds.names[:MOST_SHOWN]
    firsts = [sounds.labels.index(i) for i in range(len(names))]
    rows = ops.gather(sounds.clips, tensor(firsts, dtype="int32"))
    pixels = pixels_of(list(await spectrograms(rows).reshape(-1).data()))
    each = [pixels[i : i + FRAMES * BANDS] for i in range(0, len(pixels), FRAMES * BANDS)]
    for i in range(0, len(names), 2):
        two = " beside ".join(names[i : i + 2])
        screen.picture(picture(each[i : i + 2], f"{two}: a second to the right, pitch upwards"))


def _show(screen: Screen, trained: Trained) -> None:
    data = trained.data
    if data["stopped"]:
        screen.line("stopped by Ctrl-C; what was trained so far is tested", "warning")
    curves = {name: trained.history[name] for name in ("accuracy", "val_accuracy")}
    steps = list(range(1, data["epochs"] + 1))
    screen.chart(Lines({k: v for k, v in curves.items() if v}, steps, "Right", "epoch"))
    right = sum(data["confusion"][i][i] for i in range(len(trained.names)))
    screen.line(f"tells {right} of {len(trained.tests)} sounds ({data['measured']})", "title")
    screen.chart(Matrix(trained.names, data["confusion"]))
    screen.line(f"{data['parameters']:,} weights, trained in {duration(data['seconds'])}")


async def _listen(screen: Screen, heard: Heard, sound: Any, name: str) -> list[dict[str, Any]]:
    """What it hears, second by second."""
    samples = array("f", sound.tobytes())
    if len(samples) <= RATE:
        seconds = cut(samples)
    else:
        starts = range(0, len(samples) - RATE + 1, HEARD_EVERY)
        seconds = [samples[start : start + RATE] for start in starts]
    clips = tensor(memoryview(b"".join(seconds)).cast("f", (len(seconds), RATE)))
    seen = spectrograms(clips).reshape(-1, FRAMES, BANDS, 1)
    shares = list(await heard.model.predict(seen).reshape(-1).data())
    predictions = []
    for i in range(len(seconds)):
        mine = [float(share) for share in shares[i * len(heard.names) : (i + 1) * len(heard.names)]]
        best = mine.index(max(mine))
        predictions.append(
            {
                "file": name,
                "second": i * HEARD_EVERY / RATE,
                "class": heard.names[best],
                "probability": mine[best],
                "probabilities": dict(zip(heard.names, mine, strict=True)),
            }
        )
    rows = [(f"{p['second']:.1f} s", p["class"], f"{p['probability']:.0%}") for p in predictions]
    screen.line(f"{name}:", "title")
    screen.table(["from", "hears", "sure"], rows, right=[0, 2])
    return predictions
