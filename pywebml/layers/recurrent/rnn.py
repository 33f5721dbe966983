"""The layer that walks a cell through sequences."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.registry import parameters_of
from ...core.tensor import Tensor, Variable, as_tensor
from ...core.trace import eager
from ..base import Layer
from ..support.kept import Kept
from ..support.registry import layer
from ..support.symbols import Shape
from .stacked import StackedRNNCells
from .states import (
    as_states,
    check_cell,
    flat,
    is_nested,
    mapped,
    output_size_of,
    packed,
    state_shape,
    state_size_of,
    zeros_for,
)
from .walk import walk


class Recurrent(Layer):
    """What walks a cell through sequences. The cell is no argument that a config has."""

    in_halves = False

    supports_masking = True
    cell: Any
    time_major = False

    def __init__(
        self,
        cell: Any,
        /,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **options: Any,
    ):
        if is_nested(cell):
            cell = StackedRNNCells(cell)
        check_cell(type(self).__name__, cell)
        for older in ("num_constants", "ragged"):
            options.pop(older, None)
        time_major = options.pop("time_major", False)
        features, length = options.pop("input_dim", None), options.pop("input_length", None)
        if features is not None:
            options.setdefault("input_shape", (length, features))
        super().__init__(**options)
        self.cell = cell
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards, self.stateful, self.unroll = go_backwards, stateful, unroll
        self.zero_output_for_mask = zero_output_for_mask
        if time_major:
            self.time_major = True
        self._kept: Kept | None = None

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**config, "time_major": True} if self.time_major else config

    @property
    def state_size(self) -> list[Any]:
        return state_size_of(self.cell)

    @property
    def states(self) -> Any:
        """The states of a stateful layer that was built, else None."""
        return self._kept.states if self._kept else None

    # --- shapes

    def _sequence(self, shape: Any) -> Shape:
        """The shape of sequences, batch first, where states may be given behind them."""
        shape = tuple(shape[0]) if isinstance(shape, list) else tuple(shape)
        if len(shape) < 3:
            raise ValueError(
                f"{self.name}: {type(self).__name__} takes sequences [batch, steps, features], got"
                f" shape {shape}"
            )
        return (shape[1], shape[0], *shape[2:]) if self.time_major else shape

    def build(self, input_shape: Any) -> None:
        batch, _, *features = self._sequence(input_shape)
        if isinstance(self.cell, Layer):
            self.cell._build_once((batch, *features))
        if self.stateful:
            if batch is None:
                raise ValueError(
                    f"{self.name}: a stateful layer needs a known batch size, got shape"
                    f" {input_shape}; give it with Input(batch_shape=...) or batch_input_shape=..."
                )
            self._keep_states(batch)

    def _keep_states(self, batch: int) -> None:
        with eager():
            states = self.get_initial_state(batch)
            name = f"{self.name}/rnn_state"
            self._kept = Kept(mapped(lambda s: Variable(ops.identity(s), False, name), states))

    def compute_output_shape(self, input_shape: Any, initial_state_shape: Any = None) -> Any:
        batch, steps, *_ = self._sequence(input_shape)
        output = state_shape(batch, output_size_of(self.cell))
        if self.return_sequences:
            lead = (steps, batch) if self.time_major else (batch, steps)
            output = (*lead, *output[1:])
        if not self.return_state:
            return output
        return [output, *_shapes(batch, self.state_size)]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if is_nested(mask) else mask
        output = mask if self.return_sequences else None
        return [output, *[None] * len(flat(self.state_size))] if self.return_state else output

    # --- states

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """What a sequence begins with where no state is given: zeros, or what the cell
        says.
        """
        return zeros_for(self.cell, batch_size, self.dtype)

    def reset_state(self) -> None:
        """Lets a stateful layer begin anew."""
        self.reset_states()

    def reset_states(self, states: Any = None) -> None:
        """`reset_state`; with `states` to these, one for each.

        ValueError where the layer is not stateful, or their shapes differ.
        """
        if not self.stateful:
            raise ValueError(f"{self.name} keeps no states: make it with stateful=True")
        if self._kept is None:
            return
        variables = flat(self._kept.states)
        values = [v.zeros_like() for v in variables] if states is None else flat(as_states(states))
        shapes = [tuple(v.shape) for v in variables]
        tensors = [
            as_tensor(value).astype(v.dtype) for value, v in zip(values, variables, strict=False)
        ]
        if [tuple(t.shape) for t in tensors] != shapes or len(values) != len(variables):
            raise ValueError(
                f"{self.name}: its states have shapes {shapes}, got"
                f" {[tuple(as_tensor(value).shape) for value in values]}"
            )
        for variable, tensor in zip(variables, tensors, strict=True):
            variable.assign(tensor)

    def _begin(self, x: Tensor, start: Any) -> list[Any]:
        """The states before the first step."""
        if self.stateful:
            size = flat(self.states)[0].shape[0]
            if x.shape[0] != size:
                raise ValueError(
                    f"{self.name}: a stateful layer keeps the states of {size} sequences, got a"
                    f" batch of {x.shape[0]}"
                )
        if start is None or (is_nested(start) and not len(start)):
            return as_states(self.states) if self.stateful else self.get_initial_state(x.shape[0])
        states = mapped(lambda s: as_tensor(s).astype(self.dtype), as_states(start))
        sizes = self.state_size
        if len(states) != len(sizes) and len(states) == len(flat(sizes)):
            states = packed(sizes, states)
        expected = [state_shape(x.shape[0], size) for size in _leaves(sizes)]
        shapes = [tuple(state.shape) for state in flat(states)]
        if all(isinstance(size, (int, tuple)) for size in _leaves(sizes)) and shapes != expected:
            raise ValueError(
                f"{self.name}: initial_state must have shapes {expected} for inputs of shape"
                f" {tuple(x.shape)}, got {shapes}"
            )
        return states

    # --- running

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        if is_nested(sequences):  # as TensorFlow.js writes symbolic states
            sequences, *more = sequences
            initial_state = more or initial_state
        mask = mask[0] if is_nested(mask) else mask
        x = _swapped(sequences) if self.time_major else sequences
        if mask is not None:
            mask = as_tensor(mask).cast("bool")
            mask = _swapped(mask) if self.time_major else mask
        if self.go_backwards:
            x = ops.flip(x, 1)
            mask = None if mask is None else ops.flip(mask, 1)
        states = self._begin(x, initial_state)
        outputs, after = walk(self, x, states, mask, training)
        outputs, after = mapped(lambda y: y.astype(self._dtype_of(x)), [outputs, after])
        if self.stateful:
            for variable, state in zip(flat(self.states), flat(after), strict=True):
                variable.assign(state)
        if self.time_major and self.return_sequences:
            outputs = _swapped(outputs)
        return [outputs, *after] if self.return_state else outputs

    def _dtype_of(self, x: Tensor) -> str:
        return self.dtype if self.dtype.startswith("float") else str(x.dtype)


@layer("RNN")
class RNN(Recurrent):
    """A cell, or a list of cells on top of each other, at every step of sequences.

    A cell is a layer, or any object, with `call(inputs, states)` -> (output, list of
    states), `state_size` (a number, or a list of one per state), perhaps `output_size`,
    and `get_initial_state(batch_size)` where states do not begin at zero. The steps are
    recorded one after the other and run as one plan; sequences of the cells that come
    with the library are single launches.

    Shapes: [batch, steps, ...] -> [batch, output_size], with `return_sequences`
    [batch, steps, output_size]; with `return_state` a list of that and the states. A
    call takes `initial_state` and `mask`, bool [batch, steps]: False leaves the state
    as it is.

    Args:
        return_sequences: the outputs of all steps instead of the last one's.
        return_state: the last states, too.
        go_backwards: from the last step to the first; outputs come in that order.
        stateful: whether a batch begins with the states that the last one ended with;
            the batch size must be known. `reset_state()` begins anew.
        unroll: Keras's; all sequences run as one plan here.
        zero_output_for_mask: masked steps give zeros instead of the output before.

    Raises:
        ValueError: what is no cell, a shape that is no sequence, states that do not
            fit.

    Example:
        >>> class Sum(layers.Layer):
        ...     state_size = 2
        ...
        ...     def call(self, inputs, states):
        ...         total = states[0] + inputs
        ...         return total, [total]
        >>> layers.RNN(Sum(), return_sequences=True)(np.ones((1, 3, 2))).numpy()[0, :, 0]
        array([1., 2., 3.], dtype=float32)
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **options: Any,
    ):
        super().__init__(
            cell,
            return_sequences,
            return_state,
            go_backwards,
            stateful,
            unroll,
            zero_output_for_mask,
            **options,
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """As `Layer.from_config`; TensorFlow.js writes what the cell was made of beside
        the cell, too, which is left out.
        """
        cell = config.get("cell")
        inside = cell.get("config") if isinstance(cell, dict) else None
        known = parameters_of(cls)  # type: ignore[arg-type]
        again = set(inside) - set(known) if isinstance(inside, dict) else set()
        return super().from_config({k: v for k, v in config.items() if k not in again})


def _leaves(sizes: Any) -> list[Any]:
    """The sizes of all states; a shape in a tuple is one size."""
    if isinstance(sizes, list):
        return [leaf for size in sizes for leaf in _leaves(size)]
    return [sizes]


def _shapes(batch: Any, sizes: list[Any]) -> list[Any]:
    """The shapes of all states, each in the list where it stands."""
    return [
        _shapes(batch, size) if isinstance(size, list) else state_shape(batch, size)
        for size in sizes
    ]


def _swapped(x: Tensor) -> Tensor:
    return x.transpose((1, 0, *range(2, x.ndim)))
