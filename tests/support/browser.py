"""What the browser tests share: the page built once per session, served, and opened in
Debian's Chromium.

Every page fails its test on an uncaught error, a broken Content-Security-Policy, or a
request to another origin; the last in every context of every browser, whoever opens it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hosts import ROOT

from pywebml.apps.bench.browser.boot import SNAPSHOT_IS_KEPT
from pywebml.host.files import alone
from pywebml.site.browser import START, chromium, flags, served, until
from pywebml.site.build import build, is_current

READY = ".status[data-state=ready], .status[data-state=slow]"
KEPT = ROOT / ".pytest_cache" / "page"
"""To build a page takes 20 seconds of the processor."""
PATIENCE = 120_000
"""Milliseconds for anything but the start: others may have the processor."""
CALM = {"reduced_motion": "reduce"}
QUICK = (
    # of Python's WebAssembly only what runs is looked at, not all of it at each start,
    # of which that was a half
    "--js-flags=--wasm-lazy-validation",
    # canvas in software: SwiftShader, which draws and computes, is the busier one
    "--disable-accelerated-2d-canvas",
)
"""What the tests ask of Chromium besides, to spare the processor."""
MADE_BY_VISITORS = "cookies,file_systems,indexeddb,local_storage"  # not caches and worker


HOMES: set[str] = set()
"""Origins that tests have gone to: this machine's, under these names."""
THIS_MACHINE = ("127.0.0.1", "localhost", "teach.test")
AWAY: list[Any] = []
"""Requests to any other origin."""


SLOW = float(os.environ.get("PYWEBML_TESTS_SLOW", 0))
"""Milliseconds that what a page tells a worker waits on its way: a test that looks too
soon then fails always, not in one run of a hundred.
"""
WAITS = """(() => {
  const tell = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (...words) {
    setTimeout(() => tell.apply(this, words), %s);
  };
})()"""


def keep_home(context: Any) -> Any:
    """The context, whose requests to others are listed from here on."""

    def hear(request: Any) -> None:
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if request.is_navigation_request() and parts.hostname in THIS_MACHINE:
            HOMES.add(origin)
        if parts.scheme in ("http", "https", "ws", "wss") and origin not in HOMES:
            AWAY.append(request)

    context.on("request", hear)
    if SLOW:
        context.add_init_script(WAITS % SLOW)
    return context


def gone_away() -> list[str]:
    """What left the browser since the last look: not what the policy held back."""
    urls = [one.url for one in AWAY if "csp" not in (one.failure or "").lower()]
    AWAY.clear()
    return urls


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright leaves a loop running in its process, in which no other test can run
    one: browsers have a run of their own.
    """
    for item in items:
        opens = "playwright" in getattr(item, "fixturenames", ())
        if opens and not item.get_closest_marker("browser"):
            raise pytest.UsageError(f"{item.nodeid} opens a browser, so it needs mark.browser")


@pytest.fixture(scope="session")
def playwright(playwright: Any) -> Iterator[Any]:
    """pytest-playwright's, whose browsers all keep home."""
    from playwright.sync_api import Browser, expect

    expect.set_options(timeout=PATIENCE)
    new_context, new_page = Browser.new_context, Browser.new_page

    def context_at_home(browser: Any, **options: Any) -> Any:
        return keep_home(new_context(browser, **options))

    def page_at_home(browser: Any, **options: Any) -> Any:
        page = new_page(browser, **options)
        keep_home(page.context)
        return page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Browser, "new_context", context_at_home)
        patch.setattr(Browser, "new_page", page_at_home)
        yield playwright


