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


def slots_of(optimizer: Optimizer) -> list[Variable]:
    """What is remembered of the parameters, in Keras's order."""
    remembered = [slots for _, slots in optimizer._remembered.values()]
    names = list(remembered[0]) if remembered else []
    alone = ALL_AT_ONCE.get(type(optimizer).__name__)
    last = [name for name in names if alone is not None and (not alone or name in alone)]
    first = [name for name in FIRST if name in names]
    last = [name for name in last if name not in first]
    between = [name for name in names if name not in (*first, *last)]
    return [
        *(slots[name] for name in first for slots in remembered),
        *(slots[name] for slots in remembered for name in between),
        *(slots[name] for name in last for slots in remembered),
        *(optimizer._shared[name] for name in LAST if name in optimizer._shared),
    ]


def shared_of(optimizer: Optimizer) -> dict[str, Variable]:
    """What all parameters share, by name: the rate, and how far the training is."""
    return {name: v for name, v in optimizer._shared.items() if name not in LAST}


def steps_of(optimizer: Optimizer, shared: Mapping[str, Sequence[float]]) -> int:
    """How many steps it has made, as far as it counts them."""
    if "iterations" in shared:
        return round(shared["iterations"][0])
    beta = getattr(optimizer, "beta_2", None)
    if "hyper" in shared and beta:
        return _power_of(beta, shared["hyper"][2])
    return 0


def _power_of(beta: float, power: float) -> int:
    """How often beta was multiplied, the first one not counted."""
    steps, value = 0, beta
    while value > power * 1.0000001 and steps < 1_000_000:
        steps, value = steps + 1, value * beta
    return steps


def restore(
    optimizer: Optimizer,
    arrays: Mapping[int, Any],
    exactly: Mapping[str, Sequence[float]] | None = None,
) -> None:
    """Gives a built optimizer what was remembered. `exactly` is what all parameters
    share, as it was; else that is made of Keras's steps and learning rate. FormatError
    where it is another optimizer's.
    """
    slots = slots_of(optimizer)
    values = [arrays[i] for i in sorted(arrays) if i > 1]
    shapes = [tuple(v.shape) for v in values]
    if shapes != [tuple(slot.shape) for slot in slots]:
        raise FormatError(
            f"what the optimizer remembers is of another one: {len(values)} arrays, and"
            f" {type(optimizer).__name__} keeps {len(slots)} of the parameters' shapes"
        )
    for slot, value in zip(slots, values, strict=True):
        slot.assign(value.decoded() if slot.shape else value.array().item())
    shared = shared_of(optimizer)
    if exactly is None:
        exactly = _made_of(optimizer, arrays)
    for name, said in exactly.items():
        if name in shared:
            flat = list(said)
            shared[name].assign(flat if shared[name].shape else flat[0])
    rate = exactly.get("rate") or exactly.get("hyper")
    if rate:
        optimizer._rate = float(rate[0])


def _made_of(optimizer: Optimizer, arrays: Mapping[int, Any]) -> dict[str, list[float]]:
    steps = float(arrays[0].array().item()) if 0 in arrays else 0.0
    rate = float(arrays[1].array().item()) if 1 in arrays else optimizer._rate
    powers = [float(p) ** (steps + 1) for p in optimizer._powers]
    return {"iterations": [steps], "rate": [rate], "hyper": [rate, *powers, 0.0]}
