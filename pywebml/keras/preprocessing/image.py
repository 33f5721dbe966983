"""Keras's `keras.preprocessing.image`."""

from __future__ import annotations

from ... import utils

__all__ = [
    name for name in ("array_to_img", "img_to_array", "load_img", "save_img")
    if hasattr(utils, name)
]  # fmt: skip
globals().update({name: getattr(utils, name) for name in __all__})
