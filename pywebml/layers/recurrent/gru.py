"""Gated recurrent units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .. import activations
from ..support.registry import layer
from .cell import Cell, in_float32
from .of_cell import OfCell, of_cell


@layer("GRUCell")
class GRUCell(Cell):
    """One step of a gated recurrent unit (Cho et al. 2014).

    With `reset_after`, as cuDNN computes it: q = x . kernel + bias[0], p = h .
    recurrent_kernel + bias[1]; z = r(q_z + p_z), s = r(q_r + p_r); h' = z h + (1 - z)
    a(q_h + s p_h). Without: h' = z h + (1 - z) a(q_h + (s h) . recurrent_kernel_h), and
    one bias. `cell(x, [h])` -> (h', [h']).

    Shapes: [batch, features], a state [batch, units] -> [batch, units].
    Weights: kernel [features, 3 units], recurrent_kernel [units, 3 units], bias
    [2, 3 units], or [3 units] without `reset_after`.

    Args:
        dropout, recurrent_dropout: the shares of inputs and of the state that are
            dropped while training, the same at all steps.

    Raises:
        ValueError: `units` below 1.

    Example:
        >>> cell = layers.GRUCell(2)
        >>> output, states = cell(np.ones((1, 3)), cell.get_initial_state(batch_size=1))
        >>> output.shape, len(states)
        ((1, 2), 1)
    """

    gates = 3
    reset_after: bool

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: int | None = None,
        **options: Any,
    ):
        self.implementation = options.pop("implementation", 2)
        super().__init__(**options)
        self._keep(
            units=units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            reset_after=reset_after,
            seed=seed,
        )

    def _bias_shape(self) -> tuple[int, ...]:
        wide = self.gates * self.units
        return (2, wide) if self.reset_after else (wide,)

    def _input_bias(self) -> Any:
        return self.bias if self.bias is None or not self.reset_after else self.bias[0]

    def step(
        self, products: Tensor, states: list[Tensor], masks: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        (h,), u = states, self.units
        activation = activations.get(self.activation)
        gate = activations.get(self.recurrent_activation)
        q_z, q_r, q_h = ops.split(products, 3, -1)
        kernel = self.recurrent_kernel
        if self.reset_after:
            p = self._product(h, kernel, masks)
            p = p if self.bias is None else p + self.bias[1]
            p_z, p_r, p_h = ops.split(p, 3, -1)
            z, r = gate(q_z + p_z), gate(q_r + p_r)
            candidate = activation(q_h + r * p_h)
        else:
            first, last = (masks[:2], masks[2:]) if masks else ((), ())
            p_z, p_r = ops.split(self._product(h, kernel[:, : 2 * u], first), 2, -1)
            z, r = gate(q_z + p_z), gate(q_r + p_r)
            candidate = activation(q_h + self._product(r * h, kernel[:, 2 * u :], last))
        h = z * h + (1.0 - z) * candidate
        return h, [h]

    def whole(
        self, x: Tensor, states: list[Tensor], mask: Any, training: bool
    ) -> tuple[Tensor, list[Tensor]] | None:
        usual = (self.activation, self.recurrent_activation) == ("tanh", "sigmoid")
        if not usual or not self.reset_after:
            return None
        if self._drops_state(training) or (self._drops(training) and self.implementation == 1):
            return None
        x = self._dropped(x, training)
        weights = in_float32(x, self.kernel, self.recurrent_kernel, self.bias)
        (h,) = in_float32(*states)
        hs = ops.gru(*weights, h=h, mask=mask)
        return hs, [hs[:, -1]]


@layer("GRU", "CuDNNGRU")
class GRU(OfCell):
    """A gated recurrent unit over sequences: `GRUCell` at every step. With the usual
    activations and `reset_after` all steps are one launch, and so are those of the
    gradient.

    Shapes: [batch, steps, features] -> [batch, units], with `return_sequences`
    [batch, steps, units]; with `return_state` a list of that and h. A call takes
    `initial_state` [batch, units], and `mask`, bool [batch, steps]: False leaves the
    state as it is.
    Weights: kernel [features, 3 units], recurrent_kernel [units, 3 units], bias
    [2, 3 units], for the gates z, r and the candidate; [3 units] without
    `reset_after`.

    Args:
        dropout, recurrent_dropout: the shares of inputs and of the state that are
            dropped while training, the same at all steps.
        return_sequences: the outputs of all steps instead of the last one's.
        return_state: the last state, too.
        go_backwards: from the last step to the first; outputs come in that order.
        stateful: whether a batch begins with the states that the last one ended with;
            the batch size must be known. `reset_state()` begins anew.
        reset_after: whether the reset gate comes after the product with the state.
        unroll, use_cudnn: Keras's; all sequences run as one plan here.

    Raises:
        ValueError: `units` below 1, or a shape that is no sequence.

    Example:
        >>> layer = layers.GRU(4, return_state=True)
        >>> output, state = layer(np.ones((2, 5, 3)))
        >>> output.shape, state.shape
        ((2, 4), (2, 4))
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **options: Any,
    ):
        cell = GRUCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            reset_after,
            seed,
            **self._for_cell(options, "gru_cell"),
        )
        super().__init__(
            cell,
            return_sequences,
            return_state,
            go_backwards,
            stateful,
            unroll,
            activity_regularizer=activity_regularizer,
            **options,
        )
        self._keep_use_cudnn(use_cudnn)

    recurrent_activation = of_cell("recurrent_activation")
    reset_after = of_cell("reset_after")
