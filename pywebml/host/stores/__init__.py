"""Where files lie: folders, zips, addresses, the cache, and the stores of a browser.

A new kind of place is a file here with its STORE, and its name in STORES.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .browser import DOWNLOADS, INDEXEDDB, LOCALSTORAGE
from .cache import CACHE
from .files import Blocking, Files, Store, copy, move
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
from .http import HTTP, HTTPS, fetch

STORES: tuple[Store, ...] = (
    FOLDER, ZIP, HTTP, HTTPS, CACHE, INDEXEDDB, LOCALSTORAGE, DOWNLOADS,
)  # fmt: skip

__all__ = [
    "STORES", "UNNAMED", "ZIP_START", "AtHand", "Blocking", "Files", "Folder", "FolderStore",
    "Memory", "Store", "Zip", "ZipStore", "copy", "fetch", "move", "open_store", "zip_bytes",
]  # fmt: skip

UNNAMED = "the given bytes"


def open_store(where: str | Path | bytes | Mapping[str, bytes] | Files) -> Files:
    """The files at a place: a folder, a file, a zip (a path that ends in .zip), an
    address ("https://...", "cache://name", in a tab "indexeddb://name"), bytes of a zip
    or of one file, or files in memory {name: bytes}.

    Of a file that is no zip, only that one is listed; those beside it can be read by
    name. Nothing is read yet, and the place need not be there. ValueError for an
    unknown scheme.

    Example:
        >>> open_store("photos/model.json").name
        'photos'
        >>> open_store("gopher://model")
        Traceback (most recent call last):
        ValueError: unknown kind of store 'gopher://'; expected a path, or one of http://, ...
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


def _opened(where: str | Path) -> Files:
    scheme, separator, rest = str(where).partition("://")
    if separator and isinstance(where, str):
        for store in STORES:
            if store.scheme == scheme.lower():
                return store.open(rest)
        schemes = ", ".join(f"{store.scheme}://" for store in STORES if store.scheme)
        raise ValueError(
            f"unknown kind of store '{scheme}://'; expected a path, or one of {schemes}"
        )
    path = Path(where)
    if path.is_dir():
        return FolderStore(path)
    if path.suffix.lower() == ".zip":
        return ZipStore(path)
    if path.suffix or path.is_file():
        return FolderStore(path.parent, path.name)
    return FolderStore(path)
