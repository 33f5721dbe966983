"""Optimizers that remember a velocity at most."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor, Variable
from ..arguments import flag
from .base import OPTIMIZERS, Optimizer
from .options import Rate, fraction


@OPTIMIZERS("SGD")
class SGD(Optimizer):
    """w -= rate * g; with momentum v = momentum * v - rate * g and w += v, or with
    `nesterov` w += momentum * v - rate * g.

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.SGD(0.1, momentum=0.9).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.95, 2.05], dtype=float32)
    """

    name = "sgd"

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Any,
    ):
        self.momentum = fraction("SGD: momentum", momentum)
        self.nesterov = flag("SGD: nesterov", nesterov)
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


@OPTIMIZERS("Lion")
class Lion(Optimizer):
    """Steps of one size (Chen et al. 2023):
    w -= rate * sign(beta_1 m + (1 - beta_1) g), then m = beta_2 m + (1 - beta_2) g.

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> pw.optimizers.Lion(0.1).apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.9, 2.1], dtype=float32)
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
