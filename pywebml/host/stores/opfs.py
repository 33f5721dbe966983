"""The browser's folder for the page's origin (OPFS), in a tab: opfs://NAME. For what is
too large for a database: files come and go one by one. Its JavaScript half is
web/runtime/opfs.js.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..files import MAX_FILE, checked_name
from .browser import entries_in, not_written, page_of
from .files import Entry, Names, Stage, Store, missing, too_big


class Opfs:
    """`Files` in one entry of that folder."""

    def __init__(self, entry: str):
        if not entry:
            raise ValueError("opfs:// needs a name behind it")
        self.entry, self.name = entry, f"opfs://{entry}"

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        answer = await _folder().read(self.entry, checked_name(path), limit)
        if answer is None:
            raise missing(path, self.name)
        if isinstance(answer, (int, float)):
            raise too_big(path, self.name, int(answer), limit)
        return answer.to_bytes()  # type: ignore[no-any-return]

    async def write(self, files: Mapping[str, bytes]) -> None:
        for path in files:
            checked_name(path)
        stage = await self.stage()
        try:
            for path, data in files.items():
                await stage.add(path, data)
            await stage.finish()
        except BaseException:
            await stage.drop()
            raise

    async def remove(self) -> None:
        await self.list()
        await _in_words(self.name, _folder().remove(self.entry))

    async def list(self) -> Names:
        names = await _folder().list(self.entry)
        if names is None:
            raise FileNotFoundError(f"nothing is stored as {self.name}")
        return sorted(names.to_py())

    async def stage(self) -> Stage:
        """See `staged`. OSError while another tab writes there."""
        await _in_words(self.name, _folder().begin(self.entry))
        return _OpfsStage(self)


class _OpfsStage:
    """`Stage` of an entry."""

    def __init__(self, files: Opfs):
        self._entry, self._name = files.entry, files.name

    async def add(self, path: str, data: bytes) -> None:
        from pyodide.ffi import to_js  # type: ignore[import-not-found]  # in a tab only

        adding = _folder().add(self._entry, checked_name(path), to_js(data))
        await _in_words(self._name, adding)

    async def finish(self) -> None:
        await _in_words(self._name, _folder().finish(self._entry))

    async def drop(self) -> None:
        await _folder().drop(self._entry)


async def _in_words(name: str, call: Any) -> None:
    try:
        await call
    except Exception as error:  # what the browser says, such as QuotaExceededError
        raise not_written(name, error) from None


def _folder() -> Any:
    return page_of("opfs").opfs


async def _entries() -> list[Entry]:
    return entries_in(await _folder().entries())


OPFS = Store("opfs", "opfs", Opfs, tab=True, entries=_entries)
