"""Warnings that point to the user's own line, however deep in the package they arise."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

_BETWEEN = (__name__.partition(".")[0], "asyncio", "concurrent", "threading")
"""The packages whose frames are the package's own, or lie between the user's line and a
coroutine of ours. By name: files of a tab's wheel have other paths in code than in
`__file__`.
"""


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
    if frame.f_code.co_filename.startswith("<"):  # a notebook's or an example's
        return False
    return str(frame.f_globals.get("__name__")).partition(".")[0] in _BETWEEN


__all__ = ["users_line", "warn"]
