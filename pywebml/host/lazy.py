"""Modules on first use: NumPy, as the core runs without it, and in the page it is
loaded only when somebody asks; and large ones of our own that few need.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Lazy:
    """Stands for a module, which is loaded with the first attribute."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)  # asked for thousands of times a second by the NumPy device
        return value


np: Any = Lazy("numpy")
