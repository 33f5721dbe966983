"""Losses: one value per example. The step takes their weighted mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from .. import ops
from ..core.registry import Registry, absent
from ..core.tensor import Tensor, as_numbers
from . import checks
from .arguments import flag, of_labels_and_outputs, one_of, snake_case, text
from .pairing import class_numbers, fits, own_values, paired, per_example, weight_per_example

EPSILON = 1e-7
"""Probabilities are kept this far from 0 and 1 before a logarithm, as in Keras."""


def _rows(x: Tensor) -> Tensor:
    return x if x.ndim == 2 else ops.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _log_probabilities(y_pred: Tensor) -> Tensor:
    y_pred = y_pred / ops.sum(y_pred, -1, keepdims=True)
    return ops.log(ops.clip_by_value(y_pred, EPSILON, 1 - EPSILON))


@checks.looks_at_labels(checks.shares)
def categorical_crossentropy(y_true: Tensor, y_pred: Tensor, from_logits: bool = False) -> Tensor:
    """-sum(y_true * log(y_pred)) over the last axis: labels and predictions [n,
    classes] -> [n].
    """
    y_true, y_pred = paired("categorical_crossentropy", y_true, y_pred)
    if from_logits:
        values = ops.softmax_cross_entropy(_rows(y_true), _rows(y_pred))
        return per_example(ops.reshape(values, y_pred.shape[:-1]))
    return per_example(-ops.sum(y_true * _log_probabilities(y_pred), -1))


@checks.looks_at_labels(checks.class_numbers)
def sparse_categorical_crossentropy(
    y_true: Tensor, y_pred: Tensor, from_logits: bool = False
) -> Tensor:
    """-log(y_pred[class]): class numbers [n] or [n, 1] and predictions [n, classes] ->
    [n].
    """
    labels, y_pred = class_numbers("sparse_categorical_crossentropy", y_true, y_pred)
    labels = ops.reshape(ops.cast(labels, "int32"), (labels.size,))
    if from_logits:
        values = ops.sparse_softmax_cross_entropy(labels, _rows(y_pred))
    else:
        values = -ops.sum(
            ops.one_hot(labels, y_pred.shape[-1]) * _log_probabilities(_rows(y_pred)), -1
        )
    return per_example(ops.reshape(values, y_pred.shape[:-1]))


@checks.looks_at_labels(checks.yes_or_no)
def binary_crossentropy(y_true: Tensor, y_pred: Tensor, from_logits: bool = False) -> Tensor:
    """-(y log p + (1 - y) log(1 - p)), mean over the last axis: [n, outputs] -> [n]."""
    y_true, y_pred = paired("binary_crossentropy", y_true, y_pred)
    if from_logits:  # log(1 + e^z) - y z, the same without overflow
        return per_example(ops.softplus(y_pred) - y_pred * y_true)
    p = ops.clip_by_value(y_pred, EPSILON, 1 - EPSILON)
    return per_example(-(y_true * ops.log(p) + (1.0 - y_true) * ops.log(1.0 - p)))


def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """(y_true - y_pred) squared, mean over all but the first axis: [n, ...] -> [n]."""
    y_true, y_pred = paired("mean_squared_error", y_true, y_pred)
    return per_example(ops.squared_difference(y_pred, y_true))


REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "none")


class Loss:
    """A loss for `compile`. `loss(y_true, y_pred)` is the mean over the examples, a
    scalar Tensor, weighted where there is a `sample_weight`: sum(weight * value) / n.
    Called so, labels that the loss does not take raise ValueError; those on the device
    already are not read back for it, and make it NaN.

    A subclass says `call`, as in Keras: one value per example or more, of which the
    mean is taken, or the mean itself. Labels come in the outputs' rank, and labels that
    would be broadcast against the outputs are refused.

    Args:
        name: in errors; the class's in snake_case where not given.
        reduction: "sum_over_batch_size" or "mean"; "sum", which makes steps as many
            times larger as a batch has values; "none" (or None), a value per example,
            for calls only.

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

    def __init__(
        self, name: str | None = None, reduction: str | None = REDUCTIONS[0], dtype: Any = None
    ):
        title = type(self).__name__
        self.reduction = one_of(
            f"{title}: reduction", "none" if reduction is None else reduction, REDUCTIONS
        )
        self.name = text(f"{title}: name", type(self).name if name is None else name)
        if dtype is not None:
            one_of(f"{title}: dtype", dtype, ("float32",))

    def __init_subclass__(cls) -> None:
        """A class with a `call` of its own is no longer what its base was."""
        own = vars(cls)
        if "name" not in own:
            cls.name = snake_case(cls.__name__)
        if "call" in own or "examples" in own:
            for attribute in ("activation", "function", "looks"):
                setattr(cls, attribute, own.get(attribute))

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value per example, or more."""
        raise NotImplementedError(
            f"the loss {type(self).__name__} must say its call(y_true, y_pred) -> one value per"
            " example"
        )

    def examples(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        """`call`; `from_logits` where the step feeds logits of its own accord."""
        return self.call(y_true, y_pred)

    def summands(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        """One value per example [n], whose mean is the loss of the batch."""
        if self.function is not None:
            values = self.examples(y_true, y_pred, from_logits)
            size = math.prod(y_pred.shape[:-1]) if y_pred.ndim > 1 else y_pred.size
        else:
            name = f"the loss {self.name!r}"
            values, size = own_values(name, self.examples, y_true, y_pred)
        return values * float(size) if self.reduction == "sum" else values

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
        outputs = as_numbers(y_pred)
        values = self.summands(as_numbers(y_true), outputs)
        if self.looks is not None:
            values = checks.at_once(self.looks, self.name, y_true, values, outputs.shape[-1])
        if sample_weight is not None:
            weights = as_numbers(sample_weight)
            if weights.ndim:
                weights = weight_per_example(weights, values.shape[0], self.name)
            values = values * weights
        return values if self.reduction == "none" else ops.mean(values)

    def get_config(self) -> dict[str, Any]:
        said = {"name": self.name, "reduction": self.reduction}
        usual = {"name": type(self).name, "reduction": REDUCTIONS[0]}
        return {key: value for key, value in said.items() if value != usual[key]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        return cls(**config)


LOSSES: Registry[Loss] = Registry("loss", Loss, functions=True)


class _Crossentropy(Loss):
    """What the cross-entropies share: a function that takes logits, too."""

    def __init__(
        self,
        from_logits: bool = False,
        *,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(name, reduction, dtype)
        self.from_logits = flag(f"{type(self).__name__}: from_logits", from_logits)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self.examples(y_true, y_pred)

    def examples(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        if self.function is None:
            return self.call(y_true, y_pred)
        function: Any = type(self).function
        from_logits = self.from_logits if from_logits is None else from_logits
        values: Tensor = function.__wrapped__(y_true, y_pred, from_logits)
        return values

    def get_config(self) -> dict[str, Any]:
        return {"from_logits": self.from_logits, **super().get_config()}


@LOSSES("CategoricalCrossentropy")
class CategoricalCrossentropy(_Crossentropy):
    """-sum(y_true * log(y_pred)) over the classes, labels being probabilities, usually
    one-hot: labels and outputs [n, classes]. Keras's `CategoricalCrossentropy`.

    Outputs are divided by their sum first and kept 1e-7 from 0 and 1; with
    `from_logits` they go through a softmax instead.

    Example:
        >>> loss = pw.losses.CategoricalCrossentropy()
        >>> round(loss([[0.0, 1.0]], [[0.5, 0.5]]).item(), 4)
        0.6931
    """

    name, activation = "categorical_crossentropy", "softmax"
    function, looks = staticmethod(categorical_crossentropy), staticmethod(checks.shares)

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        if self.function is not None and not fits(labels, output):
            hint = (
                "; for class numbers use loss='sparse_categorical_crossentropy', or one_hot the"
                " labels"
                if len(labels) < len(output)
                else ""
            )
            raise ValueError(
                f"categorical_crossentropy: labels of shape {labels} do not match the model's"
                f" output {output}{hint}"
            )


@LOSSES("SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(_Crossentropy):
    """-log(y_pred[class]), labels being class numbers [n] or [n, 1], outputs [n,
    classes]. Keras's `SparseCategoricalCrossentropy`.

    Example:
        >>> loss = pw.losses.SparseCategoricalCrossentropy(from_logits=True)
        >>> round(loss([1, 0], [[0.0, 0.0], [3.0, 3.0]]).item(), 4)
        0.6931
    """

    name, activation, sparse = "sparse_categorical_crossentropy", "softmax", True
    function = staticmethod(sparse_categorical_crossentropy)
    looks = staticmethod(checks.class_numbers)

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        if self.function is not None and not any(
            fits(labels, shape) for shape in (output[:-1], (*output[:-1], 1))
        ):
            hint = (
                "; one-hot labels need loss='categorical_crossentropy'"
                if fits(labels, output)
                else ""
            )
            raise ValueError(
                "sparse_categorical_crossentropy: expected one class number per example, got"
                f" labels of shape {labels}{hint}"
            )


@LOSSES("BinaryCrossentropy")
class BinaryCrossentropy(_Crossentropy):
    """-(y log p + (1 - y) log(1 - p)) of independent yes/no outputs, mean over them:
    labels 0 or 1, shaped like the outputs, or [n] for one. Keras's
    `BinaryCrossentropy`.

    Example:
        >>> round(pw.losses.BinaryCrossentropy()([1.0, 0.0], [[0.5], [0.5]]).item(), 4)
        0.6931
    """

    name, activation = "binary_crossentropy", "sigmoid"
    function, looks = staticmethod(binary_crossentropy), staticmethod(checks.yes_or_no)


@LOSSES("MeanSquaredError", "mse")
class MeanSquaredError(Loss):
    """mean((y_true - y_pred)^2) per example; labels shaped like the outputs. Keras's
    `MeanSquaredError`.

    Example:
        >>> pw.losses.MeanSquaredError()([[0.0], [1.0]], [[1.0], [4.0]]).item()
        5.0
    """

    name = "mean_squared_error"
    function = staticmethod(mean_squared_error)

    def __init__(
        self, reduction: str | None = REDUCTIONS[0], name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return mean_squared_error(y_true, y_pred)


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


def get(identifier: Any) -> Loss:
    """A loss from a name (Keras's or TensorFlow.js's spelling), a config, a class, an
    instance or a function.
    """
    try:
        loss = LOSSES.get(identifier)
    except TypeError:
        raise TypeError(
            f"a loss is a name, a Loss or a function, got {identifier!r}; for example"
            " compile(optimizer='adam', loss='mse')"
        ) from None
    if isinstance(loss, Loss):
        return _usable(loss)
    # the functions above, handed over as they are, gain the checks and the logits
    for cls in LOSSES.entries().values():
        if cls.function is loss:
            return cls()
    return FunctionLoss(loss)


def _usable(loss: Loss) -> Loss:
    """A loss that `fit` can use; else one sentence, before any work."""
    cls = type(loss)
    if cls.__call__ is not Loss.__call__:
        raise TypeError(
            f"the loss {cls.__name__} overrides __call__, which fit does not call: say"
            " call(y_true, y_pred), and leave weights and the mean to Loss"
        )
    if cls.call is Loss.call and cls.examples is Loss.examples:
        raise TypeError(
            f"the loss {cls.__name__} must say its call(y_true, y_pred) -> one value per example"
        )
    if loss.reduction == "none":
        raise ValueError(
            f"the loss {loss.name!r} has reduction='none', and training needs one number: use"
            " 'sum_over_batch_size' or 'sum'"
        )
    return loss


__getattr__ = absent("loss", globals())
