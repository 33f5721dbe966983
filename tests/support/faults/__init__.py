"""Faults of the disk for everything that is written: `KINDS`, and what comes of them."""

from .disk import Disk, Fault, Stopped
from .kinds import KINDS, Kind
from .survey import Survey

__all__ = ["KINDS", "Disk", "Fault", "Kind", "Stopped", "Survey"]
