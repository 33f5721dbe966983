"""Spectral normalization, a layer around another."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.autodiff import stop_gradient
from ...core.tensor import Tensor
from .. import initializers
from ..base import Layer
from ..support.registry import layer
from ..support.symbols import Shape


@layer("SpectralNormalization")
class SpectralNormalization(Layer):
    """Another layer whose kernel has the spectral norm 1: before each call that trains,
    it is divided by its largest singular value, which `power_iterations` steps of power
    iteration estimate (Miyato et al. 2018).

    Shapes: those of the layer inside.
    Weights: vector_u [1, outputs], which does not train, and the layer's.

    Args:
        layer: one with a `kernel` or `embeddings`.

    Raises:
        ValueError: a layer without either, or fewer iterations than one.

    Example:
        >>> inner = layers.Dense(2, kernel_initializer="ones", use_bias=False)
        >>> layer = layers.SpectralNormalization(inner, power_iterations=3)
        >>> layer(np.array([[1.0, 1.0]]), training=True).numpy()
        array([[1., 1.]], dtype=float32)
    """

    rounds = False

    supports_masking = True

    def __init__(self, layer: Any, power_iterations: int = 1, **options: Any):
        super().__init__(**options)
        if not isinstance(layer, Layer):
            raise ValueError(f"SpectralNormalization: a layer expected, got {layer!r:.100}")
        if power_iterations < 1:
            raise ValueError(
                "SpectralNormalization: power_iterations must be at least 1, got"
                f" {power_iterations}"
            )
        self.layer, self.power_iterations = layer, int(power_iterations)

    def build(self, input_shape: Shape) -> None:
        self.layer.build(input_shape)
        kernel = getattr(self.layer, "kernel", None)
        self.kernel: Any = getattr(self.layer, "embeddings", None) if kernel is None else kernel
        if self.kernel is None:
            raise ValueError(
                f"{self.name}: {type(self.layer).__name__} has neither a kernel nor embeddings to"
                " normalize"
            )
        self.vector_u = self.add_weight(
            shape=(1, self.kernel.shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if training:
            self._normalize()
        return self.layer(inputs)

    def _normalize(self) -> None:
        """A kernel of zeros stays as it is."""
        weights = stop_gradient(self.kernel.reshape(-1, self.kernel.shape[-1]))
        u: Any = self.vector_u
        for _ in range(self.power_iterations):
            v = _unit(ops.matmul(u, weights, transpose_b=True))
            u = _unit(ops.matmul(v, weights))
        sigma = ops.sum(ops.matmul(v, weights) * u)
        zero: Any = ops.equal(sigma, 0.0)
        self.vector_u.assign(ops.where(zero, self.vector_u, u))
        self.kernel.assign(self.kernel / ops.where(zero, 1.0, sigma))

    def compute_output_shape(self, input_shape: Shape) -> Any:
        return self.layer.compute_output_shape(input_shape)


def _unit(x: Tensor) -> Tensor:
    return x * ops.minimum(ops.rsqrt(ops.sum(ops.square(x))), 1e12)
