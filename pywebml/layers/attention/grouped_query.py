"""Attention in which several heads of the query share one of key and value."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ...core.tensor import Tensor
from ...ops.attention import attend, repeated_heads
from ..support.registry import layer
from ..support.symbols import Shape
from .heads import Heads
from .multi_head import spread_mask


@layer("GroupQueryAttention", "GroupedQueryAttention")
class GroupQueryAttention(Heads):
    """Attention (Ainslie et al. 2023) as in `MultiHeadAttention`, but for fewer heads
    of key and value than of the query: each serves the same number of them. With one
    it is multi-query attention (Shazeer 2019).

    Shapes: query [batch, queries, d], value and key [batch, keys, d] -> [batch,
    queries, d].
    Weights: of query, key, value and attention_output, a kernel and a bias each.

    Raises:
        ValueError: query heads that are no multiple of the others, or shapes that do
            not fit.

    Example:
        >>> layer = layers.GroupQueryAttention(4, num_query_heads=4, num_key_value_heads=2)
        >>> x = np.ones((1, 3, 8))
        >>> layer(x, x).shape
        (1, 3, 8)
    """

    config_keys: ClassVar = {"flash_attention": None}

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **options)
        counts = (head_dim, num_query_heads, num_key_value_heads)
        if min(counts) < 1 or num_query_heads % num_key_value_heads:
            raise ValueError(
                "GroupQueryAttention: head_dim and heads must be at least 1, and num_query_heads a"
                f" multiple of num_key_value_heads, got {', '.join(map(str, counts))}"
            )
        self.head_dim, self.num_query_heads, self.num_key_value_heads = counts
        self._set_heads(
            dropout=dropout,
            use_bias=use_bias,
            use_gate=use_gate,
            sliding_window=sliding_window,
            flash_attention=flash_attention,
            seed=seed,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, query_shape: Shape, value_shape: Any = None, key_shape: Any = None) -> None:
        value_shape = query_shape if value_shape is None else value_shape
        key_shape = value_shape if key_shape is None else key_shape
        fits = len(query_shape) == 3 and value_shape[1:-1] == key_shape[1:-1]
        if not fits or query_shape[-1] != value_shape[-1]:
            raise ValueError(
                f"{self.name}: query, value and key [batch, steps, d] expected, value and key of as"
                f" many steps, got shapes {query_shape}, {value_shape} and {key_shape}"
            )
        of_query = (None, self.num_query_heads, self.head_dim)
        of_others = (None, self.num_key_value_heads, self.head_dim)
        self.query_dense = self._projection("query", "bqm,muh->bquh", of_query, "uh")
        self.query_dense.build(query_shape)
        self.key_dense = self._projection("key", "bkm,mvh->bkvh", of_others, "vh")
        self.key_dense.build(key_shape)
        if self.use_gate:
            options = {"activation": "sigmoid"}
            self.gate_dense = self._projection("gate", "bqm,muh->bquh", of_query, "uh", **options)
            self.gate_dense.build(query_shape)
        self.value_dense = self._projection("value", "bkm,mvh->bkvh", of_others, "vh")
        self.value_dense.build(value_shape)
        sizes = (None, query_shape[-1])
        self.output_dense = self._projection("attention_output", "bquh,uhm->bqm", sizes, "m")
        self.output_dense.build((*query_shape[:-1], self.num_query_heads, self.head_dim))

    def call(
        self,
        query: Tensor,
        value: Tensor,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        steps = (query.shape[1], value.shape[1])
        masks = (query_mask, value_mask, key_mask, attention_mask)
        mask = self._mask(steps, *masks, use_causal_mask)
        heads = self.num_query_heads
        whole = self.dropout > 0 or return_attention_scores
        output, weights = attend(
            self.query_dense(query),
            repeated_heads(self.key_dense(key), heads),
            repeated_heads(self.value_dense(value), heads),
            scale=1 / math.sqrt(self.head_dim),
            mask=None if mask is None else spread_mask(mask, 4),
            causal=use_causal_mask and mask is None,
            least=-math.inf if whole else -1e9,
            dropped=self._dropped(training),
        )
        if self.use_gate:
            output = output * self.gate_dense(query)
        output = self.output_dense(output)
        return (output, weights) if return_attention_scores else output

    def compute_output_shape(
        self, query_shape: Any, value_shape: Any = None, key_shape: Any = None
    ) -> Any:
        return tuple(query_shape)
