"""Models: layers put together, trained and saved."""

from __future__ import annotations

from .class_maps import ClassMaps
from .cloning import clone_model
from .config import model_from_config, model_from_json
from .knn import KNNClassifier
from .model import Model
from .sequential import Sequential
from .tsne import TSNE

__all__ = [
    "TSNE",
    "ClassMaps",
    "KNNClassifier",
    "Model",
    "Sequential",
    "clone_model",
    "model_from_config",
    "model_from_json",
]
