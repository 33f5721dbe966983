"""What is kept between runs: files in the system's cache folder, and small texts there
or in the page's own store.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from . import IN_TAB
from .files import write_whole


def cache_folder(name: str) -> Path:
    """The folder pywebml/NAME in the system's cache folder; it need not be there yet."""
    from platformdirs import user_cache_dir  # a tab has no such package, and keeps no files

    return Path(user_cache_dir("pywebml", appauthor=False)) / name


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
        with suppress(OSError, UnicodeDecodeError):
            return self._path(name).read_text(encoding="utf-8")
        return ""

    def keep(self, name: str, text: str) -> None:
        """Keeps a text, whole or not at all. OSError where it cannot be written."""
        if IN_TAB:
            self._page().keep(name, text)
        else:
            write_whole(self._path(name), text.encode())

    def forget(self, name: str) -> bool:
        """Drops a text; whether there was one."""
        if IN_TAB:
            return bool(self._page().keep(name, ""))
        there = self._path(name).is_file()
        self._path(name).unlink(missing_ok=True)
        return there

    def where(self, name: str) -> str:
        """Where the text is kept, in words."""
        return "this browser's store" if IN_TAB else str(self._path(name))

    def _path(self, name: str) -> Path:
        return cache_folder(self.kind) / f"{name}.json"

    def _page(self) -> Any:
        import pywebml_page  # type: ignore[import-not-found]  # registered by web/runtime/worker.js

        return getattr(pywebml_page, self.kind)
