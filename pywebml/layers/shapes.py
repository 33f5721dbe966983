"""The shape of a layer's output, found by following its `call`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.runtime import Recorder
from ..core.spec import Spec
from ..core.tensor import Tensor
from ..core.trace import Trace
from ..device import get_device
from .symbols import Shape, as_list

# Sizes that nobody writes into a layer: what comes out different for the two depends on
# an open size, and what comes out equal does not. Primes, so that no product of other
# sizes looks like them.
SIZES = (83, 89)


def traced(
    layer: Any, shapes: Sequence[Shape], dtypes: Sequence[str], many: bool
) -> list[tuple[Shape, str]]:
    """(shape, dtype) of each output of a built layer's `call`, for inputs of these
    shapes, without computing anything: the call is recorded and thrown away, with two
    sizes in place of every open one (None).

    `many` where the layer is called with a list. ValueError where the call fails, for
    instance since it looks at the numbers themselves.
    """
    first = _outputs(layer, shapes, dtypes, many, SIZES[0])
    if not any(None in shape for shape in shapes):
        return first
    second = _outputs(layer, shapes, dtypes, many, SIZES[1])
    if [len(shape) for shape, _ in first] != [len(shape) for shape, _ in second]:
        raise ValueError(
            f"{layer.name}: the outputs of {type(layer).__name__}.call have another rank for other"
            f" sizes; give {type(layer).__name__} a compute_output_shape(input_shape)"
        )
    return [
        (tuple(n if n == m else None for n, m in zip(a, b, strict=True)), dtype)
        for (a, dtype), (b, _) in zip(first, second, strict=True)
    ]


def _outputs(
    layer: Any, shapes: Sequence[Shape], dtypes: Sequence[str], many: bool, size: int
) -> list[tuple[Shape, str]]:
    device = layer.weights[0].buffer.device if layer.weights else get_device()
    trace = Trace(device)
    specs = [
        Spec(tuple(size if n is None else n for n in shape), dtype)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    ]
    tensors = [Tensor(trace.virtual(spec), spec) for spec in specs]
    before, Recorder.trace = Recorder.trace, trace
    try:
        outputs = as_list(layer(tensors if many else tensors[0]))
        return [(tuple(t.shape), t.dtype) for t in outputs]
    except Exception as error:
        kind = type(layer).__name__
        raise ValueError(
            f"{layer.name}: {kind}.call does not work on {_words(shapes)} (tried with {size} where"
            f" a size is open): {error}. Where the call is right and only needs real numbers, give"
            f" {kind} a compute_output_shape(input_shape)"
        ) from error
    finally:
        Recorder.trace = before


def _words(shapes: Sequence[Shape]) -> str:
    return f"inputs of shapes {list(shapes)}" if len(shapes) > 1 else f"an input of {shapes[0]}"


def same_shape(layer: Any, input_shape: Any) -> Any:
    """A `compute_output_shape` for layers that change numbers and no shape:
    `compute_output_shape = same_shape` in the class.
    """
    return input_shape
