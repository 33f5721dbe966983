"""Max and average pooling: values against plain loops on every host, ties, gradients of
both orders, mistakes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numeric import differences, run
from windows import close, geometries, outputs, resolved, visits

from pywebml.core.autodiff import grad
from pywebml.core.capture import capture
from pywebml.core.spec import Spec
from pywebml.core.tensor import tensor
from pywebml.ops.pool import (
    AvgPool,
    AvgPoolGrad,
    MaxPool,
    MaxPoolGather,
    MaxPoolGrad,
    avg_pool,
    max_pool,
    max_pool_with_argmax,
)

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def pooled(x: np.ndarray, *where: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(maxima, their places, means), window by window."""
    shape = (x.shape[0], *outputs(x.shape[1:3], *where), x.shape[3])
    best, place = np.full(shape, -np.inf), np.zeros(shape, np.int32)
    total, count = np.zeros(shape), np.zeros(shape)
    for i, j, ky, kx, y, z in visits(x.shape[1:3], *where):
        value = x[:, y, z].astype(np.float64)
        place[:, i, j] = np.where(value > best[:, i, j], ky * where[0][1] + kx, place[:, i, j])
        best[:, i, j] = np.maximum(value, best[:, i, j])
        total[:, i, j] += value
        count[:, i, j] += 1
    return best, place, total / count


