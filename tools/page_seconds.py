"""How long the gallery's pages take to their outcome with their defaults, on this machine
and without a graphics card: python tools/page_seconds.py dates text face_points

Each is opened in a fresh profile, as by a visitor who was never here. Exit status 1 where
one takes more than 90 s, or falls short of what its app declares.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pywebml.apps import APPS
from pywebml.host.optional import need
from pywebml.site.browser import START, chromium, flags, served, until
from pywebml.site.build import build

MOST = 90  # seconds
STATE = "document.documentElement.dataset.state"


def visit(browser: Any, address: str) -> tuple[float, float, Any]:
    """(seconds until it is ready, seconds of its job, its outcome)."""
    page = browser.new_page()
    page.set_default_timeout(START)
    start = time.monotonic()
    page.goto(address)
    until(page, f"{STATE} === 'ready'")
    ready = time.monotonic()
    page.locator("[data-do=start]").click()
    until(page, f"['done', 'failed'].includes({STATE})")
    end = time.monotonic()
    outcome = page.evaluate("pywebml.outcome") if page.evaluate(STATE) == "done" else {}
    page.close()
    return ready - start, end - ready, outcome


def main(names: list[str]) -> int:
    apps = [app for app in APPS if app.page and (app.name in names or not names)]
    playwright = need("playwright.sync_api", "drives the browser of the page", extra="page")
    worst = 0
    with tempfile.TemporaryDirectory() as scratch:
        build(Path(scratch) / "page")
        with served(Path(scratch) / "page") as url, playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium(), args=list(flags()))
            for app in apps:
                address = f"{url}{app.name}.html?device=cpu"
                ready, took, outcome = visit(browser, address)
                faults = [each for bound in app.reaches if (each := bound.missed(outcome))]
                if ready + took > MOST:
                    faults.append(f"more than {MOST} s")
                worst = max(worst, len(faults))
                says = f"{ready:5.1f} s to start, {took:5.1f} s its job"
                print(f"{app.name:20} {says}   {'; '.join(faults)}", flush=True)
            browser.close()
    return min(worst, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
