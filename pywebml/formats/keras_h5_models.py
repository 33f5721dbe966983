"""Models to what Keras's older .h5 files say, and back: weights layer by layer, how the
model was compiled. The files themselves: wire/keras_h5.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..host.files import FormatError, refused
from ..host.warned import warn
from ..layers.support.registry import serialize
from ..models import Model
from ..models.weights import weight_names
from . import keras_2_training
from .keras3 import optimizers
from .keras3.compiled import compile_config, compile_from
from .keras3.configs import from_keras, to_keras
from .keras3.models import OPTIMIZER, State
from .layers_models import unset_model
from .older_weights import assign_layers, own_order
from .wire.stored import Stored, Topology, Training, Weight


def stored_model(model: Model, state: State, values: Iterable[Any]) -> Stored:
    """A model as plain data, with the `values` of `state.variables`. TypeError for a
    model whose `call` is code: these files hold graphs of layers alone.
    """
    if model.says_itself:
        raise TypeError(
            f"model {model.name!r} has a call of its own, which an .h5 file cannot hold; save it"
            " as NAME.keras"
        )
    arrays, _ = state.arrays(values)
    by_variable = {id(variable): path for path, variable in state.places.items()}
    names = {id(v): name for v, name in zip(model.weights, weight_names(model), strict=True)}
    weights = {name: arrays[by_variable[place]] for place, name in names.items()}
    layers = {layer.name: [names[id(v)] for v in own_order(layer)] for layer in model.layers}
    config = {key: to_keras(serialize(model))[key] for key in ("class_name", "config")}
    training = _training(model, arrays) if state.with_training else None
    own = model.get_user_defined_metadata()
    metadata = {} if own is None else {"userDefinedMetadata": own}
    return Stored(Topology("keras", config), weights, metadata, "", layers, training)


def _training(model: Model, arrays: Mapping[str, Weight]) -> Training | None:
    compiled = compile_config(model)
    if not compiled:
        return None
    optimizer = compiled.pop("optimizer")
    config = {"loss": None, "metrics": None, "weighted_metrics": None, "loss_weights": None}
    config |= {key: value for key, value in compiled.items() if key in config}
    short = {key: optimizer[key] for key in ("class_name", "config")}
    state = {f"vars/{i}": arrays[path] for i, path in enumerate(_numbered(arrays))}
    return Training({**config, "optimizer_config": short}, state)


def _numbered(arrays: Mapping[str, Weight]) -> list[str]:
    """The places of what an optimizer remembers, in their order."""
    paths = [path for path in arrays if path.startswith(OPTIMIZER)]
    return sorted(paths, key=lambda path: int(path.removeprefix(OPTIMIZER)))


def model_of(stored: Stored, compile: bool = True) -> Model:
    """A model of what a file says. FormatError for a config that layers cannot be made
    of, and for weights of another model; a training that is not understood is left out,
    with a warning.
    """
    assert stored.topology is not None
    config = stored.topology.config
    by_keras_3 = str(stored.metadata.get("keras_version")).startswith("3")
    model = unset_model(from_keras(config) if by_keras_3 else config)
    with refused("the weights"):
        layers = stored.layers.items()
        assign_layers(model, {name: [stored.weights[w] for w in listed] for name, listed in layers})
    own = stored.metadata.get("userDefinedMetadata")
    model.set_user_defined_metadata(own if isinstance(own, dict) else None)
    if compile and stored.training is not None:
        _compile(model, stored.training, by_keras_3)
    return model


def _compile(model: Model, training: Training, by_keras_3: bool) -> None:
    config = {**training.config, "optimizer": training.config.get("optimizer_config")}
    if not by_keras_3:
        config = keras_2_training.compile_arguments(training.config)
    try:
        with refused("the training_config"):
            compile_from(model, config)
    except ValueError as error:
        warn(f"model {model.name!r} is loaded without how it was compiled: {error}")
        return
    if not training.weights or model.compiled is None:
        return
    try:
        model.optimizer.claim(model)
        numbers = dict(enumerate(training.weights.values()))
        if not by_keras_3:
            numbers = keras_2_training.in_kerass_order(model, training)
        optimizers.restore(model.optimizer, numbers)
    except FormatError as error:
        warn(f"model {model.name!r} begins its training anew: {error}")
