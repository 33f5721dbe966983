"""Files from the net: bounded, checked against a sum, with progress."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from .. import IN_TAB
from ..files import MAX_FILE, FormatError, checked_name
from .files import Names, Store
from .folders import Zip

TIMEOUT = 30.0
"""Seconds without an answer or without a byte."""
CHUNK = 1 << 18

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
    import urllib.error
    import urllib.request

    _check(url)
    try:
        with urllib.request.urlopen(url, timeout=timeout) as response:
            length = response.headers.get("Content-Length")
            total = int(length) if length is not None and length.isdigit() else None
            chunks: list[bytes] = []
            size = 0
            while size <= limit and (chunk := response.read(min(CHUNK, limit + 1 - size))):
                chunks.append(chunk)
                size += len(chunk)
                if progress:
                    progress(size, total)
    except (urllib.error.URLError, http.client.HTTPException, OSError) as e:
        raise ConnectionError(f"could not fetch {url}: {getattr(e, 'reason', None) or e}") from None
    if size <= limit and total is not None and total != size:
        raise ConnectionError(f"could not fetch {url}: {size} of {total} bytes came")
    return _checked(url, b"".join(chunks), limit, sha256)


async def fetch_async(
    url: str, limit: int = MAX_FILE, sha256: str | None = None, progress: Progress | None = None
) -> bytes:
    """`fetch`, waiting for it."""
    if not IN_TAB:
        return await asyncio.to_thread(fetch, url, limit, sha256, TIMEOUT, progress)
    from pyodide.http import pyfetch  # type: ignore[import-not-found]  # in a tab only

    _check(url)
    try:
        response = await pyfetch(url)
        response.raise_for_status()
        reader = response.js_response.body.getReader()
        chunks: list[bytes] = []
        size = 0
        while size <= limit and not (part := await reader.read()).done:
            chunks.append(part.value.to_bytes())
            size += len(chunks[-1])
            if progress:
                progress(size, None)
        await reader.cancel()
    except OSError as e:
        raise ConnectionError(f"could not fetch {url}: {e}") from None
    return _checked(url, b"".join(chunks), limit, sha256)


def _check(url: str) -> None:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"expected an http(s) URL, got {url!r}")


def _checked(url: str, data: bytes, limit: int, sha256: str | None) -> bytes:
    if len(data) > limit:
        raise FormatError(f"{url} has more than the {limit} bytes that are read")
    if sha256 is not None and (came := hashlib.sha256(data).hexdigest()) != sha256:
        raise FormatError(
            f"{url} is not the file that was expected: sha256 {came}, expected {sha256}"
        )
    return data


class HttpFiles:
    """The file at an address, those beside it by name; of a zip, the files in it. They
    can only be read.
    """

    def __init__(self, url: str):
        _check(url)
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
