"""What a Run button plays is what the tests of docstrings run."""

from __future__ import annotations

import asyncio
import doctest
import importlib.util
import sys

import pytest
from hosts import ROOT, shared_device

import pywebml as pw

sys.path.insert(0, str(ROOT))

from tools.docs import docstrings, reference
from tools.docs.blocks import blocks

FILE = ROOT / "tools" / "docs" / "assets" / "session.py"
spec = importlib.util.spec_from_file_location("session", FILE)
assert spec is not None and spec.loader is not None
session = importlib.util.module_from_spec(spec)
spec.loader.exec_module(session)


def played(text: str) -> list[str]:
    """What a page sends of a docstring, statement by statement."""
    examples = [b.text for b in blocks(docstrings.markdown(text)) if b.language == "pycon"]
    return [source.rstrip("\n") for example in examples for source in session.statements(example)]


def test_every_example_is_played_as_it_is_tested() -> None:
    count = 0
    for page in reference.PAGES:
        for name in reference.names_of(page):
            text = name.thing.__doc__ or ""
            tested = [e.source.rstrip("\n") for e in doctest.DocTestParser().get_examples(text)]
            assert played(text) == tested, name.public
            count += len(tested)
    assert count > 1000


def test_a_session_prints_values_and_errors_and_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pw.set_device(shared_device("cpu"))
    text = (
        ">>> async def two():\n...     return 2\n>>> await two() + 1\n3\n>>> 1 / 0\n"
        ">>> x = ops.ones((2,))\n>>> x.tolist()\n[1.0, 1.0]\n"
    )
    asyncio.run(session.play(text, session.scope(1)))
    said = capsys.readouterr().out
    error = "Traceback (most recent call last):\nZeroDivisionError: division by zero\n"
    assert said == f"3\n{error}[1.0, 1.0]\n"


def test_sessions_have_names_of_their_own() -> None:
    session.scope(2, True)["mine"] = 1
    assert "mine" in session.scope(2) and "mine" not in session.scope(3)
    assert "mine" not in session.scope(2, True)
