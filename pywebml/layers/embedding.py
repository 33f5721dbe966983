"""Layers that turn numbers of words and the like into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from .. import ops
from ..core.spec import FLOATS
from ..core.tensor import Tensor
from . import constraints, initializers, regularizers
from .base import Layer
from .support.registry import layer
from .support.symbols import Shape


@layer("Embedding")
class Embedding(Layer):
    """y = embeddings[x]: a vector for each whole number below `input_dim`.

    Shapes: [batch, ...], whole numbers -> [batch, ..., output_dim].
    Weights: embeddings [input_dim, output_dim].

    Args:
        mask_zero: steps that are 0 are left out by the layers behind; numbers of words
            start at 1 then.
        weights: values to start with, an array or a list of one.
        input_length: an older argument, which changes nothing but the shape that is
            expected.

    Raises:
        ValueError: sizes below 1, or weights of another shape.

    Example:
        >>> layer = layers.Embedding(3, 2, weights=np.array([[0, 0], [1, 2], [3, 4]]))
        >>> layer(np.array([[2, 1]])).numpy()
        array([[[3., 4.],
                [1., 2.]]], dtype=float32)
    """

    in_halves = False

    autocast = False
    config_keys: ClassVar = {"weights": None, "input_length": None}
    _config_without = (*Layer._config_without, "weights")

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        *,
        input_length: int | Sequence[int | None] | None = None,
        **options: Any,
    ):
        if input_length is not None and "input_shape" not in options:
            sizes = (input_length,) if isinstance(input_length, int) else tuple(input_length)
            options.setdefault("batch_input_shape", (None, *sizes))
        super().__init__(**options)
        for name, size in (("input_dim", input_dim), ("output_dim", output_dim)):
            if size < 1:
                raise ValueError(f"{type(self).__name__}: {name} must be at least 1, got {size}")
        self.input_dim, self.output_dim = int(input_dim), int(output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = self.supports_masking = bool(mask_zero)
        self.input_length = input_length
        self._start_with(weights)

    def _start_with(self, weights: Any) -> None:
        if weights is None:
            return
        self.build((None, 1))
        try:
            self.set_weights(list(weights) if isinstance(weights, (list, tuple)) else [weights])
        except (TypeError, ValueError) as error:
            shapes = " and ".join(str(tuple(w.shape)) for w in self.weights)
            raise ValueError(
                f"{type(self).__name__}: weights must be an array of shape {shapes}, or a list of"
                f" it, got {weights!r:.100}"
            ) from error

    def build(self, input_shape: Any = None) -> None:
        self.embeddings = self.add_weight(
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            name="embeddings",
        )

    def call(self, inputs: Tensor) -> Tensor:
        numbers = inputs if inputs.dtype == "int32" else inputs.astype("int32")
        return ops.gather(self.embeddings, numbers, axis=0)

    def _dtype_after(self, dtype: str) -> str:
        return self.compute_dtype

    def compute_mask(self, inputs: Tensor, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.output_dim)


@layer("ReversibleEmbedding")
class ReversibleEmbedding(Embedding):
    """An embedding that also goes back: `layer(vectors, reverse=True)` gives a number
    for each word, vectors . embeddings^T, as the last layer of a language model.

    Shapes: [batch, ...] -> [batch, ..., output_dim], and in reverse [batch, ...,
    output_dim] -> [batch, ..., input_dim].
    Weights: embeddings [input_dim, output_dim], and where it is not tied
    reverse_embeddings [output_dim, input_dim].

    Args:
        tie_weights: whether both ways have one weight (Press & Wolf 2017).
        reverse_dtype: that of the way back.
        logit_soft_cap: numbers are brought into -cap to cap, by cap * tanh(x / cap).

    Raises:
        ValueError: sizes below 1, or a cap that is not above 0.

    Example:
        >>> layer = layers.ReversibleEmbedding(5, 2)
        >>> layer(layer(np.array([[1, 2, 3]])), reverse=True).shape
        (1, 3, 5)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: str | None = None,
        logit_soft_cap: float | None = None,
        *,
        weights: Any = None,
        **options: Any,
    ):
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer,
            embeddings_regularizer,
            embeddings_constraint,
            mask_zero,
            **options,
        )
        if reverse_dtype not in (None, *FLOATS):
            raise ValueError(
                f"ReversibleEmbedding: reverse_dtype must be one of {', '.join(FLOATS)}, got"
                f" {reverse_dtype!r}"
            )
        if logit_soft_cap is not None and not logit_soft_cap > 0:
            raise ValueError(
                f"ReversibleEmbedding: logit_soft_cap must be above 0, got {logit_soft_cap}"
            )
        self.tie_weights, self.reverse_dtype = bool(tie_weights), reverse_dtype
        self.logit_soft_cap = logit_soft_cap
        self._start_with(weights)

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                shape=(self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
                regularizer=self.embeddings_regularizer,
                constraint=self.embeddings_constraint,
                name="reverse_embeddings",
            )

    def call(self, inputs: Tensor, reverse: bool = False) -> Tensor:
        if not reverse:
            return super().call(inputs)
        kernel = self.embeddings if self.tie_weights else self.reverse_embeddings
        dtype = self.reverse_dtype or self.dtype
        y = ops.matmul(inputs.astype(dtype), kernel.astype(dtype), transpose_b=self.tie_weights)
        if self.logit_soft_cap is None:
            return y
        return ops.tanh(y * (1 / self.logit_soft_cap)) * self.logit_soft_cap

    def compute_output_shape(self, input_shape: Shape, reverse: bool = False) -> Shape:
        if reverse:
            return (*input_shape[:-1], self.input_dim)
        return super().compute_output_shape(input_shape)
