"""How much each example counts: sample_weight and class_weight, in all the forms they
come in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.tensor import Tensor, tensor
from . import checks
from .arguments import is_number
from .losses import Loss


class ClassWeights(NamedTuple):
    """Weights by class number. `complete` where every class must have one, as in a
    list; in a dict a class that is not named has 1.
    """

    weights: Mapping[int, float]
    complete: bool = False


class OfOutputs(NamedTuple):
    """Those of each output, in their order or by name; None for one without."""

    each: Sequence[ClassWeights | None] | Mapping[str, ClassWeights | None]


AnyClassWeights = ClassWeights | OfOutputs | None


def class_weights(value: Any) -> AnyClassWeights:
    """From a dict with numbers, NumPy's or digits as keys, a Series by its index, or a
    list, array or tensor with a weight for every class; or from a list of such dicts,
    or a dict of such by name, for several outputs. ValueError for anything else.

    Example:
        >>> from pywebml.train.weights import class_weights
        >>> class_weights({"0": 1, 2: 3.0}).weights
        {0: 1.0, 2: 3.0}
        >>> class_weights([0.5, 2.0]).weights
        {0: 0.5, 1: 2.0}
    """
    if value is None or isinstance(value, (ClassWeights, OfOutputs)):
        return value
    if isinstance(value, (list, tuple)) and any(isinstance(one, Mapping) for one in value):
        return OfOutputs([_of_one(one) for one in value])
    if isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values()):
        return OfOutputs({name: _of_one(one) for name, one in value.items()})
    return _of_one(value)


def _of_one(value: Any) -> ClassWeights | None:
    if value is None:
        return None
    if isinstance(value, Mapping) or (hasattr(value, "items") and hasattr(value, "index")):
        pairs = list(value.items())
        weights = {_class(key, value): _weight(key, weight) for key, weight in pairs}
        if len(weights) < len(pairs):
            raise ValueError(f"class_weight names a class twice, got {value!r:.200}")
        return ClassWeights(weights) if weights else None
    values = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(values, (list, tuple, range)) or not values:
        raise ValueError(
            f"class_weight maps class numbers (0, 1, ...) to weights, got {value!r:.100}; for"
            " example {0: 1.0, 1: 3.0}, or [1.0, 3.0], a weight for every class"
        )
    return ClassWeights({i: _weight(i, weight) for i, weight in enumerate(values)}, True)


def _class(key: Any, of: Any) -> int:
    if isinstance(key, str) and key.isdecimal():
        return int(key)
    number = int(key) if isinstance(key, bool) else key
    if not is_number(number) or not number >= 0 or number != number // 1:
        raise ValueError(
            "class_weight maps class numbers (0, 1, ...) to weights, got the keys"
            f" {[key for key, _ in of.items()]!r:.200}"
        )
    return int(number)


def _weight(key: Any, weight: Any) -> float:
    if not is_number(weight) or not math.isfinite(weight) or weight < 0:
        raise ValueError(
            f"class_weight of class {key} must be a number of at least 0, got {weight!r:.100}"
        )
    return float(weight)


def check_class_weight(
    to_check: checks.Checks, value: ClassWeights, labels: Tensor, loss: Loss, classes: int | None
) -> None:
    """ValueError where these labels have no class, or the weights name one that there
    is not; what depends on the labels' numbers is left to the readback.
    """
    one_hot = _is_one_hot(labels, loss)
    if math.prod(labels.shape) != labels.shape[0] and not one_hot:
        raise ValueError(
            f"class_weight needs one class per example, got labels of shape {labels.shape}"
        )
    if one_hot:
        classes = labels.shape[1]
    elif not loss.sparse:  # numbers: 0 and 1 for one yes or no
        classes = 2 if loss.looks is checks.yes_or_no else None
    top = max(value.weights)
    if classes is not None and (top >= classes or (value.complete and top + 1 < classes)):
        raise ValueError(
            f"class_weight has weights for the classes {sorted(value.weights)}, but there are"
            f" {classes} classes, 0 ... {classes - 1}"
        )
    if not one_hot and not loss.sparse:
        known = top + 1 if value.complete else classes
        checks.class_numbers(to_check, "y with a class_weight", labels, known)


def of_examples(value: ClassWeights, labels: Tensor, loss: Loss) -> Tensor:
    """The weight of each example's class [n]."""
    if _is_one_hot(labels, loss):
        classes = ops.argmax(labels, -1)
    else:
        classes = ops.reshape(ops.cast(labels, "int32"), (labels.shape[0],))
    unnamed = max(value.weights) + 1  # this class and all above share an entry
    table = tensor([value.weights.get(i, 1.0) for i in range(unnamed + 1)], dtype="float32")
    return ops.gather(table, ops.minimum(classes, unnamed))


def _is_one_hot(labels: Tensor, loss: Loss) -> bool:
    return not loss.sparse and labels.ndim == 2 and labels.shape[1] > 1
