"""Files from the net: bounded, checked against a sum, with progress."""

from __future__ import annotations

import asyncio
import hashlib
import string
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from .. import IN_TAB
from ..files import MAX_FILE, FormatError, checked_name
from ..json_data import NO_FILE, looks_like_html
from ..shown import shown
from .files import Names, Store
from .folders import Zip

TIMEOUT = 30.0
"""Seconds without an answer or without a byte."""
SLOWEST = 32.0
"""Bytes per second: what comes more slowly for as long as that never ends."""
CHUNK = 1 << 18
MAX_REDIRECTS = 10

Progress = Callable[[int, int | None], None]
"""Called with (bytes so far, bytes in all where the server says so)."""


def fetch(
    url: str,
    limit: int = MAX_FILE,
    sha256: str | None = None,
    timeout: float = TIMEOUT,
    progress: Progress | None = None,
) -> bytes:
    """What is at an http(s) address, of that sum if one is given.

    ConnectionError that names the address where the net or the server fails,
    FormatError for more than `limit` bytes or other ones than expected. Blocks;
    `fetch_async` waits, in a browser tab as well.
    """
    import http.client  # heavy, and a tab fetches in another way

    address = _address(url)
    chunks: list[bytes] = []
    size = 0
    try:
        with _answer(address, timeout) as answer:
            _expect_whole(answer.status, answer.reason)
            coding = answer.headers.get("Content-Encoding", "").strip().lower()
            total = None if coding else answer.length
            for chunk in _unpacked(_pieces(answer, timeout), coding):
                chunks.append(chunk)
                size += len(chunk)
                if size > limit:
                    break
                if progress:
                    progress(size, total)
    except http.client.IncompleteRead:
        raise _failed(url, f"the answer breaks off after {size} bytes") from None
    except (OSError, http.client.HTTPException, ValueError, zlib.error) as e:
        raise _failed(url, getattr(e, "reason", None) or e) from None
    return _checked(url, b"".join(chunks), limit, sha256)


def _answer(address: str, timeout: float) -> Any:
    """The answer of the server that the address leads to in the end, whatever its
    status.
    """
    from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler

    opener = OpenerDirector()  # urllib's own follows to ftp:, and reads what it passes
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler):
        opener.add_handler(handler())
    for _ in range(MAX_REDIRECTS):
        answer: Any = opener.open(address, timeout=timeout)
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        answer.close()
        address = _redirected(address, answer.headers.get("Location", ""))
    raise OSError(f"it redirects {MAX_REDIRECTS} times, perhaps in a circle")


def _redirected(address: str, location: str) -> str:
    # headers come as Latin-1, whatever they were written in
    target = urljoin(address, quote(location, safe=string.punctuation, encoding="latin-1"))
    schemes = urlsplit(address).scheme, urlsplit(target).scheme
    if not location or schemes[1] not in ("http", "https") or schemes == ("https", "http"):
        raise OSError(f"it redirects to {location!r:.200}, which is not followed")
    return target


def _expect_whole(status: int, reason: str) -> None:
    """OSError for anything but a whole file: errors, parts of one, "later"."""
    if status not in (200, 203):
        raise OSError(f"it answers {status} {reason}".strip())


def _pieces(answer: Any, timeout: float) -> Iterator[bytes]:
    """The bytes as they come. TimeoutError where hardly any do."""
    total, size = answer.length, 0
    since, before = time.monotonic(), 0
    while size != total:
        chunk = answer.read1(CHUNK if total is None else min(CHUNK, total - size))
        if not chunk:
            break
        size += len(chunk)
        yield chunk
        if (seconds := time.monotonic() - since) >= timeout:
            if size - before < SLOWEST * seconds:
                raise TimeoutError(f"only {size - before} bytes came in {seconds:.0f} seconds")
            since, before = time.monotonic(), size
    if total is not None and size != total:
        raise OSError(f"{size} of {total} bytes came")


