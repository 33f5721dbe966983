"""Where the core could go wrong quietly: aliases, reused memory, types that compare equal, recordings within recordings."""

from __future__ import annotations

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops

# types of elementwise operands


def test_a_python_int_and_a_float_of_one_value_are_different_constants(host: str) -> None:
    assert (pw.tensor([0, 1, 2]) < 1).tolist() == [True, False, False]
    assert (pw.tensor([0, 1, 2, 3, 4]) < 1.0).tolist() == [True, False, False, False, False]
    assert (pw.tensor([1, 2]) * 1).dtype == "int32" and (pw.tensor([1, 2]) * 1.0).dtype == "float32"


def test_bools_and_unsigned_integers_meet_python_numbers(host: str) -> None:
    flags, counts = pw.tensor([True, False]), pw.tensor([1, 2], dtype="uint32")
    assert (flags * -1).tolist() == [-1, 0]
    assert (flags < -1).tolist() == [False, False]
    assert (counts * -1).tolist() == [-1, -2] and (counts * 3).dtype == "uint32"
    assert (-counts).tolist() == [-1, -2]
    assert ops.sign(counts).tolist() == [1, 1]
    with pytest.raises(ValueError, match="3000000000 does not fit int32"):
        _ = pw.tensor([1, 2]) + 3_000_000_000
    assert (counts + 3_000_000_000).tolist() == [3_000_000_001, 3_000_000_002]


def test_bools_stay_bools_inside_a_chain(host: str) -> None:
    a, b = pw.tensor([True, False]), pw.tensor([True, True])
    assert pw.capture(lambda a, b: ops.abs(a - b) * 0.5)(a, b).tolist() == [0, 0.5]
    assert ops.where(pw.tensor([True, False]), a, b).tolist() == [True, True]
    assert ops.where(pw.tensor([True, False]), a, b).dtype == "bool"


def test_floats_too_large_for_an_integer_become_the_nearest_that_fits(host: str) -> None:
    x = pw.tensor([3e9, -3e9, -1.5, float("inf")])
    assert x.astype("int32").tolist() == [2**31 - 128, -(2**31), -1, 2**31 - 128]
    assert pw.tensor([5e9, -1.5, 3e9]).astype("uint32").tolist() == [2**32 - 256, 0, 3_000_000_000]


def test_powers_of_zero_have_slopes(host: str) -> None:
    x = pw.tensor([0.0, 2.0])
    assert pw.grad(lambda x: (x**0).sum())(x).tolist() == [0, 0]
    zero = pw.tensor([0.0, 0.0])
    assert pw.grad(lambda x: (x**zero).sum())(x).tolist() == [0, 0]
    np.testing.assert_allclose(pw.grad(lambda b: (x**b).sum())(pw.tensor([2.0, 2.0])).numpy(), [0, 4 * np.log(2)], rtol=1e-5)
