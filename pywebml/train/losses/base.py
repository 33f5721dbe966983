"""What a loss is: values of labels and outputs, and how they become one number."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from ... import ops
from ...core.calling import named
from ...core.registry import Registry, config_of
from ...core.spec import widened
from ...core.tensor import Tensor, as_numbers
from .. import checks
from ..arguments import of_labels_and_outputs, one_of, snake_case, text
from ..pairing import (
    column,
    fits,
    lined_up_values,
    own_values,
    per_example,
    weights_of_values,
)

EPSILON = 1e-7
"""What keeps logarithms and divisions from zero, as in Keras."""

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")


class Loss:
    """A loss, for `compile` and by hand. `loss(y_true, y_pred, sample_weight)` is a
    scalar Tensor: the mean of the weighted values, sum(weight * value) / their number.
    Called so, labels that the loss does not take raise ValueError; those on the device
    already are not read back for it, and make it NaN.

    A subclass says `call`, as in Keras: one value per example or more, of which the
    mean is taken, or the mean itself. Labels come in the outputs' rank, and labels that
    would be broadcast against the outputs are refused.

    Args:
        name: in errors; the class's in snake_case where not given.
        reduction: "sum_over_batch_size" or "mean"; "sum", which makes steps as many
            times larger as a batch has values; "mean_with_sample_weight", which divides
            by the sum of the weights; "none" (or None), all values, for calls only.

    Example:
        >>> class Fourth(pw.losses.Loss):
        ...     def call(self, y_true, y_pred):
        ...         return ops.mean((y_true - y_pred) ** 4.0, -1)
        >>> Fourth()([[1.0], [0.0]], [[3.0], [0.0]]).item()
        8.0
        >>> Fourth(reduction="sum")([1.0, 0.0], [[3.0], [0.0]]).item()
        16.0
    """

    name = ""
    reduction = REDUCTIONS[0]
    from_logits = False
    activation: str | None = None
    """The final activation before which the loss can take the logits."""
    sparse = False
    """Whether labels are class numbers."""
    function: ClassVar[Callable[..., Tensor] | None] = None
    """The public function that computes the same; `get` finds the class by it."""
    looks: ClassVar[Callable[..., None] | None] = None
    """What of `train/checks.py` the labels' numbers must pass."""
    class_axis: ClassVar[int] = -1
    """Which of the outputs' axes the classes are on."""
    dtype = "float32"

    @named
    def __init__(
        self, name: str | None = None, reduction: str | None = REDUCTIONS[0], dtype: Any = None
    ):
        title = type(self).__name__
        self.reduction = one_of(
            f"{title}: reduction", "none" if reduction is None else reduction, REDUCTIONS
        )
        self.name = text(f"{title}: name", type(self).name if name is None else name)
        one_of(f"{title}: dtype", dtype, (None, "float32"))

    def __init_subclass__(cls) -> None:
        """A class with a `call` of its own is no longer what its base was."""
        own = vars(cls)
        if "name" not in own:
            cls.name = snake_case(cls.__name__)
        if "call" in own or "examples" in own:
            for attribute in ("activation", "function", "looks"):
                setattr(cls, attribute, own.get(attribute))
        if "__init__" in own:
            cls.__init__ = named(cls.__init__)  # type: ignore[method-assign]

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value per example, or more."""
        raise NotImplementedError(
            f"the loss {type(self).__name__} must say its call(y_true, y_pred) -> one value per"
            " example"
        )

    def examples(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        """`call`; `from_logits` where the step feeds logits of its own accord."""
        return self.call(y_true, y_pred)

    def counting(self, y_true: Tensor, values: Tensor) -> Tensor | None:
        """1.0 for the values that count in the mean, 0.0 for others; None where all do."""
        return None

    def takes_logits_of(self, activation: str | None) -> bool:
        """Whether the step may leave that final activation out."""
        return activation is not None and activation == self.activation and not self.from_logits

    def summands(
        self,
        y_true: Tensor,
        y_pred: Tensor,
        from_logits: bool | None = None,
        weights: Tensor | None = None,
    ) -> Tensor:
        """One value per example [n], whose mean, weighted by `weights` [n], is the loss
        of the batch.
        """
        n, y_pred = y_pred.shape[0], widened(y_pred)
        if self.function is not None:
            y_true, y_pred = column(y_true, y_pred)
            raw = self.examples(y_true, y_pred, from_logits)
            values = self._counted(y_true, raw, weights)
            size = max(values.size, 1)
            values = per_example(values) if values.ndim else ops.broadcast_to(values, (n,))
        else:
            name = f"the loss {self.name!r}"
            values, size = own_values(name, self.examples, y_true, y_pred)
        if self.reduction == "sum":
            return values * float(size)
        if self._by_weights and weights is not None:
            return values * (n / ops.sum(weights))
        return values

    @property
    def _by_weights(self) -> bool:
        return self.reduction == "mean_with_sample_weight"

    def _counted(self, y_true: Tensor, values: Tensor, weights: Tensor | None = None) -> Tensor:
        """Values without those that do not count; so many times larger that their mean
        is that of the others.
        """
        counts = self.counting(y_true, values)
        if counts is None:
            return values
        if self.reduction in ("sum", "none") or (self._by_weights and weights is not None):
            return values * counts
        return values * counts * (counts.size / ops.maximum(ops.sum(counts), 1.0))

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        """ValueError where labels of that shape cannot belong to the model's output."""
        one = (*labels, 1)
        if self.function is not None and not any(
            fits(shape, of)
            for shape, of in ((labels, output), (one, output), (labels, (*output, 1)))
        ):
            raise ValueError(
                f"{self.name}: labels of shape {labels} do not match the model's output {output}"
            )

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        labels, outputs = as_numbers(y_true), widened(as_numbers(y_pred))
        if self.function is None:
            values = lined_up_values(f"the loss {self.name!r}", self.examples, labels, outputs)
        else:
            if sample_weight is not None:
                labels, outputs = column(labels, outputs)
            values = self.examples(labels, outputs)
        if self.looks is not None:
            values = checks.at_once(
                self.looks, self.name, y_true, values, outputs.shape[self.class_axis]
            )
        weights = None
        if sample_weight is not None:
            weights = weights_of_values(
                as_numbers(sample_weight), values, self.name, outputs.shape[0]
            )
        counts = self.counting(labels, values) if self._by_weights else None
        values = self._counted(labels, values, weights)
        if weights is not None:
            values = values * weights
        if self.reduction == "none":
            return values
        total = ops.sum(values)
        if self.reduction == "sum":
            return total
        if self._by_weights and weights is not None:
            return ops.div_no_nan(total, ops.sum(weights if counts is None else weights * counts))
        return total / float(max(values.size, 1))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as Keras writes them."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        return cls(**config)


