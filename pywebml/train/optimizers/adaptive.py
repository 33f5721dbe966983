"""Optimizers that divide the gradient by the size of those before."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor, Variable
from ..arguments import flag, is_number, number
from .base import OPTIMIZERS, Optimizer
from .options import Rate, epsilon_of, fraction


@OPTIMIZERS("Adagrad")
class Adagrad(Optimizer):
    """g divided by the root of all its squares so far (Duchi et al. 2011): a += g^2;
    w -= rate * g / sqrt(a + epsilon).

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.Adagrad(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.9155, 2.0845], dtype=float32)
    """

    name = "adagrad"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Any,
    ):
        self.initial_accumulator_value = float(
            number("Adagrad: initial_accumulator_value", initial_accumulator_value, least=0)
        )
        self.epsilon = epsilon_of("Adagrad", epsilon)
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
    """Steps in the units of the parameter (Zeiler 2012): a and d are moving means of
    g^2 and step^2; step = sqrt(d + epsilon) / sqrt(a + epsilon) * g;  w -= rate * step.

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.Adadelta(1.0).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.9986, 2.0014], dtype=float32)
    """

    name = "adadelta"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Any,
    ):
        self.rho, self.epsilon = fraction("Adadelta: rho", rho), epsilon_of("Adadelta", epsilon)
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

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.RMSprop(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.6838, 2.3162], dtype=float32)
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
        self.epsilon = epsilon_of("RMSprop", epsilon)
        self.centered = flag("RMSprop: centered", centered)
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


@OPTIMIZERS("Ftrl")
class Ftrl(Optimizer):
    """Follow the regularized leader (McMahan et al. 2013): parameters that little
    speaks for are exactly zero. Keras's `Ftrl`, its arguments and formula:

    a' = a + g^2;  z += g + 2 shrinkage w - (a'^-power - a^-power) / rate * w;
    w = (clip(z, +-l1) - z) / (a'^-power / rate + 2 (l2 + beta / (2 rate)))

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.Ftrl(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.381 , 1.0155], dtype=float32)
    """

    name = "ftrl"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **options: Any,
    ):
        self.learning_rate_power = number("Ftrl: learning_rate_power", learning_rate_power, most=0)
        self.initial_accumulator_value = _strength(
            "initial_accumulator_value", initial_accumulator_value
        )
        self.l1_regularization_strength = _strength(
            "l1_regularization_strength", l1_regularization_strength
        )
        self.l2_regularization_strength = _strength(
            "l2_regularization_strength", l2_regularization_strength
        )
        self.l2_shrinkage_regularization_strength = _strength(
            "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength
        )
        self.beta = _strength("beta", beta)
        if is_number(learning_rate):  # it is divided by
            number("Ftrl: learning_rate", learning_rate, above=0)
        slots = {"accumulator": self.initial_accumulator_value, "linear": 0.0}
        super().__init__(learning_rate, slots, **options)

    def shared(self, rate: Tensor, step: Any) -> Any:
        return rate, (self.beta / (2.0 * rate) + self.l2_regularization_strength) * 2.0

    def change_of(self, v: Tensor, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        (rate, twice_l2), (accumulator, linear) = shared, slots
        power, l1 = -float(self.learning_rate_power), float(self.l1_regularization_strength)
        grown = accumulator + g * g
        roots = [grown**power, accumulator.value**power]
        shrinking = v * (2.0 * self.l2_shrinkage_regularization_strength)
        moved = linear + g + shrinking - (roots[0] - roots[1]) / rate * v
        linear.assign(moved)
        accumulator.assign(grown)
        return v - (moved.clip_by_value(-l1, l1) - moved) / (roots[0] / rate + twice_l2)

    def get_config(self) -> dict[str, Any]:
        names = (
            "learning_rate_power", "initial_accumulator_value", "l1_regularization_strength",
            "l2_regularization_strength", "l2_shrinkage_regularization_strength", "beta",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _strength(name: str, value: Any) -> float:
    return number(f"Ftrl: {name}", value, least=0)
