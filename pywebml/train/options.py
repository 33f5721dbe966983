"""What `fit` may be told besides data, checked before any work is done."""

from __future__ import annotations

import inspect
import reprlib
from dataclasses import dataclass
from typing import Any

from ..core.registry import nearest
from ..core.tensor import Tensor
from ..host.warned import warn
from .arguments import flag, is_number, whole
from .callbacks import Callback
from .weights import class_weights

BATCH_SIZE = 32
"""Where nobody says another, or None."""


def verbosity(value: Any) -> int | str:
    """0, 1, 2 or "auto", which is 1."""
    if value is True or value is False or (is_number(value) and value in (0, 1, 2)):
        return int(value)
    if not isinstance(value, str) or value != "auto":
        raise ValueError(f"verbose must be 0, 1, 2 or 'auto', got {value!r:.100}")
    return value


@dataclass(frozen=True)
class FitOptions:
    """The options of `Model.fit`, with its names and defaults. A value that can't be is
    a ValueError (TypeError for callbacks) that says what was expected.

    Example:
        >>> from pywebml.train.options import FitOptions
        >>> list(FitOptions(epochs=5, initial_epoch=3).numbers)
        [3, 4]
        >>> FitOptions(batch_size=0)
        Traceback (most recent call last):
        ValueError: batch_size must be a whole number of at least 1, got 0
    """

    batch_size: int | None = None
    epochs: int = 1
    verbose: str | int = "auto"
    callbacks: Any = None
    validation_split: float = 0.0
    validation_data: Any = None
    shuffle: bool = True
    class_weight: Any = None
    sample_weight: Any = None
    initial_epoch: int = 0
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.batch_size is None:
            object.__setattr__(self, "batch_size", BATCH_SIZE)
        for field, least in (("batch_size", 1), ("epochs", 0), ("initial_epoch", 0)):
            object.__setattr__(self, field, whole(field, getattr(self, field), least))
        if self.initial_epoch > self.epochs:
            raise ValueError(
                f"epochs must be at least initial_epoch, got epochs={self.epochs} and"
                f" initial_epoch={self.initial_epoch}"
            )
        object.__setattr__(self, "verbose", verbosity(self.verbose))
        object.__setattr__(self, "shuffle", flag("shuffle", self.shuffle))
        object.__setattr__(self, "callbacks", watching(self.callbacks))
        split = self.validation_split
        if not is_number(split) or not 0 <= split < 1:
            raise ValueError(
                "validation_split must be above 0 and below 1 (0 validates with nothing), got"
                f" {split!r}"
            )
        data = self.validation_data
        if data is not None and not (isinstance(data, (tuple, list)) and len(data) in (2, 3)):
            raise ValueError(
                f"validation_data must be (x, y) or (x, y, sample_weight), got {reprlib.repr(data)}"
            )
        if self.seed is not None:
            object.__setattr__(self, "seed", whole("seed", self.seed))
        if not isinstance(self.class_weight, Tensor):  # which is read when work begins
            object.__setattr__(self, "class_weight", class_weights(self.class_weight))

    @property
    def watchers(self) -> list[Any]:
        """The callbacks, a list."""
        return list(self.callbacks)

    @property
    def numbers(self) -> range:
        """The numbers of the epochs."""
        return range(self.initial_epoch, self.epochs)


def watching(callbacks: Any) -> list[Any]:
    """The callbacks as a list; one alone may be given without. TypeError for what is
    none.
    """
    if callbacks is None:
        return []
    listed = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in listed:
        if not isinstance(callback, Callback):
            hint = "; did you forget the ()?" if isinstance(callback, type) else ""
            raise TypeError(f"callbacks must be instances of Callback, got {callback!r}{hint}")
        _check_hooks(callback)
    return listed


def _check_hooks(callback: Callback) -> None:
    """TypeError for a hook that could not be called; a warning for what is probably
    one, misspelt.
    """
    cls, hooks = type(callback), [name for name in vars(Callback) if name.startswith("on_")]
    for hook in hooks:
        arguments = list(inspect.signature(getattr(Callback, hook)).parameters)[1:]
        try:
            inspect.signature(getattr(callback, hook)).bind(*arguments)
        except (TypeError, ValueError):
            raise TypeError(
                f"{cls.__name__}.{hook} is called with {' and '.join(arguments)}: write"
                f" def {hook}(self, {', '.join(arguments)})"
            ) from None
    for name in dir(cls):
        near = nearest(name, hooks) if name.startswith("on_") and name not in hooks else None
        if near and abs(len(near) - len(name)) < 3:
            warn(f"{cls.__name__}.{name} is no hook and will not be called: did you mean {near}?")
