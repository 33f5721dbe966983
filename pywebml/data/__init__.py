"""Pictures to batches, and the sample set that ships with the package."""

from __future__ import annotations

from .pictures import PictureFile, PictureFolder, Skipped, find_pictures, load_picture, split
from .samples import sample_folder

__all__ = [
    "PictureFile", "PictureFolder", "Skipped", "find_pictures",
    "load_picture", "sample_folder", "split",
]  # fmt: skip
