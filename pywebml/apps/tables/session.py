"""What the Tables page talks to: one table, one model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ...data.samples import iris_table
from ...host.progress import Listener
from ..app import method
from .columns import Column, columns_of, likely_target
from .files import answered, read_saved, saved_bytes
from .learning import TableOptions, learn
from .model import TableModel, likeliest
from .reading import Table, is_missing, number_in, read_table
from .task import Task, task_of
from .testing import Learnt, test

CHOSEN = ("target", "columns", "categories", "kind", "header")
"""Options of the command that the page has controls of its own for."""


class TableSession:
    """A table, and a model that was trained on it or came from a file."""

    def __init__(self) -> None:
        self._table: Table | None = None
        self._columns: list[Column] = []
        self._model: TableModel | None = None
        self._stop = self._training = False
        self._file: tuple[bytes, str, Callable[[], Task] | None] | None = None  # for a new device

    @method()
    def open(self, bytes: Any = None, name: str = "iris.csv", header: str = "auto") -> Any:
        """`{name, rows, columns, notes, target, named}`: takes the table in a CSV
        file's bytes, or without them that of irises. `columns`: `[{name, kind, missing,
        distinct, left_out, useless, as_target, note, low?, high?, whole?, bins?,
        categories?: [[name, count]]}]`; `target`: which one is probably to be foretold;
        `named`: whether the first line was names. A model that is there stays.
        ValueError for what is no table; all is then as it was.
        """
        self._idle()
        data = iris_table() if bytes is None else memoryview(bytes).tobytes()
        table = read_table(data, name, header)
        columns = columns_of(table)
        target = likely_target(columns).name
        self._table, self._columns = table, columns
        return {
            "name": table.name,
            "rows": table.rows,
            "columns": [column.describe() for column in columns],
            "notes": list(table.notes),
            "target": target,
            "named": table.named,
        }

    @method()
    def row(self, number: int) -> dict[str, str]:
        """`{column: text}` of a row of the table, counted from 0 and around."""
        if self._table is None:
            raise RuntimeError("there is no table yet: call open first")
        place = int(number) % self._table.rows
        pairs = zip(self._table.names, self._table.columns, strict=True)
        return {name: texts[place] for name, texts in pairs}

    def _task(
        self,
        target: str | None,
        columns: Sequence[str] | None,
        categories: Sequence[str] | None,
        kind: str,
        missing: str = "fill",
    ) -> Task:
        if self._table is None:
            raise RuntimeError("there is no table yet: call open first")
        return task_of(self._table, self._columns, target, columns, categories or (), kind, missing)

    @method(options=TableOptions, without=CHOSEN)
    async def train(
        self,
        options: Mapping[str, Any],
        listener: Listener = lambda step: None,
        target: str | None = None,
        columns: list[str] | None = None,
        categories: list[str] | None = None,
        kind: str = "auto",
    ) -> dict[str, Any]:
        """The command's outcome, `points`: some `[true, foretold]` numbers, and `asks`:
        what `state` says. Names of columns that are null are guessed. Progress after
        each epoch: `{stage, done, of, loss, val_loss, accuracy?, val_accuracy?}`.
        """
        self._idle()
        chosen = TableOptions(**options)
        task = self._task(target, columns, categories, kind, chosen.missing)
        self._training, self._stop = True, False
        try:
            learnt = await learn(task, chosen, listener, lambda: self._stop)
            self._file = (await saved_bytes(learnt.model), "the model", None)
        finally:
            self._training = False
        return self._shown(learnt)

    def _shown(self, learnt: Learnt) -> dict[str, Any]:
        self._model = learnt.model
        return {**learnt.data, "points": [list(p) for p in learnt.points], "asks": self.state()}

    @method()
    def stop(self) -> None:
        """Null. `train` then ends after its step and returns what it has, `stopped:
        true`.
        """
        self._stop = True

    @method()
    def state(self) -> dict[str, Any] | None:
        """`{target, classes, features, saves}` of the model, or null: `features` are
        `[{name, low, high, mean, whole}]` or `[{name, categories}]`; `saves`: whether
        `save` can.
        """
        model = self._model
        if model is None:
            return None
        return {
            "target": model.target,
            "classes": list(model.classes),
            "features": [feature.describe() for feature in model.features],
            "saves": not model.foreign,
        }

    @method()
    async def predict(self, values: dict[str, Any]) -> dict[str, Any]:
        """`{answer, shares}` for values by column, texts or numbers, null where one is
        missing: the likeliest class and `[share of each]`, or the number and null.
        ValueError for a text where a number is expected.
        """
        model = self._asked()
        row = [[_value(feature, values.get(feature.name))] for feature in model.features]
        (answer,) = await model.answers(row)
        if model.classes:
            return {"answer": model.classes[likeliest(answer)], "shares": answer}
        return {"answer": answer, "shares": None}

    @method()
    async def answers(self, bytes: Any = None, name: str = "rows.csv") -> dict[str, Any]:
        """`{bytes, rows, notes}`: the rows of a CSV file, or of the table that is open,
        with their answers, as CSV.
        """
        model = self._asked()
        if bytes is not None:
            table = read_table(memoryview(bytes).tobytes(), name)
        elif self._table is not None:
            table = self._table
        else:
            raise RuntimeError("there is no table yet: call open first")
        data, said, notes = await answered(model, table)
        return {"bytes": data, "rows": len(said), "notes": notes}

    @method()
    async def save(self) -> bytes:
        """`Uint8Array`: the model as a .keras file that takes raw columns; `load`, the
        command's `--load` and Keras read it.
        """
        return await saved_bytes(self._asked())

    @method()
    async def load(
        self,
        bytes: Any,
        name: str = "the file",
        target: str | None = None,
        columns: list[str] | None = None,
        categories: list[str] | None = None,
        kind: str = "auto",
    ) -> dict[str, Any]:
        """What `train` returns, of a model that was saved: how well it does on the
        table that is open, or where that lacks its columns only `asks`, and `why`. A
        model that was not saved here takes as many numbers as there are `columns`.
        ValueError where it does not fit; all is then as it was.
        """
        self._idle()
        file = memoryview(bytes).tobytes()
        task = None
        if self._table is not None:
            task = partial(self._task, target, columns, categories, kind)
        model = await read_saved(file, name, task)
        shown: dict[str, Any]
        try:
            if self._table is None:
                raise ValueError("there is no table yet")
            learnt = await test(model, self._table, self._columns)
            shown = self._shown(learnt)
        except ValueError as error:
            if model.foreign:
                raise
            self._model = model
            shown = {"asks": self.state(), "why": str(error)}
        self._file = (file, name, task)
        return shown

    def _idle(self) -> None:
        if self._training:
            raise RuntimeError("a training is running; stop it first")

    def _asked(self) -> TableModel:
        if self._model is None:
            raise RuntimeError("there is no model yet: train one, or load one")
        return self._model

    async def revive(self) -> None:
        """Goes on with the model on a new device."""
        self._training, self._model = False, None
        if self._file is not None:
            self._model = await read_saved(*self._file)


def _value(feature: Any, value: Any) -> Any:
    """A value as the model takes it."""
    if value is None or is_missing(str(value)):
        return None
    if feature.categories:
        return str(value)
    number = number_in(str(value), ".,")
    if number is None:
        raise ValueError(f"{feature.name!r} must be a number, got {value!r:.40}")
    return number