def pooled_grads(
    shape: tuple[int, ...], g: np.ndarray, place: np.ndarray, *where: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of sum(maxima * g) and of sum(means * g)."""
    along, shared, count = np.zeros(shape), np.zeros(shape), np.zeros(g.shape)
    for i, j, *_ in visits(shape[1:3], *where):
        count[:, i, j] += 1
    for i, j, ky, kx, y, z in visits(shape[1:3], *where):
        along[:, y, z] += g[:, i, j] * (place[:, i, j] == ky * where[0][1] + kx)
        shared[:, y, z] += g[:, i, j] / count[:, i, j]
    return along, shared


@few
@given(geometry=geometries(), c=st.sampled_from([1, 3, 4, 7]), ties=st.booleans())
def test_any_shape(host: str, geometry: dict[str, Any], c: int, ties: bool) -> None:
    geometry = {**geometry, "dilations": (1, 1)}
    where = geometry["window"], geometry["strides"], resolved(geometry)
    assume(all(max(pads) < k for pads, k in zip(where[2], where[0], strict=True)))
    random = np.random.default_rng(0)
    shape = (geometry["batch"], *geometry["size"], c)
    x = (random.integers(-1, 2, shape) if ties else random.standard_normal(shape)).astype(
        np.float32
    )
    best, place, mean = pooled(x, *where)
    y, argmax = (t.numpy() for t in MaxPool(*where)(tensor(x)))
    np.testing.assert_array_equal(y, best)
    np.testing.assert_array_equal(argmax, place)
    close(max_pool(x, *where[:2], geometry["padding"]).numpy(), best)
    close(avg_pool(x, *where[:2], geometry["padding"]).numpy(), mean)
    g = random.standard_normal(best.shape).astype(np.float32)
    along, shared = pooled_grads(x.shape, g, place, *where)
    close(run(MaxPoolGrad(*where, x.shape[1:3]), g, place), along)
    close(run(AvgPoolGrad(*where, x.shape[1:3]), g), shared)
    close(run(MaxPoolGather(*where), x, place), best)


def test_first_of_equals_wins(host: str) -> None:
    x = np.array([[1, 1], [1, 0]], np.float32).reshape(1, 2, 2, 1)
    assert grad(lambda t: max_pool(t, 2).sum())(tensor(x)).numpy().reshape(-1).tolist() == [
        1,
        0,
        0,
        0,
    ]


def test_padding_does_not_count(host: str) -> None:
    """SAME, 3x3 of ones at stride 2: every mean is 1, whatever part of its window is
    padding.
    """
    x = np.ones((1, 3, 3, 1), np.float32)
    assert avg_pool(x, 2, 2, "same").numpy().reshape(-1).tolist() == [1, 1, 1, 1]
    assert max_pool(-x, 2, 2, "same").numpy().reshape(-1).tolist() == [-1, -1, -1, -1]


def test_strides_default_to_the_window(host: str) -> None:
    x = np.arange(24, dtype=np.float32).reshape(1, 4, 6, 1)
    assert max_pool(x, (2, 3)).numpy().reshape(-1).tolist() == [8, 11, 20, 23]
    assert avg_pool(x, (2, 3)).numpy().reshape(-1).tolist() == [4, 7, 16, 19]


# gradients


@pytest.mark.parametrize("pool", [max_pool, avg_pool])
def test_gradient(host: str, pool: Any) -> None:
    where = (3, 2), (2, 1), ((1, 1), (0, 1))
    x = np.random.default_rng(3).standard_normal((2, 5, 4, 3))
    pick = 0 if pool is max_pool else 2
    weight = np.random.default_rng(4).standard_normal(pooled(x, *where)[pick].shape)
    want = differences(lambda v: float((pooled(v, *where)[pick] * weight).sum()), x, 1e-6)
    w = tensor(weight.astype(np.float32))
    close(
        grad(lambda t: (pool(t, *where) * w).sum())(tensor(x.astype(np.float32))).numpy(),
        want,
        2e-4,
    )


@pytest.mark.parametrize("pool", [max_pool, avg_pool])
def test_second_gradient(host: str, pool: Any) -> None:
    """The gradient of |d sum(y^3) / d x|^2, against differences of the first gradient
    written out in float64.
    """
    where = (2, 3), (1, 2), ((1, 0), (1, 1))
    x = np.random.default_rng(5).standard_normal((1, 4, 5, 2))
    kind = 0 if pool is max_pool else 1

    def squares(v: np.ndarray) -> float:
        best, place, mean = pooled(v, *where)
        y = (best, mean)[kind]
        return float((pooled_grads(v.shape, 3 * y * y, place, *where)[kind] ** 2).sum())

    def ours(t: Any) -> Any:
        def cubes(u: Any) -> Any:
            y = pool(u, *where)
            return (y * y * y).sum()

        slope = grad(cubes)(t)
        return (slope * slope).sum()

    close(grad(ours)(tensor(x.astype(np.float32))).numpy(), differences(squares, x, 1e-6), 5e-4)


# mistakes


@pytest.mark.parametrize(
    ("op", "specs", "words"),
    [
        (MaxPool(), [Spec((4, 4, 1))], "rank 4"),
        (AvgPool(), [Spec((1, 0, 4, 1))], "empty"),
        (AvgPool(), [Spec((1, 1, 4, 1))], "height 2 .* spans 2, but the input has height 1"),
        (
            MaxPool((2, 2), (2, 2), ((2, 0), (0, 0))),
            [Spec((1, 4, 4, 1))],
            "padding .* must be smaller than the window",
        ),
        (
            AvgPool((300, 300), (1, 1)),
            [Spec((1, 400, 400, 1))],
            "at most 32768 positions, got 300 x 300; use mean",
        ),
        (
            MaxPoolGrad(size=(4, 4)),
            [Spec((1, 2, 3, 1)), Spec((1, 2, 3, 1), "int32")],
            r"size \(4, 4\) is pooled to \(2, 2\)",
        ),
        (
            MaxPoolGrad(size=(4, 4)),
            [Spec((1, 2, 2, 1)), Spec((1, 2, 2, 1))],
            "argmax must be int32",
        ),
        (
            MaxPoolGather(),
            [Spec((1, 4, 4, 1)), Spec((1, 2, 1, 1), "int32")],
            r"argmax must be int32 \(1, 2, 2, 1\)",
        ),
    ],
)
def test_shape_mistakes_are_named(op: Any, specs: list[Spec], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        op.infer(*specs)


def test_other_mistakes_are_named(host: str) -> None:
    x = np.ones((1, 4, 4, 1), np.float32)
    with pytest.raises(ValueError, match=r"pool_size must be a positive int or a pair .* got 0"):
        max_pool(x, 0)
    with pytest.raises(ValueError, match="strides must be a positive int or a pair"):
        avg_pool(x, 2, (1, 2, 3))


def test_where_a_largest_value_was_is_left_out(host: str) -> None:
    """Unless a gradient, or somebody else, reads it."""
    pictures = np.random.default_rng(1).normal(size=(1, 6, 6, 3)).astype(np.float32)

    def places(function: Any) -> list[bool]:
        captured = capture(function)
        captured(pictures)
        ops_of_plan = [op for op, _, _ in captured.plans()[0].calls]
        return [op.places for op in ops_of_plan if op.name == "MaxPool"]

    best = max_pool(pictures, 2).numpy()
    np.testing.assert_array_equal(capture(lambda x: max_pool(x, 2))(pictures).numpy(), best)
    assert places(lambda x: max_pool(x, 2)) == [False]
    assert places(lambda x: max_pool_with_argmax(x, 2)) == [True]
    assert places(grad(lambda x: max_pool(x, 2).sum())) == [True]
