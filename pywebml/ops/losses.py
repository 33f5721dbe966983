"""TensorFlow.js's `tf.losses`: weighted, and reduced in one of four ways. Their names
and arguments are its own; Keras's losses, which `compile` takes, are `pw.losses`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any

from ..core.composite import Sample, composite
from ..core.tensor import Tensor
from ..host.lazy import np
from .cross_entropy import softmax_cross_entropy as cross_entropy_of_rows
from .support.axes import floating

__all__ = [
    "Reduction", "absolute_difference", "compute_weighted_loss", "cosine_distance", "hinge_loss",
    "huber_loss", "log_loss", "mean_squared_error", "sigmoid_cross_entropy",
    "softmax_cross_entropy",
]  # fmt: skip


class Reduction(enum.IntEnum):
    """What becomes of the losses once they are weighted, with TensorFlow.js's numbers.

    Example:
        >>> ops.losses.Reduction.SUM == 2
        True
    """

    NONE = 0
    """Nothing: they keep their shape."""
    MEAN = 1
    """Their sum, divided by the sum of the weights."""
    SUM = 2
    SUM_BY_NONZERO_WEIGHTS = 3
    """Their sum, divided by the number of weights that are not zero."""


BY_COUNT = Reduction.SUM_BY_NONZERO_WEIGHTS


def _reduction(value: Any) -> Reduction:
    try:
        return Reduction(value)
    except ValueError:
        names = ", ".join(f"{member.value} ({member.name})" for member in Reduction)
        raise ValueError(f"reduction must be one of {names}, got {value!r}") from None


def _pair(what: str, labels: Any, predictions: Any) -> tuple[Any, Any]:
    """Both as floats; ValueError where the shapes differ."""
    one, other = floating(labels), floating(predictions)
    if one.shape != other.shape:
        raise ValueError(
            f"{what}: labels {one.shape} and predictions {other.shape} must have one shape"
        )
    return one, other


def _reduced(losses: Any, weights: Any, reduction: int) -> Any:
    """The meaning of `compute_weighted_loss` in NumPy."""
    weight = np.ones((), losses.dtype) if weights is None else weights
    scaled = losses * weight
    every = np.broadcast_to(weight, losses.shape)
    divisor = {1: every.sum(), 2: 1, 3: np.count_nonzero(every)}
    return scaled if reduction == 0 else np.asarray(scaled.sum() / divisor[reduction], losses.dtype)


def _samples(low: float = 0.1, high: float = 0.9, **keywords: Any) -> Iterator[Sample]:
    """Labels and predictions [3, 4] between two numbers, with each kind of weights."""
    rng = np.random.default_rng(5)
    labels, predictions = rng.uniform(low, high, (2, 3, 4)).astype(np.float32)
    rows = np.array([[0.5], [0.0], [2.0]], np.float32)
    yield Sample("no weights", (labels, predictions), keywords)
    yield Sample("weights of rows, mean", (labels, predictions, rows), {**keywords, "reduction": 1})
    yield Sample("one weight, none", (labels, predictions, rows[2, 0]),
                 {**keywords, "reduction": 0})  # fmt: skip
    yield Sample("a weight of 0", (labels, predictions, rows * labels), keywords)


def _loss(formula: Callable[..., Any]) -> Callable[..., Any]:
    """The meaning of a loss, from its formula in NumPy."""

    def meaning(labels: Any, predictions: Any, weights: Any = None, **named: Any) -> Any:
        reduction = named.pop("reduction", BY_COUNT)
        return _reduced(formula(labels, predictions, **named), weights, reduction)

    return meaning


@composite(
    meaning=lambda losses, weights=None, reduction=BY_COUNT: _reduced(losses, weights, reduction),
    cases=lambda: [Sample(name, x[1:], keywords) for name, x, keywords, *_ in _samples(-2.0, 2.0)],
)
def compute_weighted_loss(losses: Any, weights: Any = None, reduction: int = BY_COUNT) -> Tensor:
    """losses * weights (broadcast), reduced as `Reduction` says: by default to the sum
    over the number of weights that are not zero.

    ValueError for weights that cannot be broadcast, and for an unknown reduction.

    Example:
        >>> float(ops.losses.compute_weighted_loss([1.0, 2.0, 6.0], [1.0, 0.0, 1.0]))
        3.5
    """
    how, values = _reduction(reduction), floating(losses)
    weight: Any = 1.0 if weights is None else floating(weights)
    scaled: Any = values if weights is None else values * weight
    if how is Reduction.NONE:
        return scaled  # type: ignore[no-any-return]
    if how is Reduction.SUM:
        return scaled.sum()  # type: ignore[no-any-return]
    if weights is None:
        return scaled.mean()  # type: ignore[no-any-return]
    counted = weight if how is Reduction.MEAN else (weight != 0).astype(values.dtype)
    uses = scaled.size / max(weight.size, 1)  # of each weight
    return scaled.sum() / (counted.sum() * uses)  # type: ignore[no-any-return]


@composite(meaning=_loss(lambda y, p: abs(y - p)), cases=lambda: _samples(-2.0, 2.0))
def absolute_difference(
    labels: Any, predictions: Any, weights: Any = None, reduction: int = BY_COUNT
) -> Tensor:
    """|labels - predictions|; weights and reduction as for `compute_weighted_loss`.

    Example:
        >>> float(ops.losses.absolute_difference([1.0, 2.0], [0.0, 4.0]))
        1.5
    """
    y, p = _pair("absolute_difference", labels, predictions)
    return compute_weighted_loss((y - p).abs(), weights, reduction)


@composite(meaning=_loss(lambda y, p: (y - p) ** 2), cases=lambda: _samples(-2.0, 2.0))
def mean_squared_error(
    labels: Any, predictions: Any, weights: Any = None, reduction: int = BY_COUNT
) -> Tensor:
    """(labels - predictions)^2; weights and reduction as for `compute_weighted_loss`.

    Example:
        >>> float(ops.losses.mean_squared_error([1.0, 2.0], [0.0, 4.0]))
        2.5
    """
    y, p = _pair("mean_squared_error", labels, predictions)
    return compute_weighted_loss((y - p).square(), weights, reduction)


@composite(
    meaning=_loss(lambda y, p, axis: 1 - (y * p).sum(axis, keepdims=True)),
    cases=lambda: [
        Sample(f"axis {axis}, reduction {how.name}", x[:2], {"axis": axis, "reduction": how})
        for axis, how in ((1, Reduction.SUM), (0, Reduction.NONE), (-1, BY_COUNT))
        for _, x, *_ in list(_samples())[:1]
    ],
)
def cosine_distance(
    labels: Any, predictions: Any, axis: int, weights: Any = None, reduction: int = BY_COUNT
) -> Tensor:
    """1 - sum(labels * predictions) along `axis`, which stays as 1: the distance of
    vectors of length 1. Weights and reduction as for `compute_weighted_loss`.

    Example:
        >>> float(ops.losses.cosine_distance([[1.0, 0.0]], [[0.5, 0.75]], axis=1))
        0.5
    """
    y, p = _pair("cosine_distance", labels, predictions)
    return compute_weighted_loss(1.0 - (y * p).sum(axis, True), weights, reduction)


@composite(meaning=_loss(lambda y, p: np.maximum(0, 1 - (2 * y - 1) * p)), cases=_samples)
def hinge_loss(
    labels: Any, predictions: Any, weights: Any = None, reduction: int = BY_COUNT
) -> Tensor:
    """max(0, 1 - s * predictions) with s = 2 labels - 1, for labels 0 and 1; weights
    and reduction as for `compute_weighted_loss`.

    Example:
        >>> float(ops.losses.hinge_loss([1.0, 0.0], [0.5, 0.5]))
        1.0
    """
    y, p = _pair("hinge_loss", labels, predictions)
    return compute_weighted_loss((1.0 - (2.0 * y - 1.0) * p).relu(), weights, reduction)


@composite(
    meaning=_loss(
        lambda y, p, delta=1.0: np.where(
            abs(y - p) < delta, (y - p) ** 2 / 2, delta * abs(y - p) - delta**2 / 2
        )
    ),
    cases=lambda: [*_samples(-3.0, 3.0), *_samples(-1.0, 1.0, delta=0.25)],
)
def huber_loss(
    labels: Any, predictions: Any, weights: Any = None, delta: float = 1.0,
    reduction: int = BY_COUNT,
) -> Tensor:  # fmt: skip
    """error^2 / 2 for errors up to `delta`, and from there on the straight line that
    goes on from it (Huber 1964). Weights and reduction as for `compute_weighted_loss`.

    Example:
        >>> float(ops.losses.huber_loss([0.0, 0.0], [1.0, 3.0]))
        1.5
    """
    y, p = _pair("huber_loss", labels, predictions)
    error = (y - p).abs()
    near = error.minimum(delta)
    return compute_weighted_loss(0.5 * near.square() + delta * (error - near), weights, reduction)


@composite(
    meaning=_loss(
        lambda y, p, epsilon=1e-7: -y * np.log(p + epsilon) - (1 - y) * np.log(1 - p + epsilon)
    ),
    cases=lambda: [*_samples(), *_samples(epsilon=0.1)],
)
def log_loss(
    labels: Any, predictions: Any, weights: Any = None, epsilon: float = 1e-7,
    reduction: int = BY_COUNT,
) -> Tensor:  # fmt: skip
    """-labels log(predictions + epsilon) - (1 - labels) log(1 - predictions + epsilon);
    weights and reduction as for `compute_weighted_loss`.

    Example:
        >>> round(float(ops.losses.log_loss([1.0, 0.0], [0.5, 0.5])), 4)
        0.6931
    """
    y, p = _pair("log_loss", labels, predictions)
    losses = -y * (p + epsilon).log() - (1.0 - y) * (1.0 - p + epsilon).log()
    return compute_weighted_loss(losses, weights, reduction)


@composite(
    meaning=_loss(
        lambda y, x, label_smoothing=0.0: (
            np.logaddexp(0, x) - x * (y * (1 - label_smoothing) + label_smoothing / 2)
        )
    ),
    cases=lambda: [*_samples(-3.0, 3.0), *_samples(label_smoothing=0.2)],
)
def sigmoid_cross_entropy(
    multi_class_labels: Any, logits: Any, weights: Any = None, label_smoothing: float = 0.0,
    reduction: int = BY_COUNT,
) -> Tensor:  # fmt: skip
    """The cross-entropy of labels 0 and 1 and sigmoid(logits), in nats and without
    overflow. `label_smoothing` draws labels towards 1/2. Weights and reduction as for
    `compute_weighted_loss`.

    Example:
        >>> round(float(ops.losses.sigmoid_cross_entropy([1.0, 0.0], [0.0, 0.0])), 4)
        0.6931
    """
    y, x = _pair("sigmoid_cross_entropy", multi_class_labels, logits)
    if label_smoothing > 0:
        y = y * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return compute_weighted_loss(x.relu() - x * y + (-x.abs()).softplus(), weights, reduction)


@composite(
    meaning=_loss(
        lambda y, x, label_smoothing=0.0: (
            -(
                (y * (1 - label_smoothing) + label_smoothing / y.shape[-1])
                * (x - np.log(np.exp(x).sum(-1, keepdims=True)))
            ).sum(-1)
        )
    ),
    cases=lambda: [
        Sample(name, (*x[:2], *(w[..., 0] if np.ndim(w) else w for w in x[2:])), keywords)
        for name, x, keywords, *_ in [*_samples(), *_samples(label_smoothing=0.3)]
    ],
)
def softmax_cross_entropy(
    onehot_labels: Any, logits: Any, weights: Any = None, label_smoothing: float = 0.0,
    reduction: int = BY_COUNT,
) -> Tensor:  # fmt: skip
    """The cross-entropy of labels and softmax(logits), both [..., classes], in nats:
    one loss, and one weight, for all classes together. `label_smoothing` draws labels
    towards 1 / classes. Weights and reduction as for `compute_weighted_loss`.

    Example:
        >>> round(float(ops.losses.softmax_cross_entropy([[0.0, 1.0]], [[3.0, 3.0]])), 4)
        0.6931
    """
    y, x = _pair("softmax_cross_entropy", onehot_labels, logits)
    if label_smoothing > 0:
        y = y * (1.0 - label_smoothing) + label_smoothing / y.shape[-1]
    return compute_weighted_loss(cross_entropy_of_rows(y, x), weights, reduction)