@pytest.fixture(autouse=True)
def at_home() -> Iterator[None]:
    """No test's pages ask anything of another origin."""
    yield
    assert gone_away() == []


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's hook: the installed Chromium, WebGPU on this machine's GPU or
    in software.
    """
    return {**browser_type_launch_args, "executable_path": chromium(), "args": [*flags(), *QUICK]}


@pytest.fixture(scope="session")
def built_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built page: of several processes one builds it for all, and for
    the next run of unchanged files.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "page"
    KEPT.parent.mkdir(exist_ok=True)
    with alone(KEPT.parent):
        if not is_current(KEPT):
            build(KEPT)
        if not is_current(folder):
            shutil.copytree(KEPT, folder)
    return folder


@pytest.fixture(scope="session")
def page_url(built_page: Path) -> Iterator[str]:
    """The served page's URL, ending in a slash."""
    with served(built_page) as url:
        yield url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's hook: a bar that moves while the page starts is painted sixty
    times a second, which without a graphics card is a fourth of what a start computes.
    """
    return {**browser_context_args, **CALM}


@pytest.fixture(scope="session")
def known_profile(browser: Any, page_url: str) -> Iterator[Any]:
    """A profile that has been here: page and snapshot lie in its caches, so
    that a start computes a third less.
    """
    context = browser.new_context(**CALM)
    page = context.new_page()
    page.goto(f"{page_url}check.html?device=cpu")
    ready(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.evaluate(SNAPSHOT_IS_KEPT)
    page.close()
    yield context
    context.close()


@pytest.fixture
def tab(known_profile: Any, page_url: str) -> Iterator[Any]:
    """A tab of a profile that has been here; the test says where it goes."""
    with known_tab(known_profile, page_url) as page:
        yield page


@contextmanager
def known_tab(known_profile: Any, url: str, strict: bool = False) -> Iterator[Any]:
    """A tab of the profile that has been here, which keeps nothing of what tests made.
    The page of a module may be one: it stays while tests open others, but they clear
    what it has stored.
    """
    before = known_profile.pages
    page = known_profile.new_page()
    known_profile.new_cdp_session(page).send(
        "Storage.clearDataForOrigin",
        {"origin": url.rstrip("/"), "storageTypes": MADE_BY_VISITORS},
    )
    wrong = watch(page, url, strict)
    try:
        yield page
    finally:
        for one in known_profile.pages:
            if one not in before:
                one.close()
    assert not wrong, wrong


@contextmanager
def desk_tab(known_profile: Any, url: str) -> Iterator[Any]:
    """A tab of the profile that has been here, as wide as a desktop; no error may stand
    in its console.
    """
    with known_tab(known_profile, url, strict=True) as page:
        page.set_viewport_size({"width": 1280, "height": 800})
        yield page


@pytest.fixture
def new_tab(context: Any, page_url: str) -> Iterator[Any]:
    """A tab of a fresh profile, for tests of what a visit fetches and keeps."""
    page = context.new_page()
    wrong = watch(page, page_url)
    yield page
    assert not wrong, wrong


def watch(target: Any, url: str, strict: bool = False) -> list[str]:
    """Collects what must not happen in a page or a whole browser context: uncaught
    errors, CSP violations, requests to other origins; in a context, and where it is
    `strict`, other errors in the console.
    """
    wrong: list[str] = []
    whole = hasattr(target, "new_page")
    strict = strict or whole

    def on_console(message: Any) -> None:
        if "Content Security Policy" in message.text or (strict and message.type == "error"):
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
    target.set_default_timeout(PATIENCE if strict else START)
    return wrong


@contextmanager
def profile(browser: Any, url: str, **options: Any) -> Iterator[Any]:
    """A fresh profile (a context) of a browser, for the page at `url`. What the watch
    heard fails the test at the end.
    """
    size = {"width": 1280, "height": 800}
    context = browser.new_context(**{"viewport": size, **CALM, **options})
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
    browser = browser_type.launch(executable_path=chromium(), args=[*flags(), *QUICK, *arguments])
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


def value(page: Any, source: str) -> Any:
    """What the last line of a program comes to, in the Python of a page that is up."""
    run = "async (source) => (await pywebml.call('run', { source })).value"
    return page.evaluate(run, source)


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


def pictured(page: Any, name: str) -> None:
    """Leaves a picture of the whole page in $PYWEBML_ARTIFACTS, where that is named."""
    if folder := os.environ.get("PYWEBML_ARTIFACTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def overflow(page: Any) -> int:
    """CSS pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


CLIPPED = """() => {
  const scrolls = (e) => /auto|scroll/.test(getComputedStyle(e).overflowX);
  const within = (e) => e && (scrolls(e) ? e : within(e.parentElement));
  const controls = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  return [...document.querySelectorAll(controls)].filter((e) => {
    if (!e.checkVisibility({ visibilityProperty: true }) || within(e.parentElement)) return false;
    const { left, right, width, height } = e.getBoundingClientRect();
    if (width <= 1 || height <= 1) return false; // for screen readers alone
    const hides = e.matches("button, a") && getComputedStyle(e).overflowX !== "visible";
    return left < -1 || right > innerWidth + 1 || (hides && e.scrollWidth > e.clientWidth + 1);
  }).map((e) => `${e.tagName} ${e.id} ${e.textContent.trim().slice(0, 30)}`);
}"""


def clipped(page: Any) -> list[str]:
    """Controls that stand out of the window, or show only a part of their words."""
    return list(page.evaluate(CLIPPED))
