"""Layers of several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from .. import ops
from ..core.tensor import Tensor
from .base import Layer
from .support.registry import layer
from .support.symbols import Shape


class Merging(Layer):
    """A layer that is called with a list of tensors."""

    def build(self, input_shape: Any) -> None:
        self.compute_output_shape(input_shape)


class Elementwise(Merging):
    """Merges values at one place, of tensors whose shapes go together.

    One of fewer dimensions gets those that it lacks behind the batch, as in Keras: [n,
    c] goes with [n, h, w, c].
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        """What two tensors of one rank give."""
        raise NotImplementedError(f"{type(self).__name__} needs a merge(a, b) method")

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        rank = max(len(x.shape) for x in inputs)
        return reduce(self.merge, [ops.reshape(x, _ranked(x.shape, rank)) for x in inputs])

    def compute_mask(self, inputs: Sequence[Tensor], mask: Any = None) -> Any:
        masks = [] if mask is None else mask
        if not masks or any(m is None for m in masks) or len({m.shape for m in masks}) > 1:
            return None
        return reduce(ops.logical_or, masks)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = _several(self, input_shape)
        rank = max(len(s) for s in shapes)
        dimensions = list(zip(*(_ranked(s, rank) for s in shapes), strict=True))
        batches = set(dimensions[0]) - {None}
        if len(batches) > 1 or any(len(set(ns) - {None, 1}) > 1 for ns in dimensions):
            raise ValueError(
                f"{self.name}: {type(self).__name__} needs tensors of one shape, or of shapes that"
                f" are broadcast behind the batch, got {shapes}"
            )
        return tuple(_broadcast(ns) for ns in dimensions)


def _ranked(shape: Sequence[Any], rank: int) -> tuple[Any, ...]:
    """A shape with as many dimensions, further ones behind the batch."""
    return (*shape[:1], *(1,) * (rank - len(shape)), *shape[1:])


def _broadcast(sizes: Sequence[int | None]) -> int | None:
    """The size that these become: any but 1 decides, an open one where none does."""
    known = [n for n in sizes if n not in (None, 1)]
    if known:
        return known[0]
    return None if None in sizes else 1


@layer("Add")
class Add(Elementwise):
    """y = x1 + x2 + ..., of two or more tensors.

    Shapes: a list of tensors of one shape -> that shape; a dimension of 1 is broadcast,
    and dimensions that one lacks are put in behind its batch: [n, c] and [n, h, w, c]
    -> [n, h, w, c].
    Masks: a step counts where one of the inputs has it.

    Raises:
        ValueError: a single tensor, or shapes that do not go together.

    Example:
        >>> layers.Add()([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).numpy()
        array([11., 22.], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


@layer("Subtract")
class Subtract(Elementwise):
    """y = x1 - x2, of two tensors.

    Shapes, masks: those of `Add`.

    Raises:
        ValueError: not two tensors, or shapes that do not go together.

    Example:
        >>> layers.Subtract()([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).numpy()
        array([ -9., -18.], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return a - b

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if len(_several(self, input_shape)) > 2:
            raise ValueError(f"{self.name}: Subtract takes two tensors, got {len(input_shape)}")
        return super().compute_output_shape(input_shape)


@layer("Multiply")
class Multiply(Elementwise):
    """y = x1 * x2 * ..., of two or more tensors.

    Shapes, masks: those of `Add`.

    Raises:
        ValueError: a single tensor, or shapes that do not go together.

    Example:
        >>> layers.Multiply()([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).numpy()
        array([10., 40.], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return a * b


@layer("Average")
class Average(Elementwise):
    """y = (x1 + x2 + ...) / their number, of two or more tensors.

    Shapes, masks: those of `Add`.

    Raises:
        ValueError: a single tensor, or shapes that do not go together.

    Example:
        >>> layers.Average()([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).numpy()
        array([ 5.5, 11. ], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return super().call(inputs) / float(len(inputs))


@layer("Maximum")
class Maximum(Elementwise):
    """y = max(x1, x2, ...), place by place, of two or more tensors.

    Shapes, masks: those of `Add`.

    Raises:
        ValueError: a single tensor, or shapes that do not go together.

    Example:
        >>> layers.Maximum()([np.array([1.0, 20.0]), np.array([10.0, 2.0])]).numpy()
        array([10., 20.], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return ops.maximum(a, b)


@layer("Minimum")
class Minimum(Elementwise):
    """y = min(x1, x2, ...), place by place, of two or more tensors.

    Shapes, masks: those of `Add`.

    Raises:
        ValueError: a single tensor, or shapes that do not go together.

    Example:
        >>> layers.Minimum()([np.array([1.0, 20.0]), np.array([10.0, 2.0])]).numpy()
        array([1., 2.], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return ops.minimum(a, b)


@layer("Concatenate")
class Concatenate(Merging):
    """Two or more tensors side by side along `axis`.

    Shapes: a list of tensors that differ along `axis` alone -> their sizes there added
    up.
    Masks: side by side where the steps are; along any other axis a step counts where
    one of the inputs has it. An input without a mask counts whole.

    Raises:
        ValueError: a single tensor, or shapes that differ elsewhere.

    Example:
        >>> layers.Concatenate()([np.ones((2, 1)), np.zeros((2, 2))]).numpy()
        array([[1., 0., 0.],
               [1., 0., 0.]], dtype=float32)
    """

    def __init__(self, axis: int = -1, **options: Any):
        super().__init__(**options)
        self.axis = int(axis)

    def compute_mask(self, inputs: Sequence[Tensor], mask: Any = None) -> Any:
        if mask is None or all(m is None for m in mask):
            return None
        # Every mask as large as its input, joined as the inputs are: a step of the
        # result counts where one of its values does.
        whole = [_spread(m, x) for m, x in zip(mask, inputs, strict=True)]
        joined = ops.concat(whole, self.axis)
        return ops.any(joined, tuple(range(2, len(joined.shape))))

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return ops.concat(list(inputs), self.axis)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = _several(self, input_shape)
        rank = len(shapes[0])
        if any(len(s) != rank for s in shapes) or not -rank <= self.axis < rank:
            raise ValueError(
                f"{self.name}: Concatenate along axis {self.axis} needs tensors of one rank that"
                f" has it, got {shapes}"
            )
        axis, out = self.axis % rank, []
        for i, ns in enumerate(zip(*shapes, strict=True)):
            known = [n for n in ns if n is not None]
            if i != axis and len(set(known)) > 1:
                raise ValueError(
                    f"{self.name}: all dimensions but axis {self.axis} must agree, got {shapes}"
                )
            if i != axis:
                out.append(max(known, default=None))
            else:
                out.append(sum(known) if len(known) == len(ns) else None)
        return tuple(out)


def _spread(mask: Tensor | None, x: Tensor) -> Tensor:
    """A mask [batch, steps] in the shape of x [batch, steps, ...]; all true for None."""
    if mask is None:
        return ops.fill(x.shape, True, "bool")
    shape = (*mask.shape, *(1 for _ in x.shape[len(mask.shape) :]))
    return ops.broadcast_to(mask.reshape(shape), x.shape)


def _several(layer: Layer, shapes: Any) -> list[Shape]:
    if not isinstance(shapes, list) or len(shapes) < 2:
        raise ValueError(
            f"{layer.name}: {type(layer).__name__} is called with a list of at least two tensors,"
            " for example layer([a, b])"
        )
    return [tuple(s) for s in shapes]
