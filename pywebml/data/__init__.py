"""Pictures to batches, and the sample set that ships with the package."""

from __future__ import annotations

from .folders import PictureFile, PictureFolder, Skipped, find_pictures
from .pictures import load_picture
from .samples import sample_folder
from .split import split

__all__ = [
    "PictureFile", "PictureFolder", "Skipped", "find_pictures",
    "load_picture", "sample_folder", "split",
]  # fmt: skip
