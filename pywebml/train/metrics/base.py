"""What every metric is: sums, and a function of sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ... import ops
from ...core.registry import Registry
from ...core.tensor import Tensor, as_tensor, run_sync
from .. import checks
from ..arguments import of_labels_and_outputs, snake_case, text
from ..pairing import column, line_up, own_values, per_example, refuse_broadcast, weight_per_example

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
    looks: ClassVar[Callable[..., None] | None] = None
    """What of `train/checks.py` the labels' numbers must pass."""

    def __init__(self, name: str | None = None):
        title = type(self).__name__
        self.name = text(f"{title}: name", snake_case(title) if name is None else name)

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        """The sums [k] of a batch: labels and outputs as the loss gets them (after the
        final activation), weights [n] or None for all ones.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must say its sums(labels, outputs, weights) -> Tensor [k]"
        )

    def sums_of(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        """`sums`. Where it is a user's, labels come in the outputs' rank, and nothing
        is broadcast by chance.
        """
        if not _is_ours(type(self)):
            inputs = {"labels": labels, "outputs": outputs}
            if weights is not None:
                inputs["weights"] = weights
            shapes = {name: t.shape for name, t in inputs.items()}
            labels, outputs = line_up(labels, outputs)
            inputs |= {"labels": labels, "outputs": outputs}
            refuse_broadcast(
                f"the metric {self.name!r}",
                lambda y, p, w=None: self.sums(y, p, w),
                inputs,
                shapes,
            )
        return self.sums(labels, outputs, weights)

    def look(self, to_check: checks.Checks, what: str, labels: Tensor, classes: int | None) -> None:
        """Asks for labels that the figure has no meaning for to be refused."""
        if self.looks is not None:
            self.looks(to_check, what, labels, classes)

    def value(self, sums: Sequence[float]) -> Figure:
        """The figure of sums that were added up over any number of batches."""
        raise NotImplementedError(f"{type(self).__name__} must say its value(sums) -> float")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Figure:
        labels, outputs = (as_tensor(t, "float32") for t in (y_true, y_pred))
        weights = None
        if sample_weight is not None:
            weights = as_tensor(sample_weight, "float32")
            weights = weight_per_example(weights, outputs.shape[0], self.name)
        to_check = checks.Checks()
        what = f"labels of {self.name}"
        self.look(to_check, what, labels, outputs.shape[-1] if outputs.ndim else None)
        sums = self.sums_of(labels, outputs, weights)
        run_sync(to_check.settle())
        return self.value(sums.tolist())

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
        of_labels_and_outputs(f"{type(self).__name__}: fn of a metric", fn, **kwargs)
        super().__init__(getattr(fn, "__name__", "metric") if name is None else name)
        self.fn, self.kwargs = fn, kwargs

    def examples(self, y_true: Tensor, y_pred: Tensor, logits: Tensor | None = None) -> Tensor:
        """One value per example. Logits, where the step has them, save the final
        activation of a metric that only asks for the ranking.
        """
        outputs = logits if logits is not None and self.takes_logits else y_pred
        values: Tensor = self.fn(y_true, outputs, **self.kwargs)
        return values

    def summands(self, y_true: Tensor, y_pred: Tensor, logits: Tensor | None = None) -> Tensor:
        """`examples`. Where the function is a user's, labels come in the outputs' rank,
        and nothing is broadcast by chance.
        """
        if _is_ours(self.fn) and _is_ours(type(self)):
            return per_example(self.examples(*column(y_true, y_pred), logits))
        return own_values(f"the metric {self.name!r}", self.examples, y_true, y_pred)[0]

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


def _is_ours(thing: Any) -> bool:
    """Whether a class or function is of this library: those check shapes themselves."""
    package = __name__.partition(".")[0]
    return (getattr(thing, "__module__", None) or "").startswith(f"{package}.train.")
