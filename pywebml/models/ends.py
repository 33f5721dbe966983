"""What goes into a model and what comes out: one tensor, or a list, dict or nested
structure of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..layers.support.structures import is_nested, leaves, mapped, ordered, packed
from ..layers.support.symbols import Symbol


class Ends:
    """The inputs and outputs of a model, in a row and in the structures in which it
    takes and gives them.
    """

    def __init__(self, inputs: Any, outputs: Any):
        if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
            outputs = outputs[0]  # as in Keras, a list of one output is one
        self.inputs: list[Symbol] = list(leaves(inputs))
        self.outputs: list[Symbol] = list(leaves(outputs))
        self.takes, self.gives = mapped(_nothing, inputs), mapped(_nothing, outputs)

    @property
    def input_names(self) -> list[str]:
        """The keys of a dict, else the names of the inputs' layers."""
        return _names(self.takes, self.inputs)

    @property
    def output_names(self) -> list[str]:
        """The keys of a dict, else the names of the outputs' layers; two of one layer
        are told apart by numbers.
        """
        return _names(self.gives, self.outputs)

    def as_called(self, values: Sequence[Any]) -> Any:
        """What belongs to the inputs as the model takes it: a list of one is one."""
        nested = isinstance(self.takes, Mapping) or any(
            is_nested(part) for part in self.takes or ()
        )
        if nested:
            return packed(self.takes, values)
        return values[0] if len(values) == 1 else list(values)

    def as_given(self, values: Sequence[Any]) -> Any:
        """What belongs to the outputs as the model gives it."""
        return packed(self.gives, values)

    def in_a_row(self, inputs: Any) -> list[Any]:
        """What belongs to the inputs, one after another, of the structure that a call
        was given.
        """
        if isinstance(inputs, Mapping) and not isinstance(self.takes, Mapping):
            return [inputs[name] for name in self.input_names]
        return list(leaves(inputs))


def _nothing(symbol: Any) -> None:
    if not isinstance(symbol, Symbol):
        raise TypeError(
            "a Model is made of symbolic tensors, from Input(...) or layer.output; got"
            f" {symbol!r:.100}"
        )


def _names(form: Any, symbols: Sequence[Symbol]) -> list[str]:
    if isinstance(form, Mapping) and not any(is_nested(part) for part in form.values()):
        return [str(key) for key in ordered(form)]
    names: list[str] = []
    for symbol in symbols:
        name, number = symbol.layer.name, 0
        while name in names:
            number += 1
            name = f"{symbol.layer.name}_{number}"
        names.append(name)
    return names


def names_in(loss: Any, model: str) -> list[str]:
    """The names of the outputs of a model that is not built yet: the keys of its
    losses.
    """
    if isinstance(loss, Mapping) and "class_name" not in loss:
        return [str(key) for key in ordered(loss)]
    if isinstance(loss, (list, tuple)) and len(loss) > 1:
        return [f"output_{number}" for number in range(len(loss))]
    return [model]
