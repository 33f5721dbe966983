"""The simple recurrent layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ...ops.support.activation import FUSED
from .. import activations
from ..support.registry import layer
from .cell import Cell, in_float32
from .of_cell import OfCell


@layer("SimpleRNNCell")
class SimpleRNNCell(Cell):
    """One step of a simple recurrent layer: h' = activation(x . kernel + h .
    recurrent_kernel + bias) (Elman 1990). `cell(x, [h])` -> (h', [h']).

    Shapes: [batch, features], a state [batch, units] -> [batch, units].
    Weights: kernel [features, units], recurrent_kernel [units, units], bias [units].

    Args:
        dropout, recurrent_dropout: the shares of inputs and of the state that are
            dropped while training, the same at all steps.

    Raises:
        ValueError: `units` below 1.

    Example:
        >>> cell = layers.SimpleRNNCell(2)
        >>> output, states = cell(np.ones((1, 3)), cell.get_initial_state(batch_size=1))
        >>> output.shape
        (1, 2)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
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
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self._keep(
            units=units,
            activation=activation,
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
            seed=seed,
        )

    def step(
        self, products: Tensor, states: list[Tensor], masks: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        product = self._product(states[0], self.recurrent_kernel, masks)
        h = activations.get(self.activation)(products + product)
        if getattr(h, "shape", ()) != product.shape:
            raise ValueError(
                f"{self.name}: the activation {self.activation!r:.80} must give a tensor of shape"
                f" {product.shape}, got {h!r:.80}"
            )
        return h, [h]

    def whole(
        self, x: Tensor, states: list[Tensor], mask: Any, training: bool
    ) -> tuple[Tensor, list[Tensor]] | None:
        linear = self.activation == "linear"
        if self._drops_state(training) or not (linear or self.activation in FUSED):
            return None
        x = self._dropped(x, training)
        weights = in_float32(x, self.kernel, self.recurrent_kernel, self.bias)
        (h,) = in_float32(*states)
        activation = None if linear else self.activation
        hs = ops.simple_rnn(*weights, h=h, mask=mask, activation=activation)
        return hs, [hs[:, -1]]


@layer("SimpleRNN")
class SimpleRNN(OfCell):
    """A simple recurrent layer over sequences: h' = activation(x . kernel + h .
    recurrent_kernel + bias) at every step (Elman 1990).

    Shapes: [batch, steps, features] -> [batch, units], with `return_sequences`
    [batch, steps, units]; with `return_state` a list of that and h. A call takes
    `initial_state` [batch, units], and `mask`, bool [batch, steps]: False leaves the
    state as it is.
    Weights: kernel [features, units], recurrent_kernel [units, units], bias [units].

    Args:
        dropout, recurrent_dropout: the shares of inputs and of the state that are
            dropped while training, the same at all steps.
        return_sequences: the outputs of all steps instead of the last one's.
        return_state: the last state, too.
        go_backwards: from the last step to the first; outputs come in that order.
        stateful: whether a batch begins with the states that the last one ended with;
            the batch size must be known. `reset_state()` begins anew.
        unroll: Keras's; all sequences run as one plan here.

    Raises:
        ValueError: `units` below 1, or a shape that is no sequence.

    Example:
        >>> layer = layers.SimpleRNN(4)
        >>> layer(np.ones((2, 5, 3))).shape
        (2, 4)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
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
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **options: Any,
    ):
        cell = SimpleRNNCell(
            units,
            activation,
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
            seed,
            **self._for_cell(options, "simple_rnn_cell"),
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
