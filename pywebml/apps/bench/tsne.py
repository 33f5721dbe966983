"""`bench tsne`: an iteration of t-SNE, in which all points of a map move once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...models import TSNE
from .beside import torch_peer
from .measure import Row, Work, compare, repeated

POINTS, NUMBERS = 2000, 64


def begun(points: int) -> TSNE:
    """A map of points around ten centres, past its early iterations."""
    draw = np.random.default_rng(0)
    centres = 6 * draw.normal(size=(10, NUMBERS))
    x = centres[draw.integers(0, 10, points)] + draw.normal(size=(points, NUMBERS))
    tsne = TSNE(random_state=0)
    tsne.begin_sync(x.astype(np.float32))
    tsne.step(260)
    return tsne


def _read(y: Any) -> Any:
    return y.data_sync()


def _read_torch(y: Any) -> Any:
    return y.cpu()


def torch_iterations(torch: Any, tsne: TSNE) -> dict[str, Work]:
    """The same iteration in PyTorch, as matrices of all pairs, eager and on CUDA as a
    graph: {peer's name: work}.
    """
    assert tsne.edges is not None
    n = tsne.embedding.shape[0]
    weights = np.zeros((n, n), np.float32)
    weights[tsne.edges.whose.numpy(), tsne.edges.to.numpy()] = tsne.edges.weights.numpy()
    peer = torch_peer()
    peers: dict[str, Work] = {}
    for place in peer.places(torch):
        p = torch.tensor(weights, device=place)
        y = torch.tensor(tsne.embedding.numpy(), device=place)
        speed, gains = torch.zeros_like(y), torch.ones_like(y)

        def move(p: Any = p, y: Any = y, speed: Any = speed, gains: Any = gains) -> Any:
            q = 1 / (1 + torch.cdist(y, y).square())
            q.fill_diagonal_(0)
            forces = (p - q / q.sum()) * q
            gradient = 4 * (forces.sum(1, keepdim=True) * y - forces @ y)
            turned = speed * gradient < 0
            gains.copy_(torch.where(turned, gains + 0.2, gains * 0.8).clamp(min=0.01))
            speed.mul_(0.8).sub_(50 * gains * gradient)
            return y.add_(speed)

        peers[f"PyTorch {place} eager"] = repeated(move, _read_torch)
        if place == "cuda":
            peers["PyTorch CUDA graph"] = _replayed(torch, move)
    return peers


def _replayed(torch: Any, move: Callable[[], Any]) -> Work:
    replay, moved = torch_peer().graphed(torch, move)
    return repeated(lambda: (replay(), moved)[1], _read_torch)


def rows() -> Iterator[Row]:
    tsne = begun(POINTS)
    torch = torch_peer().load_torch()
    peers = {} if torch is None else torch_iterations(torch, tsne)
    note = "many iterations, then the places read once"
    yield from compare("tsne", f"t-SNE, {POINTS} points", repeated(tsne.step, _read), peers, note)
