"""What the cells of the three recurrent layers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ... import ops
from ...core.seeds import next_seed
from ...core.tensor import Tensor
from ...core.trace import eager
from .. import activations, constraints, initializers, regularizers
from ..base import Layer
from ..support.symbols import Shape

_CHECKS = {
    "activation": activations.check,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}


class Cell(Layer):
    """Products of inputs and state for some gates, dropout, and a walk step by step.

    A subclass gives `step(products, states, training)`, of the inputs' products, and
    `sequence` where an op does all steps at once.
    """

    rounds = False

    whole_numbers = False
    gates: ClassVar[int] = 1
    units: int
    kernel: Any
    recurrent_kernel: Any
    bias: Any
    activation: Any
    recurrent_activation: Any
    use_bias: bool
    kernel_initializer: Any
    recurrent_initializer: Any
    bias_initializer: Any
    dropout: float
    recurrent_dropout: float
    seed: int | None
    implementation = 2

    def _keep(self, **settings: Any) -> None:
        """The constructor's arguments as attributes of their names."""
        name, units = type(self).__name__, settings["units"]
        if units < 1:
            raise ValueError(f"{name}: units must be at least 1, got {units}")
        for key, value in settings.items():
            check = _CHECKS.get(key.rpartition("_")[2])
            setattr(self, key, check(value) if check else value)
        # as in Keras, what is beyond 0 and 1 counts as these
        self.dropout = min(1.0, max(0.0, float(self.dropout)))
        self.recurrent_dropout = min(1.0, max(0.0, float(self.recurrent_dropout)))
        self._generator: Any = None

    @property
    def output_size(self) -> int:
        return self.units

    @property
    def state_size(self) -> Any:
        return self.units

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.gates * self.units,)

    def build(self, input_shape: Shape) -> None:
        if input_shape[-1] is None:
            raise ValueError(
                f"{self.name}: the number of features, the last of {input_shape}, must be known"
            )
        wide = self.gates * self.units
        self.kernel = self._add("kernel", (input_shape[-1], wide), self.kernel_initializer)
        initializer = self.recurrent_initializer
        self.recurrent_kernel = self._add("recurrent_kernel", (self.units, wide), initializer)
        self.bias = None
        if self.use_bias:
            self.bias = self._add("bias", self._bias_shape(), self._bias_initializer())

    def _add(self, name: str, shape: Sequence[int], initializer: Any) -> Any:
        prefix = name.partition("_")[0]
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            regularizer=getattr(self, f"{prefix}_regularizer"),
            constraint=getattr(self, f"{prefix}_constraint"),
            name=name,
        )

    def _bias_initializer(self) -> Any:
        return self.bias_initializer

    def get_initial_state(self, batch_size: int) -> list[Tensor]:
        """Zeros, one [batch, units] per state."""
        zeros = ops.zeros((batch_size, self.units), self.dtype)
        return [zeros] * (len(self.state_size) if isinstance(self.state_size, list) else 1)

    # --- dropout

    def _drops(self, training: bool) -> bool:
        return training and 0 < self.dropout < 1

    def _drops_state(self, training: bool) -> bool:
        return training and 0 < self.recurrent_dropout < 1

    def _mask(self, shape: Sequence[int], rate: float) -> Tensor:
        """What is dropped: 0, or 1 / (1 - rate)."""
        if self._generator is None:
            with eager():
                self._generator = ops.Generator(next_seed() if self.seed is None else self.seed)
        ones = ops.ones(tuple(shape), self.dtype)
        return ops.dropout(ones, rate, generator=self._generator)

    def _masks(self, shape: Sequence[int], rate: float) -> list[Tensor]:
        """For each gate its own, or one for all: Keras's `implementation` 1 or 2."""
        apart = self.gates > 1 and (self.recurrent_dropout > 0 or self.implementation == 1)
        return [self._mask(shape, rate) for _ in range(self.gates if apart else 1)]

    def _product(self, x: Tensor, kernel: Any, masks: Sequence[Tensor]) -> Tensor:
        """x . kernel, with x dropped for each gate by its mask."""
        if not masks:
            return ops.dense(x, kernel)
        if len(masks) == 1:
            return ops.dense(x * masks[0], kernel)
        parts = ops.split(kernel, len(masks), 1)
        return ops.concat([ops.dense(x * m, k) for m, k in zip(masks, parts, strict=True)], -1)

    def dropped_inputs(self, x: Tensor, training: bool) -> list[Tensor]:
        """Masks for inputs [batch, ..., features], the same for all steps."""
        if not self._drops(training):
            return []
        steps = (1,) * (x.ndim - 2)
        return self._masks((x.shape[0], *steps, x.shape[-1]), self.dropout)

    # --- one step, and all

    def products(self, x: Tensor, training: bool) -> Tensor:
        """What the gates get of inputs [batch, features] or [batch, steps, features]."""
        masks = self.dropped_inputs(x, training)
        bias = self._input_bias()
        if not masks:
            return ops.dense(x, self.kernel, bias)
        product = self._product(x, self.kernel, masks)
        return product if bias is None else product + bias

    def _input_bias(self) -> Any:
        return self.bias

    def recurrent_masks(self, h: Tensor, training: bool) -> list[Tensor]:
        return self._masks(h.shape, self.recurrent_dropout) if self._drops_state(training) else []

    def step(
        self, products: Tensor, states: list[Tensor], masks: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        """(output, states) after a step, given the inputs' products [batch, gates *
        units] and what is dropped of the state.
        """
        raise NotImplementedError

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Tensor, Any]:
        listed = isinstance(states, (list, tuple))
        before = list(states) if listed else [states]
        masks = self.recurrent_masks(before[0], training)
        output, after = self.step(self.products(inputs, training), before, masks)
        return output, after if listed else after[0]

    def compute_output_shape(self, input_shape: Any, states_shape: Any = None) -> Any:
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        shape = (input_shape[0], self.units)
        states = [shape] * (len(self.state_size) if isinstance(self.state_size, list) else 1)
        return [shape, *states]

    def whole(
        self, x: Tensor, states: list[Tensor], mask: Any, training: bool
    ) -> tuple[Tensor, list[Tensor]] | None:
        """(all outputs [batch, steps, units], states after the last) by an op for whole
        sequences, None where there is none for these activations.
        """
        return None

    def _dropped(self, x: Tensor, training: bool) -> Tensor:
        masks = self.dropped_inputs(x, training)
        return x * masks[0] if masks else x


def in_float32(*tensors: Any) -> list[Any]:
    """What the ops for whole sequences take."""
    return [None if t is None else t.astype("float32") for t in tensors]
