"""Pictures sharper or softer by chance."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor, tensor
from ..support.registry import layer
from .colours import Colouring
from .images import factors


def filtered(x: Tensor, window: Tensor) -> Tensor:
    """Each channel of pictures [n, h, w, c] by a window [rows, columns], zeros beyond."""
    kernel = ops.cast(window, x.dtype).reshape((*window.shape, 1, 1))
    return ops.depthwise_conv2d(x, ops.tile(kernel, (1, 1, x.shape[-1], 1)), 1, "same")


@layer("RandomSharpness")
class RandomSharpness(Colouring):
    """While training, pictures sharper or softer, each by its own amount.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        factor: one number or (lower, upper), in [0, 1]: 0 softens, 0.5 leaves a picture
            as it is, 1 sharpens.
        value_range: of the pictures.
        data_format: "channels_last" or "channels_first".
        seed: of the amounts; by default from `pw.set_seed`.

    Example:
        >>> layer = layers.RandomSharpness((0.0, 0.0))
        >>> layer(np.full((3, 3, 1), 13.0), training=True).numpy()[..., 0]
        array([[ 8., 10.,  8.],
               [10., 13., 10.],
               [ 8., 10.,  8.]], dtype=float32)
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(value_range, seed=seed, data_format=data_format, **options)
        self.factor = factors("RandomSharpness", "factor", factor, 0.0)

    def at_random(self, x: Tensor) -> Tensor:
        soft = filtered(x, tensor([[1.0, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13)
        amount = self.per_picture(x, *self.factor) * 2
        return self.clipped(x + (1 - amount) * (soft - x))


@layer("RandomGaussianBlur")
class RandomGaussianBlur(Colouring):
    """While training, a share of the pictures blurred by a bell curve.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        factor: the share of the pictures, one number (up to) or (lower, upper), in
            [0, 1].
        kernel_size: of the window: one odd number, or (across, down).
        sigma: how wide the curve is, one number (up to) or (lower, upper), in [0, 1],
            drawn for each batch and direction.
        value_range: of the pictures.
        data_format: "channels_last" or "channels_first".
        seed: of both; by default from `pw.set_seed`.

    Raises:
        ValueError: an even size of the window.

    Example:
        >>> layer = layers.RandomGaussianBlur((1.0, 1.0), kernel_size=3, sigma=(1.0, 1.0))
        >>> x = np.zeros((1, 3, 1)); x[0, 1] = 100
        >>> layer(x, training=True).numpy().round(1)[..., 0]
        array([[12.4, 20.4, 12.4]], dtype=float32)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        kernel_size: Any = 3,
        sigma: Any = 1.0,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(value_range, seed=seed, data_format=data_format, **options)
        self.factor = factors("RandomGaussianBlur", "factor", factor, 0.0)
        self.sigma = factors("RandomGaussianBlur", "sigma", sigma, 0.0)
        sizes = kernel_size if isinstance(kernel_size, (list, tuple)) else (kernel_size,) * 2
        if len(sizes) != 2 or not all(isinstance(n, int) and n > 0 and n % 2 for n in sizes):
            raise ValueError(
                f"RandomGaussianBlur: kernel_size must be one odd number or two, got {kernel_size}"
            )
        self.kernel_size = tuple(sizes)

    def at_random(self, x: Tensor) -> Tensor:
        share = self.per_picture(x, *self.factor)
        chosen = ops.less(self.per_picture(x), share)
        across, down = (
            _bell(size, self.uniform((1,), *self.sigma) + 1e-6) for size in self.kernel_size
        )
        window = down.reshape(-1, 1) * across.reshape(1, -1)
        return self.clipped(ops.where(chosen, filtered(x, window), x))


def _bell(size: int, width: Tensor) -> Tensor:
    places = tensor([i - (size - 1) / 2 for i in range(size)])
    curve = ops.exp(ops.square(places / width) * -0.5)
    return curve / ops.sum(curve)
