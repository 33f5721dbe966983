"""What is kept between runs: files in the system's cache folder, and small texts there
or in the page's own store.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from . import IN_TAB, settings
from .files import alone, discard, make_room, said_in_words, scratch, text_of, write_whole

ENOUGH = 1 << 16  # bytes, for a text


def cache_folder(name: str) -> Path:
    """The folder NAME in $PYWEBML_CACHE, or in pywebml/ in the system's cache folder;
    it need not be there yet.
    """
    if folder := settings.CACHE():
        return Path(folder) / name
    from platformdirs import user_cache_dir  # a tab has no such package, and keeps no files

    try:
        system = Path(user_cache_dir("pywebml", appauthor=False))
    except RuntimeError:  # a user without a home; older ones answer "~/.cache/pywebml"
        system = Path()
    if not system.is_absolute():
        user = os.getuid() if hasattr(os, "getuid") else ""  # Windows has a folder for each
        system = Path(tempfile.gettempdir()) / f"pywebml-{user}"
    return system / name


@contextmanager
def caching(path: Path) -> Iterator[Path]:
    """A hidden folder beside `path` for what is going to be kept there. OSError in
    words, at once where nothing can be written.
    """
    ours = cache_folder("")
    room = f"make room, or name another folder for the cache: {settings.CACHE.name}=FOLDER"
    with said_in_words(f"{path} cannot be written", room):
        for folder in reversed(path.parents):
            if folder.is_relative_to(ours) and folder != ours and not folder.is_dir():
                # a file where a folder of the cache is to be; or nothing, and then the
                # folder may be another process's by now, which unlink leaves alone
                with suppress(OSError):
                    folder.unlink()
        with scratch(path.parent) as work:
            yield work


def keep_file(path: Path, data: bytes) -> None:
    """Puts a file into the cache, whole or not at all, whatever stands there. OSError
    in words where it cannot be written.
    """
    with caching(path) as work:
        fresh = write_whole(work / path.name, data)
        make_room(path)
        os.replace(fresh, path)


class Texts:
    """Small texts by name, kept between runs: `NAME.json` in the cache folder `kind`,
    or an entry of the page's store `kind`.
    """

    def __init__(self, kind: str):
        self.kind = kind

    def read(self, name: str) -> str:
        """The text, "" where none is kept or it cannot be read."""
        if IN_TAB:
            return str(self._page().read(name))
        return text_of(self._path(name))

    def keep(self, name: str, text: str) -> None:
        """Keeps a text, whole or not at all. OSError where it cannot be written."""
        if IN_TAB:
            self._page().keep(name, text)
        else:
            keep_file(self._path(name), text.encode())

    def change(self, name: str, edit: Callable[[str], str]) -> None:
        """Keeps what `edit` makes of the text. Other processes that change it wait
        meanwhile. OSError where it cannot be written.
        """
        if IN_TAB:
            self.keep(name, edit(self.read(name)))
            return
        path = self._path(name)
        with caching(path), alone(path.parent):
            self.keep(name, edit(self.read(name)))

    def ready(self, name: str) -> None:
        """OSError in words where a text cannot be kept: asked before long work."""
        if not IN_TAB:
            with caching(self._path(name)) as work:
                write_whole(work / name, bytes(ENOUGH))

    def forget(self, name: str) -> bool:
        """Drops a text; whether there was one."""
        if IN_TAB:
            return bool(self._page().keep(name, ""))
        there = self._path(name).is_file()
        discard(self._path(name))
        return there

    def where(self, name: str) -> str:
        """Where the text is kept, in words."""
        return "this browser's store" if IN_TAB else str(self._path(name))

    def _path(self, name: str) -> Path:
        return cache_folder(self.kind) / f"{name}.json"

    def _page(self) -> Any:
        from .page import page

        return getattr(page(), self.kind)
