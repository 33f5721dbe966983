"""How Keras 2 wrote in an .h5 file how a model was compiled, and what its optimizer
remembered, in words and order of Keras 3.

Keras 2 keeps the steps, then each kind of memory for all parameters; Keras 3, and
Keras from 2.11 on, the learning rate behind the steps, and then parameter by parameter.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from ..host.files import FormatError
from ..models import Model
from .keras3 import optimizers
from .wire.stored import Training, Weight

KINDS = {
    "SGD": ("velocity",), "Adam": ("m", "v", "largest"), "RMSprop": ("square", "momentum", "mean"),
    "Adagrad": ("squares",), "Adadelta": ("gradients", "steps"), "Adamax": ("m", "u"),
    "Nadam": ("m", "v"), "Ftrl": ("accumulator", "linear"),
}  # fmt: skip
"""What each remembers of a parameter, in Keras 2's order and our words."""
NO_LONGER = ("schedule_decay", "jit_compile", "is_legacy_optimizer")


def compile_arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """What `training_config` says, as Keras 3 would.

    Example:
        >>> said = {"optimizer_config": {"class_name": "SGD", "config": {"lr": 0.1, "decay": 0.0}}}
        >>> compile_arguments(said)["optimizer"]
        {'class_name': 'SGD', 'config': {'learning_rate': 0.1}}
    """
    optimizer = config.get("optimizer_config")
    if isinstance(optimizer, dict) and isinstance(optimizer.get("config"), dict):
        optimizer = {**optimizer, "config": _optimizer(optimizer["config"])}
    metrics = _metrics(config.get("metrics"))
    if isinstance(metrics, list) and len(metrics) == 1 and isinstance(metrics[0], list):
        metrics = metrics[0]  # of the one output
    return {
        "optimizer": optimizer,
        "loss": _losses(config.get("loss")),
        "metrics": metrics,
        "loss_weights": config.get("loss_weights"),
    }


def _optimizer(config: Mapping[str, Any]) -> dict[str, Any]:
    names = {"lr": "learning_rate"}
    said = {names.get(k, k): value for k, value in config.items() if k not in NO_LONGER}
    if said.get("epsilon", 0) is None:
        del said["epsilon"]
    decay = said.pop("decay", None)
    if decay:
        about = {"initial_learning_rate": said["learning_rate"], "decay_steps": 1}
        about["decay_rate"] = decay
        said["learning_rate"] = {"class_name": "InverseTimeDecay", "config": about}
    return said


def _losses(said: Any) -> Any:
    if isinstance(said, list):
        return [_losses(one) for one in said]
    if isinstance(said, dict) and isinstance(said.get("config"), dict):
        config = said["config"]
        auto = config.get("reduction") == "auto"
        return {
            **said,
            "config": {**config, "reduction": "sum_over_batch_size"} if auto else config,
        }
    if isinstance(said, dict):
        return {name: _losses(one) for name, one in said.items()}
    return said


def _metrics(said: Any) -> Any:
    if isinstance(said, list):
        return [_metrics(one) for one in said if one is not None]
    if isinstance(said, dict) and said.get("class_name") == "MeanMetricWrapper":
        function = said.get("config", {}).get("fn")
        return function if isinstance(function, str) else said.get("config", {}).get("name")
    if isinstance(said, dict) and "class_name" not in said:
        return {name: _metrics(one) for name, one in said.items()}
    return said


def in_kerass_order(model: Model, training: Training) -> dict[int, Weight]:
    """What an optimizer remembered as Keras 3 keeps it. FormatError for another
    number of arrays than the compiled model's parameters need.
    """
    optimizer: Any = model.optimizer
    names, arrays = list(training.weights), list(training.weights.values())
    if len(names) > 1 and "learning_rate" in names[1]:
        return dict(enumerate(arrays))
    steps = _scalar_of(arrays) or Weight((), "int32", bytes(4))
    remembered = [slots for _, slots in optimizer._remembered.values()]
    by_slot: dict[int, Weight] = {}
    if "product" in optimizer._shared:
        by_slot[id(optimizer._shared["product"])] = _scalar_of(arrays) or steps
    known = KINDS.get(type(optimizer).__name__, ())
    kinds = [kind for kind in known if any(kind in slots for slots in remembered)]
    needed = len(kinds) * len(remembered)
    if any(weight.shape not in ((), (1,)) for weight in arrays[needed:]) and kinds:
        raise FormatError(
            f"what the optimizer remembers is of another one: {len(names)} arrays, and"
            f" {type(optimizer).__name__} keeps {needed} of the parameters"
        )
    for number, weight in enumerate(arrays[:needed]):  # what else there is, nobody changed
        kind = kinds[number // len(remembered)]
        by_slot[id(remembered[number % len(remembered)][kind])] = weight
    slots = optimizers.slots_of(optimizer)
    if any(id(slot) not in by_slot for slot in slots):
        raise FormatError(f"{len(names)} arrays for what {len(slots)} slots remember")
    rate = Weight((), "float32", struct.pack("<f", optimizer._rate))
    header = [steps] if optimizer._schedule else [steps, rate]
    return dict(enumerate([*header, *(by_slot[id(slot)] for slot in slots)]))


def _scalar_of(arrays: list[Weight]) -> Weight | None:
    """The first of them, taken away, where it is a single number."""
    return arrays.pop(0) if arrays and arrays[0].shape == () else None
