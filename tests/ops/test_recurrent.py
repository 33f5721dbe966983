"""Recurrent layers against Keras's formulas written out in NumPy, one step at a time:
values, masks, states, gradients by finite differences, and how many launches they take.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from in_node import run_node
from numeric import differences

import pywebml as pw
from pywebml import ops
from pywebml.core.autodiff import grad
from pywebml.core.capture import capture
from pywebml.core.choices import forced
from pywebml.core.tensor import tensor
from pywebml.device import Adapter
from pywebml.ops.recurrent.walk import Walk, choose
from pywebml.ops.recurrent.walk import form as form_of

N, T, K, U = 2, 4, 3, 5
GATES = {"lstm": 4, "gru": 3, "simple_rnn": 1}
Arrays = dict[str, np.ndarray]


def s(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm(x: Any, kernel: Any, recurrent: Any, bias: Any, h: Any, c: Any, mask: Any) -> Any:
    """All h of Keras's LSTM; gates i, f, c, o."""
    hs = []
    for t in range(x.shape[1]):
        z = x[:, t] @ kernel + h @ recurrent + bias
        i, f, g, o = (z[:, k * U : (k + 1) * U] for k in range(4))
        new_c = s(f) * c + s(i) * np.tanh(g)
        new_h = s(o) * np.tanh(new_c)
        here = mask[:, t, None]
        c, h = np.where(here, new_c, c), np.where(here, new_h, h)
        hs.append(h)
    return np.stack(hs, 1)


def gru(x: Any, kernel: Any, recurrent: Any, bias: Any, h: Any, c: Any, mask: Any) -> Any:
    """All h of Keras's GRU with reset_after; gates z, r, h."""
    hs = []
    for t in range(x.shape[1]):
        q, p = x[:, t] @ kernel + bias[0], h @ recurrent + bias[1]
        z, r = s(q[:, :U] + p[:, :U]), s(q[:, U : 2 * U] + p[:, U : 2 * U])
        new = z * h + (1 - z) * np.tanh(q[:, 2 * U :] + r * p[:, 2 * U :])
        h = np.where(mask[:, t, None], new, h)
        hs.append(h)
    return np.stack(hs, 1)


def simple_rnn(x: Any, kernel: Any, recurrent: Any, bias: Any, h: Any, c: Any, mask: Any) -> Any:
    hs = []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ kernel + bias + h @ recurrent)
        h = np.where(mask[:, t, None], new, h)
        hs.append(h)
    return np.stack(hs, 1)


MEANINGS: dict[str, Callable[..., Any]] = {"lstm": lstm, "gru": gru, "simple_rnn": simple_rnn}


def sample(name: str) -> Arrays:
    rng = np.random.default_rng(0)
    wide = GATES[name] * U
    shapes = {
        "x": (N, T, K), "kernel": (K, wide), "recurrent_kernel": (U, wide),
        "bias": (2, wide) if name == "gru" else (wide,), "h": (N, U), "c": (N, U),
    }  # fmt: skip
    return {n: rng.normal(size=shape).astype(np.float32) * 0.7 for n, shape in shapes.items()}


def ours(name: str, arrays: dict[str, Any], mask: np.ndarray | None = None) -> Any:
    """All h, by `pw.ops`."""
    given = {n: a for n, a in arrays.items() if n != "c" or name == "lstm"}
    out = getattr(ops, name)(**given, mask=mask)
    return out[0] if name == "lstm" else out


def wide(name: str, arrays: Arrays, mask: np.ndarray | None = None) -> np.ndarray:
    mask = np.ones((N, T), bool) if mask is None else mask
    result: np.ndarray = MEANINGS[name](*(a.astype(np.float64) for a in arrays.values()), mask)
    return result


MASK = np.array([[1, 1, 0, 0], [1, 0, 1, 1]], bool)


