"""Normalization with moments that are given, and across neighbouring channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..core.calling import is_int
from ..core.composite import Sample, composite
from ..core.tensor import Tensor, reshape
from ..host.lazy import np
from .conv.depthwise import DepthwiseConv2D
from .creation import ones
from .support.layout import as_floats, laid_out

__all__ = [
    "batch_norm", "batch_norm2d", "batch_norm3d", "batch_norm4d", "local_response_normalization",
]  # fmt: skip


def _normalized(
    x: Any, mean: Any, variance: Any, offset: Any = 0.0, scale: Any = 1.0, epsilon: float = 1e-3
) -> Any:
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset


def _samples(*ranks: int) -> Iterator[Sample]:
    random = np.random.default_rng(0)
    for rank in ranks:
        shape = (3, 2, 4, 5)[-rank:]
        x, mean, scale, offset = (random.standard_normal(s, np.float32) for s in [shape, 5, 5, 5])
        variance = random.uniform(0.5, 2.0, 5).astype(np.float32)
        yield Sample(f"rank {rank}, of each channel", (x, mean, variance, offset, scale))
        yield Sample(f"rank {rank}, of each value", (x, x * 0.5, abs(x) + 0.5))


def _moment(op: str, x: Tensor, what: str, values: Any, rank: int | None) -> Tensor | None:
    """A moment, scale or offset: as many axes as all of them have, and in the end no
    more values than x.
    """
    if values is None:
        return None
    moment = as_floats(values)
    tail = x.shape[max(x.ndim - moment.ndim, 0) :]
    fits = moment.ndim <= x.ndim and all(
        m in (1, n) for m, n in zip(moment.shape, tail, strict=True)
    )
    if not fits or (rank is not None and moment.ndim != rank):
        like = "" if rank is None else f", of rank {rank} as mean"
        raise ValueError(
            f"{op}: {what} must fit the last axes of x {x.shape}{like}, got shape {moment.shape}"
        )
    return moment


@composite(meaning=_normalized, cases=lambda: _samples(1, 3))
def batch_norm(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any = None,
    scale: Any = None,
    variance_epsilon: float = 1e-3,
) -> Tensor:
    """(x - mean) / sqrt(variance + variance_epsilon) * scale + offset: x with channels
    last, the others [channels] or shapes that broadcast to x's.

    ValueError where one does not fit, or they have different ranks.

    Source: Ioffe & Szegedy 2015.

    Example:
        >>> ops.batch_norm([[1.0], [5.0]], [3.0], [4.0], variance_epsilon=0.0).tolist()
        [[-1.0], [1.0]]
    """
    return _batch_norm("batch_norm", x, mean, variance, offset, scale, variance_epsilon)


def _batch_norm(
    op: str, x: Any, mean: Any, variance: Any, offset: Any, scale: Any, epsilon: float
) -> Tensor:
    x = as_floats(x)
    middle = _moment(op, x, "mean", mean, None)
    if middle is None:
        raise ValueError(f"{op}: mean and variance must be given, got None")
    wide, shift, factor = (
        _moment(op, x, what, values, middle.ndim)
        for what, values in (("variance", variance), ("offset", offset), ("scale", scale))
    )
    if wide is None:
        raise ValueError(f"{op}: mean and variance must be given, got None")
    slope = (wide + float(epsilon)).rsqrt()
    y = (x - middle) * (slope if factor is None else slope * factor)
    return y if shift is None else y + shift


def _of_rank(rank: int, axes: str) -> Any:
    """`batch_norm` of x with this rank alone."""
    name = f"batch_norm{rank}d"

    def of_rank(
        x: Any,
        mean: Any,
        variance: Any,
        offset: Any = None,
        scale: Any = None,
        variance_epsilon: float = 1e-3,
    ) -> Tensor:
        x = as_floats(x)
        if x.ndim != rank:
            raise ValueError(f"{name}: x must have rank {rank} {axes}, got shape {x.shape}")
        return _batch_norm(name, x, mean, variance, offset, scale, variance_epsilon)

    of_rank.__name__ = of_rank.__qualname__ = name
    of_rank.__doc__ = f"""`batch_norm` of x {axes}, which is checked.

    ValueError for another rank, and as `batch_norm`.

    Example:
        >>> x = ops.ones({(1,) * rank})
        >>> ops.{name}(x, [0.0], [1.0], variance_epsilon=0.0).shape
        {(1,) * rank}
    """
    return composite(meaning=_normalized, cases=lambda: _samples(rank))(of_rank)


batch_norm2d = _of_rank(2, "[n, c]")
batch_norm3d = _of_rank(3, "[n, w, c]")
batch_norm4d = _of_rank(4, "[n, h, w, c]")


def _responses(
    x: Any, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5
) -> Any:
    c = x.shape[-1]
    near = [slice(max(i - depth_radius, 0), i + depth_radius + 1) for i in range(c)]
    sums = np.stack([(x[..., part] ** 2).sum(-1) for part in near], axis=-1)
    return x / (bias + alpha * sums) ** beta


def _response_samples() -> Iterator[Sample]:
    random = np.random.default_rng(1)
    for name, shape, words in [
        ("defaults", (2, 3, 2, 8), {}),
        ("two neighbours", (1, 2, 3, 6), {"depth_radius": 1, "bias": 2.0, "beta": 0.75}),
        ("wider than the channels", (1, 2, 2, 3), {"depth_radius": 9, "alpha": 0.5}),
    ]:
        yield Sample(name, (random.standard_normal(shape, np.float32),), words)


@composite(meaning=_responses, cases=_response_samples)
def local_response_normalization(
    x: Any,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
) -> Tensor:
    """x / (bias + alpha * sum of x^2 over the channels up to `depth_radius` away)^beta,
    of pictures x [n,h,w,c] or [h,w,c].

    ValueError for another rank, or a radius that is no whole number from 0 on.

    Source: Krizhevsky, Sutskever & Hinton 2012.

    Example:
        >>> ops.local_response_normalization([[[3.0, 4.0]]], 1, 0.0).tolist()
        [[[0.6000000238418579, 0.800000011920929]]]
    """
    name = "local_response_normalization"
    if not is_int(depth_radius) or depth_radius < 0:
        raise ValueError(
            f"{name}: depth_radius must be a whole number from 0 on, got {depth_radius!r}"
        )
    laid = laid_out(name, x, 2, None, ("float32",))
    n, height, width, c = laid.x.shape
    radius = min(int(depth_radius), c - 1)
    # Channels as the columns of a picture, whose neighbours a window of ones adds up.
    squares = reshape(laid.x.square(), (n, height * width, c, 1))
    window: Sequence[int] = (1, 2 * radius + 1, 1, 1)
    sums = DepthwiseConv2D(padding=((0, 0), (radius, radius)))(squares, ones(window))
    scale = reshape(sums, laid.x.shape) * float(alpha) + float(bias)
    return laid.back(laid.x * scale ** -float(beta))
