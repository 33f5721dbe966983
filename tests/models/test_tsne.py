"""TSNE: its gradient against finite differences, what it finds, what it refuses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.models import TSNE
from pywebml.models.tsne_neighbours import Edges, affinities, neighbours


def clusters(n: int = 60, seed: int = 0) -> tuple[Any, Any]:
    """n points of 12 numbers around three centres, and whose each is."""
    draw = np.random.default_rng(seed)
    whose = np.arange(n) % 3
    x = draw.normal(size=(3, 12))[whose] * 6 + draw.normal(size=(n, 12))
    return x.astype(np.float32), whose


def shares(x: Any, perplexity: float) -> Any:
    """P of t-SNE [n, n] in float64: the b of each row from a root finder of its own."""
    d = ((x[:, None].astype(np.float64) - x) ** 2).sum(-1)
    p = np.zeros_like(d)
    for i, row in enumerate(d):
        others = np.delete(row, i)
        low, high = 1e-12, 1e12
        for _ in range(200):
            b = math.sqrt(low * high)
            near = np.exp(-b * (others - others.min()))
            near /= near.sum()
            entropy = -(near[near > 0] * np.log(near[near > 0])).sum()
            low, high = (b, high) if entropy > math.log(perplexity) else (low, b)
        p[i] = np.insert(near, i, 0)
    return (p + p.T) / (2 * len(p))


def divergence(p: Any, y: Any) -> float:
    q = 1 / (1 + ((y[:, None] - y) ** 2).sum(-1))
    np.fill_diagonal(q, 0)
    q /= q.sum()
    there = p > 0
    return float((p[there] * np.log(p[there] / q[there])).sum())


def test_neighbours_and_their_shares_are_the_formulas(host: str) -> None:
    x, _ = clusters(40)
    distances, to = neighbours(pw.tensor(x), 39)
    shared = affinities(distances, 12).reshape(-1).data_sync().tolist()
    edges = Edges.joined(shared, to.reshape(-1).data_sync().tolist(), 40)
    p = np.zeros((40, 40))
    p[edges.whose.numpy(), edges.to.numpy()] = edges.weights.numpy()
    # float32 distances of some 400, of which differences count
    np.testing.assert_allclose(p, shares(x, 12), rtol=2e-3, atol=1e-7)
    assert edges.starts.numpy()[-1] == edges.to.size


def test_a_step_goes_down_the_gradient_of_the_divergence(host: str) -> None:
    x, _ = clusters(40)
    y = np.random.default_rng(1).normal(size=(40, 2)).astype(np.float32)
    tsne = TSNE(perplexity=13, init=y, learning_rate=1e-2, early_exaggeration=1)
    tsne.begin_sync(x)
    p = shares(x, 13)
    assert tsne.kl_divergence_sync() == pytest.approx(divergence(p, y), rel=1e-3)
    gradient = np.empty_like(y, dtype=np.float64)
    for place in np.ndindex(y.shape):
        away = np.zeros(y.shape)
        away[place] = 1e-4
        gradient[place] = (divergence(p, y + away) - divergence(p, y - away)) / 2e-4
    moved = (tsne.step().numpy() - y) / -1e-2
    # the first gain of each coordinate is 0.8
    np.testing.assert_allclose(moved, 0.8 * gradient, rtol=2e-2, atol=2e-4)


def test_clusters_stand_apart(host: str) -> None:
    x, whose = clusters(90)
    tsne = TSNE(perplexity=15, max_iter=300, random_state=3)
    y = tsne.fit_transform_sync(x)
    assert y.shape == (90, 2)
    assert tsne.n_iter == 300
    away = ((y[:, None] - y) ** 2).sum(-1) + 1e9 * np.eye(90)
    assert (whose[away.argmin(1)] == whose).mean() > 0.97
    again = TSNE(perplexity=15, max_iter=300, random_state=3).fit_transform_sync(x)
    np.testing.assert_array_equal(y, again)


def test_copies_of_a_point_and_points_on_a_line_have_places(host: str) -> None:
    for x in (np.ones((20, 3)), np.arange(20.0).reshape(-1, 1), np.zeros((20, 1))):
        y = TSNE(perplexity=5, max_iter=60, random_state=0).fit_transform_sync(x)
        assert np.isfinite(y).all()


@pytest.mark.parametrize(
    ("options", "x", "words"),
    [
        ({"n_components": 3}, None, "n_components must be 2, got 3"),
        ({"perplexity": 0}, None, "perplexity must be a number from 1 up, got 0"),
        ({"perplexity": "much"}, None, "perplexity must be a number from 1 up, got 'much'"),
        ({"learning_rate": -1}, None, "learning_rate must be a number above 0, got -1"),
        ({"max_iter": 0.5}, None, "max_iter must be a whole number from 1 up, got 0.5"),
        ({"init": "umap"}, None, "init must be 'pca', 'random' or an array"),
        ({"init": np.zeros((3, 2))}, np.zeros((40, 3)), r"init must be \[40, 2\]"),
        ({}, np.zeros((30, 3)), "perplexity must be below the number of points, got 30 for 30"),
        ({}, np.zeros(30), r"x must be \[n, ...\] with numbers, got the shape \(30,\)"),
        ({}, np.full((40, 3), np.nan), "values that are no finite numbers"),
    ],
)
def test_refusals(options: dict[str, Any], x: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TSNE(**options).begin_sync(x)


def test_a_step_before_the_beginning_is_refused() -> None:
    with pytest.raises(RuntimeError, match="call `begin` first"):
        TSNE().step()
    with pytest.raises(RuntimeError, match="call `begin` first"):
        TSNE().kl_divergence_sync()
