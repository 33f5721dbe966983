"""Pretrained extractors: networks that turn pictures into features, their weights
verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .extractor import Extractor, Preprocess

if TYPE_CHECKING:
    from .extraction import Features, extract_features
    from .folding import fold_batch_norm
    from .labels import imagenet_labels
    from .opened import load_classifier
    from .registry import (
        NAMES,
        ModelRow,
        load_described,
        load_extractor,
        models_fetch,
        models_list,
        models_verify,
        read_extractor,
    )

__all__ = [
    "NAMES", "Extractor", "Features", "ModelRow", "Preprocess", "extract_features",
    "fold_batch_norm", "imagenet_labels", "load_classifier", "load_described", "load_extractor",
    "models_fetch", "models_list", "models_verify", "read_extractor",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """The rest is imported on first use: a page that comes with its extractor needs
    none of the networks, nor what fetches them.
    """
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    places = {
        "Features": "extraction",
        "extract_features": "extraction",
        "fold_batch_norm": "folding",
        "imagenet_labels": "labels",
        "load_classifier": "opened",
    }
    return getattr(import_module(f"{__name__}.{places.get(name, 'registry')}"), name)
