"""Pretrained extractors: networks that turn pictures into features, their weights verified."""

from __future__ import annotations

from .extractor import Extractor, Preprocess
from .folding import fold_batch_norm
from .labels import imagenet_labels
from .registry import NAMES, ModelRow, load_described, load_extractor, models_fetch, models_list, models_verify

__all__ = [
    "NAMES", "Extractor", "ModelRow", "Preprocess", "fold_batch_norm", "imagenet_labels", "load_described", "load_extractor",
    "models_fetch", "models_list", "models_verify",
]  # fmt: skip