def _unpacked(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """What hosts send packed though nobody asked for it, such as a file that lies there
    as .gz; some CHUNK bytes at a time, whatever they unpack to.
    """
    if coding in ("", "identity"):
        yield from pieces
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise OSError(f"it comes packed as {coding!r:.40}, which was not asked for")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, as its head says
    for piece in pieces:
        while piece:
            yield unpacking.decompress(piece, CHUNK)
            piece = unpacking.unconsumed_tail
    yield unpacking.flush()
    if not unpacking.eof:
        raise OSError("what is packed in it breaks off")


async def fetch_async(
    url: str, limit: int = MAX_FILE, sha256: str | None = None, progress: Progress | None = None
) -> bytes:
    """`fetch`, waiting for it."""
    if not IN_TAB:
        return await asyncio.to_thread(fetch, url, limit, sha256, TIMEOUT, progress)
    from pyodide.ffi import JsException  # type: ignore[import-not-found]  # in a tab only
    from pyodide.http import pyfetch  # type: ignore[import-not-found]

    address = _address(url)
    try:
        response = await asyncio.wait_for(pyfetch(address), TIMEOUT)
        _expect_whole(response.status, response.status_text)
        reader = response.js_response.body.getReader()
        chunks: list[bytes] = []
        size = 0
        while size <= limit:
            part = await asyncio.wait_for(reader.read(), TIMEOUT)
            if part.done:
                break
            chunks.append(part.value.to_bytes())
            size += len(chunks[-1])
            if progress:
                progress(size, None)
        await reader.cancel()
    except (OSError, JsException) as e:
        raise _failed(url, e) from None
    return _checked(url, b"".join(chunks), limit, sha256)


def _address(url: str) -> str:
    """The address as it is asked for. ValueError where it is none of http(s)."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError
        _ = parts.port, parts.hostname.encode("idna")  # ValueError where it has none
        path, query = (quote(part, safe=string.punctuation) for part in parts[2:4])
        return parts._replace(path=path, query=query, fragment="").geturl()
    except ValueError:
        raise ValueError(f"expected an http(s) URL, got {url!r:.200}") from None


def _failed(url: str, why: object) -> ConnectionError:
    said = " ".join(str(why).split()) or type(why).__name__
    return ConnectionError(f"could not fetch {shown(url)}: {shown(said[:200])}")


def _checked(url: str, data: bytes, limit: int, sha256: str | None) -> bytes:
    if len(data) > limit:
        raise FormatError(f"{url} has more than the {limit} bytes that are read")
    if sha256 is not None and (came := hashlib.sha256(data).hexdigest()) != sha256:
        kind = f"{NO_FILE}; " if looks_like_html(data) else ""
        raise FormatError(
            f"{url} is not the file that was expected: {kind}sha256 {came}, expected {sha256}"
        )
    return data


class HttpFiles:
    """The file at an address, those beside it by name; of a zip, the files in it. They
    can only be read.
    """

    def __init__(self, url: str):
        _address(url)
        self.name = url
        path = urlsplit(url).path
        self._main = path.rsplit("/", 1)[-1]
        self._base = url.partition("?")[0].partition("#")[0].rsplit("/", 1)[0]
        self._zip: Zip | None = None

    async def _archive(self) -> Zip | None:
        """The zip, fetched once, where the address is that of one."""
        if self._zip is None and self._main.lower().endswith(".zip"):
            self._zip = Zip(await fetch_async(self.name))
            self._zip.name = self.name
        return self._zip

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        checked_name(path)
        if archive := await self._archive():
            return archive.read(path, limit)
        return await fetch_async(
            self.name if path == self._main else f"{self._base}/{quote(path)}", limit
        )

    async def write(self, files: Mapping[str, bytes]) -> None:
        raise OSError(f"{self.name} can only be read")

    async def remove(self) -> None:
        raise OSError(f"{self.name} can only be read")

    async def list(self) -> Names:
        """Of a zip, what is in it; otherwise the one file of the address."""
        if archive := await self._archive():
            return archive.names()
        return [self._main] if self._main else []


def _opener(scheme: str) -> Any:
    return lambda rest: HttpFiles(f"{scheme}://{rest}")


HTTP = Store("http", "http", _opener("http"), writes=False)
HTTPS = Store("https", "https", _opener("https"), writes=False)
