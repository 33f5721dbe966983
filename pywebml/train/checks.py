"""What labels and weights must hold, looked at on the device before work begins: all of
it in one small readback.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..core.calling import named
from ..core.host_data import FORMAT, to_bytes
from ..core.spec import FLOATS
from ..core.tensor import Tensor, as_numbers
from ..host.warned import warn

Judge = Callable[..., None]
"""Gets the numbers that were read, and raises ValueError where they can't be."""
Look = Callable[..., None]
"""Asks for what the labels of a loss or a metric must be: `class_numbers`, `yes_or_no`
or `shares`.
"""


class Checks:
    """Scalars to read, and who judges them."""

    def __init__(self) -> None:
        self._numbers: list[Tensor] = []
        self._judges: list[tuple[int, Judge]] = []

    def add(self, numbers: Sequence[Tensor], judge: Judge) -> None:
        """`judge(*numbers)` when they are read."""
        self._numbers += numbers
        self._judges.append((len(numbers), judge))

    def extend(self, others: Checks) -> None:
        """Takes over what others ask."""
        self._numbers += others._numbers
        self._judges += others._judges

    async def settle(self) -> None:
        """Reads, and asks the judges."""
        if not self._numbers:
            return
        several = len({t.dtype for t in self._numbers}) > 1
        numbers = [ops.cast(t, "float32") if several else t for t in self._numbers]
        values = iter((await ops.stack(numbers).data()).tolist())
        for count, judge in self._judges:
            judge(*(next(values) for _ in range(count)))


def class_numbers(checks: Checks, what: str, labels: Tensor, classes: int | None) -> None:
    """Whole numbers from 0 on, below `classes` where that is known."""
    is_float = labels.dtype in FLOATS
    if labels.dtype not in ("float32", "int32"):
        labels = ops.cast(labels, "float32" if is_float else "int32")
    numbers = [ops.min(labels), ops.max(labels)]
    if is_float:
        part = labels - ops.floor(labels)
        numbers += [ops.max(part), ops.max(ops.where(ops.greater(part, 0.0), labels, -1.0))]
    top = math.inf if classes is None else classes - 1

    def judge(low: float, high: float, part: float = 0.0, odd: float = 0.0) -> None:
        _finite(what, low, high)
        if part > 0:
            raise ValueError(
                f"{what} are class numbers, 0, 1, 2 ..., and must be whole, got {odd:.9g}; round"
                " them, or use a loss for numbers, such as 'mse'"
            )
        if low < 0 or high > top:
            of = f" for a model of {classes} outputs" if classes is not None else ""
            end = f" ... {classes - 1}" if classes is not None else " and up"
            raise ValueError(
                f"class numbers must lie in 0{end}{of}, got {low:.0f} ... {high:.0f} in {what}"
            )

    checks.add(numbers, judge)


@functools.lru_cache(64)
def numbers_but(ignored: int) -> Look:
    """`class_numbers`, and one more that means none."""

    def looks(checks: Checks, what: str, labels: Tensor, classes: int | None) -> None:
        class_numbers(checks, what, ops.where(ops.not_equal(labels, ignored), labels, 0), classes)

    looks.ignored = ignored  # type: ignore[attr-defined]
    return looks


def yes_or_no(checks: Checks, what: str, labels: Tensor, classes: int | None) -> None:
    """0 for no, 1 for yes, or between the two."""

    def judge(low: float, high: float) -> None:
        _finite(what, low, high)
        if low < -_ROUNDING or high > 1 + _ROUNDING:
            hint = "; (y + 1) / 2 makes them of -1 and 1" if (low, high) == (-1, 1) else ""
            raise ValueError(f"{what} must lie in 0 ... 1, got {low:g} ... {high:g}{hint}")

    checks.add([ops.min(labels), ops.max(labels)], judge)


