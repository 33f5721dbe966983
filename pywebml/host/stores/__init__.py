"""Where files lie: folders, zips, addresses, the cache, and the stores of a browser.

A new kind of place is a file here with its STORE, and its name in STORES.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from .. import IN_TAB
from ..waiting import at_once, run_sync
from .addresses import HTTP, HTTPS, HttpFiles
from .browser import DOWNLOADS, INDEXEDDB, LOCALSTORAGE
from .cache import CACHE
from .files import Blocking, Entry, Files, Stage, Store, copy, move, staged
from .folders import (
    FOLDER,
    ZIP,
    ZIP_START,
    AtHand,
    Folder,
    FolderStore,
    Memory,
    Zip,
    ZipStore,
    zip_bytes,
)
from .http import fetch
from .opfs import OPFS

T = TypeVar("T")


def _at_path(where: str | Path) -> Files:
    path = Path(where)
    if path.is_dir():
        return FolderStore(path)
    if path.suffix.lower() == ".zip":
        return ZipStore(path)
    if path.suffix or path.is_file():
        return FolderStore(path.parent, path.name)
    return FolderStore(path)


FILE = Store("file", "file", lambda rest: _at_path(unquote(rest)))
STORES: tuple[Store, ...] = (
    FOLDER, ZIP, FILE, HTTP, HTTPS, CACHE, INDEXEDDB, LOCALSTORAGE, OPFS, DOWNLOADS,
)  # fmt: skip

__all__ = [
    "STORES", "UNNAMED", "ZIP_START", "AtHand", "Blocking", "Entry", "Files", "Folder",
    "FolderStore", "HttpFiles", "Memory", "Stage", "Store", "Zip", "ZipStore", "copy", "fetch",
    "listing_stores", "move", "open_store", "staged", "store_of",
    "waited", "zip_bytes",
]  # fmt: skip

UNNAMED = "the given bytes"


def open_store(where: str | Path | bytes | Mapping[str, bytes] | Files) -> Files:
    """The files at a place: a folder, a file, a zip (a path that ends in .zip), an
    address ("https://...", "file:///...", "cache://name", in a tab "indexeddb://name"
    or "opfs://name"), bytes of a zip or of one file, or files in memory {name: bytes}.

    Of a file that is no zip, only that one is listed; those beside it can be read by
    name. Nothing is read yet, and the place need not be there. ValueError for an
    unknown scheme.

    Example:
        >>> open_store("photos/model.json").name
        'photos'
        >>> open_store("gopher://model")
        Traceback (most recent call last):
        ValueError: unknown kind of store 'gopher://'; expected a path, or one of file://, ...
    """
    if isinstance(where, (bytes, bytearray, memoryview)):
        data = bytes(where)
        if data.startswith(ZIP_START):
            return AtHand(Zip(data))
        return AtHand(Memory({"file": data}, UNNAMED))
    if isinstance(where, Mapping):
        return AtHand(Memory(where))
    if isinstance(where, (str, Path)):
        return _opened(where)
    if not hasattr(where, "list"):
        raise TypeError(
            f"expected a path, an address, bytes or files by name, got {where!r:.80}; give the"
            " place where the files are"
        )
    return where


def listing_stores() -> list[Store]:
    """Those that are here, on this host, and can tell what they have."""
    return [s for s in STORES if s.entries and s.tab in (None, IN_TAB)]


def _opened(where: str | Path) -> Files:
    store = store_of(where)
    if store is None:
        return _at_path(where)
    return store.open(str(where).partition("://")[2])


def waited(files: Files, coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of what is asked of the files: at once where they are at hand, else
    `run_sync`.
    """
    return at_once(coroutine) if isinstance(files, AtHand) else run_sync(coroutine)


def store_of(where: object) -> Store | None:
    """The store that an address's scheme says, None for what is no address. ValueError
    for an unknown scheme.
    """
    scheme, separator, _ = where.partition("://") if isinstance(where, str) else ("", "", "")
    if not separator:
        return None
    for store in STORES:
        if store.scheme == scheme.lower():
            return store
    schemes = ", ".join(f"{store.scheme}://" for store in STORES if store.scheme)
    raise ValueError(f"unknown kind of store '{scheme}://'; expected a path, or one of {schemes}")
