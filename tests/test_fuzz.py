"""Broken files of every kind: each is read or refused with a FormatError, in bounded
time and memory.

`python tools/fuzz.py` tries many more; docs/robustness.md has what came of it.
"""

from __future__ import annotations

import warnings
from contextlib import suppress

import pytest
from fuzz import READERS, Survey, kept
from fuzz.survey import limited
from hosts import ROOT, shared_device
from shares import share

from pywebml.device import set_device
from pywebml.formats import FORMATS
from pywebml.host.files import FormatError

COUNT = 2000


@pytest.mark.parametrize("name", READERS)
def test_broken_files_are_refused_in_words(name: str) -> None:
    set_device(shared_device("cpu"))
    reader = READERS[name]
    for sample in reader.samples:
        reader.load(sample.whole())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numbers = share(range(COUNT), 4)
        survey = Survey().run(reader, numbers)
    assert not survey.failures, survey.failures
    assert min(survey.loaded, survey.refused) > len(numbers) // 100, survey


@pytest.mark.parametrize("which", kept())
def test_what_failed_once_is_read_or_refused(which: str) -> None:
    set_device(shared_device("cpu"))
    name, file = kept()[which]
    with limited(), warnings.catch_warnings(), suppress(FormatError):
        warnings.simplefilter("ignore")
        READERS[name].load(file)


def test_every_format_is_tried_and_has_tests_of_its_own() -> None:
    assert {form.name for form in FORMATS} <= set(READERS)
    for form in FORMATS:
        module = form.read.__module__.rpartition(".")[2]
        assert (ROOT / "tests" / "formats" / f"test_{module}.py").is_file(), module
        assert form.suffixes and form.knows.__module__ == form.read.__module__
