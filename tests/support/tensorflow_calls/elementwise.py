"""Functions of each element."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .call import Call, array, bools, call, floats, ints

ANYWHERE = (-3.0, 3.0)
NEAR_ONE = (-0.95, 0.95)
ABOVE_ZERO = (0.1, 4.0)
ABOVE_ONE = (1.1, 4.0)

DOMAINS = {
    "abs": ANYWHERE, "acos": NEAR_ONE, "acosh": ABOVE_ONE, "asin": NEAR_ONE, "asinh": ANYWHERE,
    "atan": ANYWHERE, "atanh": NEAR_ONE, "ceil": ANYWHERE, "cos": ANYWHERE, "cosh": ANYWHERE,
    "elu": ANYWHERE, "erf": ANYWHERE, "exp": ANYWHERE, "expm1": ANYWHERE, "floor": ANYWHERE,
    "is_finite": ANYWHERE, "is_inf": ANYWHERE, "is_nan": ANYWHERE, "leaky_relu": ANYWHERE,
    "log": ABOVE_ZERO, "log1p": (-0.9, 4.0), "log_sigmoid": ANYWHERE, "neg": ANYWHERE,
    "reciprocal": ABOVE_ZERO, "relu": ANYWHERE, "relu6": (-3.0, 9.0), "round": ANYWHERE,
    "rsqrt": ABOVE_ZERO, "selu": ANYWHERE, "sigmoid": ANYWHERE, "sign": ANYWHERE, "sin": ANYWHERE,
    "sinh": ANYWHERE, "softplus": ANYWHERE, "sqrt": ABOVE_ZERO, "square": ANYWHERE,
    "step": ANYWHERE, "tan": (-1.4, 1.4), "tanh": ANYWHERE, "ones_like": ANYWHERE,
    "zeros_like": ANYWHERE,
}  # fmt: skip

WIDE = array(np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0)
"""Where functions end. `sign` and `step` lose a NaN in TensorFlow.js, `relu` too."""
TELL = ("is_finite", "is_inf", "is_nan")
LOSE_NAN = ("sign", "step", "relu", "relu6", "selu", "elu", "leaky_relu", "softplus")

SHAPES = [((3, 4), (3, 4)), ((2, 3, 1), (1, 4)), ((), (5,)), ((1, 1, 2), ()), ((0, 3), (1, 3))]
"""Pairs that are broadcast."""

ARITHMETIC = ["add", "sub", "mul", "maximum", "minimum", "squared_difference"]
COMPARISONS = ["equal", "not_equal", "greater", "greater_equal", "less", "less_equal"]


def calls() -> Iterator[Call]:
    for name, (low, high) in DOMAINS.items():
        for shape in ((), (7,), (2, 0), (3, 1, 5)):
            yield call(name, floats(*shape, low=low, high=high), slopes=name not in TELL)
        if name not in LOSE_NAN:
            yield call(name, WIDE, slopes=False)
    for name in ("abs", "neg", "relu", "square", "sign", "ones_like", "zeros_like"):
        yield call(name, ints(2, 3))
    yield call("leaky_relu", floats(3, 4), 0.35)
    yield call("step", floats(3, 4), 0.25)
    yield call("prelu", floats(2, 3, 4), floats(3, 4, low=0.1, high=0.9))
    yield call("clip_by_value", floats(5, 3), -0.7, 1.1)
    yield call("clip_by_value", ints(5, 3), -2, 3)
    yield from _pairs()
    yield from _logic()
    yield from _casts()


def _pairs() -> Iterator[Call]:
    for one, other in SHAPES:
        whole = 0 not in one  # TensorFlow.js's gradients of broadcast empty tensors are wrong,
        alike = one == other  # and those of a few ops of all tensors that are broadcast
        for name in ARITHMETIC:
            right = whole and (alike or name in ("add", "sub", "mul"))
            yield call(name, floats(*one), floats(*other, low=-1.7, high=2.3), slopes=right)
        for name in ("div", "div_no_nan", "mod"):
            right = whole and name == "div"
            yield call(name, floats(*one), floats(*other, low=0.4, high=2.9), slopes=right)
        for name in COMPARISONS:
            yield call(name, ints(*one, high=-1), ints(*other, high=-1), slopes=False)
        yield call("pow", floats(*one, low=0.3, high=2.0), floats(*other), slopes=whole)
        yield call("atan2", floats(*one), floats(*other, low=0.4, high=2.9), slopes=whole)
    for name in [*ARITHMETIC, "floor_div", "mod", *COMPARISONS]:
        low = 1 if name in ("floor_div", "mod") else -4
        yield call(name, ints(3, 4), ints(4, low=low, high=6))
        if name != "floor_div":  # TensorFlow.js's floor_div of floats is int32
            yield call(name, floats(3, 4), ints(4, low=low, high=6), slopes=False)
    yield call("add_n", [floats(2, 3), floats(2, 3, low=0), floats(2, 3, high=5)])
    yield call("add_n", [ints(4), ints(4, low=0)])
    yield call("bitwise_and", ints(3, 4), ints(3, 4, low=0, high=99))
    yield call("div_no_nan", array(1.0, 2.0, -3.0), array(0.0, 4.0, 0.0), slopes=False)


def _logic() -> Iterator[Call]:
    for one, other in SHAPES:
        for name in ("logical_and", "logical_or", "logical_xor"):
            yield call(name, bools(*one), bools(*other))
    yield call("logical_not", bools(2, 5))
    yield call("where", bools(3, 4), floats(3, 4), floats(3, 4, low=5, high=6))
    yield call("where", bools(3, 1), floats(1, 4), floats(3, 4), slopes=False)
    yield call("where", bools(2, 3), ints(2, 3), ints(2, 3, low=7, high=9))


def _casts() -> Iterator[Call]:
    for array_ in (floats(2, 3), ints(2, 3), bools(2, 3)):
        for dtype in ("float32", "int32", "bool"):
            yield call("cast", array_, dtype, slopes=False)
