"""Losses with Keras's names, arguments, defaults and numbers: functions, which give a
value per example or more, and classes, which also weigh and reduce them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.registry import absent
from .base import LOSSES, REDUCTIONS, FunctionLoss, Loss
from .crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    categorical_generalized_cross_entropy,
    sparse_categorical_crossentropy,
)
from .ctc import CTC, ctc
from .focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from .margins import (
    CategoricalHinge,
    Circle,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    circle,
    hinge,
    squared_hinge,
)
from .overlap import Dice, Tversky, dice, tversky
from .regression import (
    CosineSimilarity,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    cosine_similarity,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
)

__all__ = [
    "CTC",
    "LOSSES",
    "REDUCTIONS",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "FunctionLoss",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]

__getattr__ = absent("loss", globals())


def get(identifier: Any) -> Loss:
    """A loss from a name (Keras's or TensorFlow.js's spelling), a config, a class, an
    instance or a function.
    """
    known = isinstance(identifier, (str, Mapping, type, Loss)) or callable(identifier)
    try:
        loss = LOSSES.get(identifier)
    except TypeError:
        if known:
            raise
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


def serialize(loss: Any) -> Any:
    """{"class_name", "config"} of a loss, the name of one of the functions."""
    return LOSSES.serialize(loss) if isinstance(loss, Loss) else getattr(loss, "__name__", loss)


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """The loss that `serialize` wrote: an instance, or the function of a name. Names of
    `custom_objects` ({name: class or function}) come first.
    """
    own = name.get("class_name") if isinstance(name, dict) else name
    if custom_objects and own in custom_objects:
        thing = custom_objects[own]
        return thing.from_config(name["config"]) if isinstance(name, dict) else thing
    functions = {word: thing for word, thing in globals().items() if word == name}
    if isinstance(name, str) and name in __all__ and callable(functions.get(name)):
        return functions[name]
    return LOSSES.get(name)


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
    return loss
