"""What `fit` is given, checked against the model and brought to the device."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.tensor import Tensor, as_tensor, tensor
from .compiled import Target, by_name
from .losses import Loss
from .trainee import Trainee, compiled_of


class Batch(NamedTuple):
    """Inputs (one tensor per model input), and for every target its labels and the
    loss's weight of every example or None; all with n rows.
    """

    inputs: tuple[Tensor, ...]
    labels: tuple[Tensor, ...]
    weights: tuple[Tensor | None, ...]

    @property
    def n(self) -> int:
        return self.inputs[0].shape[0]

    def map(self, function: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with every tensor replaced."""
        return Batch(
            tuple(function(t) for t in self.inputs),
            tuple(function(t) for t in self.labels),
            tuple(None if t is None else function(t) for t in self.weights),
        )

    def rows(self, start: int, stop: int) -> Batch:
        """Examples start ... stop - 1, copied on the device."""
        if start == 0 and stop == self.n:
            return self
        return self.map(
            lambda t: ops.slice(t, (start, *[0] * (t.ndim - 1)), (stop - start, *t.shape[1:]))
        )


def model_inputs(model: Trainee, x: Any) -> tuple[Tensor, ...]:
    """x, a list of them, or a dict by input name, as tensors of the model's input
    dtypes. ValueError where number, shape or length do not fit.
    """
    tensors = [as_tensor(t) for t in _inputs(model, x)]
    if not model.built:
        model.build(tensors[0].shape)
    symbols = model.inputs
    if len(tensors) != len(symbols):
        raise ValueError(
            f"model {model.name!r} takes {len(symbols)} inputs, got {len(tensors)}; pass them as a"
            " list"
        )
    for symbol, t in zip(symbols, tensors, strict=True):
        expected = symbol.shape
        if t.ndim != len(expected) or any(
            n not in (None, m) for n, m in zip(expected[1:], t.shape[1:], strict=True)
        ):
            one = t.ndim == len(expected) - 1 and t.ndim > 0
            hint = (
                "; a single example needs a batch dimension in front, x.reshape(1, ...)"
                if one
                else ""
            )
            raise ValueError(
                f"model {model.name!r} expects x of shape {_shown(expected)}, got {t.shape}{hint}"
            )
    if len({t.shape[0] for t in tensors}) > 1:
        raise ValueError(f"all inputs must have one length, got {[t.shape[0] for t in tensors]}")
    return tuple(
        t if t.dtype == s.dtype else ops.cast(t, s.dtype)
        for t, s in zip(tensors, symbols, strict=True)
    )


def _inputs(model: Trainee, x: Any) -> list[Any]:
    """x by input, in the model's order."""
    if isinstance(x, Mapping):
        names = model.input_names if model.built else []
        if set(x) != set(names):
            raise ValueError(
                f"model {model.name!r} has the inputs {', '.join(names) or '(not built yet)'}, got"
                f" {', '.join(map(str, x))}"
            )
        return [x[name] for name in names]
    if model.built and len(model.inputs) != 1:
        return list(x) if isinstance(x, (list, tuple)) else [x]
    wrapped = isinstance(x, (list, tuple)) and len(x) == 1 and isinstance(x[0], Tensor)
    return [x[0] if wrapped else x]


async def prepare(
    model: Trainee,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | None = None,
) -> Batch:
    """Everything on the device once, shapes and class numbers checked (one small
    readback for the latter).
    """
    compiled = compiled_of(model)
    if y is None:
        raise ValueError("no labels: give y, one row for every row of x")
    inputs = model_inputs(model, x)
    n = inputs[0].shape[0]
    if len(model.outputs) != len(compiled.outputs):
        raise ValueError(
            f"model {model.name!r} has {len(model.outputs)} outputs and was compiled for"
            f" {len(compiled.outputs)}; compile it again"
        )
    if class_weight and len(compiled.outputs) > 1:
        raise ValueError(
            f"class_weight is for models of one output, {model.name!r} has"
            f" {len(compiled.outputs)}; give sample_weight, a weight per example and output"
        )
    # the model's own names: a Sequential may have been compiled before it was built
    labels = by_output("y", y, model.output_names)
    of_examples = by_output("sample_weight", sample_weight, model.output_names)
    tensors, weights = [], []
    for target in compiled.targets:
        own = await _labels(target, labels[target.index], n, model.outputs[target.index].shape)
        tensors.append(own)
        weights.append(await _weights(own, target.loss, n, of_examples[target.index], class_weight))
    return Batch(inputs, tuple(tensors), tuple(weights))


