"""`Dataset.cache`: elements that are made once, in memory or in files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..host.stores import Files, FolderStore, open_store, waited
from .shards import INDEX, index_of, reading, writing

Start = Callable[[], Iterable[Any]]


def in_memory(elements: Iterable[Any]) -> Start:
    """Starts iterations over elements that are kept once they were all seen."""
    seen: list[Any] | None = None

    def start() -> Iterator[Any]:
        nonlocal seen
        if seen is not None:
            yield from seen
            return
        fresh = []
        for element in elements:
            fresh.append(element)
            yield element
        seen = fresh

    return start


def in_files(elements: Iterable[Any], where: str | os.PathLike[str]) -> Start:
    """The same in files at a place: a folder, or in a browser opfs://NAME."""

    def start() -> Iterator[Any]:
        files = opened(where)
        index = waited(files, index_of(files))
        return writing(files, elements) if index is None else reading(files, index)

    return start


def forget(where: str | os.PathLike[str]) -> None:
    """Removes the elements that `Dataset.cache` keeps there. FileNotFoundError where
    none are, OSError for a folder that has other files, too.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp() + "/squares"
        >>> data = pw.data.Dataset.range(3).map(lambda n: n * n).cache(folder)
        >>> [int(n) for n in data], [int(n) for n in pw.data.Dataset.range(0).cache(folder)]
        ([0, 1, 4], [0, 1, 4])
        >>> pw.data.forget(folder)
    """
    files = opened(where)
    index = waited(files, index_of(files))
    if index is None:
        raise FileNotFoundError(f"no data set is kept at {files.name}")
    ours = {INDEX, *(shard[0] for shard in index.shards)}
    others = [name for name in waited(files, files.list()) if name not in ours]
    if others:
        raise OSError(
            f"{files.name} has other files, too, such as {others[0]!r}; remove it yourself"
        )
    waited(files, files.remove())


def opened(where: str | os.PathLike[str]) -> Files:
    """The files at a place, where a path is that of a folder, whatever its name is."""
    files = open_store(where if isinstance(where, str) else os.fspath(where))
    if isinstance(files, FolderStore) and files.only:
        return FolderStore(files.path / files.only)
    return files
