"""Fixtures of the browser tests: the page built once a session, served, and opened in
Debian's Chromium.

Every page fails its test on an uncaught error, a broken Content-Security-Policy, or a
request to another origin.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pywebml.site.browser import until

START = 180_000


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's hook: the installed Chromium, WebGPU on this machine's GPU or
    in software.
    """
    from pywebml.site.browser import chromium, flags

    return {**browser_type_launch_args, "executable_path": chromium(), "args": list(flags())}


@pytest.fixture(scope="session")
def built_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built page."""
    from pywebml.site.build import build

    folder = tmp_path_factory.mktemp("page") / "page"
    build(folder)
    return folder


@pytest.fixture(scope="session")
def page_url(built_page: Path) -> Iterator[str]:
    """The served page's URL, ending in a slash."""
    from pywebml.site.browser import served

    with served(built_page) as url:
        yield url


def watch(page: Any, url: str) -> list[str]:
    """Collects what must not happen on a page: uncaught errors, CSP violations,
    requests to other origins.
    """
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"uncaught: {error}"))

    def on_console(message: Any) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    def on_request(request: Any) -> None:
        if not request.url.startswith((url, "data:", f"blob:{url}")):
            wrong.append(f"request to {request.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.set_default_timeout(START)
    return wrong


@pytest.fixture
def tab(context: Any, page_url: str) -> Iterator[Any]:
    """A tab of a fresh browser profile; the test says where it goes."""
    page = context.new_page()
    wrong = watch(page, page_url)
    yield page
    assert not wrong, wrong


def ready(page: Any) -> dict[str, Any]:
    """Waits until Python, device and extractor are up; the worker's info."""
    until(page, "window.pywebml")
    return page.evaluate("() => pywebml.call('ready')")  # type: ignore[no-any-return]
