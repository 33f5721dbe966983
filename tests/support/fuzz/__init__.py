"""Broken files for every reader: `READERS` by name, and what comes of them."""

from .kept import keep, kept
from .reader import Reader
from .readers import READERS
from .survey import Survey

__all__ = ["READERS", "Reader", "Survey", "keep", "kept"]
