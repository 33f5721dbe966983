"""What an optimizer remembers, as Keras 3 keeps it: the number of steps, the learning
rate, then what is remembered of each parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.tensor import Variable
from ...host.files import FormatError
from ...train.optimizers import Optimizer

ALL_AT_ONCE = {"RMSprop": (), "Adam": ("largest",), "AdamW": ("largest",)}
"""Slots that Keras keeps one after another, each of all parameters; () means all of
them. Else it goes parameter by parameter.
"""
LAST = ("product",)
"""What all parameters share and Keras keeps behind all else: Nadam's product of
momenta.
"""
FIRST = ("average", "accumulated")
"""Slots that it keeps before all others, each of all parameters."""


SCALING = ("step_counter", "dynamic_scale")
"""What a LossScaleOptimizer keeps for itself."""


def stepping(optimizer: Optimizer) -> Optimizer:
    """The optimizer that steps: inside one that scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def slots_of(optimizer: Optimizer) -> list[Variable]:
    """What is remembered of the parameters, in Keras's order."""
    remembered = [slots for _, slots in optimizer._remembered.values()]
    names = list(dict.fromkeys(name for slots in remembered for name in slots))
    alone = ALL_AT_ONCE.get(type(optimizer).__name__)
    first = [name for name in FIRST if name in names]
    last = [name for name in names if alone is not None and (not alone or name in alone)]
    last = [name for name in last if name not in first]
    between = [name for name in names if name not in (*first, *last)]
    return [
        *(slots[name] for name in first for slots in remembered if name in slots),
        *(slots[name] for slots in remembered for name in between if name in slots),
        *(slots[name] for name in last for slots in remembered if name in slots),
        *(optimizer._shared[name] for name in LAST if name in optimizer._shared),
    ]


def shared_of(optimizer: Optimizer) -> dict[str, Variable]:
    """What all parameters share, by name: the rate, and how far the training is; the
    scale of the loss.
    """
    shared = {**stepping(optimizer)._shared, **optimizer._shared}
    return {name: v for name, v in shared.items() if name not in LAST}


def scaling_of(optimizer: Optimizer, shared: Mapping[str, Sequence[float]]) -> list[Any]:
    """What Keras keeps before the rest where the loss is scaled: steps and a rate that
    stay 0, then how far the scale is.
    """
    if stepping(optimizer) is optimizer:
        return []
    return [0, 0.0, round(shared["step_counter"][0]), shared["dynamic_scale"][0]]


def steps_of(optimizer: Optimizer, shared: Mapping[str, Sequence[float]]) -> int:
    """How many steps it has made: counted on the device, or by the host."""
    return round(shared["iterations"][0]) if "iterations" in shared else optimizer._steps


def first_slot(optimizer: Optimizer) -> int:
    """How many arrays stand before the slots: the steps, and the rate that no schedule
    says.
    """
    return 1 if optimizer._schedule else 2


def restore(
    optimizer: Optimizer,
    arrays: Mapping[int, Any],
    exactly: Mapping[str, Sequence[float]] | None = None,
) -> None:
    """Gives a built optimizer what was remembered. `exactly` is what all parameters
    share, as it was; else that is made of Keras's steps and learning rate. FormatError
    where it is another optimizer's.
    """
    scaled = optimizer
    optimizer = stepping(optimizer)
    if scaled is not optimizer:
        own = {name: scaled._shared[name] for name in SCALING}
        if len(arrays) < 4 or any(i not in arrays or arrays[i].shape for i in range(4)):
            raise FormatError("what the optimizer remembers is not of one that scales the loss")
        for i, name in enumerate(SCALING, 2):
            own[name].assign(float(arrays[i].array().item()))
        arrays = {i - 4: array for i, array in arrays.items() if i >= 4}
    slots = slots_of(optimizer)
    values = [arrays[i] for i in sorted(arrays) if i >= first_slot(optimizer)]
    shapes = [tuple(v.shape) for v in values]
    if shapes != [tuple(slot.shape) for slot in slots]:
        raise FormatError(
            f"what the optimizer remembers is of another one: {len(values)} arrays, and"
            f" {type(optimizer).__name__} keeps {len(slots)} of the parameters' shapes"
        )
    for slot, value in zip(slots, values, strict=True):
        slot.assign(value.decoded() if slot.shape else value.array().item())
    shared, steps = shared_of(optimizer), int(arrays[0].array().item())
    if exactly is None:
        exactly = _made_of(optimizer, arrays, float(steps))
    optimizer._steps = steps
    for name, said in exactly.items():
        if name in shared:
            flat = list(said)
            shared[name].assign(flat if shared[name].shape else flat[0])
    rate = exactly.get("rate") or exactly.get("hyper")
    if rate:
        optimizer._rate = float(rate[0])


def _made_of(
    optimizer: Optimizer, arrays: Mapping[int, Any], steps: float
) -> dict[str, list[float]]:
    rate = optimizer._rate
    if 1 in arrays and not optimizer._schedule:
        rate = float(arrays[1].array().item())
    powers = [float(p) ** (steps + 1) for p in optimizer._powers]
    return {"iterations": [steps], "rate": [rate], "hyper": [rate, *powers, 0.0]}
