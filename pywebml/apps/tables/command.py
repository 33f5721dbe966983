"""The `tables` command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...data.samples import iris_table
from ...host.files import checked_place, write_or_beside
from ...vis.charts import Lines, Matrix, Points
from ...vis.screens import Screen, duration
from ..app import Given, Outcome
from ..options import option
from .columns import Column, columns_of, text_of
from .files import MAX_FILE, answered, read_saved, saved_bytes
from .learning import TableOptions, learn
from .model import TableModel
from .reading import MOST_BYTES, Table, read_table
from .task import Task, task_of
from .testing import Learnt, test

BLOCKS = " ▁▂▃▄▅▆▇█"
SHOWN = 8  # answers in the terminal


@dataclass(frozen=True)
class TableCommand(TableOptions):
    """What the command takes besides."""

    out: str | None = option(
        None, "where the trained model goes, NAME.keras", metavar="MODEL", writes=True, form=False
    )
    load: str | None = option(
        None,
        "tests this model instead of training one: a .keras file of --out, or another one of"
        " numbers that Keras or TensorFlow.js saved",
        metavar="MODEL",
        form=False,
    )
    predict: str | None = option(
        None, "rows to answer, with the columns that were learnt", metavar="ROWS.csv", form=False
    )
    answers: str = option(
        "answers.csv",
        "where the rows of --predict go with their answers",
        metavar="FILE.csv",
        form=False,
    )


async def run(given: Given) -> Outcome:
    """Shows a table's columns, learns one from the others, and says how well."""
    options: TableCommand = given.options
    screen = given.screen
    if options.out is not None and Path(options.out).suffix.lower() != ".keras":
        raise ValueError(f"--out takes NAME.keras, got {options.out!r}")
    for out in (options.out, options.answers if options.predict else None):
        if out is not None:
            checked_place(out)
    path = given.inputs.get("file")
    table = _opened(path, options.header)
    rows = _read(options.predict, options.header) if options.predict else None
    given.take_device()
    columns = columns_of(table)
    tests = path is not None or rows is None or not options.load
    if tests:
        show_columns(screen, table, columns)
    if options.load:
        learnt = await _loaded(given, table, columns, tests)
    else:
        learnt = await _learn(given, _task(options, table, columns), table)
    if tests:
        show_learnt(screen, learnt)
    data = learnt.data
    hints: tuple[str, ...] = ()
    if options.out is not None:
        place = write_or_beside(options.out, await saved_bytes(learnt.model))
        screen.line(f"model saved: {place}")
        data["model"] = str(place)
    elif not options.load:
        hints = ("tables --out iris.keras", "tables FILE.csv --target COLUMN")
    if rows is not None:
        data["answers"] = await _answer(screen, learnt.model, rows, options.answers)
    return Outcome(data, 130 if data.get("stopped") else 0, hints=hints)


def names_in(text: str | None) -> list[str] | None:
    """The names in a list with commas; None for None."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def _opened(path: str | None, header: str) -> Table:
    if path is None:
        return read_table(iris_table(), "iris.csv", "yes")
    return _read(path, header)


def _read(path: str, header: str) -> Table:
    return read_table(_start_of(Path(path), MOST_BYTES), path, header)


def _start_of(path: Path, most: int) -> bytes:
    """A file's bytes; of a longer one `most` and one more."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give a file")
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there; give a file")
    with path.open("rb") as file:
        return file.read(most + 1)


def _task(options: TableOptions, table: Table, columns: Sequence[Column]) -> Task:
    return task_of(
        table,
        columns,
        options.target,
        names_in(options.columns),
        names_in(options.categories) or (),
        options.kind,
        options.missing,
    )


async def _learn(given: Given, task: Task, table: Table) -> Learnt:
    screen = given.screen
    for note in (*table.notes, *task.notes):
        screen.line(note, "warning")
    screen.line(
        f"learning {task.target.name!r} from {', '.join(c.name for c in task.columns)}", "title"
    )
    options = given.options.narrowed(TableOptions)
    learnt = await learn(task, options, screen.progress, given.stop)
    if learnt.data["stopped"]:
        screen.line("stopped by Ctrl-C; what was learnt so far is tested", "warning")
    return learnt


