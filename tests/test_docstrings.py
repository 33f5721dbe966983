"""Every example in a docstring runs, on the CPU device, and gives what it says."""

from __future__ import annotations

import doctest
import gc
import importlib
import inspect
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
    if "pw.memory()" in (example.docstring or ""):
        gc.collect()  # so that what others left does not go while it counts
    pw.set_device(shared_device("cpu"))
    pw.set_seed(0)
    pw.layers.reset_names()
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    with np.printoptions(precision=4, suppress=True):
        runner.run(example, out=said.append)
    assert runner.failures == 0, "".join(said)


def public() -> Iterator[tuple[str, Any]]:
    """(name, thing) of the classes that people make objects of, and of the functions of
    `pw` and `pw.ops`; rows of the elementwise table are their formula.
    """
    modules = {
        "": pw, "layers": pw.layers, "losses": pw.losses, "metrics": pw.metrics,
        "optimizers": pw.optimizers, "callbacks": pw.callbacks, "ops": pw.ops,
        "utils": pw.utils,
        **{f"ops.{name}": space for name, space in pw.ops.NAMESPACES.items()},
        "models": importlib.import_module("pywebml.models"),
        "initializers": importlib.import_module("pywebml.layers.initializers"),
        "schedules": importlib.import_module("pywebml.train.schedules"),
    }  # fmt: skip
    rows = importlib.import_module("pywebml.ops.elementwise.rows").__all__
    for prefix, module in modules.items():
        names = getattr(module, "__all__", None) or [
            name
            for name, thing in vars(module).items()
            if not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
        ]
        for name in sorted(names):
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                wants_one = prefix in ("", "ops", "utils") or prefix.startswith("ops.")
            else:  # the classes of ops are the engine's
                wants_one = inspect.isclass(thing) and prefix != "ops"
            if not wants_one:
                continue
            row = pw.ops.ALIASES.get(name, name)
            if thing.__module__.startswith("pywebml.ops.elementwise") and row in rows:
                continue
            yield f"{prefix}.{name}".removeprefix("."), thing


@pytest.mark.parametrize(("name", "thing"), [pytest.param(*p, id=p[0]) for p in public()])
def test_what_is_public_has_an_example(name: str, thing: Any) -> None:
    own = thing.__doc__ or ""  # inspect.getdoc would take a base class's
    assert ">>> " in own, f"{name} needs an example"
