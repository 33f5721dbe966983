"""The system's cache folder as a store: cache://NAME."""

from __future__ import annotations

from ..files import checked_name
from ..keeping import cache_folder
from .files import Files, Store
from .folders import FolderStore


def _open(name: str) -> Files:
    return FolderStore(cache_folder(checked_name(name)))


CACHE = Store("cache", "cache", _open, tab=False)
