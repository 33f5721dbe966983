"""Data sets (`pw.data.Dataset`, as TensorFlow's `tf.data`), pictures to batches, and
the sample set that ships with the package.
"""

from __future__ import annotations

from .caching import forget
from .captures import Capture, microphone, webcam
from .csv_files import array, csv, generator, zip
from .dataset import AUTOTUNE, Dataset
from .digits import Digits, digits, digits_sync
from .elements import INFINITE_CARDINALITY, UNKNOWN_CARDINALITY
from .folders import PictureFile, PictureFolder, Skipped, find_pictures
from .pictures import load_picture
from .preview import preview
from .py_dataset import PyDataset
from .read_picture import read_picture
from .samples import sample_folder
from .sources import images, text_lines
from .split import split
from .structure import ElementSpec

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Capture",
    "Dataset",
    "Digits",
    "ElementSpec",
    "PictureFile",
    "PictureFolder",
    "PyDataset",
    "Skipped",
    "array",
    "csv",
    "digits",
    "digits_sync",
    "find_pictures",
    "forget",
    "generator",
    "images",
    "load_picture",
    "microphone",
    "preview",
    "read_picture",
    "sample_folder",
    "split",
    "text_lines",
    "webcam",
    "zip",
]  # fmt: skip
