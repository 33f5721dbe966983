"""File formats, to and from models. wire/ turns bytes into plain data and back;
loading.py finds out what a file is.

A new format is a file in wire/ with its FORMAT, and its name in FORMATS.
"""

from __future__ import annotations

from .wire import keras, keras_h5, npz, onnx, safetensors, tfjs, torch_pickle
from .wire.stored import Format

FORMATS: tuple[Format, ...] = (
    tfjs.FORMAT, tfjs.GRAPH_FORMAT, keras.FORMAT, keras_h5.FORMAT, safetensors.FORMAT,
    torch_pickle.FORMAT, onnx.FORMAT, npz.FORMAT,
)  # fmt: skip

__all__ = ["FORMATS", "Format"]
