"""What was measured on an adapter and is kept: a JSON file an adapter in the system's
cache folder, or an entry of the page's store.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..host import IN_TAB
from .seam import Adapter


def _key(adapter: Adapter) -> dict[str, str]:
    return {"adapter": adapter.name, "backend": adapter.backend, "driver": adapter.driver}


def ignored() -> bool:
    """Whether the user wants none of it: PYWEBML_TUNED=0."""
    return os.environ.get("PYWEBML_TUNED") == "0"


def load(adapter: Adapter) -> dict[str, Any]:
    """What is kept, {} where nothing is, or where it is another driver's or not to be
    read.
    """
    with suppress(OSError, ValueError):
        kept = json.loads(_read(adapter))
        if isinstance(kept, dict) and all(
            kept.get(name) == value for name, value in _key(adapter).items()
        ):
            return kept
    return {}


def save(adapter: Adapter, kept: dict[str, Any]) -> None:
    """Keeps it, whole or not at all. OSError where that cannot be written."""
    _write(adapter, json.dumps({**_key(adapter), **kept}, indent=1, sort_keys=True) + "\n")


def forget(adapter: Adapter) -> bool:
    """Drops what is kept; whether there was any."""
    if IN_TAB:
        import pywebml_page  # type: ignore[import-not-found]

        return bool(pywebml_page.measured.keep(_name(adapter), ""))
    path = _path(adapter)
    there = path.is_file()
    path.unlink(missing_ok=True)
    return there


def where(adapter: Adapter) -> str:
    """Where it is kept, in words."""
    return "this browser's store" if IN_TAB else str(_path(adapter))


def _name(adapter: Adapter) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{adapter.name} {adapter.backend}".lower()).strip("-")


def _path(adapter: Adapter) -> Path:
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("pywebml", appauthor=False)) / "measured" / f"{_name(adapter)}.json"


def _read(adapter: Adapter) -> str:
    if IN_TAB:
        import pywebml_page

        return str(pywebml_page.measured.read(_name(adapter)))
    return _path(adapter).read_text(encoding="utf-8")


def _write(adapter: Adapter, text: str) -> None:
    if IN_TAB:
        import pywebml_page

        pywebml_page.measured.keep(_name(adapter), text)
        return
    path = _path(adapter)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False
    ) as part:
        part.write(text)
    try:
        os.replace(part.name, path)
    except OSError:
        os.unlink(part.name)
        raise
