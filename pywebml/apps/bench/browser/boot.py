"""`bench boot`: from opening the page to "ready to teach", in a headless Chromium over
loopback: a first visit, the second, and a later one.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ....host.optional import need
from ....site.browser import START, chromium, flags, served, until
from ....site.build import build
from ..measure import Row, page_row

VISITS = 3
PAUSE = 4000  # milliseconds between visits: the network goes on warming up after "ready"
SNAPSHOT_IS_KEPT = """async () => {
  for (;;) {
    const cache = await caches.open("snapshots-of-pywebml");
    const [key] = await cache.keys();
    if (key && (await (await cache.match(key)).blob()).size > 2e6) return;
    await new Promise((next) => setTimeout(next, 100));
  }
}"""


def rows(say: Callable[[str], None] = lambda text: None) -> list[Row]:
    """A row for the first visit of a fresh browser profile with WebGPU, one for the
    second, which is the first to get all from the service worker, and one for the
    third, when the browser has kept what it compiled of that: medians of VISITS
    profiles.

    Ready means that the worker says so: Python, device and network are up.
    FileNotFoundError without a Chromium, ImportError without playwright.
    """
    playwright_api = need("playwright.sync_api", "drives the browser of the page", extra="page")
    path = chromium()
    times: dict[str, list[float]] = {name: [] for name in ("first", "second", "later")}
    with tempfile.TemporaryDirectory() as scratch:
        say("Building the page")
        built = build(Path(scratch) / "page")
        with served(Path(scratch) / "page") as url, playwright_api.sync_playwright() as playwright:
            for visit in range(VISITS):
                say(f"Visit {visit + 1} of {VISITS}")
                browser = playwright.chromium.launch(executable_path=path, args=list(flags()))
                try:
                    page = browser.new_page()
                    page.set_default_timeout(START)
                    ms, info = _ready(page, partial(page.goto, f"{url}teach.html?device=gpu"))
                    times["first"].append(ms)
                    page.evaluate(SNAPSHOT_IS_KEPT)
                    for name in ("second", "later"):
                        page.wait_for_timeout(PAUSE)
                        ms, info = _ready(page, page.reload)
                        times[name].append(ms)
                finally:
                    browser.close()
    note = f"{built['start_bytes'] / 1e6:.1f} MB transferred at most"
    snapshot = "Python from its snapshot" if info["snapshot"] else "no snapshot was kept"
    return [
        page_row(
            "boot",
            f"{name} visit to ready",
            statistics.median(ms),
            info,
            note if name == "first" else snapshot,
        )
        for name, ms in times.items()
    ]


def _ready(page: Any, visit: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    visit()
    until(page, "window.pywebml")
    info = page.evaluate("() => pywebml.call('ready')")
    return (time.perf_counter() - start) * 1e3, info
