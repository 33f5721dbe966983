"""What `fit` is given, checked against the model and brought to the device."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.host_data import is_stream
from ..core.spec import FLOATS
from ..core.tensor import Tensor, as_numbers, tensor
from ..device.seam import TooLarge
from ..layers.inputs import check_optional, is_optional
from ..layers.support.shapes import of_rank
from .checks import Checks, finite
from .compiled import Target, by_name
from .overrides import overridden
from .pairing import fits, weight_per_example
from .trainee import Trainee, compiled_of
from .weights import AnyClassWeights, ClassWeights, check_class_weight, of_examples

Form = tuple[tuple[bool, ...], int, tuple[bool, ...]]
"""Which inputs a batch has, how many labels, and which outputs have weights."""


class Batch(NamedTuple):
    """Inputs (one tensor per model input, None for an optional one that is not there;
    one is there at least), and for every target its labels and the
    loss's weight of every example or None; all with n rows.
    """

    inputs: tuple[Tensor | None, ...]
    labels: tuple[Tensor, ...]
    weights: tuple[Tensor | None, ...]

    @property
    def n(self) -> int:
        return next(t for t in self.inputs if t is not None).shape[0]

    def map(self, function: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with every tensor replaced."""

        def each(tensors: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
            return tuple(None if t is None else function(t) for t in tensors)

        return Batch(each(self.inputs), tuple(function(t) for t in self.labels), each(self.weights))

    def flat(self) -> tuple[list[Tensor], Form]:
        """All tensors, and what of them is what."""
        said, weighted = (tuple(t is not None for t in ts) for ts in (self.inputs, self.weights))
        present = [t for t in (*self.inputs, *self.labels, *self.weights) if t is not None]
        return present, (said, len(self.labels), weighted)

    @classmethod
    def of(cls, tensors: Sequence[Tensor], form: Form) -> Batch:
        """What `flat` has taken apart."""
        left, (inputs, labels, weighted) = iter(tensors), form
        return cls(
            tuple(next(left) if present else None for present in inputs),
            tuple(next(left) for _ in range(labels)),
            tuple(next(left) if present else None for present in weighted),
        )

    def rows(self, start: int, stop: int) -> Batch:
        """Examples start ... stop - 1, copied on the device."""
        if start == 0 and stop == self.n:
            return self
        return self.map(
            lambda t: ops.slice(t, (start, *[0] * (t.ndim - 1)), (stop - start, *t.shape[1:]))
        )


def model_inputs(model: Trainee, x: Any) -> tuple[Tensor | None, ...]:
    """x, a list of them, or a dict by input name, as tensors of the model's input
    dtypes; None for what is optional and not there. ValueError where number, shape or
    length do not fit.
    """
    if isinstance(x, Mapping) and model.says_itself and not model.built:
        model.build_for({name: _tensor("x", value) for name, value in x.items()})
    values = _inputs(model, x)
    if not model.built:
        values = [_tensor("x", value) for value in values]
        model.build_for(values if len(values) > 1 else values[0])
    symbols = model.inputs
    if len(values) != len(symbols):
        raise ValueError(
            f"model {model.name!r} takes {len(symbols)} inputs, got {len(values)}; pass them as a"
            " list"
        )
    values, symbols = model.on_host(values), model.fed
    if len(values) > 1:
        check_optional(model.name, symbols, values)
    tensors = [
        None if value is None and is_optional(symbol) else _input(value, symbol)
        for value, symbol in zip(values, symbols, strict=True)
    ]
    for symbol, t in zip(symbols, tensors, strict=True):
        if t is not None and not fits(t.shape, symbol.shape):
            one = t.ndim == len(symbol.shape) - 1 and t.ndim > 0
            hint = (
                "; a single example needs a batch dimension in front, x.reshape(1, ...)"
                if one
                else ""
            )
            raise ValueError(
                f"model {model.name!r} expects x of shape {_shown(symbol.shape)}, got"
                f" {t.shape}{hint}"
            )
    lengths = [t.shape[0] for t in tensors if t is not None]
    if len(set(lengths)) > 1:
        raise ValueError(f"all inputs must have one length, got {lengths}")
    if not lengths:
        raise ValueError(f"model {model.name!r} was given None for all of its inputs")
    return tuple(
        t if t is None or t.dtype == s.dtype else ops.cast(t, s.dtype)
        for t, s in zip(tensors, symbols, strict=True)
    )


def _input(value: Any, symbol: Any) -> Tensor:
    rank = len(symbol.shape)
    return of_rank(_sole(_tensor("x", value, symbol.dtype), value, rank), symbol.shape)


def in_order(model: Trainee, x: Mapping[str, Any]) -> list[Any]:
    """Inputs by name, as a list in the model's order. ValueError where the names are
    not those of its inputs.
    """
    if not model.built or (model.says_itself and model.input_names == ["inputs"]):
        raise ValueError(
            f"model {model.name!r} has no names for its inputs, got a dict of"
            f" {', '.join(map(str, x))}: give it a tensor or a list of tensors, or make the model"
            " of named Inputs"
        )
    names = model.input_names
    if set(x) != set(names):
        raise ValueError(
            f"model {model.name!r} has the inputs {', '.join(names)}, got {', '.join(map(str, x))}"
        )
    return [x[name] for name in names]


def _inputs(model: Trainee, x: Any) -> list[Any]:
    """x by input, in the model's order."""
    if isinstance(x, Mapping):
        return in_order(model, x)
    if model.built and len(model.inputs) != 1:
        return list(x) if isinstance(x, (list, tuple)) else [x]
    if model.says_itself and isinstance(x, (list, tuple)) and all(_is_array(v) for v in x):
        return list(x)  # a model of several inputs that is not built yet
    if not model.built and isinstance(x, (list, tuple)) and len(x) == 1:
        return [x[0] if getattr(x[0], "ndim", 0) > 1 else x]
    return [x]


def _is_array(value: Any) -> bool:
    return getattr(value, "ndim", 0) > 1


def _sole(t: Tensor, value: Any, rank: int) -> Tensor:
    """The only one of a list of inputs or labels: [x] is x, as in Keras."""
    in_list = isinstance(value, (list, tuple)) and len(value) == 1
    return ops.reshape(t, t.shape[1:]) if in_list and t.ndim == rank + 1 else t


def _tensor(what: str, value: Any, dtype: str | None = None) -> Tensor:
    """On the device; numbers of the host become floats here where floats are asked for,
    so that they may be large. Errors name the argument.
    """
    values = value if isinstance(value, Tensor) else _of_host(what, value, dtype)
    if not values.size:
        raise ValueError(
            f"{what} has shape {values.shape}, without any value; check that the data has at least"
            " one row"
        )
    return values


def _of_host(what: str, value: Any, dtype: str | None) -> Tensor:
    if hasattr(value, "toarray"):
        raise ValueError(f"{what} is sparse, which the device is not: give {what}.toarray()")
    if value is None or is_stream(value):
        raise ValueError(
            f"{what} must be an array, got {type(value).__name__}; give fit, evaluate and predict a"
            " generator or data set of whole batches, (x, y), as their x"
        )
    try:
        if dtype is None:
            return as_numbers(value)
        return tensor(value, dtype="float32" if dtype in FLOATS else None)
    except TooLarge as error:
        raise ValueError(
            f"{what} is {error.sizes}; a batch lies on the device in one piece: give fewer examples"
            " at a time, make them smaller (pictures of fewer pixels), or use device='cpu'"
        ) from None
    except (TypeError, ValueError) as error:
        raise type(error)(f"{what}: {error}") from None


async def prepare(
    model: Trainee,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: AnyClassWeights = None,
) -> Batch:
    """Everything on the device once, shapes and the numbers of labels and weights
    checked (one small readback for the latter). `class_weight` is only checked here:
    see `weigh_classes`.
    """
    batch, checks = prepared(model, x, y, sample_weight, class_weight)
    await checks.settle()
    return batch


def prepared(
    model: Trainee,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: AnyClassWeights = None,
) -> tuple[Batch, Checks]:
    """`prepare`, with the checks of numbers still to be settled."""
    compiled = compiled_of(model)
    if overridden(model, "train_step") and (y is None or compiled.is_without_loss):
        return _as_it_is(model, x, y, sample_weight), Checks()
    if y is None and compiled.is_without_loss and not compiled.scores:
        return Batch(model_inputs(model, x), (), (None,) * len(compiled.targets)), Checks()
    if y is None:
        raise ValueError("no labels: give y, one row for every row of x")
    inputs = model_inputs(model, x)
    n = Batch(inputs, (), ()).n
    if len(model.outputs) != len(compiled.outputs):
        raise ValueError(
            f"model {model.name!r} has {len(model.outputs)} outputs and was compiled for"
            f" {len(compiled.outputs)}; compile it again"
        )
    of_classes = _of_outputs(model, class_weight)
    # the model's own names: a Sequential may have been compiled before it was built
    labels = by_output("y", y, model.output_names)
    of_examples = by_output("sample_weight", sample_weight, model.output_names)
    tensors, weights, checks = [], [], Checks()
    for target in compiled.targets:
        output = model.outputs[target.index].shape
        what = "y" if len(compiled.outputs) == 1 else f"y of output {target.name!r}"
        own = _labels(what, target, labels[target.index], n, output, checks)
        tensors.append(own)
        steps = output[1] if len(output) > 2 else None
        weights.append(_weights(of_examples[target.index], n, checks, steps))
        if of_class := of_classes[target.index]:
            check_class_weight(checks, of_class, own, target.loss, output[-1])
    return Batch(inputs, tuple(tensors), tuple(weights)), checks


def _as_it_is(model: Trainee, x: Any, y: Any, sample_weight: Any) -> Batch:
    """For a step of the model's own: only it knows what its labels are."""
    inputs = model_inputs(model, x)
    n = Batch(inputs, (), ()).n
    several = isinstance(y, (list, tuple)) and len(model.outputs) > 1
    values = list(y) if several else [value for value in (y,) if value is not None]
    labels = tuple(_tensor("y", value) for value in values)
    lengths = [t.shape[0] if t.ndim else 1 for t in labels]
    if any(length != n for length in lengths):
        raise ValueError(f"x has {n} examples but y has {lengths[0]}; they must be equally long")
    weights = _weights(sample_weight, n, Checks())
    return Batch(inputs, labels, (weights,) * len(labels))


def weigh_classes(model: Trainee, data: Batch, class_weight: AnyClassWeights) -> Batch:
    """The batch with each example's weight times that of its class: of what is trained
    on, and of nothing else.
    """
    if class_weight is None:
        return data
    of_classes, targets = _of_outputs(model, class_weight), compiled_of(model).targets
    return data._replace(
        weights=tuple(
            _weighed(weights, of_classes[target.index], labels, target)
            for weights, labels, target in zip(data.weights, data.labels, targets, strict=True)
        )
    )


def _weighed(
    weights: Tensor | None, of_class: ClassWeights | None, labels: Tensor, target: Target
) -> Tensor | None:
    if of_class is None:
        return weights
    each = of_examples(of_class, labels, target.loss)
    if weights is None:
        return each
    return weights * (ops.reshape(each, (-1, 1)) if weights.ndim == 2 else each)


def _of_outputs(model: Trainee, value: AnyClassWeights) -> list[ClassWeights | None]:
    """class_weight of each of the model's outputs."""
    names = model.output_names
    if value is None:
        return [None] * len(names)
    if isinstance(value, ClassWeights):
        if len(names) > 1:
            raise ValueError(
                f"class_weight is for models of one output, {model.name!r} has {len(names)}; give a"
                " list with a dict for each, None for one without"
            )
        return [value]
    if isinstance(value.each, Mapping):
        return by_name("class_weight", {**dict.fromkeys(names), **value.each}, names)
    if len(value.each) != len(names):
        raise ValueError(
            f"class_weight must have a dict or None for each of the outputs {', '.join(names)}, got"
            f" {len(value.each)} of them"
        )
    return list(value.each)


def by_output(what: str, value: Any, outputs: Sequence[str]) -> list[Any]:
    """y or sample_weight as one value per output: of several outputs a list or a dict
    by name; one sample_weight is for all of them.
    """
    if isinstance(value, Mapping):
        return by_name(what, value, outputs)
    if len(outputs) == 1:
        return [value]
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


def _labels(
    what: str, target: Target, y: Any, n: int, output: tuple[int | None, ...], checks: Checks
) -> Tensor:
    """The labels of one output, checked, in the dtype that its loss takes."""
    if y is None:
        raise ValueError(f"no labels for output {target.name!r}, which has a loss")
    labels = _tensor(what, y, None if target.loss.sparse else "float32")
    labels = _sole(labels, y, len(output))
    if isinstance(y, (list, tuple)) and len(y) == 1 and labels.shape[:2] == (1, n) and n > 1:
        labels = ops.reshape(labels, labels.shape[1:])
    if labels.ndim == 0 or labels.shape[0] != n:
        raise ValueError(
            f"x has {n} examples but y has {labels.shape[0] if labels.ndim else 'only one number'};"
            " they must be equally long"
        )
    loss = target.loss
    loss.check(labels.shape, output)
    dtype = "int32" if loss.sparse else "float32"
    cast = labels if labels.dtype == dtype else ops.cast(labels, dtype)
    if loss.looks is not None:  # at class numbers before they are cut to whole ones
        loss.looks(checks, what, labels if loss.sparse else cast, output[loss.class_axis])
    for score in target.scores:
        if score.metric.looks is None or score.metric.looks is not loss.looks:
            score.metric.look(checks, f"{what} of the metric {score.key!r}", labels, output[-1])
    return cast


def _weights(sample_weight: Any, n: int, checks: Checks, steps: int | None = None) -> Tensor | None:
    """A weight per example [n], or per step [n, steps] of outputs that have some."""
    if sample_weight is None:
        return None
    weights = _tensor("sample_weight", sample_weight, "float32")
    if isinstance(sample_weight, (list, tuple)) and weights.shape == (1, n):  # [w] is w
        weights = ops.reshape(weights, (n,))
    if steps is None or steps == 1 or weights.shape != (n, steps):
        weights = weight_per_example(weights, n)
    finite(checks, "sample_weight", weights)
    return weights


def split(data: Any, fraction: float) -> tuple[Any, Any]:
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
