"""Whole numbers that are known while a function is recorded are computed on the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops

PLACES = np.int32([3, 0, 2])
X = np.arange(12, dtype=np.float32).reshape(4, 3)

FOLDED: dict[str, tuple[Callable[[Any], Any], int, int]] = {
    # what is captured, ops on the host, steps on the device
    "places": (lambda x: ops.gather(x, ops.arange(2) * 2 + 1), 3, 1),
    "given": (lambda x: ops.gather(x, pw.tensor(PLACES) - 0), 1, 1),
    "a mask": (lambda x: ops.where((pw.tensor([1, 0, 2]) > 0), x, -x), 1, 1),
    "returned": (lambda x: (x * 2.0, pw.tensor([1, 2]) + 3, ops.arange(3)), 2, 1),
    "with floats": (lambda x: x * (ops.arange(3) + 1), 2, 1),
    "a number of a tensor": (lambda x: x + pw.tensor([2, 2, 2], dtype="int32") * 3, 1, 1),
    "nothing known": (lambda x: ops.gather(x, ops.argmax(x, 0)), 0, 2),
    "not small": (lambda x: x.sum() + (ops.arange(1000) * 2).sum().astype("float32"), 0, 5),
}


@pytest.mark.parametrize("name", FOLDED)
def test_it_is_done_once(host: str, name: str) -> None:
    f, on_host, on_device = FOLDED[name]
    captured = pw.capture(f)
    for x in (X, X + 1):
        want, got = f(pw.tensor(x)), captured(x)
        pairs = zip(want, got, strict=True) if isinstance(want, tuple) else [(want, got)]
        for a, b in pairs:
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    (plan,) = captured.plans()
    assert len(plan.folded) == on_host
    assert len(plan.calls) <= on_device
    assert ("on the host, once" in captured.summary()) == (on_host > 0)


def test_a_variable_is_not_known(host: str) -> None:
    v = pw.Variable(PLACES, dtype="int32")
    captured = pw.capture(lambda x: ops.gather(x, v * 1))
    assert captured(X).numpy()[0, 0] == 9
    v.assign([0, 0, 0])
    assert captured(X).numpy()[0, 0] == 0
    assert not captured.plans()[0].folded


def test_what_is_overwritten_is_read_anew(host: str) -> None:
    """Small whole numbers are read from the host, but never after they changed."""
    v = pw.Variable.unset(pw.tensor(PLACES).spec)
    v.assign(PLACES)
    assert v.tolist() == [3, 0, 2]
    v.assign([7, 8, 9])
    assert v.tolist() == [7, 8, 9]
    count = pw.capture(lambda: v.assign(v + 1))
    count()
    count()
    assert v.tolist() == [9, 10, 11]
    t = pw.tensor([1, 2])
    t.dispose()
    with pytest.raises(RuntimeError, match="disposed"):
        t.tolist()


def test_a_summary_says_what_was_joined(host: str) -> None:
    w = pw.Variable(np.ones((3, 2), np.float32))
    captured = pw.capture(lambda x: ops.relu(x @ w) * 2.0 + 1.0)
    captured(X)
    assert "= MatMul + relu" in captured.summary()
    assert "4 ops recorded: 4 on the device in 2 steps, none on the host" in captured.summary()
