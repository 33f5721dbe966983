"""Optimizers with Keras's names, arguments, defaults and formulas. Their state stays on
the device, the learning rate included.

All take a schedule for a learning rate, and `Options` by name.
"""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core.tensor import Tensor, Variable
from . import schedules
from .optimizer import OPTIMIZERS, Optimizer, Options, fraction, get, serialize
from .schedules import LearningRateSchedule

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "Optimizer",
    "Options",
    "RMSprop",
    "get",
    "schedules",
    "serialize",
]

Rate = float | LearningRateSchedule


@OPTIMIZERS("SGD")
class SGD(Optimizer):
    """w -= rate * g; with momentum v = momentum * v - rate * g and w += v, or with
    `nesterov` w += momentum * v - rate * g.
    """

    name = "sgd"

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Any,
    ):
        self.momentum, self.nesterov = fraction("SGD: momentum", momentum), bool(nesterov)
        kernel = ops.SGDUpdate(self.momentum, self.nesterov)
        super().__init__(learning_rate, {"velocity": 0.0} if momentum else {}, kernel, **options)

    def change(self, g: Tensor, shared: Tensor, *slots: Variable) -> Tensor:
        step = shared * g
        if not slots:
            return step
        (velocity,) = slots
        velocity.assign(velocity * self.momentum - step)
        return step - velocity * self.momentum if self.nesterov else -velocity

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


class _Moments(Optimizer):
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
        self.epsilon = 1e-7 if epsilon is None else float(epsilon)
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
class Adam(_Moments):
    """Kingma & Ba 2015, algorithm 1, with both averages corrected for their start at
    zero:

    w -= rate * m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon); with `amsgrad`
    (Reddi et al. 2018) by the largest v so far.
    """

    name = "adam"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ):
        self.amsgrad = bool(amsgrad)
        slots = {"m": 0.0, "v": 0.0, **({"largest": 0.0} if amsgrad else {})}
        kernel = None
        if not amsgrad and type(self) is Adam:
            kernel = ops.AdamUpdate(beta_1, beta_2, 1e-7 if epsilon is None else float(epsilon))
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon,
            slots=slots, kernel=kernel, powers=(beta_1, beta_2), **options,
        )  # fmt: skip

    def shared(self, rate: Tensor, step: Tensor) -> Any:
        root = (1 - self.beta_2**step).sqrt()
        return rate * root / (1 - self.beta_1**step), root * self.epsilon

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

    w -= rate * weight_decay * w + rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m /
    (sqrt(v) + epsilon), epsilon as Keras has it.

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

    def shared(self, rate: Tensor, step: Tensor) -> Any:
        return super().shared(rate, step)[0], self.epsilon

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weight_decay": self.options.weight_decay}


@OPTIMIZERS("Nadam")
class Nadam(_Moments):
    """Adam with Nesterov's momentum (Dozat 2016): u(t) = beta_1 (1 - 0.96^t / 2), U the
    product of all u so far;

    w -= rate * (u(t + 1) m / (1 - U u(t + 1)) + (1 - u(t)) g / (1 - U)) /
    (sqrt(v / (1 - beta_2^t)) + epsilon).
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
class Adamax(_Moments):
    """Adam by the largest gradient, not their mean square (Kingma & Ba 2015, section 7):

    u = max(beta_2 u, |g|);  w -= rate / (1 - beta_1^t) * m / (u + epsilon).
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


@OPTIMIZERS("Lion")
class Lion(Optimizer):
    """Steps of one size (Chen et al. 2023): w -= rate * sign(beta_1 m + (1 - beta_1) g),
    then m = beta_2 m + (1 - beta_2) g.
    """

    name = "lion"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **options: Any,
    ):
        self.beta_1 = fraction("Lion: beta_1", beta_1)
        self.beta_2 = fraction("Lion: beta_2", beta_2)
        super().__init__(learning_rate, {"m": 0.0}, **options)

    def change(self, g: Tensor, shared: Tensor, *slots: Variable) -> Tensor:
        (m,) = slots
        direction = (m * self.beta_1 + g * (1 - self.beta_1)).sign()
        m.assign(m * self.beta_2 + g * (1 - self.beta_2))
        return shared * direction

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}


@OPTIMIZERS("Adagrad")
class Adagrad(Optimizer):
    """g divided by the root of all its squares so far (Duchi et al. 2011): a += g^2;
    w -= rate * g / sqrt(a + epsilon).
    """

    name = "adagrad"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Any,
    ):
        self.initial_accumulator_value = float(initial_accumulator_value)
        self.epsilon = float(epsilon)
        super().__init__(learning_rate, {"squares": self.initial_accumulator_value}, **options)

    def change(self, g: Tensor, shared: Tensor, *slots: Variable) -> Tensor:
        (squares,) = slots
        squares.assign(squares + g * g)
        return shared * g / (squares + self.epsilon).sqrt()

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }


@OPTIMIZERS("Adadelta")
class Adadelta(Optimizer):
    """Steps in the units of the parameter (Zeiler 2012): a and d are moving means of g^2
    and step^2; step = sqrt(d + epsilon) / sqrt(a + epsilon) * g;  w -= rate * step.
    """

    name = "adadelta"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Any,
    ):
        self.rho, self.epsilon = fraction("Adadelta: rho", rho), float(epsilon)
        super().__init__(learning_rate, {"gradients": 0.0, "steps": 0.0}, **options)

    def change(self, g: Tensor, shared: Tensor, *slots: Variable) -> Tensor:
        gradients, steps = slots
        gradients.assign(gradients * self.rho + g * g * (1 - self.rho))
        step = (steps + self.epsilon).sqrt() * g / (gradients + self.epsilon).sqrt()
        steps.assign(steps * self.rho + step * step * (1 - self.rho))
        return shared * step

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


@OPTIMIZERS("RMSprop")
class RMSprop(Optimizer):
    """g divided by the root of its moving mean square; `centered` takes the moving mean
    off first (Graves 2013).
    """

    name = "rmsprop"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Any,
    ):
        self.rho = fraction("RMSprop: rho", rho)
        self.momentum = fraction("RMSprop: momentum", momentum)
        self.epsilon, self.centered = 1e-7 if epsilon is None else float(epsilon), bool(centered)
        slots = ["square", *(["momentum"] if momentum else []), *(["mean"] if centered else [])]
        kernel = ops.RMSpropUpdate(self.rho, self.momentum, self.epsilon, self.centered)
        super().__init__(learning_rate, dict.fromkeys(slots, 0.0), kernel, **options)

    def change(self, g: Tensor, shared: Tensor, *slots: Variable) -> Tensor:
        square, *others = slots
        square.assign(square * self.rho + g * g * (1 - self.rho))
        variance: Tensor = square
        if self.centered:
            mean = others[-1]
            mean.assign(mean * self.rho + g * (1 - self.rho))
            variance = square - mean * mean
        step = shared * g / (variance + self.epsilon).sqrt()
        if not self.momentum:
            return step
        others[0].assign(others[0] * self.momentum + step)
        return others[0]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
