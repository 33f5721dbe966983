"""What the browser tests share: one built page a session, a Chromium on it, and a watch over what the page does."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pywebml.apps.page.browser import chromium, flags, served
from pywebml.apps.page.build import build

READY = "#host[data-state=ready], #host[data-state=slow]"
START = 180_000  # milliseconds for Python, device and network on a slow machine
PATIENCE = 30_000  # milliseconds for anything else


@cache
def built_page() -> Path:
    """The page, built once for all tests that ask."""
    folder = Path(tempfile.mkdtemp(prefix="pywebml-page-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build(folder / "page")
    return folder / "page"


class Watch:
    """Hears what goes wrong in a browser context: errors in the console (violations of the CSP among them), requests to elsewhere."""

    def __init__(self, context: Any, origin: str):
        self.origin = origin
        self.faults: list[str] = []
        context.on("request", self._request)
        context.on("console", lambda message: message.type == "error" and self.faults.append(f"console: {message.text}"))
        context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error}"))

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.origin, f"blob:{self.origin}", "data:")):
            self.faults.append(f"a request left the origin: {request.url}")


@contextmanager
def opened(arguments: Sequence[str] = (), **context_options: Any) -> Iterator[tuple[Any, str]]:
    """(browser context, the page's URL). What the watch heard fails the test at the end."""
    from playwright.sync_api import sync_playwright

    with served(built_page()) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*flags(), *arguments])
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **context_options})
        context.set_default_timeout(PATIENCE)
        watch = Watch(context, url)
        try:
            yield context, url
        finally:
            browser.close()
        assert not watch.faults, watch.faults


def accessibility_faults(page: Any) -> list[str]:
    """What axe-core finds that is serious or critical."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run(document)")
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def overflow(page: Any) -> int:
    """CSS pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
