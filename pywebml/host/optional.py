"""Packages that only some of the work needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def need(module: str, does: str, extra: str) -> Any:
    """The module, imported. ImportError with one sentence that says what it `does` and
    which extra of pywebml brings it, where it is not installed.

    Example:
        >>> need("json", "writes metadata", extra="json").dumps([1])
        '[1]'
        >>> need("h6py", "reads HDF6 files", extra="h6")
        Traceback (most recent call last):
        ImportError: h6py reads HDF6 files, and is not installed; run: pip install 'pywebml[h6]'
    """
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise ImportError(
            f"{package} {does}, and is not installed; run: pip install 'pywebml[{extra}]'"
        ) from None
