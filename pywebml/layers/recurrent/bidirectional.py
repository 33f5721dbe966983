"""A recurrent layer in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ... import ops
from ..base import Layer
from ..support.registry import from_entry, layer, serialize
from ..wrapper import check_layer
from .states import is_nested

_MODES = ("concat", "sum", "mul", "ave", None)


@layer("Bidirectional")
class Bidirectional(Layer):
    """A recurrent layer from the first step to the last and another from the last to
    the first, and what both give merged (Schuster and Paliwal 1997).

    Shapes: those of the layer, twice as many units with `merge_mode` "concat"; a list
    of both with None. With `return_state` the states of both follow, and a call takes
    `initial_state` of both.
    Weights: those of the layer, then those of the one that goes backwards.

    Args:
        layer: an `RNN`, `LSTM`, `GRU`, `SimpleRNN` or another with their attributes; it
            is made anew from its config.
        merge_mode: "concat", "sum", "mul", "ave", or None.
        backward_layer: the one that goes backwards, where it is not a copy of the
            other.

    Raises:
        ValueError: what is no layer, layers that go the same way or return different
            things, or another merge_mode.

    Example:
        >>> layer = layers.Bidirectional(layers.LSTM(4, return_sequences=True))
        >>> layer(np.ones((2, 5, 3))).shape
        (2, 5, 8)
    """

    rounds = False

    supports_masking = True
    _config_without: ClassVar = (*Layer._config_without, "weights")

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Sequence[Any] | None = None,
        backward_layer: Any = None,
        **options: Any,
    ):
        check_layer("Bidirectional", layer)
        if backward_layer is not None:
            check_layer("Bidirectional", backward_layer)
        if merge_mode not in _MODES:
            raise ValueError(
                f"Bidirectional: merge_mode must be one of {', '.join(map(repr, _MODES))}, got"
                f" {merge_mode!r}"
            )
        if weights is not None and not is_nested(weights):
            raise ValueError(
                "Bidirectional: weights must be a list of arrays, those of the one layer and then"
                f" those of the other, got {weights!r:.100}"
            )
        super().__init__(**options)
        self.merge_mode = merge_mode
        self.forward_layer = _anew(layer, "forward")
        if backward_layer is None:
            backward_layer = _anew(layer, "backward", go_backwards=not layer.go_backwards)
        self.backward_layer = backward_layer
        self._check()
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(one, "zero_output_for_mask"):
                one.zero_output_for_mask = one.return_sequences
        self._first_weights = _Values(weights)

    def _check(self) -> None:
        ways = [one.go_backwards for one in (self.forward_layer, self.backward_layer)]
        if ways[0] == ways[1]:
            raise ValueError(
                f"{self.name}: one of the layers must go backwards and the other not, got"
                f" go_backwards={ways[0]} for both"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            both = [getattr(one, name) for one in (self.forward_layer, self.backward_layer)]
            if both[0] != both[1]:
                raise ValueError(
                    f"{self.name}: both layers must have the same {name}, got {both[0]} forwards"
                    f" and {both[1]} backwards"
                )

    @property
    def layer(self) -> Any:
        """The one that goes forwards."""
        return self.forward_layer

    @property
    def stateful(self) -> bool:
        return bool(self.forward_layer.stateful)

    @property
    def return_sequences(self) -> bool:
        return bool(self.forward_layer.return_sequences)

    @property
    def return_state(self) -> bool:
        return bool(self.forward_layer.return_state)

    @property
    def states(self) -> Any:
        """Those of both layers, where they are stateful and built."""
        both = [self.forward_layer.states, self.backward_layer.states]
        return None if None in both else (*both[0], *both[1])

    def reset_state(self) -> None:
        """Lets stateful layers begin anew."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """`reset_state`."""
        self.reset_state()

    def build(self, input_shape: Any) -> None:
        self.forward_layer._build_once(input_shape)
        self.backward_layer._build_once(input_shape)
        values = self._first_weights.values
        if values is not None:
            half = len(values) // 2
            self.forward_layer.set_weights(values[:half])
            self.backward_layer.set_weights(values[half:])

    def compute_output_shape(self, input_shape: Any, initial_state_shape: Any = None) -> Any:
        shape = self.forward_layer.compute_output_shape(input_shape)
        output, states = (shape[0], shape[1:]) if self.return_state else (shape, [])
        merged = [output, output]
        if self.merge_mode == "concat":
            merged = [(*output[:-1], 2 * output[-1])]
        elif self.merge_mode is not None:
            merged = [output]
        outputs = [*merged, *states, *states]
        return outputs if len(outputs) > 1 else outputs[0]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if is_nested(mask) else mask
        outputs = [mask if self.return_sequences else None] * (2 if self.merge_mode is None else 1)
        states = 2 * len(self.forward_layer.state_size) if self.return_state else 0
        masks = [*outputs, *[None] * states]
        return masks if len(masks) > 1 else masks[0]

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        if is_nested(sequences):  # as TensorFlow.js writes symbolic states
            sequences, *more = sequences
            initial_state = more or initial_state
        half = len(initial_state) // 2 if initial_state is not None else 0
        if initial_state is not None and len(initial_state) % 2:
            raise ValueError(
                f"{self.name}: initial_state must have as many states for each of the two ways, got"
                f" {len(initial_state)} in all"
            )
        ways = (self.forward_layer, self.backward_layer)
        begun = (initial_state[:half], initial_state[half:]) if half else (None, None)
        outputs: list[Any] = []
        states: list[Any] = []
        for one, state in zip(ways, begun, strict=True):
            options = {} if state is None else {"initial_state": state}
            y = one(sequences, training=training, mask=mask, **options)
            first, *rest = y if self.return_state else (y,)
            outputs.append(first)
            states += rest
        y, back = outputs
        if self.return_sequences:
            back = ops.flip(back, 1)
        merged = self._merged(y, back)
        both = [*(merged if is_nested(merged) else [merged]), *states]
        return both if len(both) > 1 else both[0]

    def _merged(self, y: Any, back: Any) -> Any:
        if self.merge_mode is None:
            return [y, back]
        if self.merge_mode == "concat":
            return ops.concat([y, back], -1)
        if self.merge_mode == "mul":
            return y * back
        return (y + back) * (0.5 if self.merge_mode == "ave" else 1.0)


class _Values:
    """Values for weights that are not there yet, and no weights themselves."""

    def __init__(self, values: Sequence[Any] | None):
        self.values = values


def _anew(layer: Any, way: str, **changes: Any) -> Any:
    """The same layer without what it has learned or kept, under a name of its own."""
    entry = serialize(layer)
    name = f"{way}_{layer.name.removeprefix(f'{way}_')}"
    return from_entry({**entry, "config": {**entry["config"], **changes, "name": name}})
