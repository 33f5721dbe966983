"""What a job shows, and how it is drawn: charts are plain data, a screen shows them.

`pw.vis` has what tfjs-vis has: `render`, `show` and `metrics`, and the panel of
`visor()`; `pw.vis.fit_callbacks` is `show.fit_callbacks`.
"""

from __future__ import annotations

from . import metrics, render, show
from .plots import plot
from .show import fit_callbacks
from .surfaces import Surface, Visor, save, visor

__all__ = [
    "Surface",
    "Visor",
    "fit_callbacks",
    "metrics",
    "plot",
    "render",
    "save",
    "show",
    "visor",
]
