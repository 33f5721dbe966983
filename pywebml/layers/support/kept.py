"""What a model keeps from one step to the next beside its weights: where its streams of
random numbers are, the states of stateful recurrent layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ... import ops
from ...core.tensor import Tensor, Variable
from .parts import items_of, parts_in
from .weights import Weighted

_ELSEWHERE = ("_weights", "_nodes", "_losses", "compiled", "compile_arguments", "history", "plans")
"""Attributes that hold weights, recordings, or what is kept by others."""


class Kept:
    """Variables, and yet no weights of a layer: as they are, or in lists."""

    def __init__(self, states: Any):
        self.states = states

    def kept_states(self) -> dict[str, Variable]:
        """By place."""
        return dict(parts_in("state", self.states, (Variable,)))


def kept_states(model: Any) -> dict[str, Variable]:
    """{"number of the layer/attribute/...": variable} of whatever in a model's layers,
    or in lists and dicts there, has a method `kept_states`.
    """
    return {
        place: variable
        for number, layer in enumerate(model._all_layers())
        for name, value in vars(layer).items()
        if name not in _ELSEWHERE
        for place, variable in _of(f"{number}/{name}", value, ())
    }


def _of(place: str, value: Any, around: tuple[int, ...]) -> Iterator[tuple[str, Variable]]:
    if isinstance(value, (Weighted, Tensor, str, bytes, int, float)) or id(value) in around:
        return
    if hasattr(type(value), "kept_states"):
        for key, variable in value.kept_states().items():
            yield f"{place}/{key}", variable
        return
    for key, item in items_of(value):
        yield from _of(f"{place}/{key}", item, (*around, id(value)))


def give_kept(model: Any, values: Mapping[str, Any]) -> None:
    """Puts a model of the same layers where it was. What it has not any more is passed
    over; ValueError for a state of another shape.
    """
    layers = model._all_layers()
    for place in values:
        number, _, attribute = place.partition("/")
        name = attribute.removesuffix("/state")
        layer = layers[int(number)] if number.isdecimal() and int(number) < len(layers) else None
        if attribute.endswith("/state") and getattr(layer, name, 0) is None:
            setattr(layer, name, ops.Generator(0))  # it is made at the first draw
    there = kept_states(model)
    for place, value in values.items():
        if place not in there:
            continue
        if tuple(value.shape) != tuple(there[place].shape):
            raise ValueError(
                f"the state {place} has shape {tuple(value.shape)}, the model's"
                f" {tuple(there[place].shape)}: it is of another batch size or layer"
            )
        there[place].assign(value)
