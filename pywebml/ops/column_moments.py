"""The moments of channels that come last, and batch normalization by them: each value
is read twice forward and twice backward.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..core import tape
from ..core.custom_gradient import custom_gradient
from ..core.lowering import Lowering, Slot, pack
from ..core.op import Case, Op, register
from ..core.spec import Spec
from ..core.tensor import Tensor
from ..device.kernels import typed_kernel
from ..host.lazy import np

__all__ = ["ColumnMoments", "ColumnPairs"]

_BUSY, _MOST = 1024, 512  # workgroups that keep a device busy; chunks


def _launch(k: Lowering, entry: str, g: Slot, x: Slot, means: Slot, factors: Slot) -> None:
    """Each invocation has a column, or four of them where they come in fours."""
    channels = g.shape[-1]
    rows = g.size // channels
    lanes = 4 if channels % 4 == 0 else 1
    columns = channels // lanes
    width = min(64 // lanes, 1 << (columns - 1).bit_length())
    tiles = -(-columns // width)
    chunks = max(1, min(_MOST, _BUSY // tiles, rows * width * lanes // 2048))
    chunk = -(-rows // chunks)
    chunks = -(-rows // chunk)
    parts = k.scratch((chunks, 2, channels))
    slots = [g, x, means, factors, parts, *k.outs]
    element = "vec4f" if lanes == 4 else "f32"
    params = pack("5I", rows, columns, chunks, chunk, width)
    k.launch_flat(typed_kernel("columns", element, entry), slots, params, tiles * chunks, 1)
    width = min(8 // lanes, width)  # many invocations share the chunks of a column
    params = pack("5I", rows, columns, chunks, chunk, width)
    combine = typed_kernel("columns", element, "combine", MOMENTS=int(entry == "moments"))
    k.launch_flat(combine, slots, params, -(-columns // width), 1)


def _check(op: Op, *specs: Spec) -> Spec:
    x = specs[-1]
    if any(s.dtype != "float32" for s in specs) or not x.shape or 0 in x.shape:
        raise ValueError(
            f"{op.name}: values must be float32 [..., channels], at least one for each, got"
            f" {x.dtype} {x.shape}"
        )
    return x


def _arrays() -> Iterator[tuple[str, Any, Any]]:
    random = np.random.default_rng(0)
    for shape in ((3, 5), (2, 3, 1), (700, 3), (5, 40, 70), (1, 4)):
        x = random.standard_normal(shape, np.float32)
        yield f"{shape}", x * 2 + 3, random.standard_normal(shape, np.float32)


@register
@dataclass(frozen=True)
class ColumnMoments(Op):
    """Floats x [..., n] -> mean [n] and variance [n] (without Bessel's correction)."""

    def infer(self, x: Spec) -> tuple[Spec, Spec]:
        of_columns = Spec(_check(self, x).shape[-1:])
        return of_columns, of_columns

    def numpy(self, x: Any) -> Any:
        axes = tuple(range(x.ndim - 1))
        return x.mean(axes), x.var(axes)

    def gpu(self, k: Lowering) -> None:
        (x,) = k.ins
        _launch(k, "moments", x, x, x, x)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        (x,), (mean, _), (to_mean, to_variance) = ins, outs, grads
        share = 1.0 / math.prod(x.shape[:-1])
        dx = None
        if to_variance is not None:
            dx = (x - mean) * (to_variance * (2.0 * share))
        if to_mean is not None:
            dx = to_mean * share if dx is None else dx + to_mean * share
        return (dx if dx is None else dx.broadcast_to(x.shape),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, x, _ in _arrays():
            yield Case(name, cls(), (x,))


@register
@dataclass(frozen=True)
class ColumnPairs(Op):
    """Floats g and x [..., n], mean and factor [n] -> the sums of g and of g (x - mean)
    factor, each [n]: the gradients of what is added to normalized channels, and of
    their scale.
    """

    def infer(self, g: Spec, x: Spec, mean: Spec, factor: Spec) -> tuple[Spec, Spec]:
        of_columns = Spec(_check(self, g, mean, factor, x).shape[-1:])
        if g.shape != x.shape or not mean.shape == factor.shape == of_columns.shape:
            raise ValueError(
                f"{self.name}: g and x must have one shape, mean and factor that of their last"
                f" axis, got {g.shape}, {x.shape}, {mean.shape} and {factor.shape}"
            )
        return of_columns, of_columns

    def numpy(self, g: Any, x: Any, mean: Any, factor: Any) -> Any:
        axes = tuple(range(x.ndim - 1))
        return g.sum(axes), (g * (x - mean)).sum(axes) * factor

    def gpu(self, k: Lowering) -> None:
        _launch(k, "pairs", *k.ins)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        (g, x, mean, factor), (to_sum, to_pair) = ins, grads
        dg = None if to_sum is None else to_sum.broadcast_to(g.shape)
        if to_pair is None:
            return dg, None, None, None
        slope = to_pair * factor
        pair = (x - mean) * slope
        to_factor = (g * (x - mean)).sum(tuple(range(x.ndim - 1))) * to_pair
        return pair if dg is None else pair + dg, g * slope, -outs[0] * slope, to_factor

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, x, g in _arrays():
            columns = x.reshape(-1, x.shape[-1])
            yield Case(name, cls(), (g, x, columns.mean(0), columns[0] + 2), 1e-4)


def normalize_columns(
    x: Tensor, gamma: Tensor | None, beta: Tensor | None, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    """(y, mean, variance) of y = gamma (x - mean) / sqrt(variance + epsilon) + beta,
    with one of each for every column of float32 x [..., n], and no gradient through
    mean and variance as they are handed out.

    The gradient is Ioffe & Szegedy's (2015), of which all that is as large as x is one
    walk for the sums and one chain.
    """
    n = float(math.prod(x.shape[:-1]))
    moments: list[Tensor] = []

    @custom_gradient
    def normalized(x: Tensor, *weights: Tensor) -> Any:
        mean, variance = ColumnMoments()(x)
        rest = list(weights)
        scale = None if gamma is None else rest.pop(0)
        factor = (variance + epsilon).rsqrt()
        moments[:] = mean, variance, factor

        def back(g: Tensor) -> list[Tensor]:
            # where a gradient of this gradient is asked for, it goes through them, too
            mean, _, factor = moments
            if tape.is_open():
                mean, variance = ColumnMoments()(x)
                factor = (variance + epsilon).rsqrt()
            to_beta, to_gamma = ColumnPairs()(g, x, mean, factor)
            inner = g * n - to_beta - (x - mean) * factor * to_gamma
            dx = inner * factor * (1.0 / n)
            dx = dx if scale is None else dx * scale
            return [dx, *([to_gamma] * (gamma is not None)), *([to_beta] * (beta is not None))]

        y = (x - mean) * (factor if scale is None else factor * scale)
        return y if beta is None else y + rest[0], back

    y: Tensor = normalized(x, *(w for w in (gamma, beta) if w is not None))
    return y, moments[0], moments[1]
