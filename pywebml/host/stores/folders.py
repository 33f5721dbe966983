"""Named files from folders, zips and memory: what can be read without waiting.

`Folder`, `Zip` and `Memory` are for code that does not wait; `AtHand` makes `Files` of
each, and `FolderStore` and `ZipStore` write, too.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..files import (
    MAX_FILE,
    STRUCTURAL,
    FormatError,
    checked_name,
    scratch,
    write_whole,
)
from .exchanging import moving_names, put_in_place, settle, standing
from .files import Names, Stage, Store, missing, too_big
from .parts import LARGE, Data, Part, Stream, chunks

MAX_NAMES = 100_000
"""A folder of more files is not listed."""
ZIP_START = b"PK\x03\x04"
SAMPLE, SHRUNK = 1 << 16, 0.8
"""So many bytes of a longer file are packed to see whether that makes it this part."""
LOCAL_HEAD = 30
"""Bytes before the name of a file in a zip, where it lies."""
ZIP_STARTS = (ZIP_START, b"PK\x05\x06")  # the second: of an empty one
SMALL, RATIO = 64 << 20, 100
"""A file of a zip that unpacks to more than so many bytes, and to more than so many
times as many as it is packed in, is not read: weights and pictures are not that empty.
"""


class Folder:
    """The files of a folder; with `only`, that one is listed, and the others can still
    be read by name.
    """

    def __init__(self, path: str | Path, only: str | None = None):
        self.path, self.only = Path(path), only
        self.name = str(path)

    def __contains__(self, name: str) -> bool:
        return os.path.isfile(self.place(name))  # False for impossible names

    def place(self, name: str) -> Path:
        """Where the file is, or would be."""
        return standing(self.path, checked_name(name))

    def _checked(self, name: str, limit: int) -> Path:
        path = self.place(name)
        if name not in self:
            raise missing(name, self.name)
        if path.stat().st_size > limit:
            raise FormatError(
                f"{path} has {path.stat().st_size} bytes, more than the {limit} that are read"
            )
        return path

    def read(self, name: str, limit: int = MAX_FILE) -> bytes:
        return self._checked(name, limit).read_bytes()

    def part(self, name: str, limit: int = MAX_FILE) -> Data:
        """As `read`; of a large file bytes that are read later."""
        path = self._checked(name, limit)
        return Part.of_file(path) if path.stat().st_size >= LARGE else path.read_bytes()

    def names(self) -> list[str]:
        """Of all files in it and in folders inside, but for hidden ones, in order."""
        if self.only is not None:
            if self.only not in self:
                raise FileNotFoundError(f"no such file: {self.path / self.only}")
            return [self.only]
        if not self.path.is_dir():
            raise FileNotFoundError(f"no such folder: {self.path}")
        names: list[str] = []
        for folder, folders, files in os.walk(self.path):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            inside = Path(folder).relative_to(self.path)
            names += [(inside / file).as_posix() for file in files if not file.startswith(".")]
            if len(names) > MAX_NAMES:
                raise FormatError(f"{self.path} has more than the {MAX_NAMES} files that are read")
        return sorted({*names, *moving_names(self.path)})


class Zip:
    """The files of a zip, from its bytes or a path. `inside` is a folder in it. Nothing
    is unpacked to disk.

    Example:
        >>> Zip(zip_bytes({"a/b.txt": b"hello"})).read("a/b.txt")
        b'hello'
    """

    def __init__(self, source: str | Path | Data, inside: str = ""):
        at_path = isinstance(source, (str, Path))
        self.name = str(source) if at_path else "the zip"
        self.inside, self._source = inside, source
        in_memory = isinstance(source, (bytes, bytearray, memoryview))
        file: Any = io.BytesIO(source) if in_memory else source  # type: ignore[arg-type]
        try:
            self.zip = zipfile.ZipFile(Stream(source) if isinstance(source, Part) else file)
        except (zipfile.BadZipFile, *STRUCTURAL) as e:
            raise FormatError(f"{self.name} is not a zip file that can be read: {e}") from None
        self.entries: dict[str, zipfile.ZipInfo] = {}
        for entry in self.zip.infolist():
            if checked_name(entry.filename) in self.entries:
                raise FormatError(f"refused: {self.name} has two files called {entry.filename!r}")
            self.entries[entry.filename] = entry

    def __contains__(self, name: str) -> bool:
        return self.inside + checked_name(name) in self.entries

    def _entry(self, name: str, limit: int) -> zipfile.ZipInfo:
        entry = self.entries.get(self.inside + checked_name(name))
        if entry is None:
            raise missing(name, self.name)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FormatError(
                f"{name!r} in {self.name} is packed by method {entry.compress_type}, which is not"
                " read; pack it again as an ordinary zip"
            )
        if entry.flag_bits & 1:
            raise FormatError(f"{name!r} in {self.name} is encrypted; pack it without a password")
        if entry.file_size > limit:
            raise FormatError(
                f"{name!r} in {self.name} unpacks to {entry.file_size} bytes, more than the {limit}"
                " that are read"
            )
        if entry.file_size > max(SMALL, RATIO * entry.compress_size):
            raise FormatError(
                f"{name!r} in {self.name} unpacks to {entry.file_size} bytes from"
                f" {entry.compress_size}, more than the {RATIO} times as many that are read; give"
                " the unpacked files if they are meant"
            )
        return entry

    def part(self, name: str, limit: int = MAX_FILE) -> Data:
        """As `read`; of a large file that is not packed bytes that are read later."""
        entry = self._entry(name, limit)
        if entry.file_size < LARGE or entry.compress_type != zipfile.ZIP_STORED:
            return self.read(name, limit)
        if isinstance(self._source, (str, Path)):
            self._source = Part.of_file(Path(self._source))
        source = self._source if isinstance(self._source, Part) else memoryview(self._source)
        head = bytes(source[entry.header_offset : entry.header_offset + LOCAL_HEAD])
        begin = entry.header_offset + LOCAL_HEAD + sum(struct.unpack("<HH", head[26:30]))
        data = source[begin : begin + entry.file_size]
        crc = 0
        for chunk in chunks(data):
            crc = zlib.crc32(chunk, crc)
        whole = head.startswith(ZIP_START) and len(data) == entry.file_size == entry.compress_size
        if not whole or crc != entry.CRC:
            raise FormatError(f"{name!r} in {self.name} cannot be read: it is damaged")
        return data if isinstance(data, Part) else Part.joined([data])

    def read(self, name: str, limit: int = MAX_FILE) -> bytes:
        entry = self._entry(name, limit)
        try:
            with self.zip.open(entry) as file:
                # the directory's size may lie, so the reading is bounded, too
                data = file.read(limit + 1)
        except (zipfile.BadZipFile, RuntimeError, OSError, *STRUCTURAL) as e:
            raise FormatError(f"{name!r} in {self.name} cannot be read: {e}") from None
        if len(data) != entry.file_size:
            raise FormatError(
                f"{name!r} in {self.name} has {len(data)} bytes, its directory says"
                f" {entry.file_size}"
            )
        return data

    def names(self) -> list[str]:
        """Of all files in it, in order, but for those that macOS adds."""
        inside = [n for n in self.entries if n.startswith(self.inside) and not n.endswith("/")]
        return sorted(n.removeprefix(self.inside) for n in inside if not n.startswith("__MACOSX/"))


class Memory:
    """Files that are in memory already."""

    def __init__(self, files: Mapping[str, bytes], name: str = "memory"):
        self.name, self.files = name, {checked_name(path): files[path] for path in files}

    def __contains__(self, name: str) -> bool:
        return checked_name(name) in self.files

    def read(self, name: str, limit: int = MAX_FILE) -> bytes:
        if name not in self:
            raise missing(name, self.name)
        data = self.files[name]
        if len(data) > limit:
            raise too_big(name, self.name, len(data), limit)
        return bytes(data)

    def part(self, name: str, limit: int = MAX_FILE) -> Data:
        return self.read(name, limit)

    def names(self) -> list[str]:
        return sorted(self.files)


class AtHand:
    """`Files` of a Folder, a Zip or Memory. Nothing in it waits, so `waiting.at_once`
    runs what reads from it.
    """

    def __init__(self, inner: Folder | Zip | Memory):
        self._inner, self.name = inner, inner.name

    @property
    def inner(self) -> Folder | Zip | Memory:
        return self._inner

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        return self.inner.read(path, limit)

    async def part(self, path: str, limit: int = MAX_FILE) -> Data:
        """As `read`; of a large file bytes that are read later."""
        return self.inner.part(path, limit)

    async def write(self, files: Mapping[str, bytes]) -> None:
        raise OSError(f"{self.name} can only be read; give a path to write to")

    async def remove(self) -> None:
        raise OSError(f"{self.name} can only be read")

    async def list(self) -> Names:
        return self.inner.names()


class FolderStore(AtHand):
    """A folder as `Files`; it need not be there before something is written."""

    def __init__(self, path: str | Path, only: str | None = None):
        super().__init__(Folder(path, only))
        self.path, self.only = Path(path), only

    async def write(self, files: Mapping[str, bytes]) -> None:
        write_files(self.path, files)

    async def remove(self) -> None:
        settle(self.path)
        for name in self.inner.names():
            path = self.path / name
            path.unlink()
            while path.parent != self.path and not any(path.parent.iterdir()):
                path = path.parent
                path.rmdir()
        if self.only is None and not any(self.path.iterdir()):
            self.path.rmdir()

    async def stage(self) -> Stage:
        """See `staged`: the files come into a hidden folder beside this one."""
        return _FolderStage(self.path)


class _FolderStage:
    """`Stage` of a folder."""

    def __init__(self, path: Path):
        self._folder, self._names = path.resolve(), list[str]()
        self._room = ExitStack()
        self._fresh = self._room.enter_context(scratch(self._folder.parent)) / "new"
        self._fresh.mkdir()

    async def add(self, path: str, data: bytes) -> None:
        write_whole(self._fresh / checked_name(path), data)
        self._names.append(path)

    async def finish(self) -> None:
        with self._room:
            put_in_place(self._fresh, self._folder, self._names)

    async def drop(self) -> None:
        self._room.close()


class ZipStore(AtHand):
    """A zip at a path as `Files`; it need not be there before something is written."""

    def __init__(self, path: str | Path):
        self.path, self.name = Path(path), str(path)
        self._zip: Zip | None = None

    @property
    def inner(self) -> Zip:
        if self._zip is None:
            if not self.path.is_file():
                raise FileNotFoundError(f"no such file: {self.path}")
            self._zip = Zip(self.path)
        return self._zip

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        if not self.path.is_file():
            raise missing(checked_name(path), self.name)
        return self.inner.read(path, limit)

    async def part(self, path: str, limit: int = MAX_FILE) -> Data:
        if not self.path.is_file():
            raise missing(checked_name(path), self.name)
        return self.inner.part(path, limit)

    async def write(self, files: Mapping[str, bytes]) -> None:
        old = self.inner if self.path.is_file() else Memory({})
        before = {name: old.read(name) for name in old.names() if name not in files}
        data = zip_bytes({**before, **files})
        self._close()
        write_whole(self.path, data)

    async def remove(self) -> None:
        if not self.path.is_file():
            raise FileNotFoundError(f"no such file: {self.path}")
        self._close()
        self.path.unlink()

    def _close(self) -> None:
        if self._zip is not None:
            self._zip.zip.close()
        self._zip = None


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(checked_name(name)), data, _packing(data))
    return out.getvalue()


def _packing(data: bytes) -> int:
    """Files that hardly shrink, as weights are, lie in a zip as they are: to pack those
    of a head takes a browser's tab 0.1 s, and large ones can be read where they lie.
    """
    middle = len(data) // 2
    sample = bytes(memoryview(data)[middle : middle + SAMPLE])
    shrinks = len(zlib.compress(sample, 1)) < SHRUNK * len(sample)
    return zipfile.ZIP_DEFLATED if len(data) < SAMPLE or shrinks else zipfile.ZIP_STORED


def write_files(folder: str | Path, files: Mapping[str, bytes]) -> Path:
    """Writes several files into a folder, all of them or none; returns the folder.

    They are gathered beside their places first, where a full disk is noticed. A folder
    that is new then appears at once; in one that is there, files change places one by
    one, and change back where one of them cannot.
    """
    folder = Path(folder).resolve()  # where a link leads
    targets = {checked_name(name): data for name, data in files.items()}
    with scratch(folder if folder.is_dir() else folder.parent) as work:
        fresh = work / "new"
        fresh.mkdir()
        for name, data in targets.items():
            write_whole(fresh / name, data)
        put_in_place(fresh, folder, list(targets))
    return folder


FOLDER = Store("folder", "", FolderStore)
ZIP = Store("zip", "", ZipStore)
