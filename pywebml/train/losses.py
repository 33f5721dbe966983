"""Losses: one value per example. The step takes their weighted mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from .. import ops
from ..core.registry import Registry
from ..core.tensor import Tensor, as_tensor

EPSILON = 1e-7
"""Probabilities are kept this far from 0 and 1 before a logarithm, as in Keras."""


def per_example(values: Tensor) -> Tensor:
    """The mean of each example's values: [n, ...] -> [n]."""
    return (
        values
        if values.ndim == 1
        else ops.mean(ops.reshape(values, (values.shape[0], math.prod(values.shape[1:]))), 1)
    )


def _rows(x: Tensor) -> Tensor:
    return x if x.ndim == 2 else ops.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _log_probabilities(y_pred: Tensor) -> Tensor:
    y_pred = y_pred / ops.sum(y_pred, -1, keepdims=True)
    return ops.log(ops.clip_by_value(y_pred, EPSILON, 1 - EPSILON))


def categorical_crossentropy(y_true: Tensor, y_pred: Tensor, from_logits: bool = False) -> Tensor:
    """-sum(y_true * log(y_pred)) over the last axis: labels and predictions [n,
    classes] -> [n].
    """
    if from_logits:
        values = ops.softmax_cross_entropy(_rows(y_true), _rows(y_pred))
        return per_example(ops.reshape(values, y_pred.shape[:-1]))
    return per_example(-ops.sum(y_true * _log_probabilities(y_pred), -1))


def sparse_categorical_crossentropy(
    y_true: Tensor, y_pred: Tensor, from_logits: bool = False
) -> Tensor:
    """-log(y_pred[class]): class numbers [n] or [n, 1] and predictions [n, classes] ->
    [n].
    """
    labels = ops.reshape(ops.cast(y_true, "int32"), (math.prod(y_pred.shape[:-1]),))
    if from_logits:
        values = ops.sparse_softmax_cross_entropy(labels, _rows(y_pred))
    else:
        values = -ops.sum(
            ops.one_hot(labels, y_pred.shape[-1]) * _log_probabilities(_rows(y_pred)), -1
        )
    return per_example(ops.reshape(values, y_pred.shape[:-1]))


def binary_crossentropy(y_true: Tensor, y_pred: Tensor, from_logits: bool = False) -> Tensor:
    """-(y log p + (1 - y) log(1 - p)), mean over the last axis: [n, outputs] -> [n]."""
    y_true = ops.reshape(y_true, y_pred.shape)
    if from_logits:  # log(1 + e^z) - y z, the same without overflow
        return per_example(ops.softplus(y_pred) - y_pred * y_true)
    p = ops.clip_by_value(y_pred, EPSILON, 1 - EPSILON)
    return per_example(-(y_true * ops.log(p) + (1.0 - y_true) * ops.log(1.0 - p)))


def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """(y_true - y_pred) squared, mean over all but the first axis: [n, ...] -> [n]."""
    return per_example(ops.squared_difference(y_pred, ops.reshape(y_true, y_pred.shape)))


class Loss:
    """A loss for `compile`. `loss(y_true, y_pred)` is the mean over the examples, a
    scalar Tensor, weighted where there is a `sample_weight`: sum(weight * value) / n.

    A subclass says `examples`, and `check` where labels are not shaped like the output.

    Example:
        >>> class Fourth(pw.losses.Loss):
        ...     name = "fourth"
        ...
        ...     def examples(self, y_true, y_pred, from_logits=None):
        ...         return ops.mean((y_true - y_pred) ** 4.0, -1)
        >>> Fourth()([[1.0], [0.0]], [[3.0], [0.0]]).item()
        8.0
    """

    name = "loss"
    activation: str | None = None
    """The final activation before which the loss can take the logits."""
    sparse = False
    """Whether labels are class numbers."""
    function: ClassVar[Callable[..., Tensor] | None] = None
    """The public function that computes the same; `get` finds the class by it."""

    def __init__(self, from_logits: bool = False):
        self.from_logits = bool(from_logits)

    def examples(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        """One value per example; `from_logits` where the step feeds logits of its own
        accord.
        """
        raise NotImplementedError

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        """ValueError where labels of that shape cannot belong to the model's output."""
        if tuple(labels[1:]) != tuple(output[1:]) and not (
            len(labels) == 1 and tuple(output[1:]) == (1,)
        ):
            raise ValueError(
                f"{self.name}: labels of shape {labels} do not match the model's output {output}"
            )

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        values = self.examples(as_tensor(y_true), as_tensor(y_pred))
        return ops.mean(values if sample_weight is None else values * as_tensor(sample_weight))

    def get_config(self) -> dict[str, Any]:
        return {"from_logits": self.from_logits}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        return cls(**config)


LOSSES: Registry[Loss] = Registry("loss", Loss, functions=True)


class _Crossentropy(Loss):
    """What the cross-entropies share: a function that takes logits, too."""

    def examples(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        function = type(self).function
        assert function is not None
        return function(y_true, y_pred, self.from_logits if from_logits is None else from_logits)


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
    function = staticmethod(categorical_crossentropy)

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        if tuple(labels[1:]) != tuple(output[1:]):
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

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        if tuple(labels[1:]) not in (tuple(output[1:-1]), (*output[1:-1], 1)):
            hint = (
                "; one-hot labels need loss='categorical_crossentropy'"
                if tuple(labels[1:]) == tuple(output[1:])
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
    function = staticmethod(binary_crossentropy)


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

    def __init__(self) -> None:
        super().__init__(False)

    def examples(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        return mean_squared_error(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        return {}


class FunctionLoss(Loss):
    """A loss made of a function (y_true, y_pred) -> Tensor with one value per
    example (or more, of which the mean is taken). `compile` makes it of a function.

    Example:
        >>> loss = pw.losses.FunctionLoss(lambda y, p: (y - p).abs())
        >>> float(loss(pw.tensor([[1.0], [2.0]]), pw.tensor([[2.0], [5.0]])))
        2.0
    """

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor]):
        super().__init__(False)
        self._function, self.name = function, getattr(function, "__name__", "loss")

    def examples(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        values = self._function(y_true, y_pred)
        if values.ndim == 0:
            raise ValueError(
                f"the loss {self.name!r} must give one value per example, got a scalar; leave the"
                " mean over the batch to fit"
            )
        return per_example(values)

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        """The function knows which labels it takes."""

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
        return loss
    # the functions above, handed over as they are, gain the checks and the logits
    for cls in LOSSES.entries().values():
        if cls.function is loss:
            return cls()
    return FunctionLoss(loss)