@pytest.mark.parametrize("mask", [None, MASK], ids=["all steps", "masked"])
@pytest.mark.parametrize("name", GATES)
def test_sequences_are_kerass_formulas(host: str, name: str, mask: np.ndarray | None) -> None:
    arrays = sample(name)
    got = ours(name, arrays, mask).numpy()
    np.testing.assert_allclose(got, wide(name, arrays, mask), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", GATES)
def test_a_sequence_is_its_steps(host: str, name: str) -> None:
    arrays = sample(name)
    whole = ours(name, arrays).numpy()
    h, c = tensor(arrays["h"]), tensor(arrays["c"])
    layer = (arrays["kernel"], arrays["recurrent_kernel"], arrays["bias"])
    for t in range(T):
        if name == "lstm":
            h, c = ops.lstm_step(arrays["x"][:, t], h, c, *layer)
        else:
            h = getattr(ops, f"{name}_step")(arrays["x"][:, t], h, *layer)
        np.testing.assert_allclose(h.numpy(), whole[:, t], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mask", [None, MASK], ids=["all steps", "masked"])
@pytest.mark.parametrize("name", GATES)
def test_gradients_are_slopes(host: str, name: str, mask: np.ndarray | None) -> None:
    arrays = sample(name)
    weights = np.random.default_rng(1).normal(size=(N, T, U)).astype(np.float32)
    for what in [n for n in arrays if n != "c" or name == "lstm"]:

        def loss(value: Any, what: str = what) -> Any:
            return (ours(name, {**arrays, what: value}, mask) * tensor(weights)).sum()

        def meaning(value: np.ndarray, what: str = what) -> float:
            return float((wide(name, {**arrays, what: value}, mask) * weights).sum())

        got = grad(loss)(tensor(arrays[what])).numpy()
        want = differences(meaning, arrays[what].astype(np.float64))
        np.testing.assert_allclose(got, want, rtol=2e-3, atol=2e-4, err_msg=what)


def test_the_gradient_to_all_c_of_an_lstm(host: str) -> None:
    arrays = sample("lstm")
    inner = {n: a for n, a in arrays.items() if n != "x"}
    got = grad(lambda x: ops.lstm(x, **inner)[1].sum())(tensor(arrays["x"])).numpy()

    def all_c(x: np.ndarray) -> float:
        h, c, total = arrays["h"].astype(np.float64), arrays["c"].astype(np.float64), 0.0
        for t in range(T):
            z = x[:, t] @ arrays["kernel"] + h @ arrays["recurrent_kernel"] + arrays["bias"]
            i, f, g, o = (z[:, k * U : (k + 1) * U] for k in range(4))
            c = s(f) * c + s(i) * np.tanh(g)
            h, total = s(o) * np.tanh(c), total + float(c.sum())
        return total

    want = differences(all_c, arrays["x"].astype(np.float64))
    np.testing.assert_allclose(got, want, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("activation", ["relu", "relu6", "sigmoid", None])
def test_other_activations_of_the_simple_layer(host: str, activation: str | None) -> None:
    arrays = sample("simple_rnn")
    functions: dict[str | None, Callable[[Any], Any]] = {
        "relu": lambda a: np.maximum(a, 0), "relu6": lambda a: np.clip(a, 0, 6), "sigmoid": s,
        None: lambda a: a,
    }  # fmt: skip

    def meaning(x: np.ndarray) -> np.ndarray:
        h, hs = arrays["h"].astype(np.float64), []
        for t in range(T):
            h = functions[activation](
                x[:, t] @ arrays["kernel"] + arrays["bias"] + h @ arrays["recurrent_kernel"]
            )
            hs.append(h)
        return np.stack(hs, 1)

    inner = {n: arrays[n] for n in ("kernel", "recurrent_kernel", "bias", "h")}
    x = arrays["x"].astype(np.float64)
    got = ops.simple_rnn(tensor(arrays["x"]), **inner, activation=activation)
    np.testing.assert_allclose(got.numpy(), meaning(x), rtol=1e-5, atol=1e-5)
    slope = grad(lambda v: ops.simple_rnn(v, **inner, activation=activation).sum())
    want = differences(lambda v: float(meaning(v).sum()), x)
    np.testing.assert_allclose(slope(tensor(arrays["x"])).numpy(), want, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("name", GATES)
def test_states_begin_at_zero(host: str, name: str) -> None:
    arrays = sample(name)
    zero = {**arrays, "h": np.zeros((N, U), np.float32), "c": np.zeros((N, U), np.float32)}
    inner = {n: a for n, a in arrays.items() if n not in ("h", "c")}
    np.testing.assert_allclose(ours(name, inner).numpy(), wide(name, zero), rtol=1e-5, atol=1e-6)


def test_a_captured_training_step_of_an_lstm_is_the_eager_one(host: str) -> None:
    arrays = sample("lstm")
    inner = {n: tensor(arrays[n]) for n in ("kernel", "bias", "h", "c")}

    def step(x: Any, recurrent: Any) -> Any:
        def loss(r: Any) -> Any:
            return ops.square(ops.lstm(x, recurrent_kernel=r, **inner, mask=MASK)[0]).mean()

        return loss(recurrent), grad(loss)(recurrent)

    given = tensor(arrays["x"]), tensor(arrays["recurrent_kernel"])
    eager = [t.numpy() for t in step(*given)]
    replayed = capture(step)
    for _ in range(2):
        for got, want in zip(replayed(*given), eager, strict=True):
            np.testing.assert_allclose(got.numpy(), want, rtol=1e-5, atol=1e-7)


@pytest.mark.tfjs
@pytest.mark.parametrize(("name", "kind"), [("lstm", "lstm"), ("simple_rnn", "simpleRNN")])
def test_values_and_gradients_are_tensorflow_jss(host: str, name: str, kind: str) -> None:
    """Of a GRU with reset_after TensorFlow.js has none."""
    arrays = sample(name)
    weights = np.random.default_rng(3).normal(size=(N, T, U)).astype(np.float32)
    states = [arrays["h"], arrays["c"]] if name == "lstm" else [arrays["h"]]
    layer = ("kernel", "recurrent_kernel", "bias")
    job = {
        "kind": kind, "units": U, "x": arrays["x"].tolist(), "kernel": arrays["kernel"].tolist(),
        "recurrent": arrays["recurrent_kernel"].tolist(), "bias": arrays["bias"].tolist(),
        "state": [state.tolist() for state in states], "weights": weights.tolist(),
    }  # fmt: skip
    (theirs,) = run_node("recurrent.mjs", [job])
    np.testing.assert_allclose(ours(name, arrays).numpy(), theirs["y"], rtol=1e-4, atol=1e-5)
    for what, slope in zip(layer, theirs["slopes"], strict=True):

        def loss(value: Any, what: str = what) -> Any:
            return (ours(name, {**arrays, what: value}) * tensor(weights)).sum()

        got = grad(loss)(tensor(arrays[what])).numpy()
        np.testing.assert_allclose(got, slope, rtol=1e-3, atol=1e-4, err_msg=what)


@pytest.mark.gpu
@pytest.mark.parametrize("form", ["steps", "walk 1"])
@pytest.mark.parametrize("name", GATES)
def test_a_sequence_is_one_launch_or_two_per_step(name: str, form: str) -> None:
    from hosts import shared_device

    pw.set_device(shared_device("gpu"))
    arrays = {n: tensor(a) for n, a in sample(name).items()}
    with forced(recurrent=form):
        recorded = capture(lambda x: ours(name, {**arrays, "x": x}))
        recorded(arrays["x"])
    pw.set_device(shared_device("cpu"))
    (plan,) = recorded.plans()
    kernels = [row.kernel for row in plan.rows]
    before = 1 + 2 * (name == "gru")  # the inputs' products; two halves of a bias
    walks = sum("_walk" in kernel for kernel in kernels)
    if form == "steps":
        assert (walks, len(kernels)) == (0, before + 2 * T), kernels
    else:  # the recurrent kernel in words of four, as 5 units are none
        assert (walks, len(kernels)) == (1, before + 2), kernels


REAL = Adapter("a GPU", "wgsl")
SOFTWARE = Adapter("no GPU", "wgsl", software=True)


@pytest.mark.parametrize(
    ("adapter", "rows", "units", "form"),
    [
        (REAL, 1, 128, "walk 1"),
        (REAL, 128, 128, "walk 2"),
        (REAL, 512, 64, "walk 4"),
        (REAL, 128, 512, "steps"),  # 4 MB would be read 64 times a step
        (SOFTWARE, 16, 64, "walk 4"),
    ],
)
@pytest.mark.parametrize("back", [False, True])
def test_form_by_shape(adapter: Adapter, rows: int, units: int, form: str, back: bool) -> None:
    assert choose(adapter, Walk(rows, units, 4, back)) == form


def test_a_form_that_the_workgroups_have_no_memory_for_does_not_run() -> None:
    small = Adapter("a small GPU", "wgsl", max_workgroup_bytes=8 << 10)
    for units in (8, 100, 256, 700):
        walk = Walk(128, units, 4, True)
        for name in choose.candidates(small, walk):
            assert name == "steps" or form_of(walk, int(name[5:])).nbytes <= 8 << 10


@pytest.mark.parametrize("host", [pytest.param("gpu", marks=pytest.mark.gpu)], indirect=True)
@pytest.mark.parametrize("name", GATES)
def test_every_form_gives_the_same(host: str, name: str) -> None:
    """For units beside multiples of 4 and 8, and more of them than invocations."""
    rng = np.random.default_rng(5)
    for n, units in ((3, 1), (5, 6), (2, 12), (1, 90)):
        wide = GATES[name] * units
        shapes = [(n, 3, 2), (2, wide), (units, wide), (2, wide) if name == "gru" else (wide,)]
        x, *weights = (rng.normal(size=s).astype(np.float32) / s[0] for s in shapes)

        def slope(x: Any, r: Any, weights: Any = weights) -> Any:
            out = getattr(ops, name)(x, weights[0], r, weights[2])
            return ops.square(out[0] if name == "lstm" else out).sum()

        results = []
        for form in ("steps", "walk 1", "walk 2", "walk 4"):
            with forced(recurrent=form):
                one = grad(lambda x: slope(x, tensor(weights[1])))(tensor(x))  # noqa: B023
                other = grad(lambda r: slope(tensor(x), r))(tensor(weights[1]))  # noqa: B023
            results.append((one.numpy(), other.numpy()))
        for got in results[1:]:
            for a, b in zip(got, results[0], strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"x": np.zeros((2, 3), np.float32)}, ValueError, r"lstm: x \[batch, time, features\]"),
        ({"recurrent_kernel": np.zeros((5, 15), np.float32)}, ValueError, r"\[units, 4 \* units\]"),
        ({"h": np.zeros((3, 5), np.float32)}, ValueError, r"h0 must be float32 \(2, 5\)"),
        ({"mask": np.ones((2, 3), bool)}, ValueError, r"mask must be bool \(2, 4\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(change: Any, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        ops.lstm(**{**sample("lstm"), **change})


def test_a_grus_bias_is_two() -> None:
    arrays = sample("gru")
    del arrays["c"]
    with pytest.raises(ValueError, match=r"gru: bias must be \[2, 15\]"):
        ops.gru(**{**arrays, "bias": np.zeros(15, np.float32)})
