"""The work of soaking.py in a browser's tab, and the memory that the tab takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import soaking
from browser import value

JOBS = ("steps", "shapes")
"""Those that need nothing of an app, which only its own page has."""
TURN = 2.0
"""Seconds of work after which the tab is asked how far it is."""
BEGIN = """
import sys, types
import numpy

module = sys.modules["soaking"] = types.ModuleType("soaking")
exec({text!r}, vars(module))
module.job = module.JOBS[{job!r}]()
module.job()
"""
WORK = """
import soaking, time

end, steps = time.monotonic() + {seconds}, 0
while time.monotonic() < end:
    steps += soaking.job()
steps
"""
MEMORY = "performance.measureUserAgentSpecificMemory().then(({ bytes }) => bytes)"
"""JavaScript's and WebAssembly's, of the page and its workers; it collects garbage."""


@contextmanager
def at_work(
    page: Any, job: str, turn: float = TURN
) -> Iterator[tuple[soaking.Round, Callable[[], float]]]:
    """The job in the worker of a page that is up, on its device, `turn` seconds at a
    time; and the MB that the page takes, with those of the process that plays the
    graphics card.
    """
    text = Path(soaking.__file__).read_text(encoding="utf-8")
    value(page, BEGIN.format(text=text, job=job))

    def work() -> int:
        return int(value(page, WORK.format(seconds=turn)))

    browser = page.context.browser.new_browser_cdp_session()
    yield work, lambda: page.evaluate(MEMORY) / 1e6 + card(browser)


def card(browser: Any) -> float:
    """MB that Chromium's GPU process has in memory: SwiftShader's buffers are there."""
    processes = browser.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(
        soaking.resident(Path(f"/proc/{process['id']}"))
        for process in processes
        if process["type"] == "GPU"
    )
