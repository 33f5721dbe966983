"""`federate client`: trains on its own pictures, and sends weights and counts only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...data.split import split
from ...distributed.federated.lesson import Lesson
from ...host.files import checked_place
from ...host.waiting import run_sync
from ...zoo import load_extractor
from ..alike import alike
from ..app import Given, Outcome
from .common import looked_at, saved_head


def take_part(given: Given) -> Outcome:
    """Until the lesson is over, or somebody asks for the end."""
    from ...distributed.federated.flower import processes

    options, folder, screen = given.options, given.inputs["folder"], given.screen
    if not folder:
        raise ValueError("a client needs its pictures: federate client DIR, a folder per class")
    processes.quiet()
    server = processes.Address.read(options.server)
    out = checked_place(options.out) if options.out else None
    authority = Path(options.ca) if options.ca else None
    if authority and not authority.is_file():
        raise FileNotFoundError(f"there is no file {authority} (--ca)")
    why = server.answers(authority)
    if why:
        raise ConnectionError(
            f"no server at {server}: {why}; start `federate server` there, or give --server"
            " HOST:PORT"
        )
    given.take_device()
    extractor = load_extractor(options.extractor)
    lesson = run_sync(_lesson(given, extractor, folder))
    from ...distributed.federated.flower.client import Course, attend

    screen.line(f"taking part at {server}; weights and counts leave, pictures do not", "title")
    course = attend(server, Course(lesson, screen.line), given.stop, authority)
    return _ended(given, course, extractor, server, out)


async def _lesson(given: Given, extractor: Any, folder: str) -> Lesson:
    """Its own pictures, some of each class kept aside, copies together."""
    options = given.options
    features, names, classes = looked_at(given, extractor, folder, 1)
    labels = [classes.index(name) for name in names]
    rows = features.values.reshape(len(names), -1)
    first = await alike(rows, labels, features.thumbnails)
    _, aside = split(labels, options.validation, options.seed, first)
    return Lesson(extractor.describe(), rows, names, aside, options.fit)


def _ended(given: Given, course: Any, extractor: Any, server: Any, out: Path | None) -> Outcome:
    screen = given.screen
    if course.refused:
        raise ValueError(course.refused)
    data = {
        "rounds": course.rounds,
        "accuracy": course.accuracy,
        "over": course.over,
        "model": None,
    }
    if out and course.weights is not None:
        training = {"val_accuracy": course.accuracy, "rounds": course.rounds}
        model = saved_head(out, course.agreed, course.weights, extractor, training)
        screen.line(f"model saved: {model}")
        data["model"] = str(model)
    if course.over:
        screen.line(f"the lesson is over, after {course.rounds} rounds here", "good")
        return Outcome(data)
    if given.stop():
        screen.line(f"left after {course.rounds} rounds; the others go on", "warning")
        return Outcome(data, 130)
    screen.line(f"{server} is gone, after {course.rounds} rounds here", "warning")
    return Outcome(data, 0 if course.rounds else 2)
