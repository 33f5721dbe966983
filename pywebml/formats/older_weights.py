"""Weights of Keras's older HDF5 files, NAME.h5, to the layers of a model."""

from __future__ import annotations

from typing import Any

from ..core.tensor import Variable
from ..host.files import FormatError
from ..host.warned import warn
from ..models import Model
from .wire.keras_h5 import weights_by_layer
from .wire.stored import Weight


def is_older(name: str) -> bool:
    """Whether a file is called as these are."""
    return name.endswith((".h5", ".hdf5")) and not name.endswith(".weights.h5")


def assign_older_weights(
    model: Model, name: str, data: bytes, skip_mismatch: bool = False, by_name: bool = False
) -> None:
    """Gives the layers that have weights those of the file's layers, in their order, or
    by name; all or none. FormatError for other layers.
    """
    stored = weights_by_layer(data, name)
    layers = [layer for layer in model.layers if layer.weights]
    if by_name:
        layers = [layer for layer in layers if layer.name in stored]
        there = [stored[layer.name] for layer in layers]
    else:
        there = list(stored.values())
        if len(there) != len(layers):
            raise FormatError(
                f"it has {len(there)} layers with weights, the model {len(layers)};"
                " by_name=True takes those of the model's names"
            )
    pairs: list[tuple[Variable, Weight]] = []
    for layer, weights in zip(layers, there, strict=True):
        ours, theirs = ([tuple(w.shape) for w in side] for side in (layer.weights, weights))
        if ours == theirs:
            pairs += zip(layer.weights, weights, strict=True)
            continue
        said = f"{layer.name} has weights of shapes {_some(ours)}, the file {_some(theirs)}"
        if not skip_mismatch:
            raise FormatError(f"{said}; skip_mismatch=True leaves such layers as they are")
        warn(f"load_weights left a layer as it is: {said}")
    for variable, weight in pairs:
        variable.assign(weight.array())


def _some(shapes: list[Any]) -> str:
    return ", ".join(map(str, shapes[:6])) + (" ..." if len(shapes) > 6 else "")
