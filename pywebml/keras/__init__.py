"""Keras 3's own surface over the code of pywebml: a Keras program runs with its import
changed to

    import pywebml.keras as keras

Names, order of arguments and defaults are Keras's, `keras.ops` included, and `fit`,
`evaluate` and `predict` wait for their results. Where `pywebml` itself does as
TensorFlow.js does, the two differ; docs/layers.md lists what Keras has and pywebml has
not.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "3.15.1"
"""The version of Keras whose surface this is."""

ROOMS = (
    "activations", "applications", "backend", "callbacks", "config", "constraints", "datasets",
    "dtype_policies", "initializers", "layers", "losses", "metrics", "mixed_precision", "models",
    "ops", "optimizers", "preprocessing", "random", "regularizers", "saving", "tree", "utils",
)  # fmt: skip
"""Modules, loaded on first use."""

NAMES = {
    "DTypePolicy": "dtype_policies", "Initializer": "initializers",
    "Input": "layers", "InputSpec": "layers", "KerasTensor": "variables", "Layer": "layers",
    "Loss": "losses", "Metric": "metrics", "Model": "models", "Optimizer": "optimizers",
    "Regularizer": "regularizers", "Sequential": "models", "Variable": "variables",
    "device": "variables", "name_scope": "variables", "version": "variables",
}  # fmt: skip
"""{name: the module that has it}."""

__all__ = ["__version__", *ROOMS, *NAMES]


def __getattr__(name: str) -> Any:
    if name in ROOMS:
        return import_module(f"{__name__}.{name}")
    if name in NAMES:
        thing = getattr(import_module(f"{__name__}.{NAMES[name]}"), name)
        globals()[name] = thing
        return thing
    raise AttributeError(f"pywebml.keras has no {name!r}; docs/layers.md lists what it has")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
