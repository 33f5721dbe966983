"""Multi-head attention."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from typing import Any, ClassVar

from ... import ops
from ...core.tensor import Tensor
from ...ops.attention import attend
from ..activation_layers import Softmax
from ..einsum_dense import EinsumDense
from ..support.registry import layer
from ..support.symbols import Shape
from .heads import Heads


@layer("MultiHeadAttention")
class MultiHeadAttention(Heads):
    """Attention (Vaswani et al. 2017): query, key and value are projected to
    `num_heads` heads of `key_dim` (values of `value_dim`) each; every step of the query
    gets the mean of all values, weighted by the softmax of query . key /
    sqrt(key_dim); and what the heads get is projected to the output.

    Called as `layer(query, value, key=value)`, with masks [batch, steps] of each, an
    `attention_mask` [batch, queries, keys], `use_causal_mask` for steps that see only
    what came before, and `return_attention_scores` for (output, weights [batch, heads,
    queries, keys]).

    Shapes: query [batch, queries, d], value and key [batch, keys, ...] -> [batch,
    queries, d].
    Weights: of query, key, value and attention_output, a kernel and a bias each.

    Args:
        value_dim: `key_dim` where not said.
        output_shape: of the result's last axes; the query's last one where not said.
        attention_axes: the axes over which steps see each other; all but batch and last
            where not said.
        sliding_window: how near a step must be to be seen.
        flash_attention: Keras's; there is one way here.
        use_gate: the heads' results are multiplied by a sigmoid of a projection of the
            query.

    Raises:
        ValueError: sizes below 1, or shapes that do not fit.

    Example:
        >>> layer = layers.MultiHeadAttention(num_heads=2, key_dim=4)
        >>> x = np.ones((1, 3, 8))
        >>> layer(x, x).shape
        (1, 3, 8)
        >>> layer(x, x, use_causal_mask=True, return_attention_scores=True)[1].shape
        (1, 2, 3, 3)
    """

    config_keys: ClassVar = {"flash_attention": None}

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: int | Sequence[int] | None = None,
        attention_axes: int | Sequence[int] | None = None,
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
        sizes = {"num_heads": num_heads, "key_dim": key_dim, "value_dim": value_dim}
        for name, size in sizes.items():
            if size is not None and size < 1:
                raise ValueError(f"MultiHeadAttention: {name} must be at least 1, got {size}")
        self.num_heads, self.key_dim = int(num_heads), int(key_dim)
        self.value_dim = self.key_dim if value_dim is None else int(value_dim)
        self.attention_axes = _listed(attention_axes)
        self._output_sizes = _listed(output_shape)
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

    _config_without = (*Heads._config_without, "output_shape")

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        return {**config, "output_shape": self._output_sizes}

    def build(self, query_shape: Shape, value_shape: Any = None, key_shape: Any = None) -> None:
        value_shape = query_shape if value_shape is None else value_shape
        key_shape = value_shape if key_shape is None else key_shape
        if value_shape[1:-1] != key_shape[1:-1]:
            raise ValueError(
                f"{self.name}: value and key must have as many steps, got shapes {value_shape} and"
                f" {key_shape}"
            )

        def to_heads(name: str, shape: Shape, width: int, **options: Any) -> EinsumDense:
            a = string.ascii_lowercase[: len(shape)]
            equation = f"{a},{a[-1]}yz->{a[:-1]}yz"
            sizes = [None] * (len(shape) - 2) + [self.num_heads, width]
            dense = self._projection(name, equation, sizes, "yz", **options)
            dense.build(shape)
            return dense

        self.query_dense = to_heads("query", query_shape, self.key_dim)
        self.key_dense = to_heads("key", key_shape, self.key_dim)
        if self.use_gate:
            options = {"activation": "sigmoid"}
            self.gate_dense = to_heads("gate", query_shape, self.value_dim, **options)
        self.value_dense = to_heads("value", value_shape, self.value_dim)
        free = string.ascii_lowercase[: len(query_shape) - 1]
        sizes: list[Any] = self._output_sizes or [query_shape[-1]]
        fresh = string.ascii_uppercase[: len(sizes)]
        self.output_dense = self._projection(
            "attention_output",
            f"{free}yz,yz{fresh}->{free}{fresh}",
            [None] * (len(free) - 1) + list(sizes),
            fresh,
        )
        self.output_dense.build((*query_shape[:-1], self.num_heads, self.value_dim))

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
        if self.flash_attention and return_attention_scores:
            raise ValueError(
                f"{self.name}: flash_attention returns no scores; leave flash_attention out, which"
                " changes nothing here"
            )
        key = value if key is None else key
        steps = (query.shape[1], value.shape[1])
        masks = (query_mask, value_mask, key_mask, attention_mask)
        mask = self._mask(steps, *masks, use_causal_mask)
        causal = use_causal_mask and mask is None
        q, k, v = self.query_dense(query), self.key_dense(key), self.value_dense(value)
        plain = q.ndim == 4 and self.attention_axes in (None, [1], [-1])
        if plain:
            whole = self.dropout > 0 or return_attention_scores
            output, weights = attend(
                q,
                k,
                v,
                scale=1 / math.sqrt(self.key_dim),
                mask=None if mask is None else spread_mask(mask, 4),
                causal=causal,
                least=-math.inf if whole else -1e9,
                dropped=self._dropped(training),
            )
        else:
            if causal:
                mask = self._mask(steps, None, None, None, ops.ones((1, 1, 1)), True)
            output, weights = self._over_axes(q, k, v, mask, training)
        if self.use_gate:
            output = output * self.gate_dense(query)
        output = self.output_dense(output)
        return (output, weights) if return_attention_scores else output

    def _over_axes(self, q: Tensor, k: Tensor, v: Tensor, mask: Any, training: bool) -> Any:
        """Attention over axes of one's choice: [batch, ..., heads, width] each."""
        rank = q.ndim
        axes = self.attention_axes or list(range(1, rank - 2))
        axes = [axis if axis >= 0 else rank - 1 + axis for axis in axes]
        target = string.ascii_lowercase[:rank]
        source = "".join(
            string.ascii_uppercase[i] if i in axes else x for i, x in enumerate(target)
        )
        batch = [i for i in range(rank - 1) if i not in axes]
        of_batch = "".join(target[i] for i in batch)
        seeing, seen = ("".join(of[i] for i in axes) for of in (target, source))
        product = f"{of_batch}{seeing}{seen}"
        scores = ops.einsum(f"{source},{target}->{product}", k, q * (1 / math.sqrt(self.key_dim)))
        softmax = Softmax(list(range(scores.ndim - len(axes), scores.ndim)), name="softmax")
        spread = None if mask is None else spread_mask(mask, scores.ndim, 2 * len(axes))
        weights = softmax(scores, mask=spread)
        dropped = self._dropped(training)(weights)
        return ops.einsum(f"{product},{source}->{target}", dropped, v), weights

    def compute_output_shape(
        self, query_shape: Any, value_shape: Any = None, key_shape: Any = None
    ) -> Any:
        if key_shape is not None and tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
            raise ValueError(
                f"{self.name}: keys and values must have the same sizes but for the last, got"
                f" {tuple(key_shape)} and {tuple(value_shape)}"
            )
        if not self._output_sizes:
            return tuple(query_shape)
        return (*query_shape[:-1], *self._output_sizes)


def _listed(axes: Any) -> list[int] | None:
    if axes is None:
        return None
    return [axes] if isinstance(axes, int) else [int(axis) for axis in axes]


def spread_mask(mask: Tensor, rank: int, last: int = 2) -> Tensor:
    """A mask with axes of size 1 before its `last` ones, those of queries and keys, up
    to a rank.
    """
    lead, tail = mask.shape[: mask.ndim - last], mask.shape[mask.ndim - last :]
    return mask.reshape(*lead, *[1] * (rank - mask.ndim), *tail)
