"""Threefry's published vectors, the same integers on every host, distributions,
permutations, dropout, fresh numbers on replay.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import pywebml as pw
from pywebml import ops
from pywebml.core.autodiff import grad
from pywebml.core.capture import capture
from pywebml.core.tensor import tensor
from pywebml.ops.random.draws import threefry

few = settings(max_examples=25, deadline=None)
NORMAL = NormalDist()


@pytest.mark.parametrize(
    ("key", "counter", "want"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_known_answers(
    key: tuple[int, int], counter: tuple[int, int], want: tuple[int, int]
) -> None:
    """The vectors that Random123, the authors' library, ships for threefry2x32 with 20
    rounds.
    """
    assert tuple(int(w) for w in threefry(*key, *counter)) == want


def test_first_words_of_a_seed(host: str) -> None:
    """Seed 0, first draw, first block: threefry of zeros. So the device's integers are
    the published ones too.
    """
    got = ops.Generator(0).bits((5,)).numpy()
    assert got[:2].tolist() == [0x6B200159, 0x99BA4EFE]
    want = np.stack(threefry(7, 1, np.arange(3, dtype=np.uint32), 0), -1).reshape(-1)[:5]
    np.testing.assert_array_equal(ops.Generator(7 + 2**32).bits((5,)).numpy(), want)


@pytest.mark.gpu
@pytest.mark.parametrize("draw", ["bits", "uniform", "permutation"])
def test_hosts_agree_bit_by_bit(draw: str) -> None:
    from hosts import shared_device

    from pywebml.device import set_device

    found = []
    for choice in ("cpu", "gpu"):
        set_device(shared_device(choice))
        generator = ops.Generator(2**40 + 12345)
        generator.bits((3,))
        found.append(getattr(generator, draw)(777 if draw == "permutation" else (7, 111)).numpy())
    set_device(shared_device("cpu"))
    np.testing.assert_array_equal(*found)


def test_draws_differ_and_seeds_repeat(host: str) -> None:
    generator = ops.Generator(3)
    first, second = generator.uniform((50,)).numpy(), generator.uniform((50,)).numpy()
    assert not np.intersect1d(first, second).size
    generator.seed(3)
    np.testing.assert_array_equal(generator.uniform((50,)).numpy(), first)
    np.testing.assert_array_equal(ops.Generator(3).uniform((50,)).numpy(), first)
    assert (ops.Generator(4).uniform((50,)).numpy() != first).any()


def test_replays_are_fresh(host: str) -> None:
    generator = ops.Generator(5)
    step = capture(lambda x: (x + generator.normal((40,)), generator.permutation(40)))
    zeros = tensor(np.zeros(40, np.float32))
    got = [[t.numpy() for t in step(zeros)] for _ in range(3)]
    generator.seed(5)
    for normals, order in got:  # the same stream as without capture
        np.testing.assert_allclose(normals, generator.normal((40,)).numpy(), atol=1e-5)
        np.testing.assert_array_equal(order, generator.permutation(40).numpy())


def farthest(sample: np.ndarray, distribution: Callable[[float], float]) -> float:
    """Kolmogorov and Smirnov's distance times sqrt(n): above 1.95 in one of a thousand
    samples.
    """
    x = np.sort(sample.reshape(-1))
    cdf = np.array([distribution(float(v)) for v in x])
    n = len(x)
    return float(
        max(np.abs(cdf - np.arange(n) / n).max(), np.abs(cdf - np.arange(1, n + 1) / n).max())
        * math.sqrt(n)
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_distributions(host: str, seed: int) -> None:
    generator = ops.Generator(seed)
    n = 20_001
    uniform = generator.uniform((n,)).numpy()
    assert 0 <= uniform.min() < uniform.max() < 1
    assert farthest(uniform, lambda v: v) < 1.95
    wide = generator.uniform((n,), low=-3.0, high=5.0).numpy()
    assert farthest(wide, lambda v: (v + 3) / 8) < 1.95
    normal = generator.normal((n,), mean=2.0, std=0.5).numpy().astype(np.float64)
    assert abs(normal.mean() - 2) < 4 * 0.5 / math.sqrt(n)
    assert abs(normal.std() - 0.5) < 4 * 0.5 / math.sqrt(2 * n)
    assert farthest(normal, NormalDist(2, 0.5).cdf) < 1.95
    # the two of a pair
    assert abs(np.corrcoef(normal[:-1:2], normal[1::2])[0, 1]) < 4 / math.sqrt(n / 2)
    low, high = NORMAL.cdf(-2), NORMAL.cdf(2)
    cut = generator.truncated_normal((n,), mean=1.0, std=3.0).numpy().astype(np.float64)
    assert np.abs(cut - 1).max() <= 6.000001
    assert farthest(cut, lambda v: (NORMAL.cdf((v - 1) / 3) - low) / (high - low)) < 1.95
    # the standard deviation of a normal cut off at two
    assert abs(cut.std() / 3 - 0.87962566) < 0.01


def test_truncated_normal_is_the_inverse_of_the_distribution(host: str) -> None:
    """Giles's polynomial against Python's own quantiles, word by word."""
    words = ops.Generator(6).bits((400,)).numpy()
    got = ops.Generator(6).truncated_normal((400,)).numpy()
    low, high = NORMAL.cdf(-2), NORMAL.cdf(2)
    want = [NORMAL.inv_cdf(low + (high - low) * ((int(w) >> 8) + 0.5) / 2**24) for w in words]
    np.testing.assert_allclose(got, want, atol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 15, 16, 17, 100, 257, 4096, 5000])
def test_permutations_are_permutations(host: str, n: int) -> None:
    generator = ops.Generator(n)
    first, second = generator.permutation(n), generator.permutation(n)
    assert first.dtype == "int32"
    for order in (first, second):
        np.testing.assert_array_equal(np.sort(order.numpy()), np.arange(n))
    if n > 10:
        assert (first.numpy() != second.numpy()).mean() > 0.5


def test_permutations_are_even() -> None:
    """Each number lands on each place equally often (chi-square, 36 cells), and all 6
    orders of 3 occur equally often.
    """
    generator = ops.Generator(9)
    draws = np.stack([generator.permutation(6).numpy() for _ in range(1200)])
    cells = np.stack([(draws == v).sum(0) for v in range(6)])
    # 25 degrees of freedom, one in a thousand
    assert float(((cells - 200) ** 2 / 200).sum()) < 52.6
    orders = np.unique(
        [generator.permutation(3).numpy() @ np.array([9, 3, 1]) for _ in range(1200)],
        return_counts=True,
    )[1]
    assert len(orders) == 6
    assert float(((orders - 200) ** 2 / 200).sum()) < 20.5  # 5 degrees of freedom


@few
@given(st.integers(1, 3000), st.integers(0, 2**64 - 1))
def test_any_size_and_seed(n: int, seed: int) -> None:
    np.testing.assert_array_equal(np.sort(ops.Generator(seed).permutation(n).numpy()), np.arange(n))


def test_dropout_with_a_seed_and_a_shape_of_its_own(host: str) -> None:
    x = pw.ones((40, 3, 5))
    for shape, shared in (((40, 1, 5), (1,)), ([None, 1, 1], (1, 2)), ((1, 3, None), (0,))):
        y = ops.dropout(x, 0.5, shape, seed=3).numpy()
        assert set(np.unique(y)) == {0, 2}
        for axis in shared:
            assert (y == y.take([0], axis)).all()
    one, two = (ops.dropout(x, 0.5, None, 7).numpy() for _ in range(2))
    assert (one == two).all() and (one != ops.dropout(x, 0.5, seed=8).numpy()).any()
    assert (ops.dropout(x, 0.5).numpy() != ops.dropout(x, 0.5).numpy()).any()
    drawn = pw.capture(lambda x: ops.dropout(x, 0.5))
    assert (drawn(x).numpy() != drawn(x).numpy()).any()
    assert ops.dropout(pw.tensor([2, 4]), 0).tolist() == [2, 4]
    for shape, words in (
        ((40, 2, 5), "1 or the size of each axis"), ((3, 5), "a size for each axis"),
        (7, "a list of sizes"), ((1, 1.5, 1), "must be ints"),
    ):  # fmt: skip
        with pytest.raises((TypeError, ValueError), match=words):
            ops.dropout(x, 0.5, shape)
    with pytest.raises(ValueError, match="give one of the two"):
        ops.dropout(x, 0.5, seed=1, generator=ops.Generator(1))


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.9])
def test_dropout(host: str, rate: float) -> None:
    x = np.random.default_rng(1).uniform(1, 2, (90, 101)).astype(np.float32)
    generator = ops.Generator(8)
    y = ops.dropout(tensor(x), rate, generator=generator).numpy()
    kept = y != 0
    assert abs(kept.mean() - (1 - rate)) < 4 * math.sqrt(rate * (1 - rate) / x.size) + 1e-9
    np.testing.assert_allclose(y[kept], (x / (1 - rate))[kept], rtol=1e-6)
    generator.seed(8)
    slope = grad(lambda t: ops.sum(ops.dropout(t, rate, generator=generator)))(tensor(x)).numpy()
    np.testing.assert_allclose(slope, kept / (1 - rate), rtol=1e-6)  # through the same mask


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda g: ops.dropout(tensor([1.0]), 1.0, generator=g),
            "at least 0 and less than 1, got 1.0",
        ),
        (lambda g: ops.dropout(tensor([1.0]), -0.1, generator=g), "at least 0"),
        (lambda g: g.uniform((3, 0)), "must be at least 1"),
        (lambda g: g.permutation(0), "between 1 and"),
    ],
)
def test_refusals(host: str, call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(ops.Generator(1))


# TensorFlow.js's functions


DISTRIBUTIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "uniform": (lambda n, **k: ops.random_uniform(n, -1, 3, **k), stats.uniform(-1, 4)),
    "normal": (lambda n, **k: ops.random_normal(n, 2, 0.5, **k), stats.norm(2, 0.5)),
    "standard": (ops.random_standard_normal, stats.norm()),
    "truncated": (lambda n, **k: ops.truncated_normal(n, 1, 2, **k), stats.truncnorm(-2, 2, 1, 2)),
    **{
        f"gamma {alpha} {beta}": (
            lambda n, alpha=alpha, beta=beta, **k: ops.random_gamma(n, alpha, beta, **k),
            stats.gamma(alpha, scale=1 / beta),
        )
        for alpha, beta in [(0.3, 1.0), (1.0, 2.0), (9.5, 0.5)]
    },
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions_of_functions(host: str, name: str) -> None:
    draw, want = DISTRIBUTIONS[name]
    got = draw(20000, seed=11)
    assert got.shape == (20000,) and got.dtype == "float32"
    values = got.numpy().astype(np.float64)
    assert stats.kstest(values, want.cdf).pvalue > 1e-3
    assert values.mean() == pytest.approx(want.mean(), abs=5 * want.std() / math.sqrt(20000))
    assert values.var() == pytest.approx(want.var(), rel=0.1)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_seeds_and_dtypes(host: str, name: str) -> None:
    draw = DISTRIBUTIONS[name][0]
    first, again, other = (draw((3, 50), seed=s).numpy() for s in (5, 5, 6))
    assert (first == again).all() and (first != other).any()
    assert (draw(50).numpy() != draw(50).numpy()).any()
    assert (draw(50, seed=0.5).numpy() != draw(50, seed=0.25).numpy()).any()
    assert (draw(50, seed=5.0).numpy() == draw(50, seed=5).numpy()).all()
    if name != "uniform":
        np.testing.assert_array_equal(
            draw(50, dtype="int32", seed=5).numpy(), np.round(draw(50, seed=5).numpy())
        )
    pw.set_seed(3)
    one = draw(20).numpy()
    pw.set_seed(3)
    assert (draw(20).numpy() == one).all()


@pytest.mark.gpu
@pytest.mark.parametrize("name", [*DISTRIBUTIONS, "int", "multinomial"])
def test_seeds_mean_the_same_on_every_host(name: str) -> None:
    from hosts import shared_device

    from pywebml.device import set_device

    calls = {
        "int": lambda n, seed: ops.random_uniform_int(n, -5, 1000, seed),
        "multinomial": lambda n, seed: ops.multinomial([0.0, 1.0, -1.0], n, seed),
    }
    draw = calls[name] if name in calls else DISTRIBUTIONS[name][0]
    drawn = []
    for choice in ("cpu", "gpu"):
        set_device(shared_device(choice))
        drawn.append(draw(500, seed=21).numpy())
    set_device(shared_device("cpu"))
    np.testing.assert_allclose(*drawn, rtol=5e-3, atol=5e-3)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 4), (-(2**31), 2**31 - 1)])
def test_whole_numbers(host: str, low: int, high: int) -> None:
    got = ops.random_uniform_int(20000, low, high, seed=4)
    values = got.numpy().astype(np.int64)
    assert got.dtype == "int32" and low <= values.min() and values.max() < high
    if high - low < 10:
        counts = np.bincount(values - low, minlength=high - low)
        assert stats.chisquare(counts).pvalue > 1e-3 if high - low > 1 else counts[0] == 20000
    else:
        assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_multinomial(host: str) -> None:
    logits = np.log(np.array([[1, 2, 3, 4], [4, 0.001, 1, 1]], np.float32))
    for weights, normalized in (
        (logits, False),
        (np.exp(logits) / np.exp(logits).sum(1, keepdims=True), True),
    ):
        got = ops.multinomial(weights, 20000, 8, normalized)
        assert got.shape == (2, 20000) and got.dtype == "int32"
        for row, odds in zip(got.numpy(), np.exp(logits), strict=True):
            counts = np.bincount(row, minlength=4)
            assert stats.chisquare(counts, odds / odds.sum() * 20000).pvalue > 1e-4
    assert ops.multinomial([-100, 1], 5).tolist() == [1] * 5
    first, second = (ops.multinomial([0.0] * 9, 50, 3).tolist() for _ in range(2))
    assert first == second


def test_functions_without_a_seed_are_fresh_at_every_replay(host: str) -> None:
    fresh = pw.capture(lambda x: x + ops.random_normal(30))
    seeded = pw.capture(lambda x: x + ops.random_normal(30, seed=1))
    zeros = tensor(np.zeros(30, np.float32))
    assert (fresh(zeros).numpy() != fresh(zeros).numpy()).all()
    assert (seeded(zeros).numpy() == seeded(zeros).numpy()).all()


def test_a_function_of_ones_own(host: str) -> None:
    numbers = iter([1.7, 0.2, 2.0, 0.0])
    assert ops.rand((2, 2), lambda: next(numbers), "int32").tolist() == [[1, 0], [2, 0]]


def test_generators_draw_these_too(host: str) -> None:
    generator = ops.Generator(3)
    whole = generator.uniform_int((40,), low=-2, high=2).numpy()
    assert set(whole.tolist()) == {-2, -1, 0, 1}
    assert (generator.gamma((5,), alpha=2).numpy() > 0).all()
    assert generator.multinomial([[0.0, 1.0]], 3).tolist() == [[1, 1, 1]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.random_uniform((2,), dtype="uint8"), "dtype must be float32, int32 or bool"),
        (lambda: ops.random_normal((2,), dtype="bool"), "dtype must be float32 or int32"),
        (lambda: ops.random_normal((2, 2.5)), "random_normal: shape must be ints"),
        (lambda: ops.random_uniform((2,), seed="x"), "seed must be a number or None, got 'x'"),
        (lambda: ops.random_uniform((2,), seed=True), "seed must be a number or None, got True"),
        (lambda: ops.random_uniform((2,), seed=float("nan")), "a number or None, got nan"),
        (lambda: ops.random_uniform_int((2,), 5, 5), "minval must be less than maxval"),
        (lambda: ops.random_gamma((2,), 0), "alpha must be positive, got 0"),
        (lambda: ops.random_gamma((2,), 1, -1), "beta must be positive, got -1"),
        (lambda: ops.multinomial([1.0], 3), "at least 2 outcomes"),
        (lambda: ops.multinomial(np.ones((2, 2, 2)), 3), "at least 2 outcomes"),
        (lambda: ops.rand((2,), 0.5), "a function that gives numbers expected, got 0.5"),
    ],
)  # fmt: skip
def test_sentences_of_functions(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        call()
