"""Cross-entropies of softmax and labels.

They return the probabilities and the gradient beside the loss, (probabilities *
sum(labels) - labels): the walk back needs no launch for it. Both are outputs with a
gradient of their own, so second derivatives come out right.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.choices import Choice
from ..core.fusion import Scaled
from ..core.lowering import Lowering, pack
from ..core.op import Case, register
from ..core.spec import Spec
from ..core.tensor import Tensor
from ..host.lazy import np
from .softmax import (
    LogSoftmax,
    check_float,
    exponentials,
    launch,
    sample_logits,
    softmax_grad,
    total,
)
from .support.rows import SHARED, candidates, rule

__all__ = ["SoftmaxCrossEntropy", "SparseSoftmaxCrossEntropy"]
__all__ += ["softmax_cross_entropy", "sparse_softmax_cross_entropy"]

_choose = Choice("softmax_cross_entropy", ("softmax_cross_entropy",), candidates, rule)


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
        check_float(self.name, "logits", logits)
        check_float(self.name, "labels", labels)
        if labels.shape != logits.shape:
            raise ValueError(
                f"{self.name}: labels and logits must have one shape, got {labels.shape} and"
                f" {logits.shape}; use one_hot, or sparse_softmax_cross_entropy for class numbers"
            )
        return Spec(logits.shape[:-1]), logits, logits

    def numpy(self, labels: Any, logits: Any) -> Any:
        d, e, s = exponentials(logits)
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
        launch(k, _choose, "softmax_cross_entropy", (labels, logits, *k.outs), logits, params)

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
            self.scale, outs, grads, total(labels) if grads[2] is not None else None
        )
        if grads[2] is not None:
            g = grads[2] * self.scale
            to_labels.append(total(g * y) - g)
        return _sum(to_labels), _sum(to_logits)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(1)
        for name, logits in sample_logits():
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
        parts.append(softmax_grad(y, grads[1]))
    if grads[2] is not None:
        parts.append(softmax_grad(y, grads[2] * scale * weight))
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
        check_float(self.name, "logits", logits)
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
        d, e, s = exponentials(logits)
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
        for name, logits in sample_logits():
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
