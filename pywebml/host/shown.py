"""Texts from anywhere (names of files, of classes, of layers) as they may be shown: a
terminal obeys control characters, and some others turn a line around.
"""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # inside words of some scripts, and of emoji


def shown(text: str) -> str:
    r"""The text in one line, with what is not drawn spelled out.

    Example:
        >>> print(shown("caf\u00e9 \x1b[31m\n\u202ereversed"))
        café \x1b[31m\n\u202ereversed
    """
    return "".join(c if _is_drawn(c) else ascii(c)[1:-1] for c in text)


def _is_drawn(c: str) -> bool:
    return c.isprintable() or c in _JOINERS or unicodedata.category(c) in ("Zs", "Co")
