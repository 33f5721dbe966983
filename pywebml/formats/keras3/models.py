"""Models to what Keras 3's files say, and back."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

from ...core.spec import FLOATS
from ...host.files import FormatError, refused
from ...host.warned import warn
from ...layers.support.kept import give_kept, kept_states
from ...layers.support.registry import serialize
from ...layers.support.weights import unset_weights
from ...models import Model, model_from_config
from ...models.weights import assign_weight
from ..wire.stored import Stored, Topology, Weight
from . import optimizers
from .compiled import compile_config, compile_from
from .configs import from_keras, to_keras
from .places import Places, layers_by_path, paired, places_of

OPTIMIZER = "optimizer/vars/"
KEPT = "_states/"
"""What layers keep that is no weight: Keras passes over it."""
OURS = "pywebml"
"""Under this key of metadata.json: what Keras has no place for."""


class State:
    """All that is read from the device to save a model: weights by path, what the
    optimizer remembers.
    """

    def __init__(
        self,
        model: Model,
        whole: bool = True,
        tensors: Mapping[str, Any] | None = None,
        optimizer: bool = True,
    ):
        """`whole`: with what layers keep beside their weights; `tensors` are kept, too,
        by names of whoever wants them back. `optimizer`: with how the model was
        compiled, and what its optimizer remembers.
        """
        self.places = places_of(model)
        self.optimizer = model.optimizer if optimizer else None
        self.with_training = optimizer
        self.kept: dict[str, Any] = {**kept_states(model), **(tensors or {})} if whole else {}
        self.slots: list[list[Any]] = []
        self.shared: dict[str, Any] = {}
        if self.optimizer is not None:
            parts = optimizers.everyone(self.optimizer)
            self.slots = [optimizers.slots_of(part) for _, part in parts]
            self.shared = optimizers.shared_of(self.optimizer)

    @property
    def variables(self) -> list[Any]:
        """What is to be read, in one order."""
        slots = (slot for part in self.slots for slot in part)
        return [*self.places.values(), *slots, *self.shared.values(), *self.kept.values()]

    def arrays(self, values: Iterable[Any]) -> tuple[dict[str, Weight], dict[str, list[float]]]:
        """(arrays by path, what all parameters share by name) of the `values` of
        `variables`.
        """
        left = iter(values)
        arrays = {path: _weight(v, next(left)) for path, v in self.places.items()}
        slots = [[_weight(v, next(left)) for v in part] for part in self.slots]
        shared = {name: _numbers(next(left)) for name in self.shared}
        arrays |= {f"{KEPT}{name}": _weight(v, next(left)) for name, v in self.kept.items()}
        if self.optimizer is not None and shared:
            shared |= optimizers.rates_of(self.optimizer)
            headers = optimizers.headers_of(self.optimizer, shared)
            parts = zip(headers, slots, strict=True)
            kept = [w for header, part in parts for w in (*map(_scalar, header), *part)]
            arrays |= {f"{OPTIMIZER}{i}": array for i, array in enumerate(kept)}
        return arrays, shared


def _weight(variable: Any, values: Any) -> Weight:
    dtype = "float32" if variable.dtype in FLOATS else variable.dtype
    return Weight.of(values, dtype)._replace(shape=tuple(variable.shape))


def _numbers(values: Any) -> list[float]:
    listed = values.tolist() if hasattr(values, "tolist") else values
    return [float(v) for v in listed] if isinstance(listed, list) else [float(listed)]


def _scalar(value: float) -> Weight:
    if isinstance(value, int):
        return Weight((), "int32", value.to_bytes(4, "little"))
    return Weight((), "float32", struct.pack("<f", value))


def stored_model(model: Model, state: State, values: Iterable[Any], **extra: Any) -> Stored:
    """A model as plain data, with the `values` of `state.variables`; `extra` goes into
    metadata.json.
    """
    arrays, shared = state.arrays(values)
    config = to_keras(serialize(model))
    build = model.build_config()
    compiled = compile_config(model) if state.with_training else {}
    config = {
        **config,
        "build_config": build or {"input_shape": None},
        "compile_config": compiled or None,
    }
    ours = {**({"optimizer": shared} if shared else {}), **extra}
    if (own := model.get_user_defined_metadata()) is not None:
        ours["userDefinedMetadata"] = own
    return Stored(Topology("keras3", config), arrays, {OURS: ours} if ours else {})


def model_of(stored: Stored, compile: bool = True) -> Model:
    """A model of what a file says. FormatError for a config that layers cannot be made
    of, and for weights of another model.
    """
    assert stored.topology is not None
    config = stored.topology.config
    with refused("the config"), unset_weights():
        model = model_from_config(from_keras(config))
    with refused("the weights"):
        assign(places_of(model), stored.weights)
        _give_texts(model, stored.metadata.get("assets") or {})
    with refused("the states"):
        give_kept(model, kept_in(stored))
    own = stored.metadata.get(OURS)
    own = own.get("userDefinedMetadata") if isinstance(own, dict) else None
    model.set_user_defined_metadata(own if isinstance(own, dict) else None)
    if compile and config.get("compile_config"):
        with refused("the compile_config"):
            compile_from(model, config["compile_config"])
        if model.compiled is not None:
            try:
                restore(model, stored)
            except FormatError as error:
                warn(f"model {model.name!r} begins its training anew: {error}")
    return model


def assign(places: Places, arrays: Mapping[str, Weight], skip_mismatch: bool = False) -> list[Any]:
    """Gives weights their values; all of them or none. The variables that have one."""
    pairs = paired(places, arrays, skip_mismatch)
    for variable, array in pairs:
        assign_weight(variable.path, variable, array)
    return [variable for variable, _ in pairs]


def restore(model: Model, stored: Stored) -> dict[str, Any]:
    """Gives the optimizer of a compiled model what it remembered. What was saved beside
    it. FormatError for another optimizer's.
    """
    numbers = {
        int(path.removeprefix(OPTIMIZER)): array
        for path, array in stored.weights.items()
        if path.startswith(OPTIMIZER) and path.removeprefix(OPTIMIZER).isdecimal()
    }
    ours = stored.metadata.get(OURS)
    ours = ours if isinstance(ours, dict) else {}
    if numbers:
        model.optimizer.claim(model)
        optimizers.restore(model.optimizer, numbers, ours.get("optimizer"))
    return ours


def kept_in(stored: Stored) -> dict[str, Any]:
    """What is no weight, by name."""
    return {
        path.removeprefix(KEPT): array.decoded()
        for path, array in stored.weights.items()
        if path.startswith(KEPT)
    }


def _give_texts(model: Model, assets: Mapping[str, bytes]) -> None:
    """The vocabularies that Keras keeps beside the config."""
    if not assets:
        return
    layers = layers_by_path(model)
    for name, text in assets.items():
        path, _, file = name.rpartition("/")
        layer: Any = layers.get(path)
        if file != "vocabulary.txt" or not hasattr(layer, "set_vocabulary"):
            raise FormatError(f"assets/{name} belongs to no layer that has a vocabulary")
        layer.set_vocabulary(text.decode().split("\n"))
