"""A headless Chromium on the built page, for `check --hosts page` and `bench page`.
Needs the package playwright.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..host import settings
from ..host.optional import need
from ..host.progress import Step
from .build import build
from .serve import Handler, Server

QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SOFTWARE = (  # WebGPU on SwiftShader, for machines without a GPU; the page itself is painted
    # without it, which spares a quarter of the time
    "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--use-angle=swiftshader",
    "--ignore-gpu-blocklist", "--disable-gpu-compositing", "--disable-gpu-rasterization",
    "--enable-features=Vulkan", "--use-vulkan=swiftshader", *QUIET,
)  # fmt: skip
HARDWARE = (  # without the last one Chromium quietly takes SwiftShader where there is no display
    "--enable-unsafe-webgpu", "--ignore-gpu-blocklist", "--use-angle=vulkan",
    "--enable-features=Vulkan", *QUIET,
    "--disable-vulkan-surface",
)  # fmt: skip
NAMES = ("/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome", "chrome")
START = 180_000  # milliseconds that a page may take to start on a slow machine


def chromium() -> str:
    """The path of a Chromium: $PYWEBML_CHROMIUM, or one that is installed.
    FileNotFoundError that says what to do.
    """
    named = settings.CHROMIUM()
    for name in (named,) if named else NAMES:
        if path := shutil.which(name):
            return path
    if named:
        raise FileNotFoundError(
            f"{settings.CHROMIUM.name} should name a browser, but {named} is no program; mend it,"
            " or leave it unset"
        )
    raise FileNotFoundError(
        "no Chromium found; install one (Debian: apt install chromium) or set PYWEBML_CHROMIUM to"
        " its path"
    )


def flags() -> tuple[str, ...]:
    """Chromium's command line: for this machine's GPU, or for software where there is
    none.
    """
    from ..device.native import pick_adapter

    return HARDWARE if pick_adapter(real_only=True) is not None else SOFTWARE


@contextmanager
def served(folder: str | Path, handler: type[Handler] = Handler) -> Iterator[str]:
    """Serves a built page in the background; gives its URL."""
    with Server(folder, 0, handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()


def until(page: Any, expression: str) -> None:
    """Waits until JavaScript's `expression` (awaited) is true in playwright's `page`.
    RuntimeError after START milliseconds.

    Playwright's own wait_for_function repeats itself with eval inside the page, which
    the page's policy forbids.
    """
    end = time.monotonic() + START / 1000
    while not page.evaluate(f"async () => Boolean(await ({expression}))"):
        if time.monotonic() > end:
            raise RuntimeError(
                f"the page did not get as far as {expression} in {START / 1000:.0f} s"
            )
        page.wait_for_timeout(50)


@contextmanager
def browser_page(device: str) -> Iterator[Any]:
    """Builds the page, opens its check.html in a headless Chromium and waits until
    Python is up; gives playwright's page.

    `device`: "gpu" or "cpu", what the tab is to compute on.
    """
    playwright_api = need("playwright.sync_api", "drives the browser of the page", extra="page")
    path = chromium()
    with tempfile.TemporaryDirectory() as scratch:
        build(Path(scratch) / "page")
        with served(Path(scratch) / "page") as url, playwright_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(flags()))
            try:
                page = browser.new_page()
                page.set_default_timeout(START)
                page.goto(f"{url}check.html?device={device}")
                until(page, "window.pywebml")
                page.evaluate("() => pywebml.call('ready')")
                yield page
            finally:
                browser.close()


def check_in_browser(
    device: str, listener: Callable[[Step], None] = lambda step: None
) -> Iterator[tuple[Any, str]]:
    """(row, what went wrong or "") for every case of every op in the tab; see
    apps/check.py.
    """
    with browser_page(device) as page:
        page.expose_function("checked", lambda done, of: listener(Step("check page", done, of)))
        checked = page.evaluate(
            "() => pywebml.call('check', {}, [], ({ done, of }) => checked(done, of))"
        )
        for row in checked["rows"]:
            trouble = row.pop("trouble")
            yield row, trouble
