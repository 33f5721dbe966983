"""What the tests of the pages share: a Chromium of their own on the built page, and a
watch over what the page does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pywebml.site.browser import chromium, flags

READY = "#host[data-state=ready], #host[data-state=slow]"
PATIENCE = 30_000  # milliseconds for anything but the start


class Watch:
    """Hears what goes wrong in a browser context: errors in the console (violations of
    the CSP among them), requests to elsewhere.
    """

    def __init__(self, context: Any, origin: str):
        self.origin = origin
        self.faults: list[str] = []
        context.on("request", self._request)
        context.on(
            "console",
            lambda message: (
                message.type == "error" and self.faults.append(f"console: {message.text}")
            ),
        )
        context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error}"))

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.origin, f"blob:{self.origin}", "data:")):
            self.faults.append(f"a request left the origin: {request.url}")


@contextmanager
def opened(
    browser_type: Any, url: str, arguments: Sequence[str] = (), **context_options: Any
) -> Iterator[Any]:
    """A browser context on the page at `url`. What the watch heard fails the test at
    the end.
    """
    browser = browser_type.launch(executable_path=chromium(), args=[*flags(), *arguments])
    context = browser.new_context(
        **{
            "viewport": {"width": 1280, "height": 800},
            "reduced_motion": "reduce",
            **context_options,
        }
    )
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, url)
    try:
        yield context
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
