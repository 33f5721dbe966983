"""The browser's folder for the page's origin (OPFS), in a tab: opfs://NAME. For what is
too large for a database: files come and go one by one. Its JavaScript half is
web/runtime/opfs.js.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..files import MAX_FILE, checked_name
from .browser import asked, entries_in, page_of
from .files import Entry, Names, Stage, Store, missing, too_big


class Opfs:
    """`Files` in one entry of that folder."""

    def __init__(self, entry: str):
        if not entry:
            raise ValueError("opfs:// needs a name behind it")
        self.entry, self.name = entry, f"opfs://{entry}"

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        reading = (await _folder()).read(self.entry, checked_name(path), limit)
        answer = await asked(self.name, reading)
        if answer is None:
            raise missing(path, self.name)
        if isinstance(answer, (int, float)):
            raise too_big(path, self.name, int(answer), limit)
        return answer.to_bytes()  # type: ignore[no-any-return]

    async def read_ranges(self, path: str, places: Sequence[int]) -> bytes:
        """Bytes of a file from places[0] to before places[1], from places[2] to before
        places[3] and so on, one after the other; fewer where it ends.
        """
        from pyodide.ffi import to_js  # type: ignore[import-not-found]  # in a tab only

        call = (await _folder()).ranges(self.entry, checked_name(path), to_js(list(places)))
        answer = await asked(self.name, call)
        if answer is None:
            raise missing(path, self.name)
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
        await asked(self.name, (await _folder()).remove(self.entry), "removed")

    async def list(self) -> Names:
        names = await asked(self.name, (await _folder()).list(self.entry))
        if names is None:
            raise FileNotFoundError(f"nothing is stored as {self.name}")
        return sorted(names.to_py())

    async def stage(self) -> Stage:
        """See `staged`. OSError while another tab writes there."""
        await asked(self.name, (await _folder()).begin(self.entry), "written")
        return _OpfsStage(self)


class _OpfsStage:
    """`Stage` of an entry."""

    def __init__(self, files: Opfs):
        self._entry, self._name = files.entry, files.name

    async def add(self, path: str, data: bytes) -> None:
        from pyodide.ffi import to_js  # type: ignore[import-not-found]  # in a tab only

        adding = (await _folder()).add(self._entry, checked_name(path), to_js(data))
        await asked(self._name, adding, "written")

    async def finish(self) -> None:
        await asked(self._name, (await _folder()).finish(self._entry), "written")

    async def drop(self) -> None:
        await (await _folder()).drop(self._entry)


async def _folder() -> Any:
    return (await page_of("opfs")).opfs


async def _entries() -> list[Entry]:
    return entries_in(await asked("the list of opfs://", (await _folder()).entries()))


OPFS = Store("opfs", "opfs", Opfs, tab=True, entries=_entries)
