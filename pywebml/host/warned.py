"""Warnings that point to the user's own line, however deep in the package they arise."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading
import warnings
from pathlib import Path
from types import FrameType

_PACKAGE = str(Path(__file__).parent.parent)
_BETWEEN = tuple(
    str(module.__file__).removesuffix("__init__.py")
    for module in (asyncio, concurrent.futures, threading)
)
"""Where frames come from that lie between the user's line and a coroutine of ours."""


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warns at the innermost line that is not the package's. (Python's `stacklevel`
    counts frames, and how many lie between depends on who awaits what.)

    Example:
        >>> import warnings
        >>> from pywebml.host.warned import warn
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     warn("the loss is nan")
        >>> str(caught[0].message), caught[0].lineno
        ('the loss is nan', 3)
    """
    own = frame = sys._getframe(1)
    while _is_between(frame) and frame.f_back is not None:
        frame = frame.f_back
    if _is_between(frame):  # in a thread: a notebook's loop is busy with the cell
        frame = own
    names = frame.f_globals
    warnings.warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=names.get("__name__"),
        registry=names.setdefault("__warningregistry__", {}),
    )


def users_line() -> tuple[str, int] | None:
    """(file, line) of the innermost line that is not the package's; None in a thread
    that began inside it.

    Example:
        >>> from pywebml.host.warned import users_line
        >>> file, line = users_line()
        >>> line
        1
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_between(frame):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def _is_between(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith((_PACKAGE, *_BETWEEN))


__all__ = ["users_line", "warn"]
