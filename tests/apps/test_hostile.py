"""Texts and projects of somebody who wishes harm, through what Python reads, writes and
prints. tests/js/hostile.test.mjs has the pages' rules, tests/gallery/test_hostile.py the
pages themselves.
"""

from __future__ import annotations

import contextlib
import csv
import io
import unicodedata
from typing import Any

import pytest
from fuzz.apps import Narrow
from hostile import TEXTS, projects

from pywebml import Sequential
from pywebml import layers as L
from pywebml.apps.project import read_project
from pywebml.apps.tables.files import cell
from pywebml.apps.tables.reading import read_table
from pywebml.device import run_sync
from pywebml.formats.heads import archive_bytes, read_archive, relabelled
from pywebml.host.files import FormatError
from pywebml.host.shown import shown
from pywebml.host.stores import open_store

DRAWN_ANYWAY = "\u200c\u200d"


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_terminal_obeys_no_text(text: str) -> None:
    """Nothing that moves the cursor, sets a title, or turns the writing round."""
    kinds = {unicodedata.category(c) for c in shown(text) if c not in DRAWN_ANYWAY}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_no_cell_of_a_table_is_a_formula() -> None:
    """Numbers stay what they are."""
    out = io.StringIO()
    csv.writer(out).writerows([[cell(text)] for text in TEXTS if text])
    rows = [row[0] for row in csv.reader(io.StringIO(out.getvalue(), newline="")) if row]
    bad = [row for row in rows if row[:1] in tuple("=+-@\t\r") and row != "-1"]
    assert len(rows) > 100 and bad == []
    assert [cell(value) for value in (-1.5, "-1.5", "+2", None, "-")] == [
        -1.5, "-1.5", "+2", None, "'-",
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "data"), [pytest.param(*one, id=one[0]) for one in projects()])
def test_a_project_is_read_or_refused(kind: str, data: bytes) -> None:
    """In a sentence; names come out as they are, for the page to show as text."""
    extractor: Any = Narrow()
    said, project = "", None
    try:
        project = read_project(data, extractor)
    except FormatError as error:
        said = str(error)
    assert shown(said) == said
    assert (project is None) == bool(said)
    if project:
        assert all(isinstance(c.name, str) and isinstance(c.key, str) for c in project.classes)


def test_a_head_s_labels_are_texts() -> None:
    """Whatever they say, they come back as they are, also after they are changed."""
    labels = [*dict.fromkeys(text for text in TEXTS if text)]
    head = Sequential([L.Input((2,)), L.Dense(len(labels))])
    about = {"labels": labels, "extractor": {"name": labels[0]}}
    data = archive_bytes(head, about)
    assert read_archive(data).metadata["labels"] == labels
    assert read_archive(relabelled(data, labels[::-1])).metadata["labels"] == labels[::-1]


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_table_s_names_are_texts(text: str) -> None:
    data = f'"{text.replace(chr(34), chr(34) * 2)}",b\n1,2\n3,4\n'.encode(errors="replace")
    said, names = "", ()
    try:
        names = read_table(data, header="yes").names
    except FormatError as error:
        said = str(error)
    assert shown(said) == said
    assert len(names) == 2 or said


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_no_name_leads_out_of_a_store(text: str, tmp_path: Any) -> None:
    """Written under its name in the folder, or refused."""
    (tmp_path / "store").mkdir()
    store = open_store(tmp_path / "store")
    with contextlib.suppress(ValueError, OSError):
        run_sync(store.write({text: b"x"}))
    everything = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert all(path.is_relative_to(tmp_path / "store") for path in everything)
