"""Table models in .keras files, other models in any known format, and CSV with answers.

The file is a model of raw columns by name, as `TableModel.whole` makes it: with its
normalisation, and the texts of its categories. What no layer has a place for stands in
metadata.json: the target, its classes, the columns' ranges.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...formats.keras3 import models as keras3
from ...formats.layers_models import build_model, topology_of
from ...formats.loading import keras_bytes, read_stored
from ...host.files import FormatError
from ...host.stores import UNNAMED
from ...layers import Normalization, StringLookup
from ...models import Sequential
from .columns import Column, columns_of, text_of
from .model import Feature, TableModel, feature_of, input_name, likeliest, lookup_name
from .reading import MOST_COLUMNS, Table
from .task import Task

MAX_FILE = 64 << 20
VERSION = 1


async def saved_bytes(model: TableModel) -> bytes:
    """The .keras file of a model. ValueError for one that came from elsewhere."""
    if model.foreign:
        raise ValueError("this model came from a file and was not trained here; train one to save")
    about = {
        "version": VERSION,
        "target": model.target,
        "classes": list(model.classes),
        "columns": [
            {"name": f.name, "low": f.low, "high": f.high, "whole": f.whole} for f in model.features
        ],
    }
    return await keras_bytes(model.whole(), {"tables": about})


async def read_saved(
    data: bytes, name: str = "the file", task: Callable[[], Task] | None = None
) -> TableModel:
    """What `saved_bytes` wrote; or a model made elsewhere, of as many numbers as the
    task that `task` gives has columns. FormatError for anything else.
    """
    if len(data) > MAX_FILE:
        raise FormatError(f"{name} has {len(data):,} bytes; expected at most {MAX_FILE:,}")
    try:
        form, stored = await read_stored(data)
    except FormatError as error:
        raise FormatError(str(error).replace(UNNAMED, name)) from None
    if form.name != "keras":
        return _foreign(build_model(topology_of(stored), stored.weights), name, task)
    if stored.topology is None:
        raise FormatError(f"{name} has weights and no model; save the whole model")
    model = keras3.model_of(stored, compile=False)
    ours = stored.metadata.get("pywebml")
    about = ours.get("tables") if isinstance(ours, dict) else None
    if not isinstance(about, dict):
        return _foreign(model, name, task)
    try:
        return _ours(model, about)
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise FormatError(f"{name}: its columns do not go with its model ({error})") from None


def _ours(model: Any, about: Mapping[str, Any]) -> TableModel:
    """The parts of a model of `TableModel.whole`. ValueError where they do not fit."""
    if about["version"] != VERSION:
        raise ValueError(f"version {about['version']!r:.20}, expected {VERSION}")
    every = model.layers
    (network,) = [layer for layer in every if isinstance(layer, Sequential)]
    norms = [layer for layer in every if isinstance(layer, Normalization)]
    lookups = {layer.name: layer for layer in every if isinstance(layer, StringLookup)}
    said, symbols = about["columns"], {symbol.name: symbol for symbol in model.inputs}
    if len(said) != len(symbols) or len(said) > MOST_COLUMNS:
        raise ValueError(f"{len(said)} columns for {len(symbols)} inputs")
    numbers = iter(_pairs(next((n for n in norms if not n.invert), None)))
    features = []
    for column in said:
        title = _text(column["name"])
        name = input_name(title)
        if symbols[name].dtype == "string":
            lookup = lookups[lookup_name(name, list(symbols))]
            features.append(Feature(title, categories=tuple(lookup.vocabulary or ())))
        else:
            mean, variance = next(numbers)
            low, high = float(column["low"]), float(column["high"])
            features.append(Feature(title, mean, variance**0.5, low, high, column["whole"] is True))
    classes = tuple(_text(name) for name in about["classes"])
    ((mean, variance),) = _pairs(next((n for n in norms if n.invert), None)) or [(0.0, 1.0)]
    width = sum(feature.width for feature in features)
    expected = ((None, width), (None, len(classes) or 1))
    if (network.input_shape, network.output_shape) != expected:
        raise ValueError(f"shapes {network.input_shape} and {network.output_shape}")
    target = _text(about["target"])
    return TableModel(network, tuple(features), target, classes, mean, variance**0.5)


def _pairs(layer: Any) -> list[tuple[float, float]]:
    """[(mean, variance)] of a Normalization's config."""
    if layer is None:
        return []
    config = layer.get_config()
    listed = [v if isinstance(v, list) else [v] for v in (config["mean"], config["variance"])]
    return [(float(mean), float(variance)) for mean, variance in zip(*listed, strict=True)]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {value!r:.40}")
    return value


