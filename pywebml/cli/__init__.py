"""The terminal: parses words, runs the app's job and shows it. Returns exit codes."""

from __future__ import annotations

import inspect
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..apps.app import App, Given, Outcome
from ..host import settings
from ..host.files import checked_place
from ..host.shown import shown
from ..host.waiting import run_sync
from .parser import PROGRAM, build_parser

if TYPE_CHECKING:
    from .report import Report


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code: 0, 1 for check's misses, 2 for an error,
    130 after Ctrl-C.
    """
    words = build_parser().parse_args(arguments)
    from .report import Report  # rich, which `--help` does without

    report = Report()
    try:
        return _run(words.app, words, report)
    except KeyboardInterrupt as stopped:
        report.close()
        left = str(stopped) or "nothing was saved"
        print(f"pywebml: stopped by Ctrl-C; {left}", file=sys.stderr)
        return 130
    except (ValueError, OSError, RuntimeError, ImportError, MemoryError) as error:
        if settings.DEBUG():
            raise
        report.close()
        print(f"pywebml: {shown(' '.join(str(error).split()))}", file=sys.stderr)
        return 2


def _run(app: App, words: Any, report: Report) -> int:
    """The job, and what follows every job: what was skipped, the JSON, what to try
    next.
    """
    from .report import write_json

    options = {option.name: getattr(words, option.name) for option in app.options.declared()}
    json = words.json if app.json else None
    places = [options[option.name] for option in app.options.declared() if option.writes]
    _check_places([place for place in (*places, json) if place], _inputs(app, words))
    job = Given(
        inputs={takes.name: getattr(words, takes.name) for takes in app.takes},
        options=app.options(**options),
        screen=report,
        device=words.device,
    )
    outcome = _outcome(app, job)
    report.close()
    for reason in outcome.skipped:
        print(f"pywebml: {shown(reason)}; skipped", file=sys.stderr)
    if json and outcome.data is not None:
        written = write_json(json, outcome.data)
        if written != Path(json):
            report.line(f"{json} can no longer be written; the results went elsewhere", "warning")
        report.line(f"written: {written}")
    if outcome.hints:
        report.line("What to try next", "title")
        for hint in outcome.hints:
            report.line(f"  {PROGRAM} {hint}")
    return outcome.code or (2 if outcome.skipped else 0)


def _outcome(app: App, given: Given) -> Outcome:
    assert app.run is not None
    if not app.stops:
        return _waited(app.run(given))
    with _ctrl_c() as given.stop:
        return _waited(app.run(given))


def _waited(outcome: Any) -> Outcome:
    answer: Outcome = run_sync(outcome) if inspect.iscoroutine(outcome) else outcome
    return answer


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], bool]]:
    """Turns the first Ctrl-C into a question that the job asks; the second one ends it
    at once.
    """
    pressed: list[int] = []

    def handler(number: int, frame: Any) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, handler)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def _inputs(app: App, words: Any) -> list[str]:
    """What a job reads."""
    values = [getattr(words, takes.name) for takes in app.takes]
    return [v for value in values for v in (value if isinstance(value, list) else [value]) if v]


def _reads(given: Path, path: Path) -> bool:
    """Whether `path` is a file that is given, or in a folder that is."""
    return (given.is_file() and path.samefile(given)) or (
        given.is_dir() and path.is_relative_to(given.resolve())
    )


def _check_places(places: list[str | Path], inputs: list[str]) -> None:
    """Better to hear now that a result cannot be written than after minutes of work, or
    that it would take the place of a picture.
    """
    seen: set[Path] = set()
    for place in places:
        path = checked_place(place).resolve()
        if path in seen:
            raise ValueError(f"{place} is given for two results; give each its own file")
        if path.is_file() and any(_reads(Path(given), path) for given in inputs):
            raise ValueError(f"{place} is what is read; give the result another name")
        seen.add(path)
