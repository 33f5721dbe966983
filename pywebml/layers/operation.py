"""Functions of `pw.ops` in a graph: what a symbol makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.symbolic import FUNCTIONS, function_of
from .base import Layer
from .support.context import note_call
from .support.masks import masks_for
from .support.naming import snake_case, unique_name
from .support.registry import layer
from .support.symbols import Symbol


@layer("Operation")
class Operation(Layer):
    """A call of a function of `pw.ops` on symbols: `x + 1`, `ops.softmax(x)`, `x[:,
    0]`. Made by these; masks end here, as in Keras.

    Args:
        function: its name in `pw.ops`, "image.rgb_to_grayscale" in a family.

    Raises:
        ValueError: no function is called that.

    Example:
        >>> x = layers.Input((2,))
        >>> model = pw.Model(x, pw.ops.square(x) + 1)
        >>> model(np.array([[1.0, 2.0]])).numpy()
        array([[2., 5.]], dtype=float32)
        >>> [layer.name for layer in model.layers][1:]
        ['square', 'add']
    """

    rounds = False

    supports_masking = True
    autocast = False

    def __init__(self, function: str, **options: Any):
        if not isinstance(function, str) or function_of(function) is None:
            raise ValueError(f"there is no function {function!r:.80} in pw.ops")
        if options.get("name") is None:
            options["name"] = unique_name(snake_case(function.rpartition(".")[2]))
        super().__init__(**options)
        self.function = function

    def call(self, args: Any, named: Mapping[str, Any] | None = None) -> Any:
        return FUNCTIONS[self.function](*args, **(named or {}))

    def _prepared(self, inputs: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """As they are: numbers stay constants of the op."""
        note_call(self)
        self.built = True
        return inputs, options

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


def _called(function: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return Operation(function)(list(args), **({"named": named} if named else {}))


class MaskOf(Layer):
    """The mask that goes beside its input, as a tensor: `x._keras_mask`."""

    supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        return mask

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


def _mask_of(symbol: Symbol) -> Any:
    return None if masks_for(symbol) is None else MaskOf()(symbol)


Symbol.calls = staticmethod(_called)
Symbol.mask_of = staticmethod(_mask_of)