def _foreign(model: Any, name: str, said: Callable[[], Task] | None) -> TableModel:
    """A model made elsewhere, over the numbers of a task: it takes them as they are."""
    if said is None:
        raise FormatError(
            f"{name} does not say what its columns are; give the table that it was trained on, too"
        )
    task = said()
    columns = [column for column in task.columns if column.kind == "number"]
    shapes = [tuple(symbol.shape) for symbol in model.inputs]
    apart = len(shapes) > 1 and all(shape == (None, 1) for shape in shapes)
    takes = len(shapes) if apart else shapes[0][-1]
    if not apart and (len(shapes) != 1 or len(shapes[0]) != 2):
        raise FormatError(f"{name} takes inputs of {shapes}; expected rows of numbers, (None, n)")
    if apart:
        by_name = {column.name: column for column in columns}
        named = [by_name[s.name] for s in model.inputs if s.name in by_name]
        columns = named if len(named) == takes else columns
    if takes != len(columns):
        raise FormatError(
            f"{name} takes {takes} numbers, and the table has {len(columns)} columns of numbers to"
            f" foretell {task.target.name!r} from; choose as many, in its order"
        )
    classes = tuple(task.classes)
    outputs = [tuple(symbol.shape) for symbol in model.outputs]
    gives = outputs[0][-1]
    fits = {len(classes), 1} if len(classes) == 2 else {len(classes) or 1}
    if len(outputs) != 1 or len(outputs[0]) != 2 or gives not in fits:
        what = f"{len(classes)} classes" if classes else "one number"
        raise FormatError(
            f"{name} gives {', '.join(map(str, outputs))}; expected {what} of {task.target.name!r}"
        )
    features = tuple(replace(feature_of(column, task.rows), plain=True) for column in columns)
    return TableModel(model, features, task.target.name, classes, apart=apart, foreign=True)


def values_of(model: TableModel, table: Table) -> tuple[list[list[Any]], list[str]]:
    """The features' values in a table's rows, and what is to be said of them.
    ValueError for a table without one of them.
    """
    columns = {column.name: column for column in columns_of(table)}
    values, notes = [], []
    for feature in model.features:
        column = columns.get(feature.name)
        if column is None:
            raise ValueError(
                f"{table.name} has no column {feature.name!r}, which the model was trained on;"
                f" there are {', '.join(columns)}"
            )
        own, note = _values_for(feature, column)
        values.append(own)
        notes += [f"{feature.name!r}: {note}."] if note else []
    return values, notes


def _values_for(feature: Feature, column: Column) -> tuple[list[Any], str]:
    if not feature.categories:
        if column.kind == "category":
            if column.missing < len(column.values):
                text = next(value for value in column.values if value is not None)
                raise ValueError(
                    f"{column.name!r} must be numbers for this model, and has {text[:40]!r}"
                )
            return list(column.values), "it is empty, so the mean is taken"
        missing = column.missing
        return list(column.values), f"the mean is taken for {missing} missing" if missing else ""
    values = [text_of(v) if isinstance(v, float) else v for v in column.values]
    known = set(feature.categories)
    strange = sorted({v for v in values if v is not None and v not in known})
    shown = ", ".join(map(repr, strange[:3]))
    return values, f"the model does not know {shown}" if strange else ""


async def answered(model: TableModel, table: Table) -> tuple[bytes, list[str], list[str]]:
    """(a table as CSV with the answers as further columns, the answers, notes): what is
    foretold and, of classes, the share of the likeliest.
    """
    values, notes = values_of(model, table)
    answers = await model.answers(values)
    names = [f"predicted {model.target}", *(["share"] if model.classes else [])]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(cell, [*table.names, *names]))
    said = []
    for row, answer in enumerate(answers):
        if model.classes:
            best = likeliest(answer)
            more = [model.classes[best], f"{answer[best]:.3f}"]
        else:
            more = [f"{answer:.6g}"]
        said.append(more[0])
        writer.writerow(map(cell, [*(column[row] for column in table.columns), *more]))
    return out.getvalue().encode(), said, notes


_FORMULA = re.compile(r"[=+\-@\t\r]")


def cell(value: Any) -> Any:
    """A cell of a table that somebody may open in a spreadsheet: what that would take
    for a formula has an apostrophe in front. Numbers stay.

    Example:
        >>> cell("=1+1"), cell("-1.5"), cell("plain")
        ("'=1+1", '-1.5', 'plain')
    """
    text = str(value)
    if not _FORMULA.match(text):
        return value
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return value
