"""The pictures of docs/performance.md are those of their numbers, and the numbers those of
the record.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hosts import ROOT

FIGURES = sorted((ROOT / "docs" / "figures").glob("*.json"))
PROSE = {
    name: (ROOT / "docs" / name).read_text(encoding="utf-8")
    for name in ("performance.md", "performance-record.md", "formats.md")
}

spec = importlib.util.spec_from_file_location("figures", ROOT / "tools" / "figures.py")
assert spec is not None
assert spec.loader is not None
figures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(figures)


def name_of(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", FIGURES, ids=name_of)
def test_a_picture_is_drawn_from_its_numbers(path: Path) -> None:
    """If not: python tools/figures.py."""
    picture = path.with_suffix(".svg").read_text(encoding="utf-8")
    assert picture == figures.drawn(path) + "\n"
    ElementTree.fromstring(picture)
    assert f"](figures/{path.stem}.svg)" in PROSE["performance.md"]


@pytest.mark.parametrize("path", FIGURES, ids=name_of)
def test_a_number_has_its_hardware_date_and_command(path: Path) -> None:
    from pywebml.cli.parser import build_parser

    for work in works(path):
        assert work["hardware"], work
        assert date.fromisoformat(work["date"]) <= date.today()
        python, *words = shlex.split(work["command"])
        assert python == "python"
        if words[:2] == ["-m", "pywebml"]:
            assert build_parser().parse_args(words[2:]).app.name == "bench"
        else:
            assert (ROOT / words[0]).is_file(), work["command"]


@pytest.mark.parametrize("path", FIGURES, ids=name_of)
def test_a_number_stands_in_the_record(path: Path) -> None:
    """As it was written there, with a comma among thousands or in seconds."""
    known = set(re.findall(r"\d[\d,]*(?:\.\d+)?|\.\d+", " ".join(PROSE.values())))
    known = {float(number.replace(",", "")) for number in known if number.strip(",")}
    for work in works(path):
        for who, values in work["values"].items():
            for value in values:
                assert known & {value, value / 1000}, (work["work"], who, value)


def works(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["works"]


def test_what_a_number_is_written_as() -> None:
    assert [figures.number(n) for n in (0.129, 2.7, 32.75, 412, 2730, 6200)] == [
        "0.129", "2.7", "32.8", "412", "2,730", "6,200",
    ]  # fmt: skip
