"""Room around pictures."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core.tensor import Tensor
from .pictures import PictureLayer, check_picture, sides
from .support.registry import layer
from .support.symbols import Shape


@layer("ZeroPadding2D")
class ZeroPadding2D(PictureLayer):
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
        self.padding = sides("ZeroPadding2D", padding)

    def build(self, input_shape: Shape) -> None:
        check_picture(self, input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        pads: Any = self.picture((0, 0), *self.padding, (0, 0))
        return ops.pad(inputs, pads)
