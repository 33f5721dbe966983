"""`pw.debug` names the op that made the first NaN or infinity, its inputs and the line."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers, ops
from pywebml.core.watching import watchers, within

X = np.float32([0.5, 0.25, -1.0])


def here() -> int:
    """The caller's line."""
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return frame.f_back.f_lineno


FAULTS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "log": (lambda x: ops.log(x) * 0.0, r"^log made 1 NaN among the 3 values"),
    "sqrt": (lambda x: ops.sqrt(x).sum(), r"^sqrt made 1 NaN"),
    "division": (lambda x: (x - 0.25) / (x - 0.25), r"^div made 1 NaN"),
    "infinity": (lambda x: 1.0 / (x - 0.25), r"^div made 1 infinite among the 3 values"),
    "exp": (lambda x: ops.exp(x * 1000.0), r"^exp made 2 infinite .* from -1000 to 500"),
    "product": (lambda x: (x * 1e30) @ (x * 1e30).reshape(3, 1), r"^MatMul made 1 infinite"),
    "softmax": (lambda x: ops.log(ops.softmax(x * 1000.0)), r"^log made 2 infinite .* 0 to 1"),
    "mean": (lambda x: (x * 3e38).sum() + (x * 0.0).mean() / 0.0, r"^div made 1 NaN"),
}


@pytest.mark.parametrize("captured", [False, True])
@pytest.mark.parametrize("name", FAULTS)
def test_the_first_op_is_named(host: str, name: str, captured: bool) -> None:
    f, words = FAULTS[name]
    run = pw.capture(f) if captured else f
    x = pw.tensor(X)
    run(x)  # recorded before somebody looks
    with pw.debug(), pytest.raises(FloatingPointError, match=words) as error:
        run(x)
    assert "test_debugging.py:" in str(error.value) and "input 0: float32" in str(error.value)
    run(x)
    assert not watchers


def test_the_line_is_the_users(host: str) -> None:
    line = here() + 2
    with pw.debug(), pytest.raises(FloatingPointError) as error:
        ops.log(pw.tensor(X)).sum()
    assert f"test_debugging.py:{line} (ops.log(pw.tensor(X)).sum())" in str(error.value)
    assert str(error.value).endswith("input 0: float32 [3] from -1 to 0.5")


def test_in_a_gradient_both_lines_are_told(host: str) -> None:
    lines = []

    def f(x: Any) -> Any:
        y = x * 2.0
        lines.append(here() + 1)
        return ops.sqrt(y)

    lines.append(here() + 2)
    with pw.debug(), pytest.raises(FloatingPointError) as error:
        pw.grad(f)([0.0, 1.0])
    text = str(error.value)
    assert "in the gradient of sqrt" in text and within == []
    assert all(f"test_debugging.py:{line}" in text for line in lines)


def test_fit_is_followed(host: str) -> None:
    model = pw.Sequential([layers.Dense(2, input_shape=(3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 3), np.float32), np.ones((4, 1), np.float32)
    with pw.debug():
        model.fit_sync(x, y, epochs=1, verbose=0)
        model.layers[1].kernel.assign(np.full((2, 1), 1e30, np.float32))
        with pytest.raises(FloatingPointError, match=r"made 4 infinite .*test_debugging.py"):
            model.fit_sync(x, y, epochs=1, verbose=0)


def test_what_came_with_the_data_is_said(host: str) -> None:
    with pw.debug(), pytest.raises(FloatingPointError, match="got NaN in its input 0, which no"):
        pw.tensor([1.0, np.nan]) * 2.0


def test_what_overwrites_is_looked_at(host: str) -> None:
    w = pw.Variable([1.0, 2.0])
    with pw.debug(), pytest.raises(FloatingPointError, match="Assign got NaN in its input 0"):
        w.assign([1.0, np.nan])


def test_infinity_that_is_asked_for_is_none_of_its_business(host: str) -> None:
    mask = pw.tensor([True, False, True])
    with pw.debug():
        ops.softmax(ops.where(mask, X, -np.inf))
        ops.fill((3,), np.inf) * 2.0
    with pw.debug(infinity=False):
        1.0 / pw.tensor([0.0])
    with pytest.raises(TypeError, match="nan must be True or False"):
        pw.debug("yes")  # type: ignore[arg-type]


def test_it_goes_on_until_it_is_ended(host: str) -> None:
    pw.debug()
    try:
        with pytest.raises(FloatingPointError):
            ops.log(X)
        with pw.debug(False):
            ops.log(X)
        with pytest.raises(FloatingPointError):
            ops.log(X)
    finally:
        pw.debug(False)
    ops.log(X)
    assert not watchers
