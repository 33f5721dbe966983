"""Checks of what constructors, `compile` and `fit` are told: each returns the value as
plain Python, or raises ValueError with its name, what was expected and what came.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


@contextmanager
def named(what: str) -> Iterator[None]:
    """Puts the name of an argument before what the code inside refuses."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise type(error)(f"{what}: {error}") from None


def is_number(value: Any) -> bool:
    """Also NumPy's, which are no int and float of Python's, and arrays of one."""
    if isinstance(value, (bool, str, type)) or not hasattr(value, "__float__"):
        return False
    return getattr(value, "size", 1) == 1


def _alone(value: Any) -> Any:
    """The number of an array of one."""
    return value.item() if is_number(value) and hasattr(value, "item") else value


def number(
    what: str,
    value: Any,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """A finite number from `least` to `most`, or between `above` and `below`.

    Example:
        >>> from pywebml.train.arguments import number
        >>> number("rho", 0.5, least=0, below=1)
        0.5
        >>> number("rho", 1.0, least=0, below=1)
        Traceback (most recent call last):
        ValueError: rho must be a number of at least 0 and below 1, got 1.0
    """
    value = _alone(value)
    fits = is_number(value) and math.isfinite(value)
    if not (fits and least <= value <= most and (value > above) and (value < below)):
        limits = [
            f"{word} {limit:g}"
            for word, limit in (
                ("of at least", least), ("above", above), ("below", below), ("up to", most),
            )
            if math.isfinite(limit)
        ]  # fmt: skip
        raise _refusal(what, " ".join(["a number", " and ".join(limits)]).strip(), value)
    return value if type(value) in (int, float) else float(value)  # type: ignore[no-any-return]


def optional(what: str, check: Callable[..., T], value: Any, *args: Any, **limits: Any) -> T | None:
    """None, or what `check` makes of the value."""
    return None if value is None else check(what, value, *args, **limits)


def whole(what: str, value: Any, least: float = -math.inf) -> int:
    """A whole number, as a float too, of at least `least`."""
    value = _alone(value)
    fits = is_number(value) and math.isfinite(value)
    if not fits or value != value // 1 or value < least:
        of = "" if least == -math.inf else f" of at least {least}"
        raise _refusal(what, f"a whole number{of}", value)
    return int(value)


def flag(what: str, value: Any) -> bool:
    """True or False, as NumPy's and as 1 and 0 too."""
    numpy_s = type(value).__module__ == "numpy" and type(value).__name__.startswith("bool")
    if not isinstance(value, bool) and not numpy_s and not (type(value) is int and value in (0, 1)):
        raise _refusal(what, "True or False", value)
    return bool(value)


def one_of(what: str, value: Any, choices: Sequence[Any]) -> Any:
    """One of a few words."""
    if not any(value is choice or (type(value) is str and value == choice) for choice in choices):
        words = [repr(choice) for choice in choices]
        raise _refusal(what, " or ".join([", ".join(words[:-1]), words[-1]]), value)
    return value


def text(what: str, value: Any) -> str:
    """A name."""
    if not isinstance(value, str) or not value:
        raise _refusal(what, "a name", value)
    return value


def of_labels_and_outputs(what: str, function: Any, **options: Any) -> None:
    """TypeError unless `function(y_true, y_pred, **options)` can be called."""
    fits = callable(function) and not isinstance(function, type)
    if fits:
        try:
            inspect.signature(function).bind(None, None, **options)
        except TypeError:
            fits = False
        except ValueError:  # some built in ones do not tell
            return
    if not fits:
        raise TypeError(
            f"{what} must be a function (y_true, y_pred) -> Tensor, got {function!r:.100}"
        )


def numbers(what: str, value: Any, **limits: float) -> list[float]:
    """A list of numbers, or an array of one axis."""
    values = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(values, (list, tuple)) or not values:
        raise _refusal(what, "a list of numbers", value)
    return [number(f"{what}[{i}]", v, **limits) for i, v in enumerate(values)]


def _refusal(what: str, expected: str, value: Any) -> ValueError:
    hint = "; did you forget the ()?" if isinstance(value, type) else ""
    return ValueError(f"{what} must be {expected}, got {value!r:.100}{hint}")


def snake_case(name: str) -> str:
    """'MeanIoU' -> 'mean_io_u', as Keras names things."""
    words = re.sub(r"([A-Z])([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()
