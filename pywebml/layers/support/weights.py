"""The weights of a layer: its own, and those of the layers inside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ...core.spec import FLOATS, Spec
from ...core.tensor import Variable, as_numbers, as_tensor
from ...core.trace import eager
from ...device.seam import TooLarge
from .. import constraints, initializers, regularizers
from .arguments import plain
from .context import named_within, path_here
from .mixed import Mixed
from .parts import PLAIN, parts_in

_entered: ContextVar[frozenset[int]] = ContextVar("entered", default=frozenset())
"""The layers whose weights are being listed: layers may know the one around them."""
_unset: ContextVar[bool] = ContextVar("unset", default=False)
_NO_PARTS = ("_weights", "_nodes", "_losses")
"""Attributes that are looked at by themselves, or hold many things that are no parts."""
MAX_RANK = 64
MAX_SIZE = 1 << 40
"""No weight has so many values: far more than any device holds."""


@contextmanager
def unset_weights() -> Iterator[None]:
    """Layers built inside get weights without values and without memory, for values
    that come from elsewhere.
    """
    token = _unset.set(True)
    try:
        yield
    finally:
        _unset.reset(token)


class Weighted(Mixed):
    """The half of a layer that holds numbers."""

    name: str
    built: bool
    _trainable: bool
    _weights: dict[str, Variable]
    _born: dict[str, tuple[bool, int]]
    """The places of these among the layer's weights."""

    def __setattr__(self, name: str, value: Any) -> None:
        """A variable that is put in a weight's stead is that weight from now on; None
        takes it away. TypeError for numbers, which would change nothing.
        """
        key = self._weight_in(name)
        if key is not None and value is not self._weights[key]:
            if isinstance(value, Variable):
                self._weights[key] = value
            elif value is None:
                del self._weights[key]
            else:
                raise TypeError(
                    f"{self.name}.{name} is a weight: write {name}.assign(values) for other values,"
                    f" or give a Variable in its stead, got {type(value).__name__}"
                )
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        key = self._weight_in(name)
        if key is not None:
            del self._weights[key]
        super().__delattr__(name)

    def _weight_in(self, name: str) -> str | None:
        """The key of the added weight that stands in an attribute."""
        value = vars(self).get(name)
        if not isinstance(value, Variable):
            return None
        return next((key for key, weight in self._weights.items() if weight is value), None)

    def add_weight(
        self,
        shape: Sequence[int] | int | None = None,
        initializer: Any = None,
        dtype: str | None = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        name: str | None = None,
    ) -> Variable:
        """A new weight, `layer/name` by its path, drawn on the device by the
        initializer (by default "glorot_uniform", zeros for whole numbers), of the
        layer's dtype where none is said; a scalar where no shape is. State that is no
        weight of the training is `trainable=False`.

        Args:
            regularizer: its penalty joins the loss while the weight trains.
            constraint: applied to it after each step of an optimizer.
            autocast: whether a layer that computes in float16 sees it so.
            aggregation: Keras's; there is one device here.

        Raises TypeError for a name in the shape's place, as Keras 2 had it.
        """
        if isinstance(shape, str):
            raise TypeError(
                f"{self.name}: add_weight takes the weight's shape first, got {shape!r}; write"
                f" add_weight(shape=..., name={shape!r})"
            )
        shape = () if shape is None else shape
        dtype = dtype or (self.dtype if self.dtype in FLOATS else "float32")
        if initializer is None:
            initializer = "glorot_uniform" if dtype in FLOATS else "zeros"
        own = _untaken(name or "variable", self._weights)
        with named_within(self):
            full = f"{path_here()}/{own}"
        spec = Spec(_checked((shape,) if isinstance(shape, int) else shape, full), dtype)
        with eager():  # also where the layer is first called inside a captured function
            if _unset.get():
                variable = Variable.unset(spec, trainable, own)
            else:
                try:
                    value = as_tensor(initializers.drawn(initializer, spec.shape, dtype))
                except TooLarge as error:
                    hint = (
                        f"that is the weight {full!r} of shape {spec.shape}: make the layer"
                        " smaller, or use device='cpu'"
                    )
                    raise TooLarge(error.nbytes, error.adapter, hint) from None
                if value.shape != spec.shape:
                    raise ValueError(
                        f"the initializer {initializer!r:.100} gave the weight {full!r} of shape"
                        f" {spec.shape} values of shape {value.shape}"
                    )
                variable = Variable(value, trainable, own, dtype)
        variable.path = full
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.autocast = autocast
        self._weights[own], self._born[own] = variable, variable.born
        return variable

    # --- what it is made of

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """(place, variable or layer): weights that were added, under their names, then
        what stands in attributes and in lists and dicts there, under the attribute's
        name, 'blocks/0' for a list's first. In the order in which it was put there.
        """
        yield from self._weights.items()
        for attribute, value in vars(self).items():
            if value.__class__ not in PLAIN and attribute not in _NO_PARTS:
                yield from parts_in(attribute, value, (Variable, Weighted))

    def _inner(self) -> list[Weighted]:
        """The layers that this one is made of, each once."""
        return _once(part for _, part in self._parts() if isinstance(part, Weighted))

    def _all_layers(self) -> list[Weighted]:
        """This layer and all inside it, at any depth, each once."""
        layers: dict[int, Weighted] = {}
        waiting: list[Weighted] = [self]
        while waiting:
            layer = waiting.pop()
            if id(layer) not in layers:
                layers[id(layer)] = layer
                waiting.extend(reversed(layer._inner()))
        return list(layers.values())

    def _states(self) -> dict[int, tuple[Variable, bool]]:
        """{id: (weight, whether it trains)} of all weights, in Keras's order: the
        layer's own, trainable ones first, each kind as it was made, then layer by
        layer. One that knows the layer around it is not followed back there.
        """
        parts = _once(part for _, part in self._parts())
        places = {id(weight): self._born[key] for key, weight in self._weights.items()}
        own = [part for part in parts if isinstance(part, Variable)]
        own.sort(key=lambda variable: places.get(id(variable), variable.born))
        states = {id(w): (w, self._trainable and w.trainable and w.dtype in FLOATS) for w in own}
        around = _entered.get()
        token = _entered.set(around | {id(self)})
        try:
            for part in parts:
                if isinstance(part, Weighted) and id(part) not in around and part is not self:
                    for key, (weight, trains) in part._states().items():
                        trains = (self._trainable and trains) or (key in states and states[key][1])
                        states[key] = weight, trains
        finally:
            _entered.reset(token)
        return states

    # --- weights

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        """Sets all layers inside, too, and the weights that were made to be trained, as
        in Keras. ValueError for what is neither True nor False.
        """
        trainable = plain(f"{self.name}: 'trainable'", value, ("bool",))
        for layer in self._all_layers():
            layer._trainable = trainable
            for _, part in layer._parts():
                if isinstance(part, Variable):
                    made_fixed, _ = part.born
                    part.trainable = trainable and not made_fixed

    @property
    def weights(self) -> list[Variable]:
        """All weights, in Keras's order: the layer's own, then layer by layer."""
        return [weight for weight, _ in self._states().values()]

    @property
    def trainable_weights(self) -> list[Variable]:
        """Weights that training changes: none where `trainable` is False."""
        return [weight for weight, trains in self._states().values() if trains]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Weights that training does not change."""
        return [weight for weight, trains in self._states().values() if not trains]

    @property
    def variables(self) -> list[Variable]:
        """`weights`."""
        return self.weights

    @property
    def trainable_variables(self) -> list[Variable]:
        """`trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """`non_trainable_weights`."""
        return self.non_trainable_weights

    def count_params(self) -> int:
        """The number of values in all weights. ValueError before they are there."""
        if not self.built:
            raise ValueError(
                f"{self.name} has no weights to count yet: call build(shape), or call it once"
            )
        return sum(math.prod(w.shape) for w in self.weights)

    def get_weights(self) -> list[Any]:
        """NumPy copies of `weights` (reads from the device; inside a page use `await
        w.data()` on each).
        """
        return [w.numpy() for w in self.weights]

    def set_weights(self, values: Sequence[Any]) -> None:
        """Copies arrays or tensors, in the order of `weights`, into the weights.

        Raises ValueError where their number or a shape differs.
        """
        weights = self.weights
        if len(values) != len(weights):
            unbuilt = not weights and not self.built
            hint = "; the layer has no weights until it is called or built" if unbuilt else ""
            raise ValueError(
                f"{self.name} has {len(weights)} weights, got {len(values)} values{hint}"
            )
        tensors = [as_numbers(v) for v in values]
        for weight, tensor in zip(weights, tensors, strict=True):
            if tuple(tensor.shape) != tuple(weight.shape):
                raise ValueError(
                    f"{weight.path}: shape {tuple(weight.shape)} expected, got"
                    f" {tuple(tensor.shape)}"
                )
        for weight, tensor in zip(weights, tensors, strict=True):
            weight.assign(tensor)


def _checked(shape: Sequence[int], name: str) -> tuple[int, ...]:
    """The shape of a weight. ValueError for what no weight can have."""
    sizes = tuple(n.__index__() if hasattr(n, "__index__") else n for n in shape)
    if len(sizes) > MAX_RANK or not all(isinstance(n, int) and 0 < n < MAX_SIZE for n in sizes):
        raise ValueError(
            f"the weight {name!r} would have shape {str(sizes)[:100]}; expected at most {MAX_RANK}"
            " sizes above 0"
        )
    if math.prod(sizes) > MAX_SIZE:
        raise ValueError(f"the weight {name!r} would have shape {sizes}, more than fits anywhere")
    return sizes


def _untaken(name: str, names: Iterable[str]) -> str:
    """`name`, or `name_1`, `name_2` ... where a layer has that already."""
    taken, number, free = set(names), 0, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _once(things: Iterable[Any]) -> list[Any]:
    """Each thing where it comes first: layers may share."""
    return list({id(thing): thing for thing in things}.values())
