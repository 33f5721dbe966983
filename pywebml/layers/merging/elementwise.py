"""Tensors merged place by place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..support.registry import layer
from ..support.symbols import Shape
from .base import Merging, spread


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

    def counting(self, inputs: Sequence[Tensor], mask: Any) -> list[Tensor | None]:
        """Where each input counts, as large as itself; None where all of it does, or
        where ranks differ, as masks then mean other steps.
        """
        masks = self.masks_of(inputs, mask)
        if len({x.ndim for x in inputs}) > 1:
            return [None] * len(inputs)
        return [None if m is None else spread(m, x) for m, x in zip(masks, inputs, strict=True)]

    def compute_mask(self, inputs: Sequence[Tensor], mask: Any = None) -> Any:
        masks = self.masks_of(inputs, mask)
        if any(m is None for m in masks) or len({m.shape for m in masks}) > 1:
            return None
        return reduce(ops.logical_or, masks)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = self.shapes_in(input_shape)
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
    """y = x1 + x2 + ..., of tensors.

    Shapes: a list of tensors of one shape -> that shape; a dimension of 1 is broadcast,
    and dimensions that one lacks are put in behind its batch: [n, c] and [n, h, w, c]
    -> [n, h, w, c].
    Masks: a step counts where one of the inputs has it.

    Raises:
        ValueError: no list of tensors, or shapes that do not go together.

    Example:
        >>> layers.Add()([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).numpy()
        array([11., 22.], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


def add(inputs: Sequence[Any], **options: Any) -> Any:
    """`Add(**options)(inputs)`, of tensors or symbols.

    Example:
        >>> layers.add([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).tolist()
        [11.0, 22.0]
    """
    return Add(**options)(inputs)


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
        if len(self.shapes_in(input_shape)) != 2:
            raise ValueError(f"{self.name}: Subtract takes two tensors, got {len(input_shape)}")
        return super().compute_output_shape(input_shape)


def subtract(inputs: Sequence[Any], **options: Any) -> Any:
    """`Subtract(**options)(inputs)`, of tensors or symbols.

    Example:
        >>> layers.subtract([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).tolist()
        [-9.0, -18.0]
    """
    return Subtract(**options)(inputs)


@layer("Multiply")
class Multiply(Elementwise):
    """y = x1 * x2 * ..., of tensors.

    Shapes: those of `Add`.
    Masks: those of `Add`; a step that an input leaves out is 1 there.

    Raises:
        ValueError: no list of tensors, or shapes that do not go together.

    Example:
        >>> layers.Multiply()([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).numpy()
        array([10., 40.], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return a * b

    def call(self, inputs: Sequence[Tensor], mask: Any = None) -> Tensor:
        counts = self.counting(inputs, mask)
        factors = zip(inputs, counts, strict=True)
        y = super().call([x if there is None else ops.where(there, x, 1.0) for x, there in factors])
        if any(there is None for there in counts):
            return y
        return ops.where(reduce(ops.logical_or, counts), y, 0.0)


def multiply(inputs: Sequence[Any], **options: Any) -> Any:
    """`Multiply(**options)(inputs)`, of tensors or symbols.

    Example:
        >>> layers.multiply([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).tolist()
        [10.0, 40.0]
    """
    return Multiply(**options)(inputs)


@layer("Average")
class Average(Elementwise):
    """y = (x1 + x2 + ...) / their number, of tensors.

    Shapes, masks: those of `Add`.

    Raises:
        ValueError: no list of tensors, or shapes that do not go together.

    Example:
        >>> layers.Average()([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).numpy()
        array([ 5.5, 11. ], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return super().call(inputs) / float(len(inputs))


def average(inputs: Sequence[Any], **options: Any) -> Any:
    """`Average(**options)(inputs)`, of tensors or symbols.

    Example:
        >>> layers.average([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).tolist()
        [5.5, 11.0]
    """
    return Average(**options)(inputs)


class Extreme(Elementwise):
    """The largest or smallest of values at one place, of inputs that count there."""

    def call(self, inputs: Sequence[Tensor], mask: Any = None) -> Tensor:
        counts = self.counting(inputs, mask)
        if all(there is None for there in counts):
            return super().call(inputs)
        y, counted = inputs[0], counts[0]
        for x, there in zip(inputs[1:], counts[1:], strict=True):
            if there is not None:
                x = ops.where(there, x, y)
            if counted is not None:
                y = ops.where(counted, y, x)
            both = counted is not None and there is not None
            counted = ops.logical_or(counted, there) if both else None
            y = self.merge(y, x)
        return y


@layer("Maximum")
class Maximum(Extreme):
    """y = max(x1, x2, ...), place by place, of tensors.

    Shapes: those of `Add`.
    Masks: those of `Add`; a step that an input leaves out is what the others have
    there.

    Raises:
        ValueError: no list of tensors, or shapes that do not go together.

    Example:
        >>> layers.Maximum()([np.array([1.0, 20.0]), np.array([10.0, 2.0])]).numpy()
        array([10., 20.], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return ops.maximum(a, b)


def maximum(inputs: Sequence[Any], **options: Any) -> Any:
    """`Maximum(**options)(inputs)`, of tensors or symbols.

    Example:
        >>> layers.maximum([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).tolist()
        [10.0, 20.0]
    """
    return Maximum(**options)(inputs)


@layer("Minimum")
class Minimum(Extreme):
    """y = min(x1, x2, ...), place by place, of tensors.

    Shapes: those of `Add`.
    Masks: those of `Add`; a step that an input leaves out is what the others have
    there.

    Raises:
        ValueError: no list of tensors, or shapes that do not go together.

    Example:
        >>> layers.Minimum()([np.array([1.0, 20.0]), np.array([10.0, 2.0])]).numpy()
        array([1., 2.], dtype=float32)
    """

    def merge(self, a: Tensor, b: Tensor) -> Tensor:
        return ops.minimum(a, b)


def minimum(inputs: Sequence[Any], **options: Any) -> Any:
    """`Minimum(**options)(inputs)`, of tensors or symbols.

    Example:
        >>> layers.minimum([np.array([1.0, 2.0]), np.array([10.0, 20.0])]).tolist()
        [1.0, 2.0]
    """
    return Minimum(**options)(inputs)
