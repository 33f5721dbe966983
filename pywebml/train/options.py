"""What `fit` may be told besides data, checked before any work is done."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ..core.registry import nearest
from ..core.tensor import Tensor
from ..host.warned import warn
from .arguments import flag, is_number, optional, whole
from .callbacks import Callback
from .sources import is_source
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
    steps_per_epoch: int | None = None
    validation_steps: int | None = None
    validation_batch_size: int | None = None
    validation_freq: Any = 1
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.batch_size is None:
            object.__setattr__(self, "batch_size", BATCH_SIZE)
        for field, least in (("batch_size", 1), ("epochs", 0), ("initial_epoch", 0)):
            object.__setattr__(self, field, whole(field, getattr(self, field), least))
        for field in ("steps_per_epoch", "validation_steps", "validation_batch_size"):
            object.__setattr__(self, field, optional(field, whole, getattr(self, field), 1))
        object.__setattr__(self, "validation_freq", _frequency(self.validation_freq))
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
        whole_arrays = isinstance(data, (tuple, list)) and len(data) in (2, 3)
        if data is not None and not whole_arrays and not is_source(data):
            raise ValueError(
                "validation_data must be (x, y) or (x, y, sample_weight), or a data set of such"
                f" batches, got {reprlib.repr(data)}"
            )
        if self.seed is not None:
            object.__setattr__(self, "seed", whole("seed", self.seed))
        if not isinstance(self.class_weight, Tensor):  # which is read when work begins
            object.__setattr__(self, "class_weight", class_weights(self.class_weight))

    def validates(self, epoch: int) -> bool:
        """Whether it validates after an epoch, which count from 0 here and from 1 in
        `validation_freq`.
        """
        every = self.validation_freq
        return (epoch + 1) % every == 0 if isinstance(every, int) else epoch + 1 in every

    @property
    def watchers(self) -> list[Any]:
        """The callbacks, a list."""
        return list(self.callbacks)

    @property
    def numbers(self) -> range:
        """The numbers of the epochs."""
        return range(self.initial_epoch, self.epochs)


def _frequency(value: Any) -> int | list[int]:
    """Every so many epochs, or the numbers of the epochs."""
    if is_number(value) or not isinstance(value, Collection) or isinstance(value, (str, bytes)):
        return whole("validation_freq", value, 1)
    return [whole("validation_freq", epoch, 1) for epoch in value]


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