LOSSES: Registry[Loss] = Registry("loss", Loss, functions=True)


class OfFunction(Loss):
    """A loss made of the public function beside it: those of its constructor's
    arguments that the function takes are attributes.
    """

    options: ClassVar[tuple[str, ...]] = ()
    """The function's arguments behind labels and outputs."""

    def __init__(self, reduction: str | None, name: str | None, dtype: Any):
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self._computed(y_true, y_pred, None)

    def examples(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        if self.function is None:  # a subclass says its own
            return self.call(y_true, y_pred)
        return self._computed(y_true, y_pred, from_logits)

    def _computed(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None) -> Tensor:
        function: Any = next(
            cls.__dict__["function"].__func__
            for cls in type(self).__mro__
            if cls.__dict__.get("function") is not None
        )
        options = {name: getattr(self, name) for name in self.options}
        if from_logits is not None:
            options["from_logits"] = from_logits
        values: Tensor = inspect.unwrap(function)(y_true, y_pred, **options)
        return values

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **config_of(self, without=("name", "reduction", "dtype"))}


class FunctionLoss(Loss):
    """A loss made of a function (y_true, y_pred) -> Tensor with one value per
    example (or more, of which the mean is taken). `compile` makes it of a function.

    Example:
        >>> loss = pw.losses.FunctionLoss(lambda y, p: (y - p).abs())
        >>> float(loss(pw.tensor([1.0, 2.0]), pw.tensor([[2.0], [5.0]])))
        2.0
    """

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor]):
        of_labels_and_outputs("FunctionLoss: function of a loss", function)
        super().__init__(getattr(function, "__name__", None))
        self._function = function

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self._function(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        raise TypeError(
            f"the loss {self.name!r} is a plain function and cannot be written into a config"
        )
