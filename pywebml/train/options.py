"""What `fit` may be told besides data, checked before any work is done."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .callbacks import Callback


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

    batch_size: int = 32
    epochs: int = 1
    verbose: str | int = "auto"
    callbacks: Any = None
    validation_split: float = 0.0
    validation_data: Any = None
    shuffle: bool = True
    class_weight: Mapping[int, float] | None = None
    sample_weight: Any = None
    initial_epoch: int = 0
    seed: int | None = None

    def __post_init__(self) -> None:
        for field, least in (("batch_size", 1), ("epochs", 0), ("initial_epoch", 0)):
            object.__setattr__(self, field, whole(field, getattr(self, field), least))
        if self.initial_epoch > self.epochs:
            raise ValueError(
                f"epochs must be at least initial_epoch, got epochs={self.epochs} and"
                f" initial_epoch={self.initial_epoch}"
            )
        if self.verbose not in (0, 1, 2, "auto"):
            raise ValueError(f"verbose must be 0, 1, 2 or 'auto', got {self.verbose!r}")
        for callback in self.watchers:
            if not isinstance(callback, Callback):
                hint = "; did you forget the ()?" if isinstance(callback, type) else ""
                raise TypeError(f"callbacks must be instances of Callback, got {callback!r}{hint}")
        split = self.validation_split
        if not _is_number(split) or not 0 <= split < 1:
            raise ValueError(
                "validation_split must be above 0 and below 1 (0 validates with nothing), got"
                f" {split!r}"
            )
        data = self.validation_data
        if data is not None and not (isinstance(data, (tuple, list)) and len(data) in (2, 3)):
            raise ValueError("validation_data must be (x, y) or (x, y, sample_weight)")
        if self.seed is not None:
            object.__setattr__(self, "seed", whole("seed", self.seed, -math.inf))
        _check_class_weight(self.class_weight)

    @property
    def watchers(self) -> list[Any]:
        """The callbacks as a list; one alone may be given without."""
        if isinstance(self.callbacks, (Callback, type)):
            return [self.callbacks]
        return list(self.callbacks or ())

    @property
    def numbers(self) -> range:
        """The numbers of the epochs."""
        return range(self.initial_epoch, self.epochs)


def whole(what: str, value: Any, least: float) -> int:
    """`value` as an int. ValueError where it is none, or below `least`."""
    if not _is_number(value) or value != value // 1 or value < least:
        of = "" if least == -math.inf else f" of at least {least}"
        raise ValueError(f"{what} must be a whole number{of}, got {value!r}")
    return int(value)


def _is_number(value: Any) -> bool:
    """Also NumPy's, which are no int and float of Python's."""
    return not isinstance(value, (bool, str)) and (
        isinstance(value, (int, float)) or hasattr(value, "__float__")
    )


def _check_class_weight(class_weight: Any) -> None:
    if class_weight is None:
        return
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            "class_weight maps class numbers (0, 1, ...) to weights, got"
            f" {class_weight!r}; for example {{0: 1.0, 1: 3.0}}"
        )
    if any(not isinstance(k, int) or k < 0 for k in class_weight):
        raise ValueError(
            "class_weight maps class numbers (0, 1, ...) to weights, got the keys"
            f" {list(class_weight)}"
        )
    for number, weight in class_weight.items():
        if not _is_number(weight):
            raise ValueError(f"class_weight of class {number} must be a number, got {weight!r}")
