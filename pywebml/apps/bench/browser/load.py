"""`bench load --page`: MobileNet v1 0.25 from a file on the disk to what it says of a
picture, in the page "What is in a picture?" of a headless Chromium.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ....device import set_device
from ....host.optional import need
from ....site.browser import START, chromium, flags, served, until
from ....site.build import build
from ...classify.command import drawn_things
from ..load import SMALL, TIMES, written
from ..measure import Row, page_row

ENDINGS = (".zip", ".keras", ".h5")
CALM = 2000  # milliseconds: the page's own network goes on warming up after "ready"
LOOKED = "!['–', ''].includes(document.querySelector('.bar-name').textContent)"
LISTEN = """() => {
  const input = document.querySelector("#network-file");
  window.looked = new Promise((resolve, reject) => {
    input.addEventListener("change", () => {
      const start = performance.now();
      const watch = new MutationObserver(() => {
        const said = document.querySelector(".toast.good, .toast.bad");
        if (!said) return;
        watch.disconnect();
        const text = said.textContent;
        said.remove();
        if (text.includes("looks now")) resolve(performance.now() - start);
        else reject(new Error(text));
      });
      watch.observe(document.body, { childList: true, subtree: true });
    }, { once: true, capture: true });
  });
}"""


def rows(
    say: Callable[[str], None] = lambda text: None, device: str = "auto", quick: bool = False
) -> list[Row]:
    """A row for each ENDING: from the choice of a file to the answers on the page, a
    fresh tab for each, medians of TIMES; one of each if `quick`.

    FileNotFoundError without a Chromium, ImportError without playwright.
    """
    playwright_api = need("playwright.sync_api", "drives the browser of the page", extra="page")
    path = chromium()
    with tempfile.TemporaryDirectory() as scratch:
        say(f"Building the page, and {SMALL}")
        set_device("cpu")  # which writes the network, whatever the page computes on
        folder = Path(scratch) / "page"
        build(folder)
        files = written(Path(scratch), SMALL, ENDINGS)
        times: dict[str, list[float]] = {ending: [] for ending in ENDINGS}
        with served(folder) as url, playwright_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(flags()))
            try:
                for _ in range(1 if quick else TIMES):
                    for ending in ENDINGS:
                        say(f"Loading {SMALL} from {ending}")
                        page = browser.new_page()
                        page.set_default_timeout(START)
                        page.goto(f"{url}classify.html?device={device}")
                        ms, info = _looked(page, files[ending])
                        times[ending].append(ms)
                        page.close()
            finally:
                browser.close()
    note = "from the choice of the file to its answer about a picture"
    return [
        page_row("load", f"{SMALL}, {ending}", statistics.median(times[ending]), info, note)
        for ending in ENDINGS
    ]


def _looked(page: Any, file: Path) -> tuple[float, Any]:
    """(milliseconds, what the worker says of itself)."""
    until(page, "window.pywebml")
    info = page.evaluate("() => pywebml.call('ready')")
    page.wait_for_timeout(CALM)
    page.locator("#file").set_input_files(drawn_things()["umbrella"])
    until(page, LOOKED)
    page.evaluate(LISTEN)
    page.locator("#network-file").set_input_files(file)
    return float(page.evaluate("() => looked")), info
