"""Layer normalization and its kin: values brought to mean 0 and deviation 1 along the
last axis, forward and backward in a launch each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.autodiff import grad
from ..core.choices import Choice
from ..core.composite import Sample, composite
from ..core.lowering import Lowering, pack
from ..core.op import Case, Op, register
from ..core.spec import FLOATS, Spec
from ..core.tensor import Tensor, as_tensor
from ..device.kernels import typed_kernel
from ..host.lazy import np
from .support.axes import floating, normalize_axis
from .support.rows import SHARED, Rows, candidates, launch_rows, rule
from .support.typed import floats

__all__ = ["LayerNorm", "LayerNormGrad", "LayerNormSums", "layer_normalization"]
__all__ += ["rms_normalization"]

_MOST_CHUNKS, _LEAST_ROWS = 128, 8  # as many as an optimizer's update sums up itself

_choose = Choice("layer_norm", ("layer_norm/forward", "layer_norm/grad"), candidates, rule)


def _launch(k: Lowering, name: str, slots: Any, params: bytes, joined: str) -> None:
    x = k.ins[0]
    columns = x.shape[-1]
    rows = x.size // columns
    form = _choose(k.adapter, Rows(rows, columns))
    elements = (joined, *floats(x, k.outs[0]))
    launch_rows(k, form, f"layer_norm/{name}", slots, params, rows, elements)


def _arrays(*, scaled: bool, shifted: bool = False, slope: bool = False) -> list[Any]:
    """Sample inputs: x, gamma, beta, and for the gradients dy, mean and factor."""
    random = np.random.default_rng(0)
    cases = []
    for shape in ((3, 5), (2, 3, 16), (40, 300), (2, 1)):
        x = random.standard_normal(shape, np.float32) * 2 + 1
        rest = [random.uniform(0.5, 1.5, shape[-1]).astype(np.float32)] * scaled
        rest += [random.standard_normal(shape[-1], np.float32)] * shifted
        if slope:
            rest += [random.standard_normal(shape, np.float32)]
            mean = x.mean(-1)
            rest += [mean, (1 / np.sqrt(x.var(-1) + 1e-3)).astype(np.float32)]
        cases.append((f"{shape}{', gamma' * scaled}", (x, *rest)))
    return cases


@register
@dataclass(frozen=True)
class LayerNorm(Op):
    """(x - mean) * factor * gamma + beta over the last axis, with factor = 1 /
    sqrt(mean((x - mean)^2) + epsilon): floats x [..., n], gamma [n] where `scaled`,
    beta [n] where `shifted` -> y [..., n], mean and factor [...] in float32.

    Not `centred`, the mean is 0: RMS normalization.
    """

    epsilon: float = 1e-3
    centred: bool = True
    scaled: bool = True
    shifted: bool = True

    halves = True

    def infer(self, *ins: Spec) -> tuple[Spec, ...]:
        x = ins[0]
        for what, spec in zip(("x", "gamma", "beta"), ins, strict=False):
            if spec.dtype not in FLOATS or spec.dtype != x.dtype:
                raise TypeError(f"{self.name}: {what} must be {x.dtype} floats, got {spec.dtype}")
        if not x.shape or not x.shape[-1]:
            raise ValueError(
                f"{self.name}: x needs a last axis with values in it, got shape {x.shape}"
            )
        for spec in ins[1:]:
            if spec.shape != x.shape[-1:]:
                raise ValueError(
                    f"{self.name}: gamma and beta must have shape {x.shape[-1:]} for x of shape"
                    f" {x.shape}, got {spec.shape}"
                )
        return x, Spec(x.shape[:-1]), Spec(x.shape[:-1])

    def numpy(self, x: Any, *rest: Any) -> Any:
        mean = x.mean(-1, keepdims=True) if self.centred else np.zeros_like(x[..., :1])
        d = x - mean
        factor = 1 / np.sqrt((d * d).mean(-1, keepdims=True) + self.epsilon)
        y = d * factor
        if self.scaled:
            y *= rest[0]
        if self.shifted:
            y += rest[-1]
        return y, mean[..., 0], factor[..., 0]

    def gpu(self, k: Lowering) -> None:
        x, *rest = k.ins
        gamma = rest.pop(0) if self.scaled else x
        beta = rest.pop(0) if self.shifted else x
        flags = (self.centred, self.scaled, self.shifted)
        params = pack("IIfIII", x.size // x.shape[-1], x.shape[-1], self.epsilon, *flags)
        _launch(k, "forward", (x, gamma, beta, *k.outs), params, "f32")

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, g, statistics = ins[0], grads[0], outs[1:]
        if g is None:
            return [None] * len(ins)
        dx = LayerNormGrad(self.epsilon, self.centred, self.scaled)(
            x, *ins[1 : 1 + self.scaled], g, *statistics
        )
        if not self.scaled and not self.shifted:
            return (dx,)
        sums = LayerNormSums(self.epsilon, self.centred)(x, g, *statistics)
        to_gamma, to_beta = (part.sum(0).astype(x.dtype) for part in sums)
        return (dx, *([to_gamma] * self.scaled), *([to_beta] * self.shifted))

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 8 * ins[0].size

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for scaled in (True, False):
            for name, arrays in _arrays(scaled=scaled, shifted=scaled):
                for centred in (True, False):
                    op = cls(1e-3, centred, scaled, scaled)
                    yield Case(f"{name}{', centred' * centred}", op, arrays)
        for form in SHARED:
            for name, arrays in _arrays(scaled=True, shifted=True)[:3]:
                yield Case(f"{form}: {name}", cls(), arrays, forms=(("layer_norm", form),))


def _normalized(x: Any, epsilon: float, centred: bool) -> tuple[Any, Any]:
    """(x - mean) * factor, and factor, in tensors."""
    d = x - x.mean(-1, True) if centred else x
    factor = (d.square().mean(-1, True) + epsilon).rsqrt()
    return d * factor, factor


@register
@dataclass(frozen=True)
class LayerNormGrad(Op):
    """The gradient of `LayerNorm` to x: x [..., n], gamma [n] where `scaled`, the
    gradient of y, mean and factor [...] -> [..., n].
    """

    epsilon: float = 1e-3
    centred: bool = True
    scaled: bool = True

    def infer(self, *ins: Spec) -> Spec:
        return ins[0]

    def numpy(self, x: Any, *rest: Any) -> Any:
        *gamma, g, mean, factor = rest
        factor = factor[..., None]
        n = (x - mean[..., None]) * factor
        h = g * gamma[0] if gamma else g
        first = h.mean(-1, keepdims=True) if self.centred else 0.0
        return factor * (h - first - n * (h * n).mean(-1, keepdims=True))

    def gpu(self, k: Lowering) -> None:
        x, *rest = k.ins
        gamma = rest.pop(0) if self.scaled else x
        params = pack("IIII", x.size // x.shape[-1], x.shape[-1], self.centred, self.scaled)
        _launch(k, "grad", (x, gamma, *rest, k.outs[0]), params, "vec2f")

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        count = 2 + self.scaled  # mean and factor follow from x

        def slope(x: Any, *rest: Any) -> Any:
            h = rest[0] * rest[1] if self.scaled else rest[0]
            n, factor = _normalized(x, self.epsilon, self.centred)
            inner = h - n * (h * n).mean(-1, True)
            dx = factor * (inner - h.mean(-1, True) if self.centred else inner)
            return (dx * grads[0]).sum()

        return (*grad(slope, argnums=tuple(range(count)))(*ins[:count]), None, None)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 12 * ins[0].size

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for scaled in (True, False):
            for name, arrays in _arrays(scaled=scaled, slope=True):
                for centred in (True, False):
                    yield Case(f"{name}{', centred' * centred}", cls(1e-3, centred, scaled), arrays)
        for form in SHARED:
            for name, arrays in _arrays(scaled=True, slope=True)[:3]:
                yield Case(f"{form}: {name}", cls(), arrays, forms=(("layer_norm", form),))


@register
@dataclass(frozen=True)
class LayerNormSums(Op):
    """What the gradients of gamma and beta sum up, over chunks of rows: x and the
    gradient of y [..., n], mean and factor [...] -> two of [chunks, n] in float32.
    """

    epsilon: float = 1e-3
    centred: bool = True

    @staticmethod
    def _chunks(x: Any) -> tuple[int, int]:
        """How many, and the rows of one."""
        rows = math.prod(x.shape[:-1])
        chunk = max(_LEAST_ROWS, -(-rows // _MOST_CHUNKS))
        return -(-rows // chunk), chunk

    def infer(self, *ins: Spec) -> tuple[Spec, Spec]:
        out = Spec((self._chunks(ins[0])[0], ins[0].shape[-1]))
        return out, out

    def numpy(self, x: Any, g: Any, mean: Any, factor: Any) -> Any:
        chunks, chunk = self._chunks(x)
        n = (x - mean[..., None]) * factor[..., None]
        rows = [part.reshape(-1, x.shape[-1]) for part in (g * n, g)]
        starts = np.arange(chunks) * chunk
        return tuple(np.add.reduceat(part, starts) if chunks else part[:0] for part in rows)

    def gpu(self, k: Lowering) -> None:
        x = k.ins[0]
        chunks, chunk = self._chunks(x)
        params = pack("IIII", x.size // x.shape[-1], x.shape[-1], chunks, chunk)
        program = typed_kernel("layer_norm/sums", floats(x))
        k.launch_flat(program, (*k.ins, *k.outs), params, chunks * x.shape[-1])

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, g = ins[:2]
        n, chunk = x.shape[-1], self._chunks(x)[1]
        rows = math.prod(x.shape[:-1])

        def spread(part: Any) -> Any:
            wide = part.reshape(-1, 1, n).broadcast_to((part.shape[0], chunk, n))
            return wide.reshape(-1, n)[:rows].reshape(x.shape)

        def sums(x: Any, g: Any) -> Any:
            parts = []
            if grads[0] is not None:
                parts.append(g * _normalized(x, self.epsilon, self.centred)[0] * spread(grads[0]))
            if grads[1] is not None:
                parts.append(g * spread(grads[1]))
            return sum(part.sum() for part in parts)

        return (*grad(sums, argnums=(0, 1))(x, g), None, None)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 5 * ins[0].size

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(1)
        for shape in ((3, 5), (2, 13, 16), (1100, 3)):
            x, g = random.standard_normal((2, *shape), np.float32)
            yield Case(f"{shape}", cls(), (x, g, x.mean(-1), 1 / np.sqrt(x.var(-1) + 1e-3)))


def _over(
    op: str, x: Any, axis: int | Sequence[int], weights: Sequence[Any]
) -> tuple[Tensor, Any, list[Any]]:
    """x with the axes as its last one, the function that brings a result back, and the
    weights as vectors.
    """
    x = floating(x)
    axes = [axis] if isinstance(axis, int) else list(axis)
    if not axes:
        raise ValueError(f"{op}: axis must name at least one axis, got {axis!r}")
    axes = sorted(normalize_axis(one, x.ndim, f"{op}: axis") for one in axes)
    rest = [i for i in range(x.ndim) if i not in axes]
    order = [*rest, *axes]
    sizes = [x.shape[i] for i in axes]
    wide = [x.shape[i] for i in order]
    vectors = []
    for weight in weights:
        if weight is not None:
            vector = as_tensor(weight).astype(x.dtype)
            if vector.size != math.prod(sizes):
                raise ValueError(
                    f"{op}: weights must have the shape of axis {axis}, {tuple(sizes)}, got"
                    f" {vector.shape}"
                )
            vectors.append(vector if vector.ndim == 1 else vector.reshape(-1))
    laid = x.transpose(order).reshape(*wide[: len(rest)], math.prod(sizes))
    back = [order.index(i) for i in range(x.ndim)]
    return laid, lambda y: y.reshape(wide).transpose(back), vectors


def _samples() -> Iterator[Sample]:
    random = np.random.default_rng(3)
    for shape, axis in (((3, 6), -1), ((2, 3, 4), [1, 2]), ((2, 3, 4), 1)):
        x = random.standard_normal(shape, np.float32)
        of = [axis] if isinstance(axis, int) else axis
        weight = random.uniform(0.5, 1.5, [shape[i] for i in of]).astype(np.float32)
        yield Sample(f"{shape} over {axis}", (x, weight), {"axis": axis, "epsilon": 0.01})
        yield Sample(f"{shape} over {axis}, plain", (x,), {"axis": axis, "epsilon": 0.01})


def _broadcast(weight: Any, x: Any, axes: tuple[int, ...]) -> Any:
    return weight.reshape([n if i in axes else 1 for i, n in enumerate(x.shape)])


def _meaning(centred: bool) -> Any:
    def meaning(x: Any, gamma: Any = None, axis: Any = -1, epsilon: float = 1e-7) -> Any:
        axes = tuple(i % x.ndim for i in ([axis] if isinstance(axis, int) else axis))
        d = x - x.mean(axes, keepdims=True) if centred else x
        y = d / np.sqrt((d * d).mean(axes, keepdims=True) + epsilon)
        return y if gamma is None else y * _broadcast(gamma, x, axes)

    return meaning


@composite(meaning=_meaning(True), cases=_samples, halves=True)
def layer_normalization(
    x: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: int | Sequence[int] = -1,
    epsilon: float = 1e-7,
    *,
    rms_scaling: bool = False,
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, the moments taken over
    `axis` (one or several), of whose shape gamma and beta are; None leaves them out
    (Ba, Kiros & Hinton 2016). With `rms_scaling` x is not centred, and beta not added.

    ValueError for an axis that is not there, or weights of another shape.

    Example:
        >>> ops.layer_normalization([[1.0, 3.0]], epsilon=1e-6).numpy()
        array([[-1.,  1.]], dtype=float32)
    """
    weights = (gamma, None if rms_scaling else beta)
    laid, back, vectors = _over("layer_normalization", x, axis, weights)
    scaled, shifted = (weight is not None for weight in weights)
    if not laid.size:
        return back(laid * 1.0)  # type: ignore[no-any-return]
    if rms_scaling:
        d = laid - laid.mean(-1, True)
        y = laid * (d.square().mean(-1, True) + float(epsilon)).rsqrt()
        return back(y * vectors[0] if vectors else y)  # type: ignore[no-any-return]
    return back(LayerNorm(float(epsilon), True, scaled, shifted)(laid, *vectors)[0])  # type: ignore[no-any-return]


@composite(meaning=_meaning(False), cases=_samples, halves=True)
def rms_normalization(
    x: Any, scale: Any = None, axis: int | Sequence[int] = -1, epsilon: float = 1e-7
) -> Tensor:
    """x / sqrt(mean(x^2) + epsilon) * scale, the mean taken over `axis` (one or
    several), of whose shape the scale is (Zhang & Sennrich 2019). Errors as in
    `layer_normalization`.

    Example:
        >>> ops.rms_normalization([[3.0, -3.0]]).numpy()
        array([[ 1., -1.]], dtype=float32)
    """
    laid, back, vectors = _over("rms_normalization", x, axis, (scale,))
    if not laid.size:
        return back(laid * 1.0)  # type: ignore[no-any-return]
    return back(LayerNorm(float(epsilon), False, bool(vectors), False)(laid, *vectors)[0])  # type: ignore[no-any-return]
