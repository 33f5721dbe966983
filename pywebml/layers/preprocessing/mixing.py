"""Pictures of a batch mixed with one another, and their labels with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ...ops.support.layout import laid_out
from ..base import Layer
from ..support.registry import layer
from .images import RandomImageLayer, factors

TRIES = 8
"""Each is taken with a probability of at least 0.95: Marsaglia and Tsang 2000."""


class Mixing(RandomImageLayer):
    """A layer that mixes each picture with another one of the batch. Given a dict of
    "images" and "labels" (one-hot), it mixes both alike.
    """

    def __call__(self, inputs: Any, *more: Any, **options: Any) -> Any:
        if isinstance(inputs, Mapping) and not {"images", "labels"}.issuperset(inputs):
            raise ValueError(
                f"{self.name} mixes 'images' and 'labels', got {', '.join(map(repr, inputs))}"
            )
        return Layer.__call__(self, inputs, *more, **options)

    def call(self, inputs: Any, training: bool = True) -> Any:
        both = inputs if isinstance(inputs, Mapping) else {"images": inputs}
        images = ops.cast(both["images"], self.dtype)
        labels = ops.cast(both["labels"], self.dtype) if "labels" in both else None
        layout = laid_out(self.name, images, 2, self.data_format)
        x, many = layout.x, images.ndim == 4
        if training and many:
            order = self.generator.permutation(x.shape[0])
            x, share = self.mixed(x, ops.gather(x, order))
            if labels is not None:
                share = share.reshape((-1, *[1] * (labels.ndim - 1)))
                labels = share * labels + (1 - share) * ops.gather(labels, order)
        images = layout.back(x)
        if not isinstance(inputs, Mapping):
            return images
        return {"images": images, **({} if labels is None else {"labels": labels})}

    def mixed(self, x: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """(the pictures mixed with others, the share [n] that is left of each)."""
        raise NotImplementedError

    def shares(self, n: int, alpha: Tensor) -> Tensor:
        """[n] numbers of the beta distribution of twice `alpha`."""
        return ops.sigmoid(self._log_gamma(n, alpha) - self._log_gamma(n, alpha))

    def _log_gamma(self, n: int, alpha: Tensor) -> Tensor:
        """Logarithms of [n] numbers of the gamma distribution of `alpha`."""
        d = alpha + 2 / 3  # of alpha + 1; then down to alpha
        x = self.generator.normal((TRIES, n))
        v = ops.maximum((1 + x / ops.sqrt(9 * d)) ** 3, 1e-30)
        u = ops.maximum(self.uniform((TRIES, n)), 1e-30)
        fits = ops.less(ops.log(u), 0.5 * x * x + d * (1 - v + ops.log(v)))
        first = ops.argmax(ops.cast(fits, "int32"), 0)
        taken = ops.sum(ops.transpose(ops.one_hot(first, TRIES)) * (ops.log(d) + ops.log(v)), 0)
        return taken + ops.log(ops.maximum(self.uniform((n,)), 1e-30)) / alpha


@layer("MixUp")
class MixUp(Mixing):
    """While training, each picture a mean of itself and another one of the batch
    (Zhang et al. 2018), and so its label.

    Shapes: [batch, height, width, channels] -> the same; a dict of "images" and one-hot
    "labels" [batch, classes] -> such a dict.

    Args:
        alpha: how even the mixtures are, above 0: of the beta distribution of the
            shares.
        data_format: "channels_last" or "channels_first".
        seed: of the choices; by default from `pw.set_seed`.

    Example:
        >>> batch = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
        >>> layers.MixUp(seed=1)(batch, training=True)["labels"].numpy().sum(1)
        array([1., 1.], dtype=float32)
    """

    def __init__(
        self,
        alpha: float = 0.2,
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(seed=seed, data_format=data_format, **options)
        if not isinstance(alpha, (int, float)) or not 0 < alpha < math.inf:
            raise ValueError(f"MixUp: alpha must be a number above 0, got {alpha!r}")
        self.alpha = alpha

    def mixed(self, x: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        share = ops.cast(self.shares(x.shape[0], ops.fill((1,), self.alpha)), x.dtype)
        each = share.reshape(-1, 1, 1, 1)
        return each * x + (1 - each) * others, share


@layer("CutMix")
class CutMix(Mixing):
    """While training, a rectangle of each picture from another one of the batch (Yun et
    al. 2019), and the labels mixed by its area.

    Shapes: [batch, height, width, channels] -> the same; a dict of "images" and one-hot
    "labels" [batch, classes] -> such a dict.

    Args:
        factor: of the beta distribution of the areas, one number (up to) or (lower,
            upper), in [0, 1].
        seed: of the choices; by default from `pw.set_seed`.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> batch = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
        >>> layers.CutMix(seed=1)(batch, training=True)["labels"].numpy().sum(1)
        array([1., 1.], dtype=float32)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(seed=seed, data_format=data_format, **options)
        self.factor = factors("CutMix", "factor", factor, 0.0)

    def mixed(self, x: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        alpha = self.uniform((1,), *self.factor) + 1e-6
        side = ops.sqrt(1 - self.shares(x.shape[0], alpha)).reshape(-1, 1, 1, 1)
        across = self.within(x, 2, side)
        down = self.within(x, 1, side)
        share = ops.cast(1 - side * side, x.dtype).reshape(-1)
        return ops.where(ops.logical_and(across, down), others, x), share
