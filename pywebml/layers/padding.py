"""Room around sequences, pictures and volumes, and borders cut off."""

from __future__ import annotations

from typing import Any, ClassVar

from .. import ops
from ..core.tensor import Tensor
from .spatial import Pads, Spatial, sides
from .support.registry import layer
from .support.symbols import Shape


class Bordered(Spatial):
    """A layer that adds or takes away so much before and after each size."""

    what: str
    """The argument that says how much."""

    def _keep(self, value: Any) -> None:
        pairs = sides(type(self).__name__, self.what, value, self.rank)
        setattr(self, self.what, pairs[0] if self.rank == 1 else pairs)

    @property
    def _sides(self) -> Pads:
        pairs: Any = getattr(self, self.what)
        return (pairs,) if self.rank == 1 else pairs

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)


class ZeroPadding(Bordered):
    """Zeros around."""

    what = "padding"

    def call(self, inputs: Tensor) -> Tensor:
        return ops.pad(inputs, self.laid_out((0, 0), self._sides, (0, 0)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self.check_rank(input_shape)
        sizes = [
            None if n is None else before + n + after
            for n, (before, after) in zip(self.sizes_of(input_shape), self._sides, strict=True)
        ]
        return self.laid_out(input_shape[0], sizes, input_shape[self.channel_axis])


@layer("ZeroPadding1D")
class ZeroPadding1D(ZeroPadding, rank=1):
    """Zeros before and after sequences.

    Shapes: [batch, steps, channels] -> [batch, before + steps + after, channels].

    Args:
        padding: n, or (before, after).
        data_format: as Conv2D.

    Raises:
        ValueError: a negative padding, or an input that is no batch of sequences.

    Example:
        >>> layers.ZeroPadding1D((1, 0))(np.ones((1, 2, 1))).numpy()[0, :, 0]
        array([0., 1., 1.], dtype=float32)
    """

    def __init__(self, padding: Any = 1, data_format: str | None = None, **options: Any):
        super().__init__(data_format=data_format, **options)
        self._keep(padding)


@layer("ZeroPadding2D")
class ZeroPadding2D(ZeroPadding, rank=2):
    """Zeros around pictures.

    Shapes: [batch, height, width, channels] -> [batch, top + height + bottom, left +
    width + right, channels].

    Args:
        padding: n, (vertical, horizontal) or ((top, bottom), (left, right)).
        data_format: as Conv2D.

    Raises:
        ValueError: a negative padding, or an input that is no batch of pictures.

    Example:
        >>> layers.ZeroPadding2D(((1, 0), (0, 0)))(np.ones((1, 1, 2, 1))).numpy()[0, :, :, 0]
        array([[0., 0.],
               [1., 1.]], dtype=float32)
    """

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **options: Any):
        super().__init__(data_format=data_format, **options)
        self._keep(padding)


@layer("ZeroPadding3D")
class ZeroPadding3D(ZeroPadding, rank=3):
    """Zeros around volumes.

    Shapes: [batch, depth, height, width, channels] -> the same with the padding on both
    sides of each size.

    Args:
        padding: n, one for each size, or (before, after) for each.
        data_format: as Conv2D.

    Raises:
        ValueError: a negative padding, or an input that is no batch of volumes.

    Example:
        >>> layers.ZeroPadding3D((1, 0, 2))(np.ones((1, 2, 2, 2, 1))).shape
        (1, 4, 2, 6, 1)
    """

    def __init__(
        self,
        padding: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(data_format=data_format, **options)
        self._keep(padding)


class Cropping(Bordered):
    """Borders cut off."""

    what = "cropping"
    cropping: Any

    def call(self, inputs: Tensor) -> Tensor:
        before = [begin for begin, _ in self._sides]
        shape = self.compute_output_shape(inputs.shape)
        return ops.slice(inputs, self.laid_out(0, before, 0), shape)  # type: ignore[arg-type]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self.check_rank(input_shape)
        sizes = [
            None if n is None else n - before - after
            for n, (before, after) in zip(self.sizes_of(input_shape), self._sides, strict=True)
        ]
        if any(n is not None and n < 1 for n in sizes):
            raise ValueError(
                f"{self.name}: cropping {self.cropping} leaves nothing of an input of shape"
                f" {input_shape}; crop less than it has"
            )
        return self.laid_out(input_shape[0], sizes, input_shape[self.channel_axis])


@layer("Cropping1D")
class Cropping1D(Cropping, rank=1):
    """Steps cut off at both ends of sequences.

    Shapes: [batch, steps, channels] -> [batch, steps - before - after, channels].

    Args:
        cropping: n, or (before, after).

    Raises:
        ValueError: a negative cropping, or one that leaves nothing.

    Example:
        >>> layers.Cropping1D((1, 0))(np.arange(3.0).reshape(1, 3, 1)).numpy()[0, :, 0]
        array([1., 2.], dtype=float32)
    """

    formats: ClassVar = False

    def __init__(self, cropping: Any = (1, 1), **options: Any):
        super().__init__(**options)
        self._keep(cropping)


@layer("Cropping2D")
class Cropping2D(Cropping, rank=2):
    """Borders of pictures cut off.

    Shapes: [batch, height, width, channels] -> [batch, height - top - bottom, width -
    left - right, channels].

    Args:
        cropping: n, (vertical, horizontal) or ((top, bottom), (left, right)).
        data_format: as Conv2D.

    Raises:
        ValueError: a negative cropping, or one that leaves nothing.

    Example:
        >>> x = np.arange(4.0).reshape(1, 2, 2, 1)
        >>> layers.Cropping2D(((1, 0), (0, 1)))(x).numpy()
        array([[[[2.]]]], dtype=float32)
    """

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **options: Any
    ):
        super().__init__(data_format=data_format, **options)
        self._keep(cropping)


@layer("Cropping3D")
class Cropping3D(Cropping, rank=3):
    """Borders of volumes cut off.

    Shapes: [batch, depth, height, width, channels] -> the same without the cropping on
    both sides of each size.

    Args:
        cropping: n, one for each size, or (before, after) for each.
        data_format: as Conv2D.

    Raises:
        ValueError: a negative cropping, or one that leaves nothing.

    Example:
        >>> layers.Cropping3D((1, 0, 2))(np.ones((1, 4, 2, 6, 1))).shape
        (1, 2, 2, 2, 1)
    """

    def __init__(
        self,
        cropping: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(data_format=data_format, **options)
        self._keep(cropping)