def by_output(what: str, value: Any, outputs: Sequence[str]) -> list[Any]:
    """y or sample_weight as one value per output: of several outputs a list or a dict
    by name; one sample_weight is for all of them.
    """
    if isinstance(value, Mapping):
        return by_name(what, value, outputs)
    if len(outputs) == 1:
        wrapped = isinstance(value, (list, tuple)) and len(value) == 1
        return [value[0] if wrapped and isinstance(value[0], Tensor) else value]
    is_list = isinstance(value, (list, tuple))
    if what == "sample_weight" and not (is_list and not _numbers(value)):
        return [value] * len(outputs)
    if not is_list or len(value) != len(outputs):
        got = f"{len(value)} of them" if is_list else type(value).__name__
        raise ValueError(
            f"{what} must be a list or a dict by name for the outputs {', '.join(outputs)}, got"
            f" {got}"
        )
    return list(value)


def _numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


async def _labels(target: Target, y: Any, n: int, output: tuple[int | None, ...]) -> Tensor:
    """The labels of one output, checked, in the dtype that its loss takes."""
    if y is None:
        raise ValueError(f"no labels for output {target.name!r}, which has a loss")
    labels = as_tensor(y)
    if labels.ndim == 0 or labels.shape[0] != n:
        raise ValueError(
            f"x has {n} examples but y has {labels.shape[0] if labels.ndim else 'only one number'};"
            " they must be equally long"
        )
    target.loss.check(labels.shape, output)
    dtype = "int32" if target.loss.sparse else "float32"
    labels = labels if labels.dtype == dtype else ops.cast(labels, dtype)
    if target.loss.sparse:
        await _check_classes(labels, output[-1])
    return labels


async def _check_classes(labels: Tensor, classes: int | None) -> None:
    low, high = (int(v) for v in await ops.stack([ops.min(labels), ops.max(labels)]).data())
    if low < 0 or (classes is not None and high >= classes):
        raise ValueError(
            f"class numbers must lie in 0 ... {(classes or 1) - 1} for a model of {classes}"
            f" outputs, got {low} ... {high}"
        )


async def _weights(
    labels: Tensor, loss: Loss, n: int, sample_weight: Any, class_weight: Mapping[int, float] | None
) -> Tensor | None:
    weights = None
    if sample_weight is not None:
        weights = as_tensor(sample_weight)
        if weights.shape != (n,):
            raise ValueError(
                f"sample_weight must hold one number for each of the {n} examples, got shape"
                f" {weights.shape}"
            )
        weights = ops.cast(weights, "float32")
    if class_weight:
        one_hot = not loss.sparse and labels.ndim == 2 and labels.shape[1] > 1
        if math.prod(labels.shape) != n and not one_hot:
            raise ValueError(
                f"class_weight needs one class per example, got labels of shape {labels.shape}"
            )
        classes = (
            ops.argmax(labels, -1) if one_hot else ops.reshape(ops.cast(labels, "int32"), (n,))
        )
        high = labels.shape[1] - 1 if one_hot else int((await ops.max(classes).data())[0])
        table = tensor(
            [float(class_weight.get(i, 1.0)) for i in range(max(high, *class_weight) + 1)]
        )
        of_class = ops.gather(table, classes)
        weights = of_class if weights is None else weights * of_class
    return weights


def split(data: Batch, fraction: float) -> tuple[Batch, Batch]:
    """The first part to train on and the last `fraction` to validate with."""
    if not 0 < fraction < 1:
        raise ValueError(f"validation_split must be above 0 and below 1, got {fraction}")
    at = math.floor(data.n * (1 - fraction))
    if at in (0, data.n):
        raise ValueError(
            f"validation_split={fraction} of {data.n} examples leaves nothing to"
            f" {'train on' if at == 0 else 'validate with'}"
        )
    return data.rows(0, at), data.rows(at, data.n)


def _shown(shape: Sequence[int | None]) -> str:
    return "(n, " + ", ".join("any" if m is None else str(m) for m in shape[1:]) + ")"
