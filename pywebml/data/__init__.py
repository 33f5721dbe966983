"""Data sets (`pw.data.Dataset`, as TensorFlow's `tf.data`), pictures to batches, and
the sample set that ships with the package.
"""

from __future__ import annotations

from .csv_files import array, csv, generator, zip
from .dataset import AUTOTUNE, Dataset
from .elements import INFINITE_CARDINALITY, UNKNOWN_CARDINALITY
from .folders import PictureFile, PictureFolder, Skipped, find_pictures
from .pictures import load_picture
from .preview import preview
from .py_dataset import PyDataset
from .samples import sample_folder
from .split import split
from .structure import ElementSpec

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "ElementSpec",
    "PictureFile",
    "PictureFolder",
    "PyDataset",
    "Skipped",
    "array",
    "csv",
    "find_pictures",
    "generator",
    "load_picture",
    "preview",
    "sample_folder",
    "split",
    "zip",
]  # fmt: skip
