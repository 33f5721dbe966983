"""What was measured on an adapter and is kept: a JSON text per adapter, in the cache
folder `measured` or in the page's store of that name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ..host import settings
from ..host.files import FormatError
from ..host.json_data import read_json
from ..host.keeping import Texts
from .seam import Adapter

_TEXTS = Texts("measured")


def _key(adapter: Adapter) -> dict[str, str]:
    return {"adapter": adapter.name, "backend": adapter.backend, "driver": adapter.driver}


def _name(adapter: Adapter) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{adapter.name} {adapter.backend}".lower()).strip("-")


def ignored() -> bool:
    """Whether the user wants none of it: PYWEBML_TUNED=0."""
    return not settings.TUNED()


def load(adapter: Adapter) -> dict[str, Any]:
    """What is kept, {} where nothing is, or where it is another driver's or not to be
    read.
    """
    return _figures(adapter, _TEXTS.read(_name(adapter)))


def _figures(adapter: Adapter, text: str) -> dict[str, Any]:
    try:
        figures = read_json(text, "what was measured")
    except FormatError:
        return {}
    same = isinstance(figures, dict) and all(
        figures.get(name) == value for name, value in _key(adapter).items()
    )
    return figures if same else {}


def change(adapter: Adapter, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Keeps what `edit` makes of what is kept, whole or not at all; what others change
    at the same time stays, too. OSError where that cannot be written.
    """

    def text(before: str) -> str:
        figures = {**_key(adapter), **edit(_figures(adapter, before))}
        return json.dumps(figures, indent=1, sort_keys=True) + "\n"

    _TEXTS.change(_name(adapter), text)


def ready(adapter: Adapter) -> None:
    """OSError in words where nothing can be kept: asked before measuring."""
    _TEXTS.ready(_name(adapter))


def forget(adapter: Adapter) -> bool:
    """Drops what is kept; whether there was any."""
    return _TEXTS.forget(_name(adapter))


def where(adapter: Adapter) -> str:
    """Where it is kept, in words."""
    return _TEXTS.where(_name(adapter))
