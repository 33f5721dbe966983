"""Where the tests stand, and the devices that they share."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
"""The checkout."""


@cache
def shared_device(choice: str) -> Any:
    """One device a host for the whole session, so that kernels are compiled once."""
    from pywebml.device import make_device

    return make_device(choice)
