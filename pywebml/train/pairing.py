"""Labels beside outputs: ranks are lined up as Keras does, and nothing is broadcast
that nobody asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import ops
from ..core.fusion import Chain
from ..core.runtime import Recorder
from ..core.tensor import Tensor, as_numbers
from ..core.trace import Step, Trace


def line_up(y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
    """Both of one rank, where one has an axis of size 1 more at its end: [n] becomes
    [n, 1] beside [n, 1], and [n, steps, 1] becomes [n, steps] beside [n, steps].
    """
    if y_true.ndim == y_pred.ndim + 1:
        y_pred, y_true = line_up(y_pred, y_true)
    elif y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] == 1:
        if y_true.ndim == 1:
            return ops.expand_dims(y_true, -1), y_pred
        return y_true, ops.squeeze(y_pred, -1)
    return y_true, y_pred


def column(y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
    """Labels and outputs; those of one output per example, [n], as [n, 1]."""
    if y_pred.ndim != 1 or y_true.shape not in (y_pred.shape, (*y_pred.shape, 1)):
        return y_true, y_pred
    return ops.reshape(y_true, (y_pred.size, 1)), ops.reshape(y_pred, (y_pred.size, 1))


def paired(what: str, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Labels, as float32, and outputs of one shape. ValueError where they can't be."""
    y_true, y_pred = as_numbers(y_true), as_numbers(y_pred)
    labels, outputs = line_up(y_true, y_pred)
    if labels.shape != outputs.shape:
        raise ValueError(
            f"{what} needs one label per output, got labels of shape {y_true.shape} for outputs of"
            f" shape {y_pred.shape}; one_hot the labels where they are class numbers"
        )
    return ops.cast(labels, "float32"), outputs


def class_numbers(what: str, y_true: Any, y_pred: Any, axis: int = -1) -> tuple[Tensor, Tensor]:
    """Class numbers, in the shape of the outputs without the classes' axis, and the
    outputs with that one last. ValueError where there is not one for each.
    """
    y_true, y_pred = as_numbers(y_true), as_numbers(y_pred)
    if not -y_pred.ndim <= axis < y_pred.ndim:
        raise ValueError(f"{what}: axis={axis} is none of outputs of shape {y_pred.shape}")
    if axis not in (-1, y_pred.ndim - 1):
        axis %= y_pred.ndim
        order = [i for i in range(y_pred.ndim) if i != axis]
        if y_true.ndim == y_pred.ndim and y_true.shape[axis] == 1:
            y_true = ops.squeeze(y_true, axis)
        y_pred = ops.transpose(y_pred, (*order, axis))
    if y_true.shape not in (y_pred.shape[:-1], (*y_pred.shape[:-1], 1)):
        raise ValueError(
            f"{what} needs one class number for each row of outputs, got labels of shape"
            f" {y_true.shape} for outputs of shape {y_pred.shape}"
            + (f", the classes of axis={axis} being last" if axis != -1 else "")
        )
    return ops.reshape(y_true, y_pred.shape[:-1]), y_pred


def per_example(values: Tensor) -> Tensor:
    """The mean of each example's values: [n, ...] -> [n]."""
    return (
        values
        if values.ndim == 1
        else ops.mean(ops.reshape(values, (values.shape[0], math.prod(values.shape[1:]))), 1)
    )


def weight_per_example(weights: Tensor, n: int, what: str = "") -> Tensor:
    """Weights [n] or [n, 1] as float32 [n]. ValueError for other shapes."""
    if weights.shape not in ((n,), (n, 1)):
        raise ValueError(
            f"{what + ': ' if what else ''}sample_weight must hold one number for each of the {n}"
            f" examples, got shape {weights.shape}"
        )
    return ops.cast(ops.reshape(weights, (n,)), "float32")


def weights_of_values(weights: Tensor, values: Tensor, what: str, n: int) -> Tensor:
    """Weights of an example each, or of a step each, shaped to multiply the values:
    [n], [n, 1] or [n, steps] beside [n, ...]. ValueError for other shapes.
    """
    weights = ops.cast(weights, "float32")
    if values.ndim == 0:  # one value of all
        return weight_per_example(weights, n, what) if weights.ndim else weights
    if weights.ndim and weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        weights = ops.squeeze(weights, -1)
    shape, more = weights.shape, values.ndim - weights.ndim
    one_each = shape[1:] == (1,) * (weights.ndim - 1) and shape[:1] == values.shape[:1]
    if weights.ndim and (more < 0 or not (one_each or shape == values.shape[: weights.ndim])):
        raise ValueError(
            f"{what}: sample_weight must hold one number for each of the {values.shape[0]}"
            f" examples, or one for each of their values {values.shape}, got shape {shape}"
        )
    return ops.reshape(weights, shape + (1,) * more) if more > 0 and weights.ndim else weights


