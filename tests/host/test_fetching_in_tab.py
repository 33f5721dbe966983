"""host/stores/http where a browser fetches: its promises kept, broken and let go, by
stand-ins for what Pyodide gives. Python in the pages here has no network, so this is
for pages of one's own.
"""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pywebml.host.files import FormatError
from pywebml.host.stores import http, retrying
from pywebml.host.stores.http import fetch_async

URL = "https://host/net/model.json"


class JsException(Exception):
    pass


class Browser:
    """Gives the answers in turn: (status, headers, chunks), or raises them. A chunk of
    None never comes.
    """

    def __init__(self, *answers: Any):
        self.answers, self.aborted, self.asked = list(answers), 0, list[str]()

    def new(self) -> Any:
        return SimpleNamespace(signal="signal", abort=self.abort)

    def abort(self) -> None:
        self.aborted += 1

    async def pyfetch(self, url: str, signal: str) -> Any:
        self.asked.append(url)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, chunks = answer
        left = list(chunks)

        async def read() -> Any:
            chunk = left.pop(0) if left else b""
            if chunk is None:
                await asyncio.sleep(60)
            value = SimpleNamespace(to_bytes=lambda: chunk)
            return SimpleNamespace(done=not chunk, value=value)

        body = SimpleNamespace(getReader=lambda: SimpleNamespace(read=read))
        js = SimpleNamespace(headers=headers, body=body)
        return SimpleNamespace(status=status, status_text="Words", js_response=js)


def module(name: str, **members: Any) -> ModuleType:
    fresh = ModuleType(name)
    fresh.__dict__.update(members)
    return fresh


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    browser = Browser()
    monkeypatch.setattr(http, "IN_TAB", True)
    monkeypatch.setattr(retrying, "FIRST", 0.001)
    for each in (
        module("js", AbortController=browser),
        module("pyodide"),
        module("pyodide.ffi", JsException=JsException),
        module("pyodide.http", pyfetch=browser.pyfetch),
    ):
        monkeypatch.setitem(sys.modules, each.__name__, each)
    return browser


def test_progress_and_what_passes(browser: Browser) -> None:
    whole = (200, {"Content-Length": "5"}, [b"ab", b"cde"])
    browser.answers = [
        JsException("TypeError: Failed to fetch"),
        (503, {"Retry-After": "0"}, []),
        whole,
    ]
    heard: list[tuple[int, int | None]] = []
    data = asyncio.run(fetch_async(URL, progress=lambda *said: heard.append(said)))
    assert (data, heard) == (b"abcde", [(2, 5), (5, 5)])
    assert browser.asked == [URL] * 3 and browser.aborted == 3


def test_what_comes_packed_has_no_known_size(browser: Browser) -> None:
    browser.answers = [(200, {"Content-Length": "5", "Content-Encoding": "gzip"}, [b"ab" * 9])]
    heard: list[tuple[int, int | None]] = []
    asyncio.run(fetch_async(URL, progress=lambda *said: heard.append(said)))
    assert heard == [(18, None)]


def test_what_fails_is_named(browser: Browser) -> None:
    browser.answers = [(404, {}, [])]
    with pytest.raises(ConnectionError, match=r"could not fetch .*model\.json: it answers 404"):
        asyncio.run(fetch_async(URL))
    browser.answers = [JsException("TypeError: Failed to fetch")] * 4
    with pytest.raises(ConnectionError, match=r"TypeError: Failed to fetch \(tried 4 times\)"):
        asyncio.run(fetch_async(URL))
    assert not browser.answers


def test_bounds(browser: Browser) -> None:
    browser.answers = [(200, {"Content-Length": "5000"}, [b"x"]), (200, {}, [b"x" * 99] * 99)]
    with pytest.raises(FormatError, match="has 5000 bytes, more than the 100"):
        asyncio.run(fetch_async(URL, 100))
    with pytest.raises(FormatError, match="more than the 100 bytes"):
        asyncio.run(fetch_async(URL, 100))
    browser.answers = [(200, {}, [b"abc"])]
    with pytest.raises(FormatError, match="not the file that was expected: sha256"):
        asyncio.run(fetch_async(URL, sha256="0" * 64))


def test_who_no_longer_waits_ends_the_request(browser: Browser) -> None:
    browser.answers = [(200, {}, [b"ab", None])]

    async def job() -> None:
        task = asyncio.create_task(fetch_async(URL))
        await asyncio.sleep(0.05)
        assert browser.aborted == 0
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(job())
    assert browser.aborted == 1
