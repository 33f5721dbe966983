"""Numbers of any size: where floats are meant they may be as large as floats are, and
what fits no integer is refused in words.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops


def test_numbers_that_do_not_fit_are_refused_in_words(host: str) -> None:
    i, u = pw.tensor([1, 2]), pw.tensor([1, 2], dtype="uint32")
    for tensor, number in [(i, 2**31), (i, -(2**31) - 1), (u, -1), (u, 2**32), (u, np.int64(-1))]:
        for name in ("add", "maximum", "less", "pow"):
            with pytest.raises(
                ValueError, match=rf"{number} (does not fit|is no integer)|power {number}"
            ):
                getattr(ops, name)(tensor, number)
    with pytest.raises(ValueError, match="does not fit any float"):
        pw.tensor([1.0]) * 10**400


@pytest.mark.parametrize("number", [2**31, -(2**33), 10**30, -(10**38)])
def test_floats_meet_whole_numbers_of_any_size(host: str, number: int) -> None:
    x = pw.tensor([1.0, 2.0, 3.0])
    for name in ("add", "sub", "mul", "div", "maximum", "minimum", "less", "equal"):
        for one, other in ((x, number), (number, x), (x, np.array([float(number)] * 3))):
            got = getattr(ops, name)(one, other)
            want = getattr(ops, name)(*(float(v) if v is number else v for v in (one, other)))
            assert got.dtype == want.dtype and got.tolist() == want.tolist(), name
    if abs(number) < 2**63:
        assert (x + np.int64(number)).tolist() == (x + float(number)).tolist()
        assert (x + np.array([number, 0, 1])).tolist() == [float(np.float32(number)), 2, 4]
        beside: Any = [number, 0, 1]
        assert (x + beside).tolist() == [float(np.float32(number)), 2, 4]
    assert ops.where(x > 1, x, number).tolist() == [float(np.float32(number)), 2, 3]


def test_constants_beyond_float32_are_infinite(host: str) -> None:
    x = pw.tensor([1.0, -2.0])
    assert (x * 1e39).tolist() == [np.inf, -np.inf]
    assert ops.clip_by_value(x, -1e39, 1e39).tolist() == [1, -2]


def test_powers_of_integers(host: str) -> None:
    a = np.array([16777217, -3, 46341, 2, -1, 1, 0, 7, -(2**31), 5], "int32")
    for exponent in (0, 1, 2, 3, 17, 31, 2**31 - 1):
        with np.errstate(all="ignore"):
            assert (pw.tensor(a) ** exponent).tolist() == (a ** np.int32(exponent)).tolist()
    with pytest.raises(ValueError, match=r"int32 to the power -1 is no integer; write -1.0"):
        pw.tensor(a) ** -1
    down = [pw.tensor(v, dtype="int32") for v in ([2, 1, -1, -1, 0], [-1, -5, -3, -2, -1])]
    assert ops.pow(*down).tolist() == [0, 1, -1, 1, 0]
    assert (2 ** pw.tensor([3, 30, 31, 32])).tolist() == [8, 2**30, -(2**31), 0]
    assert (pw.tensor([4, 9]) ** 0.5).dtype == "float32"
    slope = pw.grad(lambda x: (x**3).sum())(pw.tensor([2.0, -1.0]))
    np.testing.assert_allclose(slope.numpy(), [12, 3], rtol=1e-5)


def test_where_of_two_bools_is_bool(host: str) -> None:
    truths = ops.where(pw.tensor([1, 0]), True, False)
    assert truths.dtype == "bool" and truths.tolist() == [True, False]


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 1.5, float("nan")])
def test_a_border_that_does_not_fit_is_refused(host: str, value: float) -> None:
    with pytest.raises(ValueError, match=r"constant_value .* does not fit int32"):
        ops.pad(pw.tensor([1]), [[1, 1]], constant_value=value)


BIG = [[3_000_000_000]]
BIGS = [BIG, np.array(BIG), [np.array(BIG[0])], np.array(BIG, "uint64")]


@pytest.mark.parametrize("x", BIGS, ids=["list", "int64", "list of arrays", "uint64"])
@pytest.mark.parametrize("built", [False, True], ids=["not yet built", "built"])
def test_a_model_of_floats_takes_whole_numbers_of_any_size(host: str, built: bool, x: Any) -> None:
    def model() -> Any:
        first = [pw.layers.Input((1,))] if built else []
        return pw.Sequential([*first, pw.layers.Dense(1, kernel_initializer="ones")])

    assert model().predict(x).tolist() == [[3e9]]
    assert model()(np.asarray(x)).tolist() == [[3e9]]
    net = model()
    net.compile("sgd", "mse", metrics=["mse"])
    net.fit_sync(x, x, epochs=1, verbose=0)
    own = pw.layers.Dense(1, use_bias=False)
    assert own(np.asarray(x)).shape == (1, 1)
    own.set_weights([np.asarray(x)])
    assert own.get_weights()[0].tolist() == [[3e9]]


@pytest.mark.parametrize("x", BIGS[:2], ids=["list", "int64"])
def test_losses_and_metrics_take_whole_numbers_of_any_size(host: str, x: Any) -> None:
    assert float(pw.losses.get("mse")(x, [[3e9]])) == 0
    assert pw.metrics.MeanMetricWrapper(lambda t, p: abs(t - p), "off")(x, x) == 0


def test_a_model_of_integers_refuses_what_does_not_fit(host: str) -> None:
    whole = pw.layers.Input((1,), dtype="int32")
    net = pw.Model(whole, pw.layers.Activation("relu")(whole))
    assert net.predict([[16777217]]).tolist() == [[16777217]]
    with pytest.raises(ValueError, match="do not fit int32"):
        net.predict(BIG)
