"""The shape of a layer's output, found by following its `call`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.runtime import Recorder
from ...core.spec import Spec
from ...core.tensor import Tensor
from ...core.trace import Trace
from ...device import get_device
from .context import collected_losses
from .symbols import Shape, as_list
from .weights import MAX_RANK, MAX_SIZE

# What stands in place of an open size: what comes out different for the two depends on
# it, and what comes out equal does not. Far apart, so that no stride divides both down
# to the same number, and large enough for a window to fit; a batch may be small.
# Primes, so that a layer that only works for some sizes (cutting one in two) fails at
# once.
BATCHES = (5, 7)
SIZES = (83, 499)


def traced(
    layer: Any,
    shapes: Sequence[Shape],
    dtypes: Sequence[str],
    many: bool,
    training: bool | None = None,
) -> list[tuple[Shape, str]]:
    """(shape, dtype) of each output of a built layer's `call`, for inputs of these
    shapes, without computing anything: the call is recorded twice and thrown away, with
    different sizes in place of the open ones (None).

    `many` where the layer is called with a list, `training` where the call says it.
    ValueError where the call fails, for instance since it looks at the numbers
    themselves.
    """
    first = _outputs(layer, shapes, dtypes, many, training, 0)
    if not any(None in shape for shape in shapes):
        return first
    second = _outputs(layer, shapes, dtypes, many, training, 1)
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
    layer: Any,
    shapes: Sequence[Shape],
    dtypes: Sequence[str],
    many: bool,
    training: bool | None,
    which: int,
) -> list[tuple[Shape, str]]:
    device = layer.weights[0].buffer.device if layer.weights else get_device()
    trace = Trace(device)
    specs = [
        Spec(_closed(shape, which), dtype) for shape, dtype in zip(shapes, dtypes, strict=True)
    ]
    tensors = [Tensor(trace.virtual(spec), spec) for spec in specs]
    before, Recorder.trace = Recorder.trace, trace
    try:
        with collected_losses():
            outputs = as_list(layer(tensors if many else tensors[0], training=training))
        return [(tuple(t.shape), t.dtype) for t in outputs]
    except Exception as error:
        kind = type(layer).__name__
        raise ValueError(
            f"{layer.name}: {kind}.call fails on {_words(shapes)}, tried as"
            f" {_words([_closed(s, which) for s in shapes])}: {error}. Where the call is right and"
            f" only needs real numbers, give {kind} a compute_output_shape(input_shape)"
        ) from error
    finally:
        Recorder.trace = before


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


def _closed(shape: Shape, which: int) -> tuple[int, ...]:
    sizes = (BATCHES[which], *[SIZES[which]] * (len(shape) - 1))
    return tuple(size if n is None else n for n, size in zip(shape, sizes, strict=True))


def _words(shapes: Sequence[Shape]) -> str:
    return " and ".join(str(shape) for shape in shapes)


def same_shape(layer: Any, input_shape: Any) -> Any:
    """A `compute_output_shape` for layers that change numbers and no shape:
    `compute_output_shape = same_shape` in the class.
    """
    return input_shape
