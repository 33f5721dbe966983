"""Every op as a function of tensors, under TensorFlow.js's names in snake_case. Each is a method of `Tensor` too."""

from __future__ import annotations

import importlib
from pathlib import Path

from ..core import tensor as _tensor

_FAMILIES = [
    "elementwise", "creation", "reduce", "shape", "gather", "dense", "softmax", "conv", "depthwise", "pool", "image", "random", "optimizer",
    "indexing",
]  # fmt: skip
for _name in _FAMILIES:
    if not (Path(__file__).parent / f"{_name}.py").exists():  # while the families are being written
        continue
    try:
        _module = importlib.import_module(f".{_name}", __name__)
    except ImportError as error:
        print("not yet:", _name, error)
        continue
    for _n in [n for n in getattr(_module, "__all__", []) if hasattr(_module, n)]:
        globals()[_n] = getattr(_module, _n)
        if _n[0].islower():
            _tensor.METHODS[_n] = getattr(_module, _n)
    if _name == "indexing":
        _tensor.METHODS["getitem"] = _module.getitem
