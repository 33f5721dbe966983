"""A process of the tests that crashes says how it ended and where it was: xdist itself
names only the test that ran. pytest's own trace goes to stderr, which CI does not show
beside the test.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

LINES = 60
MACHINERY = tuple(f"site-packages/{name}/" for name in ("_pytest", "pluggy", "xdist", "execnet"))
PATIENCE = 10  # seconds until a process whose pipes are closed has ended


@cache
def traces() -> tempfile.TemporaryDirectory[str]:
    """The folder of all traces, which ends with the process that asked first: the one
    that has workers, as they would leave theirs behind where they crash.
    """
    return tempfile.TemporaryDirectory(prefix="pywebml-crashes-")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The file that a worker's trace goes to; the worker hears of it."""
    node.workerinput["trace"] = str(Path(traces().name) / node.gateway.id)


@pytest.hookimpl(trylast=True)  # after pytest's own, which it replaces
def pytest_configure(config: pytest.Config) -> None:
    if where := getattr(config, "workerinput", {}).get("trace"):
        faulthandler.enable(os.open(where, os.O_WRONLY | os.O_CREAT))  # never to be closed


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: Any, sched: Any) -> None:
    """What is known of the crash goes into the test's report."""
    node = report.node
    trace = Path(node.workerinput["trace"])
    data = trace.read_bytes() if trace.exists() else b""
    lines = data.decode(errors="replace").splitlines()
    ours = [line for line in lines if not any(name in line for name in MACHINERY)]
    told = ours[:LINES] or ["It left no trace: the system ended it, or the program itself."]
    report.longrepr = "\n".join([report.longrepr, ended(node.gateway._io.popen), *told])


def ended(process: subprocess.Popen[bytes]) -> str:
    """How a process ended, in words."""
    try:
        status = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        return f"Its pipes are closed, and after {PATIENCE} s it still runs."
    if status >= 0:
        return f"It ended with status {status}."
    name = signal.Signals(-status).name
    why = ": the system does that where memory ends" if name == "SIGKILL" else ""
    return f"It ended by {name}{why}."
