"""The system's cache folder as a store: cache://NAME."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ..files import checked_name
from ..keeping import cache_folder
from .files import Entry, Files, Store
from .folders import Folder, FolderStore


def _open(name: str) -> Files:
    return FolderStore(cache_folder(checked_name(name)))


async def _entries() -> list[Entry]:
    folder = cache_folder("")
    if not folder.is_dir():
        return []
    return [_entry(path) for path in sorted(folder.iterdir()) if _shown(path)]


def _shown(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _entry(path: Path) -> Entry:
    names = Folder(path).names()
    files = [(path / name).stat() for name in names]
    last = max((file.st_mtime for file in files), default=path.stat().st_mtime)
    saved = datetime.fromtimestamp(last, UTC)
    return Entry(path.name, tuple(names), sum(file.st_size for file in files), saved)


CACHE = Store("cache", "cache", _open, tab=False, entries=_entries)
