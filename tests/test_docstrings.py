"""Every example in a docstring runs, on the CPU device, and gives what it says."""

from __future__ import annotations

import doctest
import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hosts import ROOT, shared_device

import pywebml as pw

PACKAGE = ROOT / "pywebml"
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
SCOPE: dict[str, Any] = {"pw": pw, "np": np, "ops": pw.ops, "layers": pw.layers}


def examples() -> Iterator[Any]:
    """The docstrings with an example, found in the text first, so that modules without
    one, which may need a browser or a driver, are not imported.
    """
    finder = doctest.DocTestFinder(exclude_empty=True)
    for path in sorted(PACKAGE.rglob("*.py")):
        if ">>> " not in path.read_text(encoding="utf-8"):
            continue
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        module = importlib.import_module(name)
        for example in finder.find(module, name, extraglobs=SCOPE):
            if example.examples:
                yield pytest.param(example, id=example.name.removeprefix("pywebml."))


@pytest.mark.parametrize("example", list(examples()))
def test_the_example_gives_what_it_says(example: doctest.DocTest) -> None:
    pw.set_device(shared_device("cpu"))
    pw.set_seed(0)
    pw.layers.reset_names()
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    with np.printoptions(precision=4, suppress=True):
        runner.run(example, out=said.append)
    assert runner.failures == 0, "".join(said)
