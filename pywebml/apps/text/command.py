"""The `text` command."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from ...data.samples import TITLE, sample_text
from ...host.files import write_or_beside
from ...host.progress import Step
from ...vis.charts import Lines
from ...vis.screens import Screen, duration
from ..app import Given, Outcome
from ..options import option
from .author import Author, Learnt, Point, TextOptions, outcome, text_of
from .files import KINDS, MAX_FILE, read_saved, saved_bytes
from .pen import Letter
from .reading import MOST_BYTES, Reading, decoded, read


@dataclass(frozen=True)
class TextCommand(TextOptions):
    """What the command takes besides."""

    generate: int = option(
        400, "characters that it writes in the end", low=1, high=100_000, form=False
    )
    start: str = option("", "what its text begins with", metavar="TEXT", form=False)
    load: str | None = option(
        None,
        "goes on with a model that was saved; without FILE it only writes",
        metavar="MODEL",
        form=False,
    )
    save: str | None = option(
        None,
        "where the model goes, NAME.zip or NAME.keras",
        metavar="MODEL",
        writes=True,
        form=False,
    )


async def run(given: Given) -> Outcome:
    """Learns a text, shows how its writing gets better, and writes."""
    options: TextCommand = given.options
    kind = _kind(options.save)
    path = given.inputs.get("file")
    text = None if path is None and options.load else _text(path)
    given.take_device()
    saved = None
    if options.load:
        saved = await read_saved(_start_of(Path(options.load), MAX_FILE), options.load)
    screen, learnt, reading = given.screen, None, None
    if text is not None:
        name = "the text" if path is None else str(path)
        reading = read(text, saved.letters if saved else (), name)
        _introduce(screen, reading, name if path else TITLE)
    author = Author(saved, options.seed) if saved else Author.new(_letters(reading), options)
    if reading is not None:
        learnt = await _learn(given, author, reading)
        _show_learnt(screen, learnt)
    written = await author.sample(options.temperature, options.generate, options.start)
    _show_written(screen, written, options)
    data = outcome(author, reading, learnt, options.start + text_of(written))
    hints: tuple[str, ...] = (
        "text --save alice.zip",
        "text FILE           (FILE: a text of your own)",
    )
    if options.save is not None:
        place = write_or_beside(options.save, await saved_bytes(author.saved, kind))
        if place != Path(options.save):
            screen.line(f"{options.save} can no longer be written; it went elsewhere", "warning")
        screen.line(f"model saved: {place}")
        data["model"] = str(place)
        hints = (f"text --load {place} --start 'Alice was' --temperature 0.8",)
    return Outcome(data, 130 if learnt and learnt.stopped else 0, hints=hints)


def _kind(place: str | None) -> str:
    """What is written there. ValueError for an ending that says nothing."""
    suffix = Path(place or "model.zip").suffix.lower()
    if suffix not in KINDS:
        raise ValueError(f"--save takes NAME.zip or NAME.keras, got {place!r}")
    return KINDS[suffix]


def _text(path: str | None) -> str:
    if path is None:
        return sample_text()
    return decoded(_start_of(Path(path), MOST_BYTES), path)


def _start_of(path: Path, most: int) -> bytes:
    """A file's bytes; of a longer one `most` and one more."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give a file")
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there; give a file")
    with path.open("rb") as file:
        return file.read(most + 1)


def _letters(reading: Reading | None) -> tuple[str, ...]:
    return reading.letters if reading else ()


def _introduce(screen: Screen, reading: Reading, name: str) -> None:
    screen.line(f"text: {name}", "title")
    screen.line(f"{len(reading.text):,} characters, {len(reading.letters)} different ones")
    for note in reading.notes:
        screen.line(note, "warning")


async def _learn(given: Given, author: Author, reading: Reading) -> Learnt:
    """Trains, and shows what it writes on the way."""
    options, screen = given.options, given.screen

    def hear(point: Point) -> None:
        if point.done:
            logs = {"loss": point.loss, "val_loss": point.aside}
            screen.progress(Step("training", point.done, options.steps, logs))
        if point.sample and point.done < options.steps:
            screen.line(f"after {point.step} steps:", "title")
            _shade(screen, point.sample[:80])

    if author.steps == 0:
        screen.line("Before it has read anything it writes any characters.")
    return await author.learn(reading, options, hear, given.stop, lambda: options.temperature)


def _show_learnt(screen: Screen, learnt: Learnt) -> None:
    if learnt.stopped:
        screen.line("stopped by Ctrl-C; what was learnt so far is kept", "warning")
    series = {
        "text it reads": [point.loss for point in learnt.points],
        "text kept aside": [point.aside for point in learnt.points],
    }
    screen.chart(Lines(series, [point.step for point in learnt.points], "Loss"))
    screen.line(
        f"Of the next character it is as unsure as among {math.exp(min(learnt.aside, 50)):.1f};"
        f" {duration(learnt.seconds)}"
    )


def _show_written(screen: Screen, written: list[Letter], options: TextCommand) -> None:
    """The text, and between which characters it wavered most in the last ones."""
    screen.line(f"It writes (temperature {options.temperature:g}):", "title")
    if options.start:
        screen.line(options.start)
    _shade(screen, written)
    rows = []
    for at, letter in list(enumerate(written))[-5:]:
        before = "".join(each.letter for each in written[max(0, at - 12) : at])
        others = "  ".join(f"{_seen(a)} {p:.0%}" for a, p in letter.likeliest[:4])
        rows.append([_seen(before), _seen(letter.letter), f"{letter.share:.0%}", others])
    screen.table(["after", "it wrote", "sure", "likeliest"], rows, right=[2])


def _shade(screen: Screen, letters: list[Letter]) -> None:
    screen.shaded(text_of(letters), [letter.share for letter in letters])


def _seen(text: str) -> str:
    """With what is not seen spelt out."""
    return text.replace("\n", "\u21b5").replace(" ", "\u00b7")
