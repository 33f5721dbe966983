"""What a store gives: named files, all of them written or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol, runtime_checkable

from ..files import MAX_FILE, FormatError
from ..waiting import run_sync
from .parts import Data

Names = list[str]
"""For classes that have a method `list`."""


@runtime_checkable
class Files(Protocol):
    """Some named files that belong together, such as those of a model: a folder, a zip,
    an address, an entry of the browser's database. `name` is for people.

    All names are relative, with forward slashes; FormatError for one that leads out.
    """

    name: str

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        """A file's bytes. FormatError where it is not there or has more than `limit`."""

    async def write(self, files: Mapping[str, bytes]) -> None:
        """Puts all of the files there, or none of them: in place of those of the same
        names, beside the others. OSError where they do not fit.
        """

    async def remove(self) -> None:
        """Removes all files. FileNotFoundError where there are none."""

    async def list(self) -> Names:
        """The names in order. FileNotFoundError where nothing is stored."""


class Stage(Protocol):
    """Files on their way into a store one by one, so that they need not be in memory
    together. Nobody sees any of them before `finish`.
    """

    async def add(self, path: str, data: bytes) -> None:
        """Takes one more file. OSError where it does not fit."""

    async def finish(self) -> None:
        """Puts all of them there, as `Files.write` does."""

    async def drop(self) -> None:
        """Forgets them; all is as it was."""


class Entry(NamedTuple):
    """What a store has under a name: its files' names and bytes, and when they were
    written, where that is known.
    """

    name: str
    paths: tuple[str, ...]
    nbytes: int
    saved: datetime | None


@dataclass(frozen=True)
class Store:
    """A kind of place for files. `scheme` stands before "://" in its addresses, ""
    means that paths of the file system lead there; `open` makes Files of the rest.

    reads, writes   what it can do
    tab             whether it is there in a browser tab (True), elsewhere (False), or
                    on both (None)
    entries         what it has, for stores that can tell
    """

    name: str
    scheme: str
    open: Callable[[str], Files]
    reads: bool = True
    writes: bool = True
    tab: bool | None = None
    entries: Callable[[], Awaitable[list[Entry]]] | None = None


class Blocking:
    """The blocking twin of Files, for code that does not wait itself. In a browser tab
    it needs JSPI, see `run_sync`.

    Example:
        >>> from pywebml.host.stores import open_store
        >>> Blocking(open_store({"a.txt": b"hello"})).read("a.txt")
        b'hello'
    """

    def __init__(self, files: Files):
        self.files, self.name = files, files.name

    def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        return run_sync(self.files.read(path, limit))

    def write(self, files: Mapping[str, bytes]) -> None:
        run_sync(self.files.write(files))

    def remove(self) -> None:
        run_sync(self.files.remove())

    def list(self) -> Names:
        return run_sync(self.files.list())


async def copy(source: Files, target: Files, limit: int = MAX_FILE) -> None:
    """Puts all files of `source` into `target`, or none. FormatError for more than
    `limit` bytes in all.
    """
    contents: dict[str, bytes] = {}
    left = limit
    for path in await source.list():
        contents[path] = await source.read(path, left)
        left -= len(contents[path])
    await target.write(contents)


async def move(source: Files, target: Files, limit: int = MAX_FILE) -> None:
    """`copy`, and the files of `source` are gone."""
    await copy(source, target, limit)
    await source.remove()


async def staged(files: Files) -> Stage:
    """A stage for what does not fit into memory. OSError for stores that take all files
    at once, or where another tab is writing there.
    """
    stage = getattr(files, "stage", None)
    if stage is None:
        raise OSError(
            f"{files.name} does not take files one by one; give a folder, or in a browser opfs://NAME"
        )
    return await stage()  # type: ignore[no-any-return]


async def part_of(files: Files, path: str, limit: int = MAX_FILE) -> Data:
    """As `Files.read`; of a large file, where the files can, bytes that are read when
    somebody looks into them.
    """
    part = getattr(files, "part", None)
    data: Data = await (files.read if part is None else part)(path, limit)
    return data


def missing(path: str, where: str) -> FormatError:
    return FormatError(f"{where} has no file {path[:200]!r}")


def too_big(path: str, where: str, size: Any, limit: int) -> FormatError:
    return FormatError(f"{path!r} in {where} has {size} bytes, more than the {limit} that are read")
