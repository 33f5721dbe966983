"""Products of two tensors, example by example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.calling import is_int
from ...core.tensor import Tensor
from ..support.registry import layer
from ..support.symbols import Shape
from .base import Merging

_EPSILON = 1e-7  # of a length that values are divided by, as in Keras


@layer("Dot")
class Dot(Merging):
    """The sums of products along an axis of each of two tensors, example by example:
    y[n, i, j] = sum over k of a[n, i, k] · b[n, j, k] for axes (2, 2).

    Shapes: a list of two tensors -> the batch, what is left of the first and what is
    left of the second; [batch, 1] where nothing is.

    Args:
        axes: the axis of both, or (of the first, of the second); the batch is 0, and -1
            the last.
        normalize: whether both are divided by their lengths along it first, which makes
            cosines.

    Raises:
        ValueError: not two tensors, the batch as an axis, or axes of unequal size.

    Example:
        >>> a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
        >>> layers.Dot(axes=1)([a, b]).numpy()
        array([[11.]], dtype=float32)
    """

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **options: Any):
        super().__init__(**options)
        if not is_int(axes) and (len(axes) != 2 or not all(map(is_int, axes))):  # type: ignore[arg-type, union-attr]
            raise ValueError(f"Dot: axes must be a number or two of them, got {axes!r}")
        self.axes = axes
        self.normalize = normalize

    def _axes(self, shapes: Sequence[Shape]) -> list[int]:
        """The axes of the two, counted from the start."""
        axes: Any = (self.axes, self.axes) if is_int(self.axes) else self.axes
        for axis, shape in zip(axes, shapes, strict=True):
            if not -len(shape) < axis < len(shape) or axis % len(shape) == 0:
                raise ValueError(
                    f"{self.name}: Dot goes along axes behind the batch, got axes {self.axes} for"
                    f" inputs of shape {' and '.join(map(str, shapes))}"
                )
        return [axis % len(shape) for axis, shape in zip(axes, shapes, strict=True)]

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        axes = self._axes([x.shape for x in inputs])
        terms, letters = [], iter("abcdefghijklmnopqrstuvwxy")
        for x, axis in zip(inputs, axes, strict=True):
            if self.normalize:
                squares = ops.sum(x * x, axis, True)
                x = x * ops.rsqrt(ops.maximum(squares, _EPSILON**2))
            own = [next(letters) for _ in range(x.ndim - 2)]
            terms.append((x, ["Z", *own[: axis - 1], "z", *own[axis - 1 :]]))
        left = ["Z", *(word for _, words in terms for word in words if word not in "Zz")]
        equation = f"{','.join(''.join(words) for _, words in terms)}->{''.join(left)}"
        y = ops.einsum(equation, *(x for x, _ in terms))
        return ops.expand_dims(y, 1) if y.ndim == 1 else y

    def compute_mask(self, inputs: Sequence[Tensor], mask: Any = None) -> Any:
        return None

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = self.shapes_in(input_shape)
        if len(shapes) != 2:
            raise ValueError(f"{self.name}: Dot takes two tensors, got {len(shapes)}")
        (a, b), axes = shapes, self._axes(shapes)
        sizes = {shape[axis] for shape, axis in zip(shapes, axes, strict=True)} - {None}
        batches = {a[0], b[0]} - {None}
        if len(sizes) > 1 or len(batches) > 1:
            raise ValueError(
                f"{self.name}: Dot needs one batch size, and axes {self.axes} of equal size, got"
                f" shapes {a} and {b}"
            )
        left = [
            n
            for shape, axis in zip(shapes, axes, strict=True)
            for i, n in enumerate(shape)
            if i not in (0, axis)
        ]
        return (next(iter(batches), None), *(left or [1]))


def dot(inputs: Sequence[Any], axes: int | Sequence[int] = -1, **options: Any) -> Any:
    """`Dot(axes, **options)(inputs)`, of tensors or symbols.

    Example:
        >>> layers.dot([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[11.0]]
    """
    return Dot(axes, **options)(inputs)
