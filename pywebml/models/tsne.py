"""t-SNE: points of many numbers as a map, near ones beside each other."""

from __future__ import annotations

import math
import operator
from typing import Any

from .. import ops
from ..core.capture import Captured, capture
from ..core.tensor import Tensor, Variable, as_tensor
from ..device.seam import TooLarge
from ..host.awaited import awaited
from ..host.lazy import np
from ..host.waiting import run_sync
from .tsne_neighbours import Edges, affinities, neighbours

EARLY = 250  # iterations in which clusters are drawn together
_STEPS_TOGETHER = 10
_LEAST_GAIN = 0.01


class TSNE:
    """A map of points by t-SNE, with scikit-learn's names. It runs on the device, step
    by step: `begin` looks for each point's neighbours, `step` moves all points once
    (one replay, nothing read back), `embedding` is where they are. `fit_transform` does
    all of it.

    Points far apart on the map say nothing about each other, and neither do the sizes
    of clusters; run it with another seed or perplexity before you believe a pattern.

    What draws a point are its 3 `perplexity` nearest neighbours, looked for exactly;
    what pushes it away are all other points, each one by itself, so that time grows
    with the square of their number.

    Arguments:
        n_components: 2.
        perplexity: about how many neighbours count for a point; below the number of
            points.
        early_exaggeration: how much more neighbours draw in the first 250 iterations.
        learning_rate: "auto" is points / early_exaggeration / 4, and 50 at least.
        max_iter: iterations that `fit_transform` makes.
        init: "pca" begins with the two directions in which the points vary most,
            "random" with a small cloud; or an array [n, 2].
        random_state: the same whole number gives the same map on the same device.

    Attributes:
        embedding: Variable [n, 2], after `begin`.
        n_iter: iterations made.

    Source: van der Maaten and Hinton, Visualizing Data using t-SNE, JMLR 9, 2008;
    learning rate: Belkina et al., Nature Communications 10, 5415, 2019.

    Example:
        >>> far = 9 * (pw.ops.range(0, 40) < 20).reshape(40, 1)  # half of the points
        >>> x = pw.random.normal((40, 8), seed=1) + far
        >>> tsne = pw.models.TSNE(perplexity=10, max_iter=300, random_state=1)
        >>> y = tsne.fit_transform_sync(x)
        >>> y.shape
        (40, 2)
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        perplexity: float = 30.0,
        early_exaggeration: float = 12.0,
        learning_rate: float | str = "auto",
        max_iter: int = 1000,
        init: Any = "pca",
        random_state: int | None = None,
    ):
        if n_components != 2:
            raise ValueError(f"TSNE: n_components must be 2, got {n_components!r}")
        self.perplexity = _above(perplexity, "perplexity", 1.0)
        self.early_exaggeration = _above(early_exaggeration, "early_exaggeration", 1.0)
        if learning_rate != "auto":
            learning_rate = _above(learning_rate, "learning_rate", 0.0)
        self.learning_rate = learning_rate
        if isinstance(max_iter, bool) or not hasattr(max_iter, "__index__") or max_iter < 1:
            raise ValueError(f"TSNE: max_iter must be a whole number from 1 up, got {max_iter!r}")
        self.max_iter = operator.index(max_iter)
        if isinstance(init, str) and init not in ("pca", "random"):
            raise ValueError(f"TSNE: init must be 'pca', 'random' or an array [n, 2], got {init!r}")
        self.init = init
        self.random_state = random_state
        self.n_iter = 0
        self.edges: Edges | None = None
        self._moving: Captured | None = None

    # --- all of it

    @awaited("tsne.fit_transform(x)", "tsne.fit_transform_sync(x)")
    async def fit_transform(self, x: Any) -> Any:
        """The map of the rows of x [n, ...]: an array [n, 2].

        ValueError for fewer points than the perplexity asks for, or values that are no
        finite numbers.
        """
        await self._begin(x)
        while self.n_iter < self.max_iter:
            self.step(min(_STEPS_TOGETHER, self.max_iter - self.n_iter))
        return np.asarray(await self.embedding.data()).reshape(-1, 2)

    def fit_transform_sync(self, x: Any) -> Any:
        """`fit_transform`, blocking."""
        return run_sync(self.fit_transform(x))

    # --- step by step

    @awaited("tsne.begin(x)", "tsne.begin_sync(x)")
    async def begin(self, x: Any) -> None:
        """Looks for neighbours and puts the points in their first places; errors as
        `fit_transform` has them.
        """
        await self._begin(x)

    def begin_sync(self, x: Any) -> None:
        """`begin`, blocking."""
        run_sync(self.begin(x))

    def step(self, n: int = 1) -> Tensor:
        """Moves all points `n` times; where they are then, [n, 2], on the device."""
        if self.edges is None or self._moving is None:
            raise RuntimeError("TSNE.step: there are no points yet; call `begin` first")
        for _ in range(n):
            if self.n_iter == EARLY:  # what the points are drawn to changes: begin anew
                self._rest()
            early = self.n_iter < EARLY
            exaggeration, momentum = (self.early_exaggeration, 0.5) if early else (1.0, 0.8)
            self._moving(exaggeration, momentum)
            self.n_iter += 1
        return self.embedding

    @awaited("tsne.kl_divergence()", "tsne.kl_divergence_sync()")
    async def kl_divergence(self) -> float:
        """How far the map is from the neighbourhoods of the points, in nats: what the
        steps make smaller. Maps of other points or perplexities do not compare.
        """
        if self.edges is None:
            raise RuntimeError("TSNE.kl_divergence: there are no points yet; call `begin` first")
        starts, to, weights, whose = self.edges
        y = self.embedding
        away = ops.gather(y, whose) - ops.gather(y, to)
        near = 1 / (1 + ops.sum(away * away, 1))
        _, push = ops.EmbeddingForces()(y, starts, to, weights)
        everywhere = ops.sum(push[:, 2])
        divergence = ops.sum(weights * ops.log(weights * everywhere / near))
        return float((await divergence.data())[0])

    def kl_divergence_sync(self) -> float:
        """`kl_divergence`, blocking."""
        return run_sync(self.kl_divergence())

    async def _begin(self, x: Any) -> None:
        try:
            x = as_tensor(x, "float32")
        except TooLarge as error:
            raise TooLarge(
                error.nbytes,
                error.adapter,
                "every point is compared with every other, so all lie in one piece: give fewer"
                " points (a sample shows the clusters, too), or fewer numbers of each (their"
                " principal components)",
            ) from None
        if x.ndim < 2 or not x.size:
            raise ValueError(f"TSNE: x must be [n, ...] with numbers, got the shape {x.shape}")
        n = x.shape[0]
        if self.perplexity >= n:
            raise ValueError(
                f"TSNE: the perplexity must be below the number of points, got {self.perplexity:g}"
                f" for {n}; give more points, or a lower perplexity"
            )
        x = x.reshape(n, -1)
        x = x - ops.mean(x, 0)
        if not (await ops.all(ops.is_finite(x)).data())[0]:
            raise ValueError("TSNE: x has values that are no finite numbers")
        distances, to = neighbours(x, min(n - 1, int(3 * self.perplexity + 1)))
        shares = affinities(distances, self.perplexity)
        self.edges = Edges.joined(await _list(shares), await _list(to), n)
        self.embedding = Variable(await self._first(x))
        self._speed, self._gains = (Variable.unset(self.embedding.spec) for _ in range(2))
        self._rest()
        self._moving, self.n_iter = self._mover(n), 0

    def _rest(self) -> None:
        self._speed.assign(ops.zeros_like(self._speed))
        self._gains.assign(ops.ones_like(self._gains))

    async def _first(self, x: Tensor) -> Tensor:
        n = x.shape[0]
        if not isinstance(self.init, str):
            places = as_tensor(self.init, "float32")
            if places.shape != (n, 2):
                raise ValueError(f"TSNE: init must be [{n}, 2], got the shape {places.shape}")
            return places
        if self.init == "random" or x.shape[1] < 2:
            return 1e-4 * ops.random_normal((n, 2), seed=self.random_state)
        y = _two_widest(x, self.random_state)
        spread = ops.sqrt(ops.mean(y[:, 0] * y[:, 0]))
        return 1e-4 * y / ops.maximum(spread, 1e-30)

    def _mover(self, n: int) -> Captured:
        """One iteration: gradient descent with momentum, and a gain per coordinate that
        grows while it keeps its direction.
        """
        assert self.edges is not None
        starts, to, weights, _ = self.edges
        y, speed, gains = self.embedding, self._speed, self._gains
        rate = self.learning_rate
        if isinstance(rate, str):
            rate = max(n / self.early_exaggeration / 4, 50.0)

        def move(exaggeration: float, momentum: float) -> None:
            pull, push = ops.EmbeddingForces()(y, starts, to, weights)
            gradient = 4 * (exaggeration * pull - push[:, :2] / ops.sum(push[:, 2]))
            turned = speed * gradient < 0
            gains.assign(ops.maximum(ops.where(turned, gains + 0.2, gains * 0.8), _LEAST_GAIN))
            speed.assign(momentum * speed - rate * gains * gradient)
            y.assign(y + speed)

        return capture(move)


async def _list(x: Tensor) -> list[Any]:
    return (await x.reshape(-1).data()).tolist()


def _two_widest(x: Tensor, seed: int | None) -> Tensor:
    """x [n, d], centred, along the two directions in which it varies most (principal
    components), by subspace iteration: Halko et al., SIAM Review 53, 2011, algorithm
    4.4.
    """
    width = min(8, x.shape[1], x.shape[0])
    q, _ = ops.linalg.qr(x @ ops.random_normal((x.shape[1], width), seed=seed))
    for _ in range(6):
        q, _ = ops.linalg.qr(ops.transpose(x) @ q)
        q, _ = ops.linalg.qr(x @ q)
    small = ops.transpose(q) @ x  # [width, d]
    left, sizes, _ = ops.linalg.svd(small)
    y = q @ (left[:, :2] * sizes[:2])
    # the largest value of each is above zero: a map is not mirrored now and then
    largest = ops.max(y, 0) + ops.min(y, 0)
    return y * ops.where(largest < 0, -1.0, 1.0)


def _above(value: Any, name: str, least: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and (number >= least if least else number > 0)):
        bound = f"from {least:g} up" if least else "above 0"
        raise ValueError(f"TSNE: {name} must be a number {bound}, got {value!r}")
    return number
