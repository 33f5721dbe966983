"""`run`: a program as the Python page runs it, where `await` may stand outside of
functions. So one file serves the desktop, notebooks and every browser.
"""

from __future__ import annotations

import ast
import asyncio
import linecache
import os
import sys
import sysconfig
import tokenize
import traceback
from pathlib import Path
from typing import Any

from ..device import set_device
from .app import App, Given, Outcome, Takes


async def evaluate(source: str, names: dict[str, Any], file: str = "<page>") -> Any:
    """The value of the last expression of `source`, or None; `await` is allowed outside
    of functions. `names` are the program's own, and `file` what tracebacks call it.
    """
    # tracebacks then show the lines, also of what was never a file
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    tree = ast.parse(source, file)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
    value = None
    for part, mode in ((tree, "exec"), (last, "eval")):
        if part is not None:
            value = eval(compile(part, file, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
            if asyncio.iscoroutine(value):  # also those of host/awaited.py
                value = await value
    return value


async def run(given: Given) -> Outcome:
    """The `run` command."""
    path = Path(given.inputs["program"])
    if not path.is_file():
        raise ValueError(f"{path} is not there; expected a file of Python")
    if given.device != "auto":
        set_device(given.device)
    try:
        with tokenize.open(path) as file:  # in the encoding that it names, with or without a BOM
            source = file.read()
    except (SyntaxError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not Python that can be read: {error}") from None
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)  # as Python does: a program may import its neighbours
    try:
        await evaluate(source, {"__name__": "__main__", "__file__": str(path)}, str(path))
    except Exception as error:
        print(own_traceback(error), end="", file=sys.stderr)
        return Outcome(code=1)
    finally:
        sys.path.remove(folder)
    return Outcome()


def own_traceback(error: BaseException) -> str:
    """The traceback as Python prints it, without the lines of Python's library and of
    ours: what remains is the program's.
    """
    trace = traceback.TracebackException.from_exception(error)
    _keep_own(trace)
    return "".join(trace.format())


def _keep_own(trace: Any) -> None:
    """Leaves the program's frames; of the errors before it those that have some."""
    frames = [frame for frame in trace.stack or () if not frame.filename.startswith(_FOREIGN)]
    # without a frame there is no heading either
    trace.stack = traceback.StackSummary.from_list(frames) if frames else None
    for name in ("__cause__", "__context__"):
        if (before := getattr(trace, name)) is not None:
            _keep_own(before)
            if before.stack is None:
                setattr(trace, name, None)
    for inner in trace.exceptions or ():
        _keep_own(inner)


def _folder(function: Any, up: int = 1) -> str:
    """The folder whose code `function` is, as tracebacks call it (in a tab Python's
    library is a zip, and ours has no folder).
    """
    path = function.__code__.co_filename
    for _ in range(up):
        path = os.path.dirname(path)
    return os.path.join(path, "")


_PATHS = sysconfig.get_paths()
_FOREIGN = (
    "<frozen ",
    _folder(evaluate, up=2),
    _folder(ast.parse),
    *(os.path.join(_PATHS[name], "") for name in ("stdlib", "purelib", "platlib")),
    os.path.join(os.path.dirname(os.__file__), ""),
)


APP = App(
    name="run",
    says="Run a program, as the Python page does: await may stand outside of functions.",
    run=run,
    takes=(Takes("program", "a file of Python", metavar="FILE.py"),),
    shows=("run examples/fit_a_curve.py",),
    unmeasured="it runs what you write; tests/test_examples.py runs every example",
    json=False,
)