def shares(checks: Checks, what: str, labels: Tensor, classes: int | None) -> None:
    """Rows of probabilities: one-hot, or soft."""
    sums = ops.sum(labels, -1)

    def judge(low: float, high: float, least: float, most: float) -> None:
        _finite(what, low, high)
        if low < -_ROUNDING:
            raise ValueError(
                f"{what} of a categorical cross-entropy are probabilities, got {low:g}; one_hot"
                " class numbers, or use loss='sparse_categorical_crossentropy'"
            )
        if least < 1 - _SLACK or most > 1 + _SLACK:
            warn(
                f"rows of {what} add up to {least:g} ... {most:g}, and a categorical cross-entropy"
                " takes probabilities that add up to 1: for several classes at a time use"
                " 'binary_crossentropy' and a sigmoid"
            )

    checks.add([ops.min(labels), ops.max(labels), ops.min(sums), ops.max(sums)], judge)


def looks_at_labels(looks: Look) -> Callable[[Callable[..., Tensor]], Any]:
    """For a function that anybody may call: labels that are none raise ValueError, or
    give NaN where they are on the device already. `fit`, which has looked at them
    before it begins, calls what is wrapped.
    """

    def decorate(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def public(y_true: Any, y_pred: Any, *args: Any, **options: Any) -> Tensor:
            outputs = as_numbers(y_pred)
            values = function(y_true, outputs, *args, **options)
            said = signature.bind(y_true, outputs, *args, **options).arguments
            ignored = said.get("ignore_class")
            look = looks if ignored is None else numbers_but(ignored)
            classes = outputs.shape[said.get("axis", -1)]
            return at_once(look, function.__name__, y_true, values, classes)

        return named(public)

    return decorate


def at_once(looks: Look, what: str, data: Any, values: Tensor, classes: int) -> Tensor:
    """The `values` [n, ...] of a call on labels, looked at without a readback: numbers
    that are not on the device yet raise ValueError, on it they make their examples'
    NaN.
    """
    ignored = getattr(looks, "ignored", None)
    looks = looks if ignored is None else class_numbers
    if not isinstance(data, Tensor):
        _of_host(looks, what, data, classes, ignored)
        return values
    labels = data if data.dtype in ("float32", "int32") else ops.cast(data, "float32")
    fits = ops.greater_equal(labels, -_ROUNDING if labels.dtype == "float32" else 0)
    if looks is not shares:
        fits = ops.logical_and(fits, ops.less_equal(labels, _most(looks, classes)))
    if looks is class_numbers and labels.dtype == "float32":
        fits = ops.logical_and(fits, ops.equal(labels, ops.floor(labels)))
    if ignored is not None:
        fits = ops.logical_or(fits, ops.equal(labels, ignored))
    n = values.shape[0] if values.ndim else 1
    all_fit = ops.min(ops.reshape(ops.cast(fits, "float32"), (n, labels.size // n)), 1)
    all_fit = ops.reshape(all_fit, (n,) + (1,) * (values.ndim - 1) if values.ndim else ())
    return ops.where(ops.greater(all_fit, 0.5), values, math.nan)


def _most(looks: Look, classes: int) -> float:
    return classes - 1 if looks is class_numbers else 1 + _ROUNDING


def _of_host(looks: Look, what: str, data: Any, classes: int, ignored: int | None) -> None:
    expected = {
        class_numbers: f"class numbers must be whole and lie in 0 ... {classes - 1}",
        yes_or_no: "labels lie in 0 ... 1",
        shares: "labels are probabilities",
    }[looks]
    most = math.inf if looks is shares else _most(looks, classes)
    raw, _, dtype = to_bytes(data, None)
    form: Any = FORMAT[dtype]
    for value in memoryview(raw).cast(form):
        fits = -_ROUNDING <= value <= most  # which nan does not
        if value == ignored:
            continue
        if not fits or (looks is class_numbers and value != value // 1):
            raise ValueError(f"{what}: {expected}, got {value:.9g}")


def finite(checks: Checks, what: str, values: Tensor) -> None:
    """No nan and no infinity."""
    checks.add([ops.min(values), ops.max(values)], lambda low, high: _finite(what, low, high))


_ROUNDING, _SLACK = 1e-6, 1e-3


def _finite(what: str, *values: Any) -> None:
    for value in values:
        if not math.isfinite(value):
            raise ValueError(f"{what} must be numbers, got {value}; fill in or drop those rows")
