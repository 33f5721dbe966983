"""The files at an http(s) address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from ..files import MAX_FILE, checked_name
from .files import Names, Store
from .folders import Zip
from .http import Progress, checked_address, fetch_async


class HttpFiles:
    """The file at an address, those beside it by name; of a zip, the files in it. They
    can only be read. What comes behind a "?" goes along for all of them, as some hosts
    want it.

    sha256     of the file at the address, where one is expected
    progress   is told of the bytes of each file as they come
    """

    def __init__(self, url: str, sha256: str | None = None):
        checked_address(url)
        self.name, self.sha256 = url, sha256
        self.progress: Progress | None = None
        self._main = urlsplit(url).path.rsplit("/", 1)[-1]
        place, mark, query = url.partition("#")[0].partition("?")
        self._base, self._query = place.rsplit("/", 1)[0], mark + query
        self._zip: Zip | None = None

    async def _archive(self) -> Zip | None:
        """The zip, fetched once, where the address is that of one."""
        if self._zip is None and self._main.lower().endswith(".zip"):
            self._zip = Zip(await self._fetched(self.name, MAX_FILE, self.sha256))
            self._zip.name = self.name
        return self._zip

    async def _fetched(self, url: str, limit: int, sha256: str | None = None) -> bytes:
        return await fetch_async(url, limit, sha256, self.progress)

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        checked_name(path)
        if archive := await self._archive():
            return archive.read(path, limit)
        if path == self._main:
            return await self._fetched(self.name, limit, self.sha256)
        return await self._fetched(f"{self._base}/{quote(path)}{self._query}", limit)

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
