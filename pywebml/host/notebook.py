"""What a notebook shows, where the program runs in one: Jupyter, JupyterLite and all
others with IPython's display. Without IPython nothing here does anything.

Notebooks without it, such as marimo, show what an object says of itself
(`_repr_html_`, `_repr_svg_`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Hashable
from typing import Any

OFTEN = 0.1
"""Seconds between two drawings in one place: a page takes no more."""

Bundle = dict[str, Any]  # {MIME type: data}


def shell() -> Any:
    """IPython's shell, where what it displays is drawn; None in a terminal, and where
    IPython does not run.

    Example:
        >>> shell() is None
        True
    """
    ipython: Any = sys.modules.get("IPython")
    running = ipython.get_ipython() if hasattr(ipython, "get_ipython") else None
    at_desk = running is None or type(running).__module__.startswith("IPython.terminal")
    return None if at_desk else running


def bundle_of(thing: Any) -> Bundle:
    """What a thing says of itself, by MIME type: its `_repr_html_` and `_repr_svg_`,
    and its `repr`.
    """
    said: Bundle = {"text/plain": repr(thing)}
    for name, kind in (("_repr_html_", "text/html"), ("_repr_svg_", "image/svg+xml")):
        text = getattr(thing, name, lambda: None)()
        if text is not None:
            said[kind] = text
    return said


class Place:
    """A place in a cell's output, which is drawn over: at once, or a little later where
    that comes too often. The last drawing always comes.
    """

    def __init__(self) -> None:
        self._handle: Any = None
        self._drawn = 0.0
        self._pending: Bundle | None = None

    def show(self, said: Bundle) -> None:
        """Draws over what is there."""
        now = time.monotonic()
        if self._handle is not None and now - self._drawn < OFTEN:
            self._pending = said
            return
        self._drawn, self._pending = now, None
        if self._handle is None:
            from IPython.display import display

            self._handle = display(said, raw=True, display_id=True)
        else:
            self._handle.update(said, raw=True)

    def flush(self) -> None:
        """Draws what waits."""
        if self._pending is not None:
            self._drawn = 0.0
            self.show(self._pending)


class _Cell:
    """What the cell that runs has shown: places by their names, and things."""

    def __init__(self) -> None:
        self.places: dict[Hashable, Place] = {}
        self.things: list[Any] = []
        self.listens: Any = None  # the shell that says when a cell has run


_cell = _Cell()


def _running(notebook: Any) -> _Cell:
    """The cell that runs; the next one begins with nothing shown."""
    if _cell.listens is not notebook:
        notebook.events.register("post_run_cell", _end)
        _cell.listens = notebook
    return _cell


def _end(*_: Any) -> None:
    for place in _cell.places.values():
        place.flush()
    _cell.places.clear()
    _cell.things.clear()


def show(thing: Any, name: Hashable = None) -> None:
    """Shows a thing below the cell that runs, in place of what it showed under the same
    name before, if that is not None. Only in a notebook.
    """
    cell = _running(shell())
    cell.things.append(thing)
    place = Place() if name is None else cell.places.setdefault(name, Place())
    place.show(bundle_of(thing))


def show_once(thing: Any) -> None:
    """Shows a thing unless the cell that runs has done so: a chart that was drawn by a
    call is that call's result, too.
    """
    if not any(each is thing for each in _running(shell()).things):
        show(thing)
