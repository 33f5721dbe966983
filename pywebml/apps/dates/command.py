"""The `dates` command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...host.files import checked_place, write_or_beside, write_whole
from ...host.progress import Step
from ...vis.charts import Heat, Lines
from ...vis.screens import Screen, duration
from ...vis.svg import svg
from ..app import Given, Outcome
from ..lessons import Learnt
from ..network_files import MAX_FILE
from ..options import option
from .files import read_saved, saved_bytes
from .network import Reading
from .translator import DateOptions, Point, Translator, outcome
from .ways import UNUSUAL, WAYS, exists, numbers

TOLD = (10, 40, 80, 120, 200)
"""After which steps it is told how a date is read."""
SHOWN = 8
"""Dates of a table."""


@dataclass(frozen=True)
class DateCommand(DateOptions):
    """What the command takes besides."""

    load: str | None = option(
        None,
        "reads with a model that was saved; trains it further only with --epochs",
        metavar="MODEL.zip",
        form=False,
    )
    save: str | None = option(
        None, "where the model goes", metavar="MODEL.zip", writes=True, form=False
    )
    out: str | None = option(
        None,
        "where a picture of what it looked at goes",
        metavar="FILE.svg",
        writes=True,
        form=False,
    )


async def run(given: Given) -> Outcome:
    """Learns to read dates; shows how well, where it looked, and what it gets wrong."""
    options: DateCommand = given.options
    texts = [text.strip() for text in given.inputs.get("dates") or ()]
    _check(texts, options)
    out = checked_place(options.out) if options.out else None
    given.take_device()
    screen, learnt = given.screen, None
    if options.load is None:
        translator = Translator.new(options.narrowed(DateOptions))
    else:
        translator = Translator(read_saved(_bytes(Path(options.load)), options.load))
    if options.load is None or options.epochs:
        learnt = await _learn(given, translator)
    tested = await translator.test()
    data = outcome(translator, tested, learnt)
    _show_tested(screen, translator, tested)
    await _show_unusual(screen, translator)
    best = max(translator.aside, key=lambda each: len(each.text)).text
    asked = texts or [best]
    readings = await translator.reader.read(asked)
    if texts:
        _show_asked(screen, texts, readings)
    heat = _heat(asked[0], readings[0])
    screen.chart(heat)
    data["read"] = [
        {"text": text, "iso": reading.iso, "sure": min(reading.sure)}
        for text, reading in zip(asked, readings, strict=True)
    ]
    if out is not None:
        write_whole(out, svg(heat).encode())
        screen.line(f"where it looked: {out}")
    hints = ["dates '3rd of Feb 2021' --out looked.svg", "dates --save dates.zip"]
    if options.save is not None:
        place = write_or_beside(options.save, await saved_bytes(translator.saved))
        if place != Path(options.save):
            screen.line(f"{options.save} can no longer be written; it went elsewhere", "warning")
        screen.line(f"model saved: {place}")
        data["model"] = str(place)
        hints = [f"dates '3rd of Feb 2021' --load {place}"]
    return Outcome(data, 130 if learnt and learnt.stopped else 0, hints=tuple(hints))


def _check(texts: Sequence[str], options: DateCommand) -> None:
    """ValueError, before any work, for what cannot be read or written."""
    if "" in texts:
        raise ValueError("one of the dates is empty; write one, such as '3 Feb 2021'")
    numbers(texts)
    for place, ending in ((options.out, ".svg"), (options.save, ".zip")):
        if place is not None and Path(place).suffix.lower() != ending:
            raise ValueError(f"expected a name that ends in {ending}, got {place!r}")


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give a file that `dates --save` wrote")
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there; give a file that `dates --save` wrote")
    with path.open("rb") as file:
        return file.read(MAX_FILE + 1)


async def _learn(given: Given, translator: Translator) -> Learnt[Point]:
    """Trains, and shows how the reading of a date gets better."""
    options, screen = given.options.narrowed(DateOptions), given.screen
    screen.line(
        f"{options.examples:,} dates of 1950 to 2050 to learn from, in {len(WAYS)} ways;"
        f" {len(translator.aside):,} others to test on"
    )
    told: list[list[str]] = []

    def hear(point: Point) -> None:
        logs = {"loss": point.loss, "accuracy": point.accuracy}
        screen.progress(Step("training", point.done, point.of, logs))
        if point.done in TOLD or point.done == point.of:
            some = [reading.iso for reading in point.readings[:3]]
            told.append([str(point.step), *some, f"{point.accuracy:.0%}"])

    learnt = await translator.learn(options, hear, given.stop)
    if learnt.stopped:
        screen.line("stopped by Ctrl-C; what was learnt so far is tested", "warning")
    screen.line(f"How three dates were read while it learnt, {duration(learnt.seconds)}:", "title")
    texts = [each.text for each in translator.aside[:3]]
    screen.table(["after step", *texts, "right"], told, right=[0, 4])
    steps = [point.step for point in learnt.points]
    screen.chart(Lines({"": [point.loss for point in learnt.points]}, steps, "Loss", "step"))
    return learnt


def _show_tested(screen: Screen, translator: Translator, tested: list[Reading]) -> None:
    """Some dates as they come, each in another way, and some that it reads wrongly."""
    rows = [(w.text, r, w.iso) for w, r in zip(translator.aside, tested, strict=True)]
    wrong = [row for row in rows if row[1].iso != row[2]]
    screen.line(f"reads {len(rows) - len(wrong):,} of {len(rows):,} dates not seen before", "title")
    by_way = {w.way: row for w, row in zip(translator.aside, rows, strict=True)}
    _table(screen, list(by_way.values())[:SHOWN])
    if wrong:
        screen.line("Some that it reads wrongly:", "title")
        _table(screen, wrong[:SHOWN])


async def _show_unusual(screen: Screen, translator: Translator) -> None:
    """What it makes of dates as it has never seen any."""
    readings = await translator.reader.read([text for text, _ in UNUSUAL])
    screen.line("Written in ways that it has never seen:", "title")
    _table(
        screen,
        [(text, reading, iso) for (text, iso), reading in zip(UNUSUAL, readings, strict=True)],
    )


def _show_asked(screen: Screen, texts: Sequence[str], readings: Sequence[Reading]) -> None:
    screen.line("Yours:", "title")
    rows = [
        [
            text,
            reading.iso,
            f"{min(reading.sure):.0%}",
            "" if exists(reading.iso) else "no such day",
        ]
        for text, reading in zip(texts, readings, strict=True)
    ]
    screen.table(["written", "read as", "sure", ""], rows, right=[2])


def _table(screen: Screen, rows: Sequence[tuple[str, Reading, str]]) -> None:
    """Of (text, what was read, what it is)."""
    screen.table(
        ["written", "read as", "sure", ""],
        [
            [text, reading.iso, f"{min(reading.sure):.0%}", _verdict(reading.iso, iso)]
            for text, reading, iso in rows
        ],
        right=[2],
    )


def _verdict(said: str, iso: str) -> str:
    if said == iso:
        return "right"
    return f"wrong: it is {iso}" if iso else "wrong: there is no such date"


def _heat(text: str, reading: Reading) -> Heat:
    """How much it looked at each character, before each sign that it wrote."""
    rows = [[round(share, 2) for share in row] for row in reading.looked]
    title = f"Where it looked in “{text}” to write {reading.iso}"
    return Heat(rows, list(text), list(reading.iso), title)
