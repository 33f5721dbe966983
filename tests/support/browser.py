"""What the browser tests share: the page built once per session, served, and opened in
Debian's Chromium.

Every page fails its test on an uncaught error, a broken Content-Security-Policy, or a
request to another origin.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pywebml.host.files import alone
from pywebml.site.browser import START, chromium, flags, served, until
from pywebml.site.build import build, is_current

READY = ".status[data-state=ready], .status[data-state=slow]"
PATIENCE = 30_000  # milliseconds for anything but the start


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's hook: the installed Chromium, WebGPU on this machine's GPU or
    in software.
    """
    return {**browser_type_launch_args, "executable_path": chromium(), "args": list(flags())}


@pytest.fixture(scope="session")
def built_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built page: of several processes one builds it for all."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "page"
    with alone(shared):
        if not is_current(folder):
            build(folder)
    return folder


@pytest.fixture(scope="session")
def page_url(built_page: Path) -> Iterator[str]:
    """The served page's URL, ending in a slash."""
    with served(built_page) as url:
        yield url


@pytest.fixture
def tab(context: Any, page_url: str) -> Iterator[Any]:
    """A tab of a fresh browser profile; the test says where it goes."""
    page = context.new_page()
    wrong = watch(page, page_url)
    yield page
    assert not wrong, wrong


def watch(target: Any, url: str) -> list[str]:
    """Collects what must not happen in a page or a whole browser context: uncaught
    errors, CSP violations and other errors in the console, requests to other origins.
    """
    wrong: list[str] = []
    whole = hasattr(target, "new_page")  # a context, whose tests are to leave no error at all

    def on_console(message: Any) -> None:
        if "Content Security Policy" in message.text or (whole and message.type == "error"):
            wrong.append(f"console: {message.text}")

    def on_request(request: Any) -> None:
        if not request.url.startswith((url, "data:", f"blob:{url}")):
            wrong.append(f"request to {request.url}")

    if whole:
        target.on("weberror", lambda error: wrong.append(f"uncaught: {error.error}"))
    else:
        target.on("pageerror", lambda error: wrong.append(f"uncaught: {error}"))
    target.on("console", on_console)
    target.on("request", on_request)
    target.set_default_timeout(PATIENCE if whole else START)
    return wrong


@contextmanager
def profile(browser: Any, url: str, **options: Any) -> Iterator[Any]:
    """A fresh profile (a context) of a browser, for the page at `url`. What the watch
    heard fails the test at the end.
    """
    size = {"width": 1280, "height": 800}
    context = browser.new_context(**{"viewport": size, "reduced_motion": "reduce", **options})
    wrong = watch(context, url)
    try:
        yield context
    finally:
        context.close()
    assert not wrong, wrong


@contextmanager
def opened(
    browser_type: Any, url: str, arguments: Sequence[str] = (), **options: Any
) -> Iterator[Any]:
    """A profile of a browser of its own, which is started with further `arguments`."""
    browser = browser_type.launch(executable_path=chromium(), args=[*flags(), *arguments])
    try:
        with profile(browser, url, **options) as context:
            yield context
    finally:
        browser.close()


def eventually(page: Any, get: Callable[[], Any], expected: Any) -> None:
    """Waits until `get()` is what is expected: for what comes in its own time, and no
    element of the page says that it has.
    """
    end = time.monotonic() + PATIENCE / 1000
    while (got := get()) != expected:
        assert time.monotonic() < end, f"{got!r}, expected {expected!r}"
        page.wait_for_timeout(50)


def hold_python(target: Any) -> None:
    """Python does not come in this page or context: to start it takes longer than most
    of what a test does that needs none. The page is as in the first seconds of a visit
    on a slow line.
    """
    target.route("**/pyodide.asm.wasm*", lambda route: None)


def ready(page: Any) -> dict[str, Any]:
    """Waits until the worker is up; its info."""
    until(page, "window.pywebml")
    return page.evaluate("() => pywebml.call('ready')")  # type: ignore[no-any-return]


def script_url(page: Any, path: str) -> str:
    """The URL of a file of the app's folder, such as runtime/boot.js."""
    source = page.evaluate("document.querySelector('script[type=module]').src")
    return str(source).split("/pages/")[0] + "/" + path


def accessibility_faults(page: Any) -> list[str]:
    """What axe-core finds that is serious or critical."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)
    report = page.evaluate("axe.run(document)")
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in report["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def overflow(page: Any) -> int:
    """CSS pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
