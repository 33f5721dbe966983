"""Attention without heads and projections, called with a list [query, value, key]."""

from __future__ import annotations

from typing import Any, ClassVar

from ... import ops
from ...core.tensor import Tensor, as_tensor
from ..base import Layer
from ..regularization import Dropout
from ..support.registry import layer


class _OfLists(Layer):
    """What both have in common."""

    in_halves = False

    whole_numbers = False
    supports_masking = True
    use_scale: bool
    dropout: float
    seed: int | None
    _dropping: Dropout

    def _set_lists(self, use_scale: bool, dropout: float, seed: int | None) -> None:
        if not 0 <= dropout < 1:
            raise ValueError(f"{type(self).__name__}: dropout must be in [0, 1), got {dropout}")
        self.use_scale, self.dropout, self.seed = bool(use_scale), float(dropout), seed
        self._dropping = Dropout(dropout, seed=seed, dtype=self.dtype, name="dropout")

    def _check(self, inputs: Any, what: str = "inputs") -> None:
        kinds = (list, tuple) if what == "masks" else list
        if not isinstance(inputs, kinds) or len(inputs) not in (2, 3):
            raise ValueError(
                f"{self.name}: {type(self).__name__} takes a list of {what}, [query, value] or"
                f" [query, value, key], got {inputs!r:.100}"
            )

    def _scores(self, query: Tensor, key: Tensor) -> Tensor:
        """How well keys fit queries: [batch, queries, keys]."""
        raise NotImplementedError

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        self._check(inputs)
        if mask is not None:
            self._check(mask, "masks")
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (None, None) if mask is None else mask[:2]
        scores = self._scores(query, key)
        seen = None
        if value_mask is not None:
            seen = as_tensor(value_mask).astype("bool")
            seen = ops.expand_dims(seen, -2) if seen.ndim == 2 else seen
        if use_causal_mask:
            queries, keys = scores.shape[-2:]
            row = ops.arange(0, queries, 1, "int32").reshape(1, queries, 1)
            causal = ops.greater_equal(row, ops.arange(0, keys, 1, "int32").reshape(1, 1, keys))
            seen = causal if seen is None else ops.logical_and(seen, causal)
        if seen is not None:
            large = 65504.0 if scores.dtype == "float16" else 1e9
            scores = ops.where(seen, scores, scores - large)
        weights = ops.softmax(scores)
        output = ops.matmul(self._dropping(weights, training=training), value)
        if query_mask is not None:
            there = ops.expand_dims(as_tensor(query_mask).astype("bool"), -1)
            output = ops.where(there, output, 0.0)
        return (output, weights) if return_attention_scores else output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        self._check(input_shape, "shapes")
        return (*input_shape[0][:-1], input_shape[1][-1])


@layer("Attention")
class Attention(_OfLists):
    """Attention by products (Luong, Pham & Manning 2015): every step of the query gets
    the mean of all values, weighted by the softmax of query . key.

    Called as `layer([query, value, key])`, the key the value where it is left out, with
    masks [query's, value's], `return_attention_scores` for (output, weights [batch,
    queries, keys]), and `use_causal_mask` for steps that see only what came before.

    Shapes: query [batch, queries, d], value [batch, keys, n], key [batch, keys, d] ->
    [batch, queries, n].
    Weights: scale, a number, with `use_scale`; concat_score_weight, another, with
    `score_mode="concat"`.

    Args:
        score_mode: "dot", or "concat" for sum(tanh(query + key)).

    Raises:
        ValueError: another mode, a dropout outside [0, 1), or no list.

    Example:
        >>> x, y = np.ones((1, 3, 8)), np.ones((1, 5, 8))
        >>> layers.Attention()([x, y]).shape
        (1, 3, 8)
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        if score_mode not in ("dot", "concat"):
            raise ValueError(f"Attention: score_mode must be 'dot' or 'concat', got {score_mode!r}")
        self.score_mode = score_mode
        self._set_lists(use_scale, dropout, seed)

    def build(self, input_shape: Any) -> None:
        self._check(input_shape, "shapes")
        self.scale: Any = None
        if self.use_scale:
            self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                shape=(), initializer="ones", name="concat_score_weight"
            )

    def _scores(self, query: Tensor, key: Tensor) -> Tensor:
        if self.score_mode == "dot":
            scores = ops.matmul(query, key, transpose_b=True)
            return scores if self.scale is None else scores * self.scale
        both = ops.expand_dims(query, -2) + ops.expand_dims(key, -3)
        both = both if self.scale is None else both * self.scale
        return ops.sum(ops.tanh(both), -1) * self.concat_score_weight


@layer("AdditiveAttention")
class AdditiveAttention(_OfLists):
    """Attention by sums (Bahdanau, Cho & Bengio 2015): every step of the query gets the
    mean of all values, weighted by the softmax of sum(scale * tanh(query + key)).
    Called as `Attention` is.

    Shapes: query [batch, queries, d], value [batch, keys, n], key [batch, keys, d] ->
    [batch, queries, n].
    Weights: scale [d], with `use_scale`.

    Raises:
        ValueError: a dropout outside [0, 1), or no list.

    Example:
        >>> x, y = np.ones((1, 3, 8)), np.ones((1, 5, 8))
        >>> layers.AdditiveAttention()([x, y]).shape
        (1, 3, 8)
    """

    config_keys: ClassVar = {"seed": None}

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **options: Any):
        seed = options.pop("seed", None)
        super().__init__(**options)
        self._set_lists(use_scale, dropout, seed)

    def build(self, input_shape: Any) -> None:
        self._check(input_shape, "shapes")
        self.scale: Any = None
        if self.use_scale:
            self.scale = self.add_weight(
                shape=(input_shape[0][-1],), initializer="glorot_uniform", name="scale"
            )

    def _scores(self, query: Tensor, key: Tensor) -> Tensor:
        both = ops.tanh(ops.expand_dims(query, -2) + ops.expand_dims(key, -3))
        return ops.sum(both if self.scale is None else both * self.scale, -1)