async def _loaded(given: Given, table: Table, columns: list[Column], tests: bool) -> Learnt:
    """A saved model, and how well it does on the table, if that is asked for."""
    options, load = given.options, given.options.load
    data = _start_of(Path(load), MAX_FILE)
    model = await read_saved(data, load, lambda: _task(options, table, columns))
    if tests:
        return await test(model, table, columns)
    return Learnt(model, {"target": model.target, "kind": model.kind, "notes": []}, [])


def show_columns(screen: Screen, table: Table, columns: Sequence[Column]) -> None:
    """A row per column: its type, what is missing, its range, and how it is spread."""
    screen.line(f"{table.name}: {table.rows:,} rows of {len(columns)} columns", "title")
    rows = []
    for column in columns:
        kind = "none" if column.useless else column.kind
        if column.useless:
            spread, extent = "", column.useless
        elif column.kind == "number":
            spread, extent = (
                _blocks(column.bins),
                f"{text_of(column.low)} to {text_of(column.high)}",
            )
        else:
            usual = Counter(column.counts).most_common(3)
            more = ", ..." if len(column.counts) > len(usual) else ""
            extent = ", ".join(f"{name} {count}" for name, count in usual) + more
            spread = _blocks(list(column.counts.values())[:12])
        rows.append([column.name, kind, str(column.missing), extent, spread])
    screen.table(["column", "type", "missing", "values", "how often"], rows, right=[2])


def _blocks(counts: Sequence[int]) -> str:
    """Heights as characters."""
    top = max(counts, default=0) or 1
    return "".join(BLOCKS[-(-8 * count // top)] for count in counts)


def show_learnt(screen: Screen, learnt: Learnt) -> None:
    """How it learnt, what it takes for what, and how well it does."""
    data = learnt.data
    history = data.get("history")
    if history and len(history["loss"]) > 1:
        series = {"rows it learns": history["loss"], "rows kept aside": history["val_loss"]}
        screen.chart(Lines(series, range(1, len(history["loss"]) + 1), "Loss, epoch by epoch"))
    where = "that it has not seen" if data["trained"] else "of the table"
    if data["kind"] == "classes":
        screen.chart(
            Matrix(data["classes"], data["confusion"], "True class by row, answer by column")
        )
        right = round(data["accuracy"] * data["tested"])
        screen.line(
            f"right on {right} of {data['tested']} rows {where} ({data['accuracy']:.1%}); always"
            f" the most frequent class: {data['baseline']:.1%}",
            "title",
        )
    else:
        name = data["target"]
        clouds = {"rows kept aside" if data["trained"] else "rows": learnt.points}
        screen.chart(Points(clouds, f"{name}: true, and foretold", "true", "foretold"))
        r2 = "" if data["r2"] is None else f", R² {data['r2']:.3f}"
        screen.line(
            f"off by {data['mean_absolute_error']:.4g} on average on {data['tested']} rows"
            f" {where}{r2}; always the mean: {data['baseline']:.4g}",
            "title",
        )
    if data["trained"]:
        took = duration(data["seconds"])
        screen.line(f"{data['parameters']:,} weights, {data['trained']:,} rows, {took}")


async def _answer(screen: Screen, model: TableModel, rows: Table, out: str) -> str:
    """Answers rows, shows some, writes all; where they are."""
    data, said, notes = await answered(model, rows)
    for note in notes:
        screen.line(note, "warning")
    known = [rows.columns[rows.names.index(feature.name)] for feature in model.features]
    shown: list[list[Any]] = [
        [*(column[row] for column in known[:6]), said[row]] for row in range(min(SHOWN, len(said)))
    ]
    names = [*(feature.name for feature in model.features[:6]), f"predicted {model.target}"]
    screen.table(names, shown)
    place = write_or_beside(out, data)
    screen.line(f"{len(said):,} answers: {place}")
    return str(place)
