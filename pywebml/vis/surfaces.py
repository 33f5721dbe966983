"""Where charts stand: a surface has a name and a tab in the panel, and what is shown on
it takes the place of what was shown there before. So a chart is live.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..host.files import write_whole
from ..host.optional import need
from .charts import Chart
from .screens import screen_in_use
from .svg import svg


class Surface(NamedTuple):
    """A place for one chart."""

    name: str
    tab: str = "Visor"


def surface_of(container: Any) -> Surface:
    """A surface from its name, {"name": ..., "tab": ...} or itself. TypeError for
    anything else.
    """
    if isinstance(container, Surface):
        return container
    if isinstance(container, str):
        return Surface(container)
    if isinstance(container, Mapping) and "name" in container and set(container) <= {"name", "tab"}:
        return Surface(**{key: str(value) for key, value in container.items()})
    raise TypeError(f"a surface is a name or {{'name': ..., 'tab': ...}}, got {container!r:.80}")


class Visor:
    """The panel of all surfaces, by tabs: `pw.vis.visor()`.

    Example:
        >>> from pywebml.vis.screens import Recorder, shown_on
        >>> with shown_on(Recorder()):
        ...     chart = pw.vis.render.barchart("Animals", {"cats": 3, "dogs": 2})
        >>> pw.vis.visor().surfaces[pw.vis.Surface("Animals")] == chart
        True
    """

    def __init__(self) -> None:
        self.surfaces: dict[Surface, Chart] = {}

    def surface(self, name: Any, tab: str = "Visor") -> Surface:
        """A surface, to be handed to `render` and `show`."""
        return surface_of(name) if not isinstance(name, str) else Surface(name, tab)

    def clear(self) -> None:
        """Forgets all surfaces."""
        self.surfaces.clear()

    def save(self, file: str | Path) -> Path:
        """Writes everything as one HTML file, whole or not at all, and returns where
        it is. It needs no network.
        """
        tabs: dict[str, list[str]] = {}
        for surface, chart in self.surfaces.items():
            drawing = f"<figure>{svg(chart)}</figure>"
            title = "" if chart.title == surface.name else f"<h3>{html.escape(surface.name)}</h3>"
            tabs.setdefault(surface.tab, []).append(title + drawing)
        parts = [
            f"<section><h2>{html.escape(tab)}</h2>{''.join(each)}</section>"
            for tab, each in tabs.items()
        ]
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Panel</title>'
            '<meta name="color-scheme" content="light dark">'
            "<style>body{font-family:system-ui,sans-serif;margin:24px}"
            f"figure{{display:inline-block;margin:8px}}</style>{''.join(parts)}</html>\n"
        )
        return write_whole(file, page.encode())


_visor = Visor()


def visor() -> Visor:
    """The panel that all surfaces stand in."""
    return _visor


def put(container: Any, chart: Chart, file: str | Path | None = None, quiet: bool = False) -> Chart:
    """Shows a chart on its surface: in the page's panel, else in the terminal, and in
    `file` where one is named; `quiet` leaves the terminal out. Returns the chart.
    """
    surface, screen = surface_of(container), screen_in_use()
    _visor.surfaces[surface] = chart
    if file is not None:
        save(chart, file)
    if screen is not None:
        screen.chart(chart, surface)
    elif not quiet:
        from .desk import show

        show(chart)
    return chart


def save(chart: Chart, file: str | Path) -> Path:
    """Writes a chart as a picture, whole or not at all: `.svg`, which needs nothing
    else, or what matplotlib writes (`.png`, `.pdf`) where that is installed. Returns
    where it is. ImportError where it is not.

    Example:
        >>> from pywebml.vis.charts import Bars
        >>> file = pw.vis.save(Bars(["a"], [1.0], "One"), "/tmp/one.svg")
        >>> file.read_text()[:4]
        '<svg'
    """
    path = Path(file)
    if path.suffix.lower() == ".svg":
        return write_whole(path, svg(chart).encode())
    need("matplotlib", f"writes pictures such as {path.name}; .svg needs nothing", extra="vis")
    from .pyplot import picture

    return write_whole(path, picture(chart, path.suffix.lower().lstrip(".")))
