"""Long short-term memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_tensor
from .. import activations
from ..support.registry import layer
from .cell import Cell, in_float32
from .of_cell import OfCell, of_cell


@layer("LSTMCell")
class LSTMCell(Cell):
    """One step of a long short-term memory.

    i, f, g, o = x . kernel + h . recurrent_kernel + bias; c' = r(f) c + r(i) a(g); h' =
    r(o) a(c'), with the activation a and the recurrent one r (Hochreiter and
    Schmidhuber 1997, Gers et al. 2000). `cell(x, [h, c])` -> (h', [h', c']).

    Shapes: [batch, features], two states [batch, units] -> [batch, units].
    Weights: kernel [features, 4 units], recurrent_kernel [units, 4 units], bias
    [4 units].

    Args:
        unit_forget_bias: whether the forget gate's bias begins at 1 (Jozefowicz 2015).
        dropout, recurrent_dropout: the shares of inputs and of the state that are
            dropped while training, the same at all steps.

    Raises:
        ValueError: `units` below 1.

    Example:
        >>> cell = layers.LSTMCell(2)
        >>> state = cell.get_initial_state(batch_size=1)
        >>> output, (h, c) = cell(np.ones((1, 3)), state)
        >>> output.shape, c.shape
        ((1, 2), (1, 2))
    """

    gates = 4
    unit_forget_bias: bool

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
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
        if "implementation" in options:
            self.implementation = options.pop("implementation")
        super().__init__(**options)
        self._keep(
            units=units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
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

    @property
    def state_size(self) -> list[int]:
        return [self.units, self.units]

    def _bias_initializer(self) -> Any:
        if not self.unit_forget_bias:
            return self.bias_initializer

        def draw(shape: Sequence[int], **options: Any) -> Tensor:
            sizes = ((self.units,), (2 * self.units,))
            first, last = (as_tensor(self.bias_initializer(size)) for size in sizes)
            if (first.shape, last.shape) != sizes:
                raise ValueError(
                    f"{self.name}: bias_initializer {self.bias_initializer!r:.80} gave values of"
                    f" shape {first.shape} where {sizes[0]} was asked for"
                )
            return ops.concat([first, ops.ones((self.units,)), last], 0)

        return draw

    def step(
        self, products: Tensor, states: list[Tensor], masks: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        h, c = states
        activation = activations.get(self.activation)
        gate = activations.get(self.recurrent_activation)
        sums = products + self._product(h, self.recurrent_kernel, masks)
        i, f, g, o = ops.split(sums, 4, -1)
        c = gate(f) * c + gate(i) * activation(g)
        h = gate(o) * activation(c)
        return h, [h, c]

    def whole(
        self, x: Tensor, states: list[Tensor], mask: Any, training: bool
    ) -> tuple[Tensor, list[Tensor]] | None:
        if (self.activation, self.recurrent_activation) != ("tanh", "sigmoid"):
            return None
        if self._drops_state(training) or (self._drops(training) and self.implementation == 1):
            return None
        x = self._dropped(x, training)
        weights = in_float32(x, self.kernel, self.recurrent_kernel, self.bias)
        h, c = in_float32(*states)
        hs, cs = ops.lstm(*weights, h=h, c=c, mask=mask)
        return hs, [hs[:, -1], cs[:, -1]]


@layer("LSTM", "CuDNNLSTM")
class LSTM(OfCell):
    """A long short-term memory over sequences: `LSTMCell` at every step. With the usual
    activations all steps are one launch, and so are those of the gradient.

    Shapes: [batch, steps, features] -> [batch, units], with `return_sequences`
    [batch, steps, units]; with `return_state` a list of that, h and c. A call takes
    `initial_state=[h, c]`, each [batch, units], and `mask`, bool [batch, steps]: False
    leaves the state as it is.
    Weights: kernel [features, 4 units], recurrent_kernel [units, 4 units], bias
    [4 units], for the gates i, f, g, o.

    Args:
        unit_forget_bias: whether the forget gate's bias begins at 1 (Jozefowicz 2015).
        dropout, recurrent_dropout: the shares of inputs and of the state that are
            dropped while training, the same at all steps.
        return_sequences: the outputs of all steps instead of the last one's.
        return_state: the last states, too.
        go_backwards: from the last step to the first; outputs come in that order.
        stateful: whether a batch begins with the states that the last one ended with;
            the batch size must be known. `reset_state()` begins anew.
        unroll, use_cudnn: Keras's; all sequences run as one plan here.

    Raises:
        ValueError: `units` below 1, or a shape that is no sequence.

    Example:
        >>> layer = layers.LSTM(4, return_sequences=True)
        >>> layer(np.ones((2, 5, 3))).shape
        (2, 5, 4)
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
        unit_forget_bias: bool = True,
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
        use_cudnn: Any = "auto",
        **options: Any,
    ):
        cell = LSTMCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            unit_forget_bias,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            **self._for_cell(options, "lstm_cell"),
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
    unit_forget_bias = of_cell("unit_forget_bias")
