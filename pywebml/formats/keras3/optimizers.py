"""What an optimizer remembers, as Keras 3 keeps it: the number of steps, the learning
rate, then what is remembered of each parameter; then those of the optimizers that it
goes around.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ...core.tensor import Variable
from ...host.files import FormatError
from ...train.optimizers import MultiOptimizer, Optimizer

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


RATE = "learning_rate"
SCALING = ("step_counter", "dynamic_scale")
"""What a LossScaleOptimizer keeps for itself."""


def everyone(optimizer: Optimizer, name: str = "") -> list[tuple[str, Optimizer]]:
    """An optimizer, and those that it goes around, in Keras's order; each behind what
    the names of its shared state begin with.
    """
    around = [(name, optimizer)]
    for part, inner in optimizer.parts.items():
        around += everyone(inner, name + part)
    return around


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
    return {
        before + name: v
        for before, one in everyone(optimizer)
        for name, v in one._shared.items()
        if name not in LAST
    }


Shared = Mapping[str, Sequence[float]]


def _header(optimizer: Optimizer, shared: Shared) -> list[int | float]:
    """What Keras keeps before the slots: the steps, and the rate that no schedule says.
    Of one that goes around others the rate is 0; where it scales the loss, so are the
    steps, and how far the scale is comes next.
    """
    if "dynamic_scale" in shared:
        return [0, 0.0, round(shared["step_counter"][0]), shared["dynamic_scale"][0]]
    counts = "iterations" in shared
    steps = round(shared["iterations"][0]) if counts else optimizer._steps
    if isinstance(optimizer, MultiOptimizer):
        return [steps, 0.0]
    return [steps] if optimizer._schedule else [steps, (shared.get("hyper") or shared["rate"])[0]]


def headers_of(optimizer: Optimizer, shared: Shared) -> list[list[int | float]]:
    """For each of `everyone` what stands before its slots, by the values of
    `shared_of`.
    """
    return [_header(one, _own(before, one, shared)) for before, one in everyone(optimizer)]


def _own(before: str, one: Optimizer, shared: Shared) -> Shared:
    names = (*one._shared, RATE)
    return {name: shared[before + name] for name in names if before + name in shared}


def rates_of(optimizer: Optimizer) -> dict[str, list[float]]:
    """The learning rates as the host has them, in 64 bits: beside `shared_of`."""
    return {before + RATE: [one._rate] for before, one in everyone(optimizer)}


def restore(optimizer: Optimizer, arrays: Mapping[int, Any], exactly: Shared | None = None) -> None:
    """Gives a built optimizer what was remembered. `exactly` is what all parameters
    share, as it was; else that is made of Keras's steps and learning rate. FormatError
    where it is another optimizer's.
    """
    if exactly is not None:
        _check_shared(optimizer, exactly)
    said = [arrays[i] for i in sorted(arrays)]
    parts: list[tuple[str, Optimizer, int, list[Variable]]] = []
    for before, one in everyone(optimizer):
        parts.append((before, one, _header_size(one), slots_of(one)))
    expected: list[tuple[int, ...]] = []
    for *_, size, slots in parts:
        expected += [()] * size + [tuple(slot.shape) for slot in slots]
    if [tuple(array.shape) for array in said] != expected:
        raise FormatError(
            f"what the optimizer remembers is of another one: {len(said)} arrays, and"
            f" {type(optimizer).__name__} keeps {len(expected)} of the parameters' shapes"
        )
    headers: list[list[Any]] = []
    values: list[list[Any]] = []
    for *_, size, slots in parts:
        headers.append([_checked(array.array().item()) for array in said[:size]])
        values.append(said[size : size + len(slots)])
        said = said[size + len(slots) :]
    for (before, one, _, slots), header, remembered in zip(parts, headers, values, strict=True):
        for slot, value in zip(slots, remembered, strict=True):
            slot.assign(value.decoded() if slot.shape else value.array().item())
        own = _made_of(one, header) if exactly is None else _own(before, one, exactly)
        _give_shared(one, int(header[0]), own)


def _checked(number: Any) -> Any:
    """A number of steps, a rate or a scale: none is below zero or endless."""
    if not 0 <= number < 2**63:
        raise FormatError(f"what the optimizer remembers begins with {number}; expected steps")
    return number


def _check_shared(optimizer: Optimizer, said: Any) -> None:
    """FormatError for what cannot be the values of `shared_of` and `rates_of`."""
    sizes = {name: math.prod(variable.shape) for name, variable in shared_of(optimizer).items()}
    sizes |= dict.fromkeys(rates_of(optimizer), 1)
    for name, size in sizes.items():
        values = said.get(name, [0.0] * size) if isinstance(said, dict) else None
        if not isinstance(values, list) or len(values) != size or not all(map(_is_number, values)):
            raise FormatError(
                f"what the optimizer remembers of its {name!r} is {repr(values)[:80]}, expected"
                f" a list of {size} numbers"
            )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 2**63


def _header_size(optimizer: Optimizer) -> int:
    if "dynamic_scale" in optimizer._shared:
        return 2 + len(SCALING)
    return 1 if optimizer._schedule else 2


def _give_shared(optimizer: Optimizer, steps: int, values: Shared) -> None:
    optimizer._steps = steps
    for name, said in values.items():
        variable = optimizer._shared.get(name)
        if variable is not None:
            flat = list(said)
            variable.assign(flat if variable.shape else flat[0])
    rate = values.get(RATE) or values.get("rate") or values.get("hyper")
    if rate:
        optimizer._rate = float(rate[0])


def _made_of(optimizer: Optimizer, header: Sequence[float]) -> dict[str, list[float]]:
    if "dynamic_scale" in optimizer._shared:
        return {name: [float(value)] for name, value in zip(SCALING, header[2:], strict=True)}
    steps, *rates = map(float, header)
    rate = rates[0] if rates else optimizer._rate
    powers = [float(p) ** (steps + 1) for p in optimizer._powers]
    return {"iterations": [steps], "rate": [rate], "hyper": [rate, *powers, 0.0]}
