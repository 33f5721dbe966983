"""Adam and its kin: moving averages of the gradient and of its size."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor, Variable
from ..arguments import flag, number, whole
from .base import OPTIMIZERS, Optimizer
from .options import Rate, epsilon_of, fraction


class Moments(Optimizer):
    """What the optimizers with two moving averages share: m of g, v of what `beta_2`
    says.
    """

    counts = True

    def __init__(
        self, learning_rate: Rate, beta_1: float, beta_2: float, epsilon: float | None, **more: Any
    ):
        title = type(self).__name__
        self.beta_1 = fraction(f"{title}: beta_1", beta_1)
        self.beta_2 = fraction(f"{title}: beta_2", beta_2)
        self.epsilon = epsilon_of(title, epsilon)
        more.setdefault("slots", {"m": 0.0, "v": 0.0})
        super().__init__(learning_rate, **more)

    def moments(self, g: Tensor, m: Variable, v: Variable) -> None:
        """m and v moved towards g and g^2."""
        m.assign(m + (g - m) * (1 - self.beta_1))
        v.assign(v + (g * g - v) * (1 - self.beta_2))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


@OPTIMIZERS("Adam")
class Adam(Moments):
    """Kingma & Ba 2015, with both averages corrected for their start at zero:

    w -= rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon), epsilon
    as Keras has it (`pw.train.adam` adds it to the corrected root); with `amsgrad`
    (Reddi et al. 2018) by the largest v so far.

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.Adam(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.9, 2.1], dtype=float32)
    """

    name = "adam"
    corrected = False
    """Whether epsilon is added to the corrected root, as in TensorFlow.js."""

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ):
        title = type(self).__name__
        self.amsgrad = flag(f"{title}: amsgrad", amsgrad)
        beta_1 = fraction(f"{title}: beta_1", beta_1)
        beta_2 = fraction(f"{title}: beta_2", beta_2)
        slots = {"m": 0.0, "v": 0.0, **({"largest": 0.0} if amsgrad else {})}
        kernel = None
        if not amsgrad and type(self).change is Adam.change and type(self).shared is Adam.shared:
            kernel = ops.AdamUpdate(beta_1, beta_2, epsilon_of(title, epsilon), self.corrected)
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon,
            slots=slots, kernel=kernel, powers=(beta_1, beta_2), **options,
        )  # fmt: skip

    def shared(self, rate: Tensor, step: Tensor) -> Any:
        root = (1 - self.beta_2**step).sqrt()
        return rate * root / (1 - self.beta_1**step), (
            root * self.epsilon if self.corrected else self.epsilon
        )

    def change(self, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        rate, epsilon = shared
        m, v, *largest = slots
        self.moments(g, m, v)
        if largest:
            largest[0].assign(largest[0].maximum(v))
        return rate * m / ((largest[0] if largest else v).sqrt() + epsilon)

    def _advance(self) -> None:
        ops.AdamAdvance(self.beta_1, self.beta_2)(self._shared["hyper"])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **({"amsgrad": True} if self.amsgrad else {})}


@OPTIMIZERS("AdamW")
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019):

    w -= rate * weight_decay * w, and then Adam's step.

    Example:
        >>> w = pw.Variable([1.0, -1.0])
        >>> pw.optimizers.AdamW(0.1, weight_decay=0.5).apply([pw.tensor([2.0, 2.0])], [w])
        >>> w.numpy()
        array([ 0.85, -1.05], dtype=float32)
    """

    name = "adamw"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ):
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **options
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weight_decay": self.options.weight_decay}


@OPTIMIZERS("ScheduleFreeAdamW")
class ScheduleFreeAdamW(Moments):
    """AdamW that needs no falling learning rate (Defazio et al. 2024): the parameters
    are between where the steps are and their mean, y = (1 - beta_1) z + beta_1 x.

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.ScheduleFreeAdamW(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.9, 2.1], dtype=float32)
    """

    name = "schedule_free_adamw"

    def __init__(
        self,
        learning_rate: Rate = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        **options: Any,
    ):
        self.warmup_steps = whole("ScheduleFreeAdamW: warmup_steps", warmup_steps, 0)
        number("ScheduleFreeAdamW: beta_1", beta_1, above=0)
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **options)

    def slots_of(self, v: Variable) -> dict[str, Any]:
        return {**super().slots_of(v), "m": v.value}

    def shared(self, rate: Tensor, step: Tensor) -> Any:
        if self.warmup_steps:
            rate = rate * (step / float(self.warmup_steps)).minimum(1.0)
        return rate, 1.0 - self.beta_2**step, 1.0 / step

    def change_of(self, v: Tensor, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        rate, of_v, weight = shared
        z, velocity = slots
        mean = (v - z * (1.0 - self.beta_1)) / self.beta_1
        velocity.assign(velocity + (g * g - velocity) * (1.0 - self.beta_2))
        moved = z - rate * g / ((velocity / of_v).sqrt() + self.epsilon)
        z.assign(moved)
        mean = mean * (1.0 - weight) + moved * weight
        return v - (moved * (1.0 - self.beta_1) + mean * self.beta_1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "warmup_steps": self.warmup_steps}


@OPTIMIZERS("Nadam")
class Nadam(Moments):
    """Adam with Nesterov's momentum (Dozat 2016): u(t) = beta_1 (1 - 0.96^t / 2), U the
    product of all u so far;

    w -= rate * (u(t + 1) m / (1 - U u(t + 1)) + (1 - u(t)) g / (1 - U)) /
    (sqrt(v / (1 - beta_2^t)) + epsilon).

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.Nadam(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.8937, 2.1063], dtype=float32)
    """

    name = "nadam"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **options)

    def shared_state(self) -> dict[str, Any]:
        return {**super().shared_state(), "product": 1.0}

    def shared(self, rate: Tensor, step: Tensor) -> Any:
        now = (1 - 0.96**step * 0.5) * self.beta_1
        following = (1 - 0.96 ** (step + 1) * 0.5) * self.beta_1
        product = self._shared["product"]
        product.assign(product * now)
        of_m = rate * following / (1 - product * following)
        of_g = rate * (1 - now) / (1 - product)
        return of_m, of_g, 1 / (1 - self.beta_2**step)

    def change(self, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        of_m, of_g, of_v = shared
        m, v = slots
        self.moments(g, m, v)
        return (of_m * m + of_g * g) / ((of_v * v).sqrt() + self.epsilon)


@OPTIMIZERS("Adamax")
class Adamax(Moments):
    """Adam by the largest gradient, not their mean square (Kingma & Ba 2015, section
    7):

    u = max(beta_2 u, |g|);  w -= rate / (1 - beta_1^t) * m / (u + epsilon).

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.Adamax(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.9, 2.1], dtype=float32)
    """

    name = "adamax"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ):
        slots = {"m": 0.0, "u": 0.0}
        super().__init__(learning_rate, beta_1, beta_2, epsilon, slots=slots, **options)

    def shared(self, rate: Tensor, step: Tensor) -> Any:
        return rate / (1 - self.beta_1**step)

    def change(self, g: Tensor, shared: Tensor, *slots: Variable) -> Tensor:
        m, u = slots
        m.assign(m + (g - m) * (1 - self.beta_1))
        u.assign((u * self.beta_2).maximum(g.abs()))
        return shared * m / (u + self.epsilon)
