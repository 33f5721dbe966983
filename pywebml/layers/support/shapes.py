"""The shape of a layer's output, found by following its `call`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...core.runtime import Recorder
from ...core.spec import Spec
from ...core.tensor import Tensor
from ...core.trace import Trace
from ...device import get_device
from .context import collected_losses
from .structures import leaves, mapped, packed
from .symbols import Shape, Symbol, symbols_in
from .weights import MAX_RANK, MAX_SIZE

# What stands in place of an open size: what comes out different for the two depends on
# it, and what comes out equal does not. Far apart, so that no stride divides both down
# to the same number, and large enough for a window to fit; a batch may be small.
# Primes, so that a layer that only works for some sizes (cutting one in two) fails at
# once.
BATCHES = (5, 7)
SIZES = (83, 499)
ROUND = (2520, 5040)
"""Where a call fails on those: sizes that many numbers divide, for one that puts the
batch into rows of some length.
"""


def of_rank(t: Tensor, shape: Shape) -> Tensor:
    """A model's input of this shape: t, with a last axis of size 1 more or less where
    only that is missing or too much, as in Keras.
    """
    if t.ndim == len(shape) - 1 and t.ndim > 0 and shape[-1] == 1:
        return t.reshape((*t.shape, 1))
    if t.ndim == len(shape) + 1 and t.ndim > 1 and t.shape[-1] == 1:
        return t.reshape(t.shape[:-1])
    return t


def traced(
    layer: Any,
    shapes: Sequence[Shape],
    dtypes: Sequence[str],
    many: bool,
    training: bool | None = None,
) -> list[tuple[Shape, str]]:
    """(shape, dtype) of each output of a built layer's `call`, for inputs of these
    shapes: see `followed`. `many` where the layer is called with a list.
    """
    inputs = [Symbol(shape, dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]
    outputs = followed(layer, inputs if many else inputs[0], {}, training)
    return [(symbol.shape, symbol.dtype) for symbol in symbols_in(outputs)]


def followed(
    layer: Any, first: Any, options: Mapping[str, Any], training: bool | None = None
) -> Any:
    """What a call of a built layer gives, with symbols in place of tensors, for
    arguments with symbols in place of tensors; nothing is computed. The call is
    recorded twice and thrown away, with different sizes in place of the open ones
    (None).

    `training` where the call says it. ValueError where the call fails, for instance
    since it looks at the numbers themselves.
    """

    def call(first: Any, options: Mapping[str, Any]) -> Any:
        return layer(first, training=training, **options)

    symbols = symbols_in((first, dict(options)))
    try:
        return _followed_twice(layer, call, first, options, symbols, BATCHES)
    except ValueError:
        if not any(None in symbol.shape[:1] for symbol in symbols):
            raise
        try:
            return _followed_twice(layer, call, first, options, symbols, ROUND)
        except ValueError:
            pass
        raise


def one_following(
    layer: Any, call: Callable[..., Any], first: Any, options: Mapping[str, Any]
) -> Any:
    """What `call` gives, followed once, for open sizes that stand for any."""
    return _outputs(layer, call, first, options, symbols_in(first), BATCHES[0], SIZES[0])


def _followed_twice(
    layer: Any,
    call: Callable[..., Any],
    first: Any,
    options: Mapping[str, Any],
    symbols: Sequence[Symbol],
    batches: Sequence[int],
) -> Any:
    once = _outputs(layer, call, first, options, symbols, batches[0], SIZES[0])
    if not any(None in symbol.shape for symbol in symbols):
        return once
    again = _outputs(layer, call, first, options, symbols, batches[1], SIZES[1])
    ones, others = list(leaves(once)), list(leaves(again))
    ranks = [[len(leaf.shape) for leaf in symbols_in(side)] for side in (ones, others)]
    if ranks[0] != ranks[1] or len(ones) != len(others):
        raise ValueError(
            f"{layer.name}: the outputs of {type(layer).__name__}.call have another rank for other"
            f" sizes; give {type(layer).__name__} a compute_output_shape(input_shape)"
        )
    return packed(once, [_common(a, b) for a, b in zip(ones, others, strict=True)])


def _common(a: Any, b: Any) -> Any:
    if not isinstance(a, Symbol):
        return a
    sizes = zip(a.shape, b.shape, strict=True)
    return Symbol(tuple(n if n == m else None for n, m in sizes), a.dtype)


def _outputs(
    layer: Any,
    call: Callable[..., Any],
    first: Any,
    options: Mapping[str, Any],
    symbols: Sequence[Symbol],
    batch: int,
    size: int,
) -> Any:
    device = layer.weights[0].buffer.device if layer.weights else get_device()
    trace = Trace(device)

    def number(leaf: Any) -> Any:
        if not isinstance(leaf, Symbol):
            return leaf
        spec = Spec(_closed(leaf.shape, batch, size), leaf.dtype)
        return Tensor(trace.virtual(spec), spec)

    inputs = mapped(number, first)
    others = {name: mapped(number, value) for name, value in options.items()}
    before, Recorder.trace = Recorder.trace, trace
    try:
        with collected_losses():
            return mapped(_symbol_of, call(inputs, others))
    except Exception as error:
        kind = type(layer).__name__
        tried = [_closed(s.shape, batch, size) for s in symbols]
        raise ValueError(
            f"{layer.name}: {kind}.call fails on {_words([s.shape for s in symbols])}, tried as"
            f" {_words(tried)}: {error}. Where the call is right and only needs real numbers, give"
            f" {kind} a compute_output_shape(input_shape)"
        ) from error
    finally:
        Recorder.trace = before


def _symbol_of(leaf: Any) -> Any:
    return Symbol(tuple(leaf.shape), leaf.dtype) if isinstance(leaf, Tensor) else leaf


def sizes(name: str, shape: Sequence[Any]) -> Shape:
    """The shape that a layer is told to expect. ValueError unless it has whole numbers
    above 0, or None where a size is open.
    """
    numbers = [n.__index__() if hasattr(n, "__index__") else n for n in shape]
    if len(numbers) > MAX_RANK or not all(
        n is None or (isinstance(n, int) and 0 < n < MAX_SIZE) for n in numbers
    ):
        raise ValueError(
            f"{name}: an input of shape {str(tuple(shape))[:100]} is not possible; expected at most"
            f" {MAX_RANK} whole numbers above 0, or None for a size that is open"
        )
    return tuple(numbers)


def _closed(shape: Shape, batch: int, size: int) -> tuple[int, ...]:
    sizes = (batch, *[size] * (len(shape) - 1))
    return tuple(size if n is None else n for n, size in zip(shape, sizes, strict=False))


def _words(shapes: Sequence[Shape]) -> str:
    return " and ".join(str(shape) for shape in shapes)


def same_shape(layer: Any, input_shape: Any) -> Any:
    """A `compute_output_shape` for layers that change numbers and no shape:
    `compute_output_shape = same_shape` in the class.
    """
    return input_shape


def is_shape(value: Any) -> bool:
    """Whether it is one shape, not a structure of several."""
    return isinstance(value, (list, tuple)) and all(n is None or isinstance(n, int) for n in value)


def shapes_of(structure: Any) -> Any:
    """The shapes of what stands in a structure, None for what has none: a tuple for one
    tensor, a list of tuples for several.
    """
    shapes = mapped(lambda leaf: _Whole(getattr(leaf, "shape", None)), structure)
    return mapped(lambda leaf: leaf.shape, [*shapes] if isinstance(shapes, tuple) else shapes)


class _Whole:
    """A shape that is a leaf, not a structure of sizes."""

    def __init__(self, shape: Any):
        self.shape = None if shape is None else tuple(shape)


def specs_of(shape: Any, dtype: str) -> Any:
    """Symbols of these shapes."""
    if is_shape(shape):
        return Symbol(tuple(shape), dtype)
    if isinstance(shape, Mapping):
        return {key: specs_of(one, dtype) for key, one in shape.items()}
    return [specs_of(one, dtype) for one in shape]
