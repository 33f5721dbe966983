"""Weights of Keras's older HDF5 files, NAME.h5, to the layers of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.tensor import Variable
from ..host.files import FormatError
from ..host.stores.parts import Data
from ..host.warned import warn
from ..models import Model
from ..models.weights import assign_weight
from .wire.keras_h5 import weights_by_layer
from .wire.stored import Weight


def is_older(name: str) -> bool:
    """Whether a file is called as these are."""
    return name.endswith((".h5", ".hdf5")) and not name.endswith(".weights.h5")


def assign_older_weights(
    model: Model, name: str, data: Data, skip_mismatch: bool = False, by_name: bool = False
) -> None:
    """`assign_layers` of the bytes of a file called `name`."""
    assign_layers(model, weights_by_layer(data, name), skip_mismatch, by_name)


def own_order(layer: Any) -> list[Variable]:
    """A layer's weights as these files list them: those that train first."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def assign_layers(
    model: Model,
    stored: Mapping[str, Sequence[Weight]],
    skip_mismatch: bool = False,
    by_name: bool = False,
) -> None:
    """Gives the layers that have weights those of the file's layers, by name where each
    is there, else in their order; `by_name` only those that are. All or none;
    FormatError for other layers.
    """
    there = {name: weights for name, weights in stored.items() if weights}
    layers = [layer for layer in model.layers if layer.weights]
    names = [layer.name for layer in layers]
    if by_name:
        layers = [layer for layer in layers if layer.name in there]
    elif len(there) != len(layers):
        raise FormatError(
            f"it has {len(there)} layers with weights, the model {len(layers)};"
            " by_name=True takes those of the model's names"
        )
    elif len(set(names)) != len(names) or set(names) != set(there):
        there = dict(zip(names, there.values(), strict=True))
    pairs: list[tuple[Variable, Weight]] = []
    for layer in layers:
        variables, weights = own_order(layer), there[layer.name]
        ours, theirs = ([tuple(w.shape) for w in side] for side in (variables, weights))
        if ours == theirs:
            pairs += zip(variables, weights, strict=True)
            continue
        said = f"{layer.name} has weights of shapes {_some(ours)}, the file {_some(theirs)}"
        if not skip_mismatch:
            raise FormatError(f"{said}; skip_mismatch=True leaves such layers as they are")
        warn(f"load_weights left a layer as it is: {said}")
    for variable, weight in pairs:
        assign_weight(variable.path, variable, weight)


def _some(shapes: list[Any]) -> str:
    return ", ".join(map(str, shapes[:6])) + (" ..." if len(shapes) > 6 else "")
