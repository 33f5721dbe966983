"""NumPy on first use: the core runs without it, and in the page it is loaded only when
somebody asks.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class _Lazy:
    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)  # asked for thousands of times a second by the NumPy device
        return value


np: Any = _Lazy("numpy")
