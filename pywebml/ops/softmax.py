"""Softmax, its logarithm, and the cross-entropies that use it.

The cross-entropies return the probabilities and the gradient beside the loss,
(probabilities * sum(labels) - labels): the walk back needs no launch for it. Both are
outputs with a gradient of their own, so second derivatives come out right.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.calling import is_int
from ..core.choices import Choice
from ..core.fusion import Scaled
from ..core.lowering import Lowering, Slot, pack
from ..core.op import Case, Op, register
from ..core.spec import FLOATS, Spec
from ..core.tensor import Tensor, as_tensor
from ..host.lazy import np
from .support.rows import SHARED, Rows, candidates, launch_rows, rule
from .support.typed import floats

__all__ = ["LogSoftmax", "Softmax", "SoftmaxCrossEntropy", "SparseSoftmaxCrossEntropy"]
__all__ += ["log_softmax", "softmax", "softmax_cross_entropy", "sparse_softmax_cross_entropy"]


_CHOICES = {
    name: Choice(name, (name,), candidates, rule) for name in ("softmax", "softmax_cross_entropy")
}


def _launch(k: Lowering, name: str, slots: Sequence[Slot], logits: Slot, params: bytes) -> None:
    """Of the kernel and by the choice that are called `name`."""
    classes = logits.shape[-1]
    rows = logits.size // classes
    form = _CHOICES[name](k.adapter, Rows(rows, classes))
    launch_rows(k, form, name, slots, params, rows, ("f32", *floats(logits, k.outs[0])))


def _check_float(op: str, name: str, spec: Spec, dtypes: Sequence[str] = ("float32",)) -> None:
    if spec.dtype not in dtypes:
        raise TypeError(
            f"{op}: {name} must be {' or '.join(dtypes)}, got {spec.dtype}; cast them first"
        )
    if not spec.shape or 0 in spec.shape:
        raise ValueError(
            f"{op}: {name} need a last dimension of classes and no empty one, got shape"
            f" {spec.shape}"
        )


def _exponentials(x: Any) -> tuple[Any, Any, Any]:
    """x - max, exp(x - max) and its sum, over the last axis."""
    d = x - x.max(-1, keepdims=True)
    e = np.exp(d)
    return d, e, e.sum(-1, keepdims=True)


def _total(x: Any) -> Any:
    """Sum over the last axis, which stays as 1."""
    return x.sum(axis=-1, keepdims=True)


def _softmax_grad(y: Any, g: Any) -> Any:
    return y * (g - _total(y * g))


def _logits() -> list[tuple[str, Any]]:
    """Sample logits: the usual sizes, extremes, and both kernels."""
    random = np.random.default_rng(0)
    return [
        ("40x4", random.standard_normal((40, 4), np.float32)),
        ("2x3x7", random.standard_normal((2, 3, 7), np.float32) * 5),
        ("one class", random.standard_normal((3, 1), np.float32)),
        ("3x1000", random.standard_normal((3, 1000), np.float32)),
        ("2x20000", random.standard_normal((2, 20000), np.float32)),
        ("+-1e4", np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, 9999]], np.float32)),
    ]


@register
@dataclass(frozen=True)
class Softmax(Op):
    """exp(x) / sum(exp(x)) over the last axis: floats [..., classes] -> [..., classes].
    Stable for logits of any size.
    """

    halves = True

    def infer(self, *ins: Spec) -> Spec:
        (x,) = ins
        _check_float(self.name, "logits", x, FLOATS)
        return x

    def numpy(self, x: Any) -> Any:
        _, e, s = _exponentials(x)
        return e / s

    def gpu(self, k: Lowering) -> None:
        x = k.ins[0]
        params = pack("III", x.size // x.shape[-1], x.shape[-1], isinstance(self, LogSoftmax))
        _launch(k, "softmax", (x, k.outs[0]), x, params)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (_softmax_grad(outs[0], grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, logits in _logits():
            yield Case(name, cls(), (logits,))
            for form in SHARED:
                yield Case(f"{form}: {name}", cls(), (logits,), forms=(("softmax", form),))


@register
@dataclass(frozen=True)
class LogSoftmax(Softmax):
    """log(softmax(x)) over the last axis: floats [..., classes] -> [..., classes].
    Finite where softmax itself underflows.
    """

    def numpy(self, x: Any) -> Any:
        d, _, s = _exponentials(x)
        return d - np.log(s)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        g = grads[0]
        return (g - Softmax()(ins[0]) * _total(g),)


@register
@dataclass(frozen=True)
class SoftmaxCrossEntropy(Scaled):
    """Cross-entropy of softmax(logits) and labels, both float32 [..., classes] -> loss
    [...], probabilities, gradient [..., classes].

    loss = -sum(labels * log(probabilities)). Labels may be any weights: nothing assumes
    that they sum to 1. gradient = scale * (sum(labels) * probabilities - labels), that
    of the loss to the logits; `core.epilogues` sets `scale`.
    """

    scale: float = 1.0

    scaled = 2

    def infer(self, *ins: Spec) -> tuple[Spec, Spec, Spec]:
        labels, logits = ins
        _check_float(self.name, "logits", logits)
        _check_float(self.name, "labels", labels)
        if labels.shape != logits.shape:
            raise ValueError(
                f"{self.name}: labels and logits must have one shape, got {labels.shape} and"
                f" {logits.shape}; use one_hot, or sparse_softmax_cross_entropy for class numbers"
            )
        return Spec(logits.shape[:-1]), logits, logits

    def numpy(self, labels: Any, logits: Any) -> Any:
        d, e, s = _exponentials(logits)
        parts = np.where(labels == 0, 0.0, labels * (np.log(s) - d))
        y = e / s
        return parts.sum(-1), y, (labels.sum(-1, keepdims=True) * y - labels) * self.scale

    def gpu(self, k: Lowering) -> None:
        labels, logits = k.ins
        params = pack(
            "IIIff",
            logits.size // logits.shape[-1],
            logits.shape[-1],
            labels.dtype == "int32",
            float("nan"),
            self.scale,
        )
        _launch(k, "softmax_cross_entropy", (labels, logits, *k.outs), logits, params)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        labels, logits = ins
        y = outs[1]
        to_labels = (
            []
            if grads[0] is None
            else [LogSoftmax()(logits) * -grads[0].reshape(*labels.shape[:-1], 1)]
        )
        to_logits = _to_logits(
            self.scale, outs, grads, _total(labels) if grads[2] is not None else None
        )
        if grads[2] is not None:
            g = grads[2] * self.scale
            to_labels.append(_total(g * y) - g)
        return _sum(to_labels), _sum(to_logits)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(1)
        for name, logits in _logits():
            labels = random.random(logits.shape, np.float32)
            labels /= np.float32(np.sqrt(labels.shape[-1]))
            yield Case(f"labels that sum to anything {name}", cls(), (labels, logits))
            for form in SHARED:
                yield Case(
                    f"{form}: labels that sum to anything {name}",
                    cls(),
                    (labels, logits),
                    forms=(("softmax_cross_entropy", form),),
                )
        yield Case(
            "one-hot 5x4, scaled gradient",
            cls(0.25),
            (
                np.eye(4, dtype=np.float32)[[0, 3, 1, 1, 2]],
                random.standard_normal((5, 4), np.float32),
            ),
        )


def _to_logits(
    scale: float, outs: tuple[Any, ...], grads: tuple[Any, ...], weight: Any
) -> list[Any]:
    """What loss, probabilities and gradient, as far as they are used, give to the
    logits. `weight`: what the labels sum to.
    """
    _, y, slope = outs
    parts = []
    if grads[0] is not None:
        parts.append((slope if scale == 1 else slope / scale) * grads[0].reshape(*y.shape[:-1], 1))
    if grads[1] is not None:
        parts.append(_softmax_grad(y, grads[1]))
    if grads[2] is not None:
        parts.append(_softmax_grad(y, grads[2] * scale * weight))
    return parts


def _sum(parts: list[Any]) -> Any:
    return functools.reduce(operator.add, parts) if parts else None


@register
@dataclass(frozen=True)
class SparseSoftmaxCrossEntropy(Scaled):
    """Cross-entropy of softmax(logits) and class numbers: int32 [...], float32 [...,
    classes] -> loss [...], probabilities, gradient.

    loss = -log(probabilities[label]); nan where a label is not one of 0 .. classes - 1.
    gradient = scale * (probabilities - one_hot(label)), that of the loss to the logits;
    `core.epilogues` sets `scale`.
    """

    scale: float = 1.0

    scaled = 2

    def infer(self, *ins: Spec) -> tuple[Spec, Spec, Spec]:
        labels, logits = ins
        _check_float(self.name, "logits", logits)
        if labels.dtype != "int32":
            raise TypeError(
                f"{self.name}: labels are class numbers of int32, got {labels.dtype}; cast them"
                " first"
            )
        if labels.shape != logits.shape[:-1]:
            raise ValueError(
                f"{self.name}: labels must have shape {logits.shape[:-1]} for logits"
                f" {logits.shape}, got {labels.shape}"
            )
        return Spec(labels.shape), logits, logits

    def numpy(self, labels: Any, logits: Any) -> Any:
        d, e, s = _exponentials(logits)
        is_class = (labels >= 0) & (labels < logits.shape[-1])
        picked = np.take_along_axis(np.log(s) - d, np.where(is_class, labels, 0)[..., None], -1)[
            ..., 0
        ]
        y = e / s
        return (
            np.where(is_class, picked, np.nan),
            y,
            (y - (labels[..., None] == np.arange(logits.shape[-1]))) * self.scale,
        )

    gpu = SoftmaxCrossEntropy.gpu

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return None, _sum(_to_logits(self.scale, outs, grads, 1.0))

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(2)
        for name, logits in _logits():
            labels = random.integers(0, logits.shape[-1], logits.shape[:-1], np.int32)
            yield Case(name, cls(), (labels, logits))
            for form in SHARED:
                yield Case(
                    f"{form}: {name}",
                    cls(),
                    (labels, logits),
                    forms=(("softmax_cross_entropy", form),),
                )
        yield Case(
            "labels that are no class, scaled gradient",
            cls(0.5),
            (np.array([-1, 0, 3], np.int32), random.standard_normal((3, 3), np.float32)),
        )


def _over_axis(op: Op, x: Any, axis: int) -> Any:
    x = as_tensor(x)
    if not is_int(axis):
        raise TypeError(f"{op.name}: axis must be an int, got {axis!r}")
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(
            f"{op.name}: axis {axis} is out of range for shape {x.shape}; expected {-x.ndim} to"
            f" {x.ndim - 1}"
        )
    if 0 in x.shape and x.dtype in FLOATS:
        return x * 1.0
    if axis % x.ndim == x.ndim - 1:
        return op(x)
    swapped = list(range(x.ndim))
    swapped[axis], swapped[-1] = swapped[-1], swapped[axis]
    return op(x.transpose(swapped)).transpose(swapped)


def softmax(x: Any, axis: int = -1) -> Tensor:
    """exp(x) / sum(exp(x)) over one axis, same shape. ValueError for an axis out of
    range, TypeError for other dtypes than float32.

    Example:
        >>> ops.softmax([0.0, 0.0, 0.0, 0.0]).tolist()
        [0.25, 0.25, 0.25, 0.25]
    """
    return _over_axis(Softmax(), x, axis)


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """log(softmax(x)) over one axis, same shape, finite where softmax underflows.
    Errors as in `softmax`.

    Example:
        >>> ops.log_softmax([[0.0, -1000.0]]).tolist()
        [[0.0, -1000.0]]
    """
    return _over_axis(LogSoftmax(), x, axis)


def softmax_cross_entropy(labels: Any, logits: Any) -> Tensor:
    """-sum(labels * log(softmax(logits))) over the last axis: two of [..., classes] ->
    [...], in nats.

    Labels are probabilities, one-hot or soft, or any weights. ValueError unless both
    have one shape.

    Example:
        >>> ops.softmax_cross_entropy([[0.0, 1.0]], [[0.0, 0.0]]).numpy()
        array([0.6931], dtype=float32)
    """
    return SoftmaxCrossEntropy()(labels, logits)[0]


def sparse_softmax_cross_entropy(labels: Any, logits: Any) -> Tensor:
    """-log(softmax(logits)[label]): int32 class numbers [...] and logits [..., classes]
    -> [...], in nats.

    nan where a label is no class. ValueError for shapes that do not fit, TypeError for
    labels of another dtype.

    Example:
        >>> ops.sparse_softmax_cross_entropy([1, 0], [[0.0, 0.0], [50.0, 0.0]]).numpy()
        array([0.6931, 0.    ], dtype=float32)
    """
    return SparseSoftmaxCrossEntropy()(labels, logits)[0]
