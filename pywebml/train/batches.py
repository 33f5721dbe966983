"""What `fit` is given, checked against the model and brought to the device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.tensor import Tensor, as_tensor, tensor
from .losses import Loss
from .trainee import Trainee


class Batch(NamedTuple):
    """Inputs (one tensor a model input), labels and the loss's weight of every example
    or None, all with n rows.
    """

    inputs: tuple[Tensor, ...]
    labels: Tensor
    weights: Tensor | None

    @property
    def n(self) -> int:
        return self.labels.shape[0]

    def rows(self, start: int, stop: int) -> Batch:
        """Examples start ... stop - 1, copied on the device."""
        if start == 0 and stop == self.n:
            return self

        def cut(t: Tensor) -> Tensor:
            return ops.slice(t, (start, *[0] * (t.ndim - 1)), (stop - start, *t.shape[1:]))

        return Batch(
            tuple(cut(t) for t in self.inputs),
            cut(self.labels),
            None if self.weights is None else cut(self.weights),
        )


def model_inputs(model: Trainee, x: Any) -> tuple[Tensor, ...]:
    """x as tensors of the model's input dtypes. ValueError where number, shape or
    length do not fit.
    """
    single = not model.built or len(model.inputs) == 1
    if single and isinstance(x, (list, tuple)) and len(x) == 1 and isinstance(x[0], Tensor):
        x = x[0]
    given = [x] if single else list(x) if isinstance(x, (list, tuple)) else [x]
    tensors = [as_tensor(t) for t in given]
    if not model.built:
        model.build(tensors[0].shape)
    symbols = model.inputs
    if len(tensors) != len(symbols):
        raise ValueError(
            f"model {model.name!r} takes {len(symbols)} inputs, got {len(tensors)}; pass them as a"
            " list"
        )
    for symbol, t in zip(symbols, tensors, strict=True):
        wanted = symbol.shape
        if t.ndim != len(wanted) or any(
            n not in (None, m) for n, m in zip(wanted[1:], t.shape[1:], strict=True)
        ):
            one = t.ndim == len(wanted) - 1 and t.ndim > 0
            hint = (
                "; a single example needs a batch dimension in front, x.reshape(1, ...)"
                if one
                else ""
            )
            raise ValueError(
                f"model {model.name!r} expects x of shape {_shown(wanted)}, got {t.shape}{hint}"
            )
    if len({t.shape[0] for t in tensors}) > 1:
        raise ValueError(f"all inputs must have one length, got {[t.shape[0] for t in tensors]}")
    return tuple(
        t if t.dtype == s.dtype else ops.cast(t, s.dtype)
        for t, s in zip(tensors, symbols, strict=True)
    )


async def prepare(
    model: Trainee,
    loss: Loss,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: dict[int, float] | None = None,
) -> Batch:
    """Everything on the device once, shapes and class numbers checked (one small
    readback for the latter).
    """
    if y is None:
        raise ValueError("no labels: give y, one row for every row of x")
    inputs = model_inputs(model, x)
    labels = as_tensor(y)
    n, output = inputs[0].shape[0], model.outputs[0].shape
    if labels.ndim == 0 or labels.shape[0] != n:
        raise ValueError(
            f"x has {n} examples but y has {labels.shape[0] if labels.ndim else 'only one number'};"
            " they must be equally long"
        )
    loss.check(labels.shape, output)
    wanted = "int32" if loss.sparse else "float32"
    labels = labels if labels.dtype == wanted else ops.cast(labels, wanted)
    if loss.sparse:
        await _check_classes(labels, output[-1])
    return Batch(inputs, labels, await _weights(labels, loss, n, sample_weight, class_weight))


async def _check_classes(labels: Tensor, classes: int | None) -> None:
    low, high = (int(v) for v in await ops.stack([ops.min(labels), ops.max(labels)]).data())
    if low < 0 or (classes is not None and high >= classes):
        raise ValueError(
            f"class numbers must lie in 0 ... {(classes or 1) - 1} for a model of {classes}"
            f" outputs, got {low} ... {high}"
        )


async def _weights(
    labels: Tensor, loss: Loss, n: int, sample_weight: Any, class_weight: dict[int, float] | None
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
        if any(not isinstance(k, int) or k < 0 for k in class_weight):
            raise ValueError(
                "class_weight maps class numbers (0, 1, ...) to weights, got the keys"
                f" {list(class_weight)}"
            )
        one_hot = not loss.sparse and labels.ndim == 2 and labels.shape[1] > 1
        if math.prod(labels.shape) != n and not one_hot:
            raise ValueError(
                f"class_weight needs one class an example, got labels of shape {labels.shape}"
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