def fits(shape: Sequence[int], pattern: Sequence[int | None]) -> bool:
    """Whether they are one after the first axis, None in the pattern being anything."""
    return len(shape) == len(pattern) and all(
        of is None or n == of for n, of in zip(shape[1:], pattern[1:], strict=True)
    )


def own_values(
    what: str, function: Callable[..., Any], y_true: Tensor, y_pred: Tensor
) -> tuple[Tensor, int]:
    """One value per example by a function that a user wrote: the mean where it gives
    more, the same for all where it gives one number; and how many values it gave.
    """
    values = lined_up_values(what, function, y_true, y_pred)
    if values.ndim == 0:
        return ops.broadcast_to(values, (y_pred.shape[0],)), 1
    return per_example(values), values.size


def lined_up_values(
    what: str, function: Callable[..., Any], y_true: Tensor, y_pred: Tensor
) -> Tensor:
    """What a function that a user wrote gives for labels in the outputs' rank.

    ValueError where it broadcasts labels against outputs, or gives values that are not
    those of the examples.
    """
    shapes = {"labels": y_true.shape, "outputs": y_pred.shape}
    y_true, y_pred = line_up(y_true, y_pred)
    refuse_broadcast(what, function, {"labels": y_true, "outputs": y_pred}, shapes)
    values = function(y_true, y_pred)
    n = y_pred.shape[0]
    if not isinstance(values, Tensor):
        raise TypeError(f"{what} must give a tensor, one value per example, got {values!r:.80}")
    if values.ndim and values.shape[0] != n:
        raise ValueError(
            f"{what} must give one value per example, [{n}], or their mean, got shape"
            f" {values.shape}"
        )
    return ops.cast(values, "float32")


def refuse_broadcast(
    what: str,
    function: Callable[..., Any],
    inputs: Mapping[str, Tensor],
    shapes: Mapping[str, tuple[int, ...]],
) -> None:
    """ValueError where the function computes value by value with two of these inputs,
    as they came, that differ in shape: (n,) against (n, k) fits by chance only, (n, 1)
    against (n, k) takes every label k times. `shapes` are what they were before ranks
    were lined up, for the words.

    What it does is followed in a recording that is thrown away. A function that
    reshapes one of them, or spreads it itself, has said what it means.
    """
    if len({t.shape for t in inputs.values()}) == 1:
        return
    came = " and ".join(f"{name} of shape {shapes[name]}" for name in inputs)
    trace = Trace(next(iter(inputs.values())).buffer.device)
    seen = {name: Tensor(trace.virtual(t.spec), t.spec) for name, t in inputs.items()}
    before, Recorder.trace = Recorder.trace, trace
    try:
        function(*seen.values())
    except ValueError as error:
        raise ValueError(f"{what} fails on {came}: {error}") from error
    except Exception:  # what fails here alone, such as print(y_true.numpy())
        return
    finally:
        Recorder.trace = before
    origins = {(t.buffer, t.shape): name for name, t in seen.items()}
    for step in trace.steps:
        if (pair := _broadcast(step, origins)) is not None:
            raise ValueError(
                f"{what} would broadcast {' against '.join(pair)}, got {came}; give them one"
                " shape, or reshape one in the function where that is meant"
            )


def _broadcast(step: Step, origins: dict[Any, str]) -> tuple[str, str] | None:
    """The two inputs of different shapes that meet in a step; else its results are what
    its input was.
    """
    if not isinstance(step.op, Chain):
        return None
    sources = {
        spec.shape: origins[buffer, spec.shape]
        for buffer, spec in zip(step.ins, step.in_specs, strict=True)
        if (buffer, spec.shape) in origins
    }
    if len(sources) > 1:
        first, second, *_ = sources.values()
        return first, second
    for shape, name in sources.items():
        for buffer, spec in zip(step.outs, step.out_specs, strict=True):
            if spec.shape == shape:
                origins[buffer, shape] = name
    return None
