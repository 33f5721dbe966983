"""Keras's `keras.models`: models whose `fit`, `evaluate` and `predict` wait, and give
NumPy's arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .. import models as ours
from ..core.tensor import Tensor
from ..formats import loading
from ..host.awaited import Awaited
from ..host.lazy import np
from ..host.waiting import can_wait
from ..models.serialization import CustomObjectScope
from . import tree
from .waiting import is_awaited, waits

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]

clone_model = ours.clone_model

T = TypeVar("T", bound=type)


def in_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with NumPy's arrays for the tensors that it gives; something to
    await for them in a tab that cannot wait.
    """

    def call(self: Any, *args: Any, **options: Any) -> Any:
        outputs = function(self, *args, **options)
        if can_wait():
            return tree.map_structure(_read, outputs)
        return Awaited(_arrays(outputs), f"write `await model.{function.__name__}(...)`")

    call.__name__, call.__doc__ = function.__name__, function.__doc__
    call.__wrapped__ = function  # type: ignore[attr-defined]
    return call


def _read(leaf: Any) -> Any:
    return leaf.numpy() if isinstance(leaf, Tensor) else leaf


async def _arrays(outputs: Any) -> Any:
    """`outputs` with NumPy's arrays for tensors, read without blocking."""
    leaves = [
        np.asarray(await leaf.data()).reshape(leaf.shape) if isinstance(leaf, Tensor) else leaf
        for leaf in tree.flatten(outputs)
    ]
    return tree.pack_sequence_as(outputs, leaves)


def _as_keras(cls: T) -> T:
    """Class decorator: what is awaited in the class's bases waits here."""
    base = cls.__mro__[1]
    for name in dir(base):
        method = getattr(base, name)
        if name[0] != "_" and not name.endswith("_async") and is_awaited(method):
            setattr(cls, name, waits(method))
    for name in ("predict", "predict_on_batch"):
        if hasattr(base, name):  # of a base, or a Sequential's would be changed twice
            setattr(cls, name, in_arrays(getattr(base, name)))
    return cls


@_as_keras
class Model(ours.Model):
    """`pywebml.Model` as Keras has it: `fit` trains before it returns, and `predict`
    gives arrays.

    Example:
        >>> from pywebml import keras
        >>> x = keras.Input((2,))
        >>> model = keras.Model(x, keras.layers.Dense(1, kernel_initializer="ones")(x))
        >>> model.compile("sgd", "mse")
        >>> model.predict(np.ones((1, 2)), verbose=0)
        array([[2.]], dtype=float32)
    """


@_as_keras
class Sequential(ours.Sequential, Model):
    """`pywebml.Sequential` as Keras has it.

    Example:
        >>> from pywebml import keras
        >>> model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model(np.ones((1, 2))).shape
        (1, 1)
    """


def as_keras(model: Any) -> Any:
    """A model of `pywebml`, and those within it, as Keras's: from now on they wait."""
    kinds = {ours.Model: Model, ours.Sequential: Sequential}
    for part in [model, *(getattr(model, "layers", None) or ())]:
        if type(part) in kinds:
            part.__class__ = kinds[type(part)]
            if part is not model:
                as_keras(part)
    return model


def model_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """A model from what `model.to_json()` wrote."""
    return as_keras(ours.model_from_json(json_string, custom_objects))


def load_model(
    filepath: Any, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """A model from a file of Keras's, or of any kind that pywebml reads. Files are
    data: nothing in them is run, whatever `safe_mode` says.
    """
    with CustomObjectScope(custom_objects):
        return as_keras(loading.load_model(filepath, compile=compile))


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None
) -> None:
    """`model.save(filepath)`."""
    model.save(filepath, overwrite=overwrite, zipped=zipped)
