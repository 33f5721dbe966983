"""Numbers that are equal and not the same (0.0 and -0.0, 1 and 1.0 and True), and NaN,
which is not equal to itself, as keys of all that is remembered by values.
"""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops
from pywebml.core.op import REGISTRY, lower

ZEROS = (0.0, -0.0, 0.0)


def float_fields() -> list[tuple[str, Any, str]]:
    """Every attribute of every op that is a number, with a sample of the op."""
    rows = []
    for name, cls in REGISTRY.items():
        case = next(iter(cls.cases()), None)
        for field in fields(cls) if case is not None else ():  # type: ignore[arg-type]
            if isinstance(getattr(case.op, field.name), float):
                rows.append((name, case.op, field.name))
    return rows


@pytest.mark.parametrize(("name", "op", "field"), float_fields(), ids=lambda v: str(v)[:30])
def test_ops_with_other_numbers_are_other_ops(name: str, op: Any, field: str) -> None:
    zero, minus = replace(op, **{field: 0.0}), replace(op, **{field: -0.0})
    assert zero != minus and len({zero, minus, replace(op, **{field: 0.0})}) == 2
    assert replace(op, **{field: 1.0}) != replace(op, **{field: True})
    nans = {replace(op, **{field: float(word)}) for word in ("nan", "nan")}
    assert len(nans) == 1


def test_what_ops_are_lowered_to_is_found_again(host: str) -> None:
    x = pw.tensor([1.0, 2.0])
    (x * float("nan")).numpy()
    before = lower.cache_info().misses
    (x * float("nan")).numpy()
    assert lower.cache_info().misses == before


MAKERS: dict[str, Any] = {
    "fill": (lambda v: ops.fill((3,), v), lambda v: np.full(3, v)),
    "pad": (
        lambda v: ops.pad(pw.tensor([1.0]), [(1, 1)], constant_value=v),
        lambda v: np.pad([1.0], (1, 1), constant_values=v),
    ),
    "full": (lambda v: pw.keras.ops.full((3,), v), lambda v: np.full(3, v)),
    "full_like": (lambda v: pw.keras.ops.full_like(ops.ones(3), v), lambda v: np.full(3, v)),
    "times": (lambda v: pw.tensor([1.0, -1.0]) * v, lambda v: np.array([1.0, -1.0]) * v),
    "over": (lambda v: 1.0 / (pw.tensor([1.0]) * v), lambda v: 1.0 / (np.array([1.0]) * v)),
    "divided": (lambda v: pw.tensor([1.0]) / v, lambda v: np.array([1.0]) / v),
    "where": (
        lambda v: ops.where(pw.tensor([True, False]), v, 1.0),
        lambda v: np.where([True, False], v, 1.0),
    ),
    "scatter": (
        lambda v: ops.fill((2,), v) * ops.ones((2,)) + ops.fill((2,), v),
        lambda v: np.full(2, v) + np.full(2, v),
    ),
    "a constant initializer": (
        lambda v: pw.layers.initializers.Constant(v)((2,)),
        lambda v: np.full(2, v),
    ),
    "a variable": (lambda v: pw.Variable(v).value, np.asarray),
    "atan2": (
        lambda v: ops.atan2(pw.tensor([0.0]), v),
        lambda v: np.arctan2(np.zeros(1), v),
    ),
}


@pytest.mark.parametrize("name", MAKERS)
def test_zero_and_minus_zero_take_turns(host: str, name: str) -> None:
    make, meaning = MAKERS[name]
    with np.errstate(divide="ignore"):
        for way in (make, lambda v: pw.capture(lambda: make(v))()):
            for value in ZEROS:
                expected = np.asarray(meaning(value), np.float32)
                got = np.asarray(way(value).numpy(), np.float32)
                assert got.tobytes() == expected.tobytes(), (value, got)


def test_a_recording_is_of_the_constants_that_it_was_given(host: str) -> None:
    """One function, called with numbers that are equal: each has its own recording."""
    times = pw.capture(lambda x, n: x * n)
    whole, real = pw.tensor([2, 3]), pw.tensor([1.0, -1.0])
    seen = [times(whole, n).dtype for n in (1, 1.0, True, 1)]
    assert seen == [(whole * n).dtype for n in (1, 1.0, True, 1)]
    signs = [np.signbit(times(real, n).numpy()).tolist() for n in ZEROS]
    assert signs == [[False, True], [True, False], [False, True]]
    over = pw.capture(lambda x, n=0.0: x / n)
    assert [float(over(real, n=n).numpy()[0]) for n in ZEROS] == [math.inf, -math.inf, math.inf]
    nan = [times(real, float("nan")).numpy() for _ in range(2)]
    assert np.isnan(nan).all()
    as_numpy = times(whole, np.float32(1))
    assert as_numpy.dtype == (whole * np.float32(1)).dtype
