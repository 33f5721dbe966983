"""Named files from a folder or a zip, for the readers of formats made of several files;
and atomic writing.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from ..files import checked_name

MAX_FILE = 1 << 30
"""Largest single file that is read, after unpacking (1 GiB)."""


class Folder:
    """The files of a folder."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.name = str(path)

    def __contains__(self, name: str) -> bool:
        return (self.path / checked_name(name)).is_file()

    def read(self, name: str, limit: int = MAX_FILE) -> bytes:
        path = self.path / checked_name(name)
        if not path.is_file():
            raise ValueError(f"{self.name} has no file {name!r}")
        if path.stat().st_size > limit:
            raise ValueError(
                f"{path} has {path.stat().st_size} bytes, more than the {limit} that are read"
            )
        return path.read_bytes()


class Zip:
    """The files of a zip, from its bytes or a path. `inside` is a folder in it. Nothing
    is unpacked to disk.
    """

    def __init__(self, source: str | Path | bytes, inside: str = ""):
        self.name = str(source) if isinstance(source, (str, Path)) else "the zip"
        self.inside = inside
        try:
            self.zip = zipfile.ZipFile(
                io.BytesIO(source) if isinstance(source, (bytes, bytearray, memoryview)) else source
            )
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as e:
            raise ValueError(f"{self.name} is not a zip file that can be read: {e}") from None
        self.entries: dict[str, zipfile.ZipInfo] = {}
        for entry in self.zip.infolist():
            if checked_name(entry.filename) in self.entries:
                raise ValueError(f"refused: {self.name} has two files called {entry.filename!r}")
            self.entries[entry.filename] = entry

    def __contains__(self, name: str) -> bool:
        return self.inside + checked_name(name) in self.entries

    def read(self, name: str, limit: int = MAX_FILE) -> bytes:
        entry = self.entries.get(self.inside + checked_name(name))
        if entry is None:
            raise ValueError(f"{self.name} has no file {name!r}")
        if entry.file_size > limit:
            raise ValueError(
                f"{name!r} in {self.name} unpacks to {entry.file_size} bytes, more than the {limit}"
                " that are read"
            )
        try:
            with self.zip.open(entry) as file:
                # the directory's size may lie, so the reading is bounded, too
                data = file.read(limit + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
        ) as e:
            raise ValueError(f"{name!r} in {self.name} cannot be read: {e}") from None
        if len(data) != entry.file_size:
            raise ValueError(
                f"{name!r} in {self.name} has {len(data)} bytes, its directory says"
                f" {entry.file_size}"
            )
        return data


Files = Folder | Zip


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(checked_name(name)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
