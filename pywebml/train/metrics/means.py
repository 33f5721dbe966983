"""Means and sums of any values, and of what a function gives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ... import ops
from ...core.tensor import Tensor, Variable, as_numbers, as_tensor
from ..arguments import of_labels_and_outputs
from ..pairing import column, own_values, per_example, weights_of_values
from .base import METRICS, Figure, Metric, is_ours, quotient


def _of_samples(
    values: Tensor, weights: Any, reduced: Callable[..., Tensor], what: str
) -> tuple[Tensor, Tensor | None]:
    """Values [n, ...] and weights as one value per example [n], as Keras reduces them."""
    values = ops.cast(values, "float32")
    n = values.shape[0] if values.ndim else 1
    if weights is None:
        rest = list(range(1, values.ndim))
        return (reduced(values, rest) if rest else values), None
    weights = as_tensor(weights, "float32")
    if weights.ndim == 0:
        weights = ops.broadcast_to(weights, (n,) if values.ndim else ())
    if weights.ndim and weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        weights = ops.squeeze(weights, -1)
    if values.ndim == weights.ndim + 1 and values.shape[-1] == 1:
        values = ops.squeeze(values, -1)
    weights_of_values(weights, values, what, n)
    if values.ndim > weights.ndim:
        values = reduced(values, list(range(weights.ndim, values.ndim)))
    weights = ops.broadcast_to(weights, values.shape)
    values = values * weights
    rest = list(range(1, values.ndim))
    if rest:
        values, weights = reduced(values, rest), reduced(weights, rest)
    return values, weights


@METRICS("Sum")
class Sum(Metric):
    """The sum of values, weighted: `update_state(values, sample_weight)`. Keras's
    `Sum`.

    Example:
        >>> total = pw.metrics.Sum()
        >>> total.update_state([1, 3, 5])
        >>> total.update_state([2.0], sample_weight=[0.5])
        >>> total.result().item()
        10.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None):
        super().__init__(dtype, name)

    @property
    def total(self) -> Variable:
        """What the values add up to."""
        return self.scalar("total")

    @property
    def variables(self) -> list[Variable]:
        """[total]."""
        return [self.total, *(v for v in super().variables if v is not self.total)]

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        summed, _ = _of_samples(as_numbers(values), sample_weight, ops.sum, self.name)
        self.total.assign(self.total + ops.sum(summed))

    def result(self) -> Any:
        return self.total.value


@METRICS("Mean")
class Mean(Metric):
    """The mean of values, weighted: sum(weight * value) / sum(weight), over all calls
    of `update_state(values, sample_weight)`. Keras's `Mean`.

    Example:
        >>> loss = pw.metrics.Mean(name="loss")
        >>> loss.update_state([1.0, 3.0])
        >>> loss.update_state(5.0)
        >>> loss.result().item()
        3.0
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None):
        super().__init__(dtype, name)

    @property
    def total(self) -> Variable:
        """What the weighted values add up to."""
        return self.scalar("total")

    @property
    def count(self) -> Variable:
        """What the weights add up to."""
        return self.scalar("count")

    @property
    def variables(self) -> list[Variable]:
        """[total, count]."""
        own = [self.total, self.count]
        return [*own, *(v for v in super().variables if all(v is not one for one in own))]

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        self._add_values(as_numbers(values), sample_weight)

    def _add_values(self, values: Tensor, weights: Any) -> None:
        means, counts = _of_samples(values, weights, ops.mean, self.name)
        self.total.assign(self.total + ops.sum(means))
        if counts is None:
            self.count.assign(self.count + float(means.size if means.ndim else 1))
        else:
            self.count.assign(self.count + ops.sum(counts))

    def result(self) -> Any:
        return ops.div_no_nan(self.total, self.count)


@METRICS("MeanMetricWrapper")
class MeanMetricWrapper(Mean):
    """The mean of a function's values over the examples, weighted where weights count:
    sum(weight * value) / sum(weight).

    Args:
        fn: (y_true, y_pred, **kwargs) -> Tensor [n], or more values per example, of
            which the mean is taken.
        name: the key in logs; the function's name where not given.

    Example:
        >>> def largest(y_true, y_pred):
        ...     return ops.max(y_pred, -1)
        >>> mean = pw.metrics.MeanMetricWrapper(largest)
        >>> mean([0, 0], [[1.0, 2.0], [4.0, 3.0]]).item()
        3.0
    """

    takes_logits = False
    """Whether logits rank as the outputs do and may stand in for them."""
    options: ClassVar[tuple[str, ...]] = ()
    """The function's arguments behind labels and outputs, in attributes."""

    def __init__(
        self, fn: Callable[..., Tensor], name: str | None = None, dtype: Any = None, **kwargs: Any
    ):
        of_labels_and_outputs(f"{type(self).__name__}: fn of a metric", fn, **kwargs)
        super().__init__(getattr(fn, "__name__", "metric") if name is None else name, dtype)
        self.fn, self.kwargs = fn, kwargs

    def examples(self, y_true: Tensor, y_pred: Tensor, logits: Tensor | None = None) -> Tensor:
        """One value per example. Logits, where the step has them, save the final
        activation of a metric that only asks for the ranking.
        """
        outputs = logits if logits is not None and self.takes_logits else y_pred
        function: Any = inspect.unwrap(self.fn) if is_ours(self.fn) else self.fn
        values: Tensor = function(y_true, outputs, **self.kwargs)
        return values

    def summands(self, y_true: Tensor, y_pred: Tensor, logits: Tensor | None = None) -> Tensor:
        """`examples`. Where the function is a user's, labels come in the outputs' rank,
        and nothing is broadcast by chance.
        """
        if is_ours(self.fn) and is_ours(type(self)):
            y_true, y_pred = column(y_true, y_pred)
            return per_example(self.examples(y_true, y_pred, logits))
        return own_values(f"the metric {self.name!r}", self.examples, y_true, y_pred)[0]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        labels, outputs = as_numbers(y_true), as_numbers(y_pred)
        self._check_numbers(labels, outputs)
        if is_ours(self.fn) and is_ours(type(self)):
            values = self.examples(*column(labels, outputs))
        else:
            name = f"the metric {self.name!r}"
            values = own_values(name, self.examples, labels, outputs)[0]
        self._add_values(values, sample_weight)

    def sums_of(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        return self.sums(labels, outputs, weights)

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        values = self.summands(labels, outputs)
        if weights is None:
            return ops.stack([ops.sum(values), ops.fill((), float(values.shape[0]))])
        return ops.stack([ops.sum(values * weights), ops.sum(weights)])

    def value(self, sums: Sequence[float]) -> Figure:
        return quotient(sums[0], sums[1])

    def get_config(self) -> dict[str, Any]:
        if type(self) is MeanMetricWrapper:
            raise TypeError(
                f"the metric {self.name!r} is a plain function and cannot be written into a config"
            )
        return {"name": self.name, "dtype": self.dtype, **self.kwargs}
