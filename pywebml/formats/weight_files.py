"""Files with weights alone, to a model and back: Keras's NAME.weights.h5 and older
NAME.h5, .safetensors, .npz, and PyTorch's state dicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.spec import FLOATS
from ..host.files import FormatError, refused
from ..host.stores import Files, open_store, waited
from ..host.stores.parts import Data
from ..host.warned import warn
from ..models import Model, saving
from ..models.weights import assign_weights, some, weight_names
from .keras3 import models as keras3
from .loading import check_free, read_stored
from .older_weights import assign_older_weights, is_older
from .reading import Reading, Where
from .wire import keras as keras_files
from .wire import npz, safetensors
from .wire.stored import Stored, Weight, sole_file

BY_NAME = (safetensors.FORMAT, npz.FORMAT)
"""What is written with weights by name, as `weight_names` calls them."""
KERAS = ".weights.h5"


async def read_weights(
    model: Model, where: Where, skip_mismatch: bool = False, by_name: bool = False
) -> None:
    """`Model.load_weights` for code that awaits it."""
    _check_built(model, "loaded")
    files = Reading(where)
    with refused(files.name):
        file = await sole_file(files)
        if file is not None and is_older(file[0]):
            assign_older_weights(model, *file, skip_mismatch, by_name)
            return
        if by_name:
            raise FormatError(
                "by_name is for Keras's older files, NAME.h5: newer ones know layers by their"
                " places; leave it out, with skip_mismatch=True for the weights that fit"
            )
        if await _is_of_keras(files, file):
            arrays = await keras_files.read_weights(files)
            keras3.assign(keras3.places_of(model), arrays, skip_mismatch)
            return
        _, stored = await read_stored(files)
        weights: Mapping[str, Any] = stored.weights
        if any(name.endswith(".weight") for name in weights):  # as PyTorch calls them
            weights = saving.networks().renamed(weights, model)
        _check_dtypes(model, weights)
        assign_weights(model, _fitting(model, weights) if skip_mismatch else weights)


async def _is_of_keras(files: Files, file: tuple[str, Data] | None) -> bool:
    """Whether these are weights as Keras 3 saves them."""
    if file is not None and file[1].startswith(keras_files.hdf5.START):
        return True
    return bool(await keras_files.knows(files))


def _check_dtypes(model: Model, weights: Mapping[str, Any]) -> None:
    """Whole numbers in place of floats are values that somebody has quantised, and how
    nobody knows.
    """
    for name, weight in zip(weight_names(model), model.weights, strict=True):
        dtype = getattr(weights.get(name), "dtype", "float32")
        if weight.dtype in FLOATS and isinstance(dtype, str) and "int" in dtype:
            raise FormatError(
                f"{name!r} is {dtype} there, its layer's is {weight.dtype}: it was quantised in a"
                " way that the file does not say; give weights in floats"
            )


def _fitting(model: Model, weights: Mapping[str, Any]) -> dict[str, Any]:
    """The weights that fit, by name and shape; those that the model has for the rest."""
    values, left = {}, []
    for name, weight in zip(weight_names(model), model.weights, strict=True):
        fits = name in weights and tuple(weights[name].shape) == tuple(weight.shape)
        values[name] = weights[name] if fits else weight.numpy()
        left += [] if fits else [name]
    if left:
        warn(f"load_weights left {len(left)} of {len(values)} weights as they are: {some(left)}")
    return values


def load_weights(
    model: Model, where: Where, skip_mismatch: bool = False, by_name: bool = False
) -> None:
    """`Model.load_weights`."""
    files = open_store(where)
    waited(files, read_weights(model, files, skip_mismatch, by_name))


async def write_weights(model: Model, where: Where, overwrite: bool = True) -> None:
    """`Model.save_weights` for code that awaits it."""
    name = Path(where).name if isinstance(where, (str, Path)) else f"model{KERAS}"
    by_name = next((form for form in BY_NAME if name.endswith(form.suffixes)), None)
    if by_name is None and not name.endswith(KERAS):
        raise ValueError(
            f"weights are saved in a file NAME{KERAS}, NAME.safetensors or NAME.npz, got"
            f" {str(where)!r}"
        )
    _check_built(model, "saved")
    await check_free(where, overwrite)
    if by_name is not None:
        assert by_name.write is not None
        stored = weights_of(model, [await weight.data() for weight in model.weights])
        (data,) = by_name.write(stored).values()
    else:
        state = keras3.State(model, whole=False)
        arrays, _ = state.arrays([await variable.data() for variable in state.variables])
        data = keras_files.weights_file(arrays)
    await open_store(where).write({name: data})


def weights_of(model: Model, values: Iterable[Any]) -> Stored:
    """A model's weights by name as they are, from the `values` of `model.weights`."""
    weights = {
        name: Weight.of(value, weight.dtype)._replace(shape=tuple(weight.shape))
        for name, weight, value in zip(weight_names(model), model.weights, values, strict=True)
    }
    return Stored(None, weights, {})


def _check_built(model: Model, done: str) -> None:
    if not model.built:
        raise ValueError(
            f"model {model.name!r} has no weights yet: call it on data, or build(shape), before"
            f" its weights are {done}"
        )
