"""Tables of text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pywebml as pw

TABLE = 'size,name,price\n2,"a, b",5\n3.5,c,\n\n4,,7\n'


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\ufeff" + TABLE, encoding="utf-8")
    data = pw.data.csv(path, column_configs={"price": {"is_label": True, "default": 0}})
    for _ in range(2):
        rows = [(x["size"].item(), x["name"].item(), y["price"].item()) for x, y in data]
        assert rows[:2] == [(2.0, "a, b", 5.0), (3.5, "c", 0)]
        assert np.isnan(rows[2][1])
    with path.open(encoding="utf-8-sig") as file:
        assert len(list(pw.data.csv(file))) == 3


def test_columns() -> None:
    lines = ["1;x", "2;y"]
    named = pw.data.csv(lines, False, ["n", "t"], {"n": {"dtype": "int32"}}, True, ";")
    assert [e["n"].item() for e in named] == [1, 2]
    assert next(iter(named))["n"].dtype == np.int32
    assert set(next(iter(pw.data.csv(lines, False, ["n", "t"], delimiter=";")))) == {"n", "t"}


@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        (["a,b", "1"], {}, "line 2 has 1 values for 2 columns"),
        (["a", "x"], {"column_configs": {"a": {"dtype": "float32"}}}, "must be a number, got 'x'"),
        (["a,b", ",1"], {"column_configs": {"a": {"required": True}}}, "empty and required"),
        (["a"], {"column_configs": {"b": {}}}, "no column 'b'; there are a"),
        (["a"], {"column_configs": {"a": {"label": True}}}, "setting 'label'"),
        (["1"], {"has_header": False}, "column_names must be said"),
        (["a,b"], {"column_names": ["a"]}, "1 column_names for 2 columns"),
        ([], {}, "no column"),
    ],
)
def test_what_cannot_be(lines: list[str], options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        list(pw.data.csv(lines, **options))  # type: ignore[arg-type]
