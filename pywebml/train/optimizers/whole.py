"""Optimizers that look at a whole parameter at once: its size, its rows and columns."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor, Variable
from ..arguments import flag, number, optional, whole
from .adam import Moments
from .base import OPTIMIZERS, Optimizer
from .options import Rate, epsilon_of, fraction


@OPTIMIZERS("Lamb")
class Lamb(Moments):
    """Adam whose steps are as long as the parameter is, for very large batches (You et
    al. 2020): w -= rate * |w| / |u| * u, u being Adam's step. Two sums more per
    parameter and step than Adam.

    Example:
        >>> w = pw.Variable([3.0, 4.0])
        >>> pw.optimizers.Lamb(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([2.6464, 4.3536], dtype=float32)
    """

    name = "lamb"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **options)

    def shared(self, rate: Tensor, step: Tensor) -> Any:
        return rate, 1.0 - self.beta_1**step, 1.0 - self.beta_2**step

    def change_of(self, v: Tensor, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        rate, of_m, of_v = shared
        m, s = slots
        self.moments(g, m, s)
        step = (m / of_m) / ((s / of_v).sqrt() + self.epsilon)
        norms = [(t * t).sum().sqrt() for t in (v, step)]
        both = ops.logical_and(norms[0].greater(0.0), norms[1].greater(0.0))
        return step * (both.where(ops.div_no_nan(*norms), 1.0) * rate)


@OPTIMIZERS("Adafactor")
class Adafactor(Optimizer):
    """Adam's division with little memory: of a matrix only the means of its rows and
    columns are remembered (Shazeer & Stern 2018). Keras's `Adafactor`.

    Args:
        beta_2_decay: the means move by 1 - step^beta_2_decay.
        epsilon_1: added to squares.
        epsilon_2: the least size a parameter counts as.
        clip_threshold: the largest root mean square of a step.
        relative_step: the rate is at most 1 / sqrt(step).

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.Adafactor(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.8419, 2.1581], dtype=float32)
    """

    name = "adafactor"
    counts = True

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **options: Any,
    ):
        self.beta_2_decay = number("Adafactor: beta_2_decay", beta_2_decay)
        self.epsilon_1 = number("Adafactor: epsilon_1", epsilon_1, least=0)
        self.epsilon_2 = number("Adafactor: epsilon_2", epsilon_2, least=0)
        self.clip_threshold = number("Adafactor: clip_threshold", clip_threshold, above=0)
        self.relative_step = flag("Adafactor: relative_step", relative_step)
        super().__init__(learning_rate, **options)

    def slots_of(self, v: Variable) -> dict[str, Any]:
        if v.ndim < 2:
            return {"velocity": 0.0, **super().slots_of(v)}
        rows, columns = ops.zeros(v.shape[:-1]), ops.zeros((*v.shape[:-2], v.shape[-1]))
        return {"rows": rows, "columns": columns, **super().slots_of(v)}

    def shared(self, rate: Tensor, step: Tensor) -> Any:
        return rate.minimum(step.rsqrt()), 1.0 - step ** float(self.beta_2_decay)

    def change_of(self, v: Tensor, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        rate, keep = shared
        squares = g * g + self.epsilon_1
        if len(slots) == 1:
            slots[0].assign(slots[0] * keep + squares * (1.0 - keep))
            step = g / slots[0].sqrt()
        else:
            rows, columns = slots
            rows.assign(rows * keep + squares.mean(-1) * (1.0 - keep))
            columns.assign(columns * keep + squares.mean(-2) * (1.0 - keep))
            share = ops.expand_dims(rows / ops.mean(rows, -1, keepdims=True), -1)
            step = g / (share * ops.expand_dims(columns, -2)).sqrt()
        size = _rms(v).maximum(float(self.epsilon_2)) * rate
        return step * (size / (_rms(step) / self.clip_threshold).maximum(1.0))

    def get_config(self) -> dict[str, Any]:
        names = ("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _rms(x: Tensor) -> Tensor:
    return (x * x).mean().sqrt()


def _patterns(what: str, value: Any) -> list[str]:
    several = [] if value is None else value
    if not isinstance(several, (list, tuple)) or not all(isinstance(v, str) for v in several):
        raise ValueError(f"{what} must be a list of parts of names, got {value!r:.100}")
    return list(several)


@OPTIMIZERS("Muon")
class Muon(Optimizer):
    """Momentum whose steps are made orthogonal (Jordan 2024), for matrices; AdamW for
    all other parameters, for embeddings and for what `exclude_layers` names. Keras's
    `Muon`.

    Example:
        >>> w = pw.Variable([[1.0, 0.0], [0.0, 1.0]])
        >>> muon = pw.optimizers.Muon(0.1, weight_decay=None, rms_rate=None)
        >>> muon.apply([pw.tensor([[2.0, 0.0], [0.0, 2.0]])], [w])
        >>> w.numpy().round(2)
        array([[0.89, 0.  ],
               [0.  , 0.89]], dtype=float32)
    """

    name = "muon"
    counts = True

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **options: Any,
    ):
        self.adam_beta_1 = fraction("Muon: adam_beta_1", adam_beta_1)
        self.adam_beta_2 = fraction("Muon: adam_beta_2", adam_beta_2)
        self.adam_weight_decay = optional(
            "Muon: adam_weight_decay", number, adam_weight_decay, least=0
        )
        self.muon_weight_decay = optional("Muon: weight_decay", number, weight_decay, least=0)
        self.epsilon = epsilon_of("Muon", epsilon)
        self.exclude_layers = _patterns("Muon: exclude_layers", exclude_layers)
        self.exclude_embeddings = flag("Muon: exclude_embeddings", exclude_embeddings)
        self.muon_a, self.muon_b, self.muon_c = (
            number(f"Muon: {name}", value)
            for name, value in (("muon_a", muon_a), ("muon_b", muon_b), ("muon_c", muon_c))
        )
        self.adam_lr_ratio = number("Muon: adam_lr_ratio", adam_lr_ratio, least=0)
        self.momentum = fraction("Muon: momentum", momentum)
        self.ns_steps = whole("Muon: ns_steps", ns_steps, 1)
        self.nesterov = flag("Muon: nesterov", nesterov)
        self.rms_rate = optional("Muon: rms_rate", number, rms_rate, least=0)
        super().__init__(
            learning_rate, clipnorm=clipnorm, clipvalue=clipvalue,
            global_clipnorm=global_clipnorm, use_ema=use_ema, ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency, loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps, name=name, **options,
        )  # fmt: skip

    def _is_adam_s(self, v: Variable) -> bool:
        name = v.path.lower()
        embeds = self.exclude_embeddings and "embedding" in name
        return v.ndim != 2 or embeds or any(re.search(key, v.path) for key in self.exclude_layers)

    def slots_of(self, v: Variable) -> dict[str, Any]:
        adam = {"velocity": 0.0} if self._is_adam_s(v) else {}
        return {"momentum": 0.0, **adam, **super().slots_of(v)}

    def shared(self, rate: Tensor, step: Tensor) -> Any:
        root = (1.0 - self.adam_beta_2**step).sqrt()
        of_adam = rate * self.adam_lr_ratio * root / (1.0 - self.adam_beta_1**step)
        return rate, of_adam

    def change_of(self, v: Tensor, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        (rate, of_adam), (m, *velocity) = shared, slots
        decay = self.adam_weight_decay if velocity else self.muon_weight_decay
        decayed = v * (rate * decay) if decay else None
        if velocity:
            m.assign(m + (g - m) * (1.0 - self.adam_beta_1))
            velocity[0].assign(velocity[0] + (g * g - velocity[0]) * (1.0 - self.adam_beta_2))
            step = of_adam * m / (velocity[0].sqrt() + self.epsilon)
        else:
            m.assign(m * self.momentum + g)
            step = self._orthogonal(g + m * self.momentum if self.nesterov else m.value) * rate
            if self.rms_rate is not None:
                step = step * (math.sqrt(max(v.shape)) * self.rms_rate)
        return step if decayed is None else step + decayed

    def _orthogonal(self, x: Tensor) -> Tensor:
        """Nearly the orthogonal matrix next to x, by Newton and Schulz's iteration."""
        tall = x.shape[0] > x.shape[1]
        x = ops.transpose(x) if tall else x
        x = x / ((x * x).sum().sqrt() + 1e-7)
        for _ in range(self.ns_steps):
            square = ops.matmul(x, ops.transpose(x))
            more = square * self.muon_b + ops.matmul(square, square) * self.muon_c
            x = x * self.muon_a + ops.matmul(more, x)
        return ops.transpose(x) if tall else x

    def get_config(self) -> dict[str, Any]:
        names = (
            "adam_beta_1", "adam_beta_2", "adam_weight_decay", "epsilon", "exclude_layers",
            "exclude_embeddings", "muon_a", "muon_b", "muon_c", "adam_lr_ratio", "momentum",
            "ns_steps", "nesterov", "rms_rate",
        )  # fmt: skip
        return {
            **super().get_config(),
            "weight_decay": self.muon_weight_decay,
            **{name: getattr(self, name) for name in names},
        }
