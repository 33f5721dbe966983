"""What every metric is: sums, and a function of sums."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ... import ops
from ...core.registry import Registry
from ...core.tensor import Tensor, as_tensor
from ..losses import per_example

Figure = float | list[float]
"""What a metric says: one number, or one per class or threshold."""


class Metric:
    """A figure over labels and outputs, made of sums that add up over the batches.

    A subclass says which sums, and what they come to. The sums are taken on the device
    in every step and read when logs are due, so they have to be enough: an average
    needs two, the sum of the values and their number.

    Calling a metric gives its value over these examples alone.

    Example:
        >>> class MeanOutput(pw.metrics.Metric):
        ...     def sums(self, labels, outputs, weights):
        ...         return ops.stack([outputs.sum(), ops.sum(ops.ones_like(outputs))])
        ...
        ...     def value(self, sums):
        ...         return sums[0] / sums[1]
        >>> MeanOutput()([0.0, 0.0], [1.0, 2.0])
        1.5
        >>> MeanOutput().name
        'mean_output'
    """

    larger_is_better: bool | None = None
    """Which way a training should move it, for `EarlyStopping`; None where unknown."""

    def __init__(self, name: str | None = None):
        self.name = name or snake_case(type(self).__name__)

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        """The sums [k] of a batch: labels and outputs as the loss gets them (after the
        final activation), weights [n] or None for all ones.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must say its sums(labels, outputs, weights) -> Tensor [k]"
        )

    def value(self, sums: Sequence[float]) -> Figure:
        """The figure of sums that were added up over any number of batches."""
        raise NotImplementedError(f"{type(self).__name__} must say its value(sums) -> float")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Figure:
        labels, outputs = (ops.cast(as_tensor(t), "float32") for t in (y_true, y_pred))
        weights = None if sample_weight is None else ops.cast(as_tensor(sample_weight), "float32")
        return self.value(self.sums(labels, outputs, weights).tolist())

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """From `get_config`, or Keras's: its dtype is left out, sums are float32."""
        return cls(**{key: value for key, value in config.items() if key != "dtype"})


class MeanMetricWrapper(Metric):
    """The mean of a function's values over the examples, weighted where weights count:
    sum(weight * value) / sum(weight).

    Args:
        fn: (y_true, y_pred, **kwargs) -> Tensor [n], or more values per example, of
            which the mean is taken.
        name: the key in logs; the function's name where not given.

    Example:
        >>> def largest(y_true, y_pred):
        ...     return ops.max(y_pred, -1)
        >>> pw.metrics.MeanMetricWrapper(largest)([0, 0], [[1.0, 2.0], [4.0, 3.0]])
        3.0
    """

    takes_logits = False
    """Whether logits rank as the outputs do and may stand in for them."""

    def __init__(self, fn: Callable[..., Tensor], name: str | None = None, **kwargs: Any):
        super().__init__(name or getattr(fn, "__name__", "metric"))
        self.fn, self.kwargs = fn, kwargs

    def examples(self, y_true: Tensor, y_pred: Tensor, logits: Tensor | None = None) -> Tensor:
        """One value per example. Logits, where the step has them, save the final
        activation of a metric that only asks for the ranking.
        """
        outputs = logits if logits is not None and self.takes_logits else y_pred
        return per_example(self.fn(y_true, outputs, **self.kwargs))

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        values = self.examples(labels, outputs)
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
        return {"name": self.name, **self.kwargs}


METRICS: Registry[Metric] = Registry(
    "metric",
    Metric,
    functions=True,
    hint=", accuracy, or a function (y_true, y_pred) -> [n]",
)


def quotient(a: float, b: float) -> float:
    """a / b, and 0 where b is 0, as Keras divides."""
    return a / b if b else 0.0


def shaped_like(name: str, labels: Tensor, outputs: Tensor) -> Tensor:
    """The labels as float32 in the outputs' shape. ValueError where they hold another
    number of values.
    """
    if labels.size != outputs.size:
        raise ValueError(
            f"{name} needs one label per output, got labels of shape {labels.shape} for outputs of"
            f" shape {outputs.shape}; one_hot the labels where they are class numbers"
        )
    return ops.cast(ops.reshape(labels, outputs.shape), "float32")


def snake_case(name: str) -> str:
    """'MeanIoU' -> 'mean_io_u', as Keras names things."""
    words = re.sub(r"([A-Z])([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()
