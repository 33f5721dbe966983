"""Tables in CSV files as data sets, and TensorFlow.js's names for others."""

from __future__ import annotations

import builtins
import csv as reader
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..host.lazy import np
from .dataset import Dataset
from .sources import opened

_SETTINGS = {"required", "dtype", "default", "is_label", "isLabel"}


def csv(
    source: Any,
    has_header: bool = True,
    column_names: Sequence[str] | None = None,
    column_configs: Mapping[str, Mapping[str, Any]] | None = None,
    configured_columns_only: bool = False,
    delimiter: str = ",",
) -> Dataset:
    """The rows of a CSV file as dicts by column; where columns are labels, as (columns,
    labels). Numbers become float32, other values stay texts. Read line by line.

    Args:
        source: a path, an http(s) address, or the file's lines (an open file, a list
            of texts).
        has_header: whether the first line names the columns.
        column_names: names to use, in the file's order.
        column_configs: by column {"is_label": bool, "dtype": "float32", "int32",
            "bool" or "string", "default": value, "required": bool}.
        configured_columns_only: only columns that `column_configs` names.

    Raises:
        ValueError: no names, names or settings that nobody knows, a row that is longer
            or shorter, a value that is no number or is missing where it must not.

    Example:
        >>> rows = pw.data.csv(["size,price", "2,5", "3,7"],
        ...                    column_configs={"price": {"is_label": True}})
        >>> [(float(x["size"]), float(y["price"])) for x, y in rows]
        [(2.0, 5.0), (3.0, 7.0)]
    """
    configs = {name: dict(config) for name, config in (column_configs or {}).items()}
    for name, config in configs.items():
        unknown = set(config) - _SETTINGS
        if unknown:
            raise ValueError(
                f"csv: column {name!r} has the setting {unknown.pop()!r}; there are required,"
                " dtype, default and is_label"
            )
    if not has_header and column_names is None:
        raise ValueError("csv: without a header the column_names must be said")
    if not isinstance(source, (str, Path)) and not callable(source):
        lines = list(source)  # for as many iterations as there will be
        return csv(
            lambda: iter(lines),
            has_header,
            column_names,
            configs,
            configured_columns_only,
            delimiter,
        )

    def start() -> Iterator[Any]:
        with opened(source) as file:
            table = reader.reader(file, delimiter=delimiter)
            header = next(table, None) if has_header else None
            names = list(column_names or header or ())
            if header is not None and len(header) != len(names):
                raise ValueError(f"csv: {len(names)} column_names for {len(header)} columns")
            strange = set(configs) - set(names)
            if strange or not names:
                raise ValueError(
                    f"csv: there is no column {strange.pop() if strange else 'at all'!r}; there are"
                    f" {', '.join(names)}"
                )
            for row in table:
                if row:
                    yield _row(row, names, configs, configured_columns_only, table.line_num)

    return Dataset(start)


def _row(
    row: Sequence[str],
    names: Sequence[str],
    configs: Mapping[str, Mapping[str, Any]],
    configured_only: bool,
    line: int,
) -> Any:
    if len(row) != len(names):
        raise ValueError(f"csv: line {line} has {len(row)} values for {len(names)} columns")
    columns: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    for name, text in builtins.zip(names, row, strict=True):
        config = configs.get(name)
        if config is None and configured_only:
            continue
        config = config or {}
        is_label = config.get("is_label") or config.get("isLabel")
        value = _value(text, config, f"csv: line {line}, column {name!r}")
        (labels if is_label else columns)[name] = value
    return (columns, labels) if labels else columns


def _value(text: str, config: Mapping[str, Any], where: str) -> Any:
    dtype = config.get("dtype")
    if not text.strip():
        if config.get("required") and config.get("default") is None:
            raise ValueError(f"{where} is empty and required")
        blank = np.nan if dtype in (None, "float32") else ""
        value = config.get("default", blank)
        return np.asarray(value) if isinstance(value, str) else np.asarray(value, dtype)
    if dtype == "string":
        return np.asarray(text)
    if dtype == "bool":
        return np.asarray(text.strip().lower() in ("1", "true", "yes"))
    try:
        return np.asarray(float(text), dtype or "float32")
    except ValueError:
        if dtype is None:
            return np.asarray(text)
        raise ValueError(f"{where} must be a number, got {text!r:.80}") from None


def generator(generator: Callable[[], Iterable[Any]]) -> Dataset:
    """A data set of what a function's generator or iterator gives, started anew for
    each iteration: `Dataset.from_generator`, under TensorFlow.js's name.

    Example:
        >>> data = pw.data.generator(lambda: (n * n for n in range(3)))
        >>> [int(x) for x in data]
        [0, 1, 4]
    """
    return Dataset.from_generator(generator)


def array(items: Sequence[Any]) -> Dataset:
    """A data set of the items of a list or array, which may be of different shapes.
    TensorFlow.js's name; `Dataset.from_tensor_slices` for arrays.

    Example:
        >>> data = pw.data.array([{"xs": [1, 2], "ys": 0}, {"xs": [3, 4], "ys": 1}])
        >>> [int(example["ys"]) for example in data]
        [0, 1]
    """
    if not hasattr(items, "__len__"):
        raise TypeError(f"array takes a list or an array, got {type(items).__name__}")
    return Dataset.from_generator(lambda: items).take(len(items))


def zip(datasets: Any) -> Dataset:
    """Data sets in a list, tuple or dict side by side: `Dataset.zip`.

    Example:
        >>> a = pw.data.array([1, 2])
        >>> [int(e["x"]) + int(e["y"]) for e in pw.data.zip({"x": a, "y": a})]
        [2, 4]
    """
    return Dataset.zip(datasets=datasets)
