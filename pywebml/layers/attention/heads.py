"""What the layers of attention with heads have in common: projections, masks, dropout."""

from __future__ import annotations

import copy
from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_tensor
from .. import constraints, initializers, regularizers
from ..base import Layer
from ..einsum_dense import EinsumDense
from ..regularization import Dropout


class Heads(Layer):
    """A layer called with query, value and, where that is another, key: `layer(query,
    value, key=...)`.
    """

    in_halves = False

    whole_numbers = False
    supports_masking = True
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    dropout: float
    use_bias: bool
    sliding_window: int | None
    _dropping: Dropout

    def _set_heads(
        self,
        *,
        dropout: float,
        use_bias: bool,
        use_gate: bool,
        sliding_window: int | None,
        flash_attention: bool | None,
        seed: int | None,
        **options: Any,
    ) -> None:
        """Keeps the arguments that all these layers have."""
        title = type(self).__name__
        if not 0 <= dropout < 1:
            raise ValueError(f"{title}: dropout must be in [0, 1), got {dropout}")
        if sliding_window is not None and sliding_window < 1:
            raise ValueError(f"{title}: sliding_window must be at least 1, got {sliding_window}")
        if flash_attention and dropout:
            raise ValueError(
                f"{title}: flash_attention takes no dropout; leave flash_attention out, which"
                " changes nothing here"
            )
        self.dropout, self.seed = float(dropout), seed
        self.use_bias, self.use_gate = bool(use_bias), bool(use_gate)
        self.sliding_window, self.flash_attention = sliding_window, flash_attention
        for weight in ("kernel", "bias"):
            for kind, module in (
                ("initializer", initializers),
                ("regularizer", regularizers),
                ("constraint", constraints),
            ):
                name = f"{weight}_{kind}"
                setattr(self, name, module.get(options[name]))
        self._dropping = Dropout(dropout, seed=seed, dtype=self.dtype, name="dropout")

    def _projection(
        self, name: str, equation: str, sizes: Any, bias_axes: str, **options: Any
    ) -> EinsumDense:
        """One of the layers inside."""
        return EinsumDense(
            equation,
            sizes,
            bias_axes=bias_axes if self.use_bias else None,
            kernel_initializer=copy.copy(self.kernel_initializer),
            bias_initializer=copy.copy(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype,
            name=name,
            **options,
        )

    def _dropped(self, training: bool) -> Any:
        return lambda weights: self._dropping(weights, training=training)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """That of the query goes on."""
        return mask[0] if isinstance(mask, (list, tuple)) else mask

    def _mask(
        self,
        steps: tuple[int, int],
        query_mask: Any,
        value_mask: Any,
        key_mask: Any,
        attention_mask: Any,
        causal: bool,
    ) -> Tensor | None:
        """What all masks together leave in, [batch or 1, queries, keys] or what the
        `attention_mask` has more; None where there are none.
        """
        parts = []
        for mask, axis in ((query_mask, -1), (value_mask, -2), (key_mask, -2)):
            if mask is not None:
                parts.append(ops.expand_dims(as_tensor(mask).astype("bool"), axis))
        if attention_mask is not None:
            parts.append(as_tensor(attention_mask).astype("bool"))
        if self.sliding_window is not None or (causal and parts):
            queries, keys = steps
            row = ops.arange(0, queries, 1, "int32").reshape(1, queries, 1)
            column = ops.arange(0, keys, 1, "int32").reshape(1, 1, keys)
            if causal:
                parts.append(ops.greater_equal(row, column))
            if self.sliding_window is not None:
                parts.append(ops.less(ops.abs(row - column), self.sliding_window))
        if not parts:
            return None
        whole = parts[0]
        for part in parts[1:]:
            whole = ops.logical_and(whole, part)
        return whole
