"""The jobs, a file or a folder each: shared by the command line and the page. What
there is stands in NAMES; `app.py` is what they declare.

A job is loaded when it is asked for: a tab serves one, and so does a command.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .app import App

NAMES = (
    "teach", "rock_paper_scissors", "playground", "curve", "cart_pole", "python", "digits",
    "tables", "text", "sound", "dates", "face_points", "predict", "classify", "features",
    "embedding_map", "check", "devices", "models", "cache", "inspect", "convert",
    "federate", "bench", "page", "notebooks", "run",
)  # fmt: skip
"""In the order in which `--help` and the gallery list them."""

if TYPE_CHECKING:
    APPS: tuple[App, ...]
    FIRST: App


def app_of(name: str) -> App:
    """The job of this name. ValueError for one that is not there.

    Example:
        >>> app_of("digits").title
        'Read handwritten digits'
    """
    if name not in NAMES:
        raise ValueError(f"no app {name!r}; there are {', '.join(NAMES)}")
    app: App = import_module(f".{name}", __package__).APP
    return app


def __getattr__(name: str) -> Any:
    """APPS: all of them; FIRST: the job of `python -m pywebml`, without a command."""
    if name == "APPS":
        value: Any = tuple(map(app_of, NAMES))
    elif name == "FIRST":
        value = import_module(".teach", __package__).FIRST
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value
