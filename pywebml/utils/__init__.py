"""Small helps under Keras's names: labels, sequences, pictures, folders and files."""

from __future__ import annotations

from ..data.image_directory import image_dataset_from_directory
from ..data.image_files import array_to_img, img_to_array, load_img, save_img
from ..data.labels import (
    normalize,
    pack_x_y_sample_weight,
    to_categorical,
    unpack_x_y_sample_weight,
)
from ..data.padding import pad_sequences
from ..data.split import split_dataset
from ..data.text_directory import text_dataset_from_directory
from ..data.timeseries import timeseries_dataset_from_array
from .feature_space import FeatureSpace
from .get_file import get_file
from .model_picture import ModelPicture, plot_model
from .progbar import Progbar
from .seeds import set_random_seed

__all__ = [
    "FeatureSpace",
    "ModelPicture",
    "Progbar",
    "array_to_img",
    "get_file",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "save_img",
    "set_random_seed",
    "split_dataset",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
