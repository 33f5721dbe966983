"""The weights of a layer: its own, and those of the layers inside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..core.spec import FLOATS
from ..core.tensor import Variable, as_tensor
from ..core.trace import eager
from . import initializers


class Weighted:
    """The half of a layer that holds numbers."""

    name: str
    dtype: str
    built: bool
    _trainable: bool
    _weights: list[Variable]

    def add_weight(
        self,
        name: str,
        shape: Sequence[int],
        initializer: Any = "glorot_uniform",
        trainable: bool = True,
    ) -> Variable:
        """A new weight `layer/name`, drawn on the device by the initializer. Weights
        keep the order they are added in.
        """
        with eager():  # also where the layer is first called inside a captured function
            dtype = self.dtype if self.dtype in FLOATS else "float32"
            variable = Variable(
                initializers.get(initializer)(tuple(shape)), trainable, f"{self.name}/{name}", dtype
            )
        self._weights.append(variable)
        return variable

    def _inner(self) -> list[Weighted]:
        """The layers that this one is made of: those in its attributes, in the order in
        which they were put there.
        """
        inner = {id(layer): layer for value in vars(self).values() for layer in _layers_in(value)}
        return list(inner.values())

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        """Sets all layers inside, too, as in Keras."""
        self._trainable = bool(value)
        for layer in self._inner():
            layer.trainable = value

    @property
    def weights(self) -> list[Variable]:
        """All weights, in Keras's order: the layer's own, then layer by layer."""
        return _once([*self._weights, *(w for layer in self._inner() for w in layer.weights)])

    @property
    def trainable_weights(self) -> list[Variable]:
        """Weights that training changes: none where `trainable` is False."""
        if not self._trainable:
            return []
        own = [w for w in self._weights if w.trainable]
        return _once([*own, *(w for layer in self._inner() for w in layer.trainable_weights)])

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Weights that training does not change."""
        moving = {id(w) for w in self.trainable_weights}
        return [w for w in self.weights if id(w) not in moving]

    def count_params(self) -> int:
        """The number of values in all weights."""
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
        tensors = [as_tensor(v) for v in values]
        for weight, tensor in zip(weights, tensors, strict=True):
            if tuple(tensor.shape) != tuple(weight.shape):
                raise ValueError(
                    f"{weight.name}: shape {tuple(weight.shape)} expected, got"
                    f" {tuple(tensor.shape)}"
                )
        for weight, tensor in zip(weights, tensors, strict=True):
            weight.assign(tensor)


def _layers_in(value: Any) -> Iterator[Weighted]:
    if isinstance(value, Weighted):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _layers_in(item)
    elif isinstance(value, dict):
        yield from _layers_in(list(value.values()))


def _once(weights: Iterable[Variable]) -> list[Variable]:
    """Each weight where it comes first: layers may share."""
    return list({id(w): w for w in weights}.values())
