"""Small helps under Keras's names: labels, sequences, pictures, folders and files."""

from __future__ import annotations

from ..data.labels import (
    normalize,
    pack_x_y_sample_weight,
    to_categorical,
    unpack_x_y_sample_weight,
)
from ..data.padding import pad_sequences
from ..data.split import split_dataset
from ..data.timeseries import timeseries_dataset_from_array
from .get_file import get_file
from .progbar import Progbar
from .seeds import set_random_seed

__all__ = [
    "Progbar",
    "get_file",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "set_random_seed",
    "split_dataset",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
