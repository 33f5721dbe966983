"""TensorFlow.js's optimizers, by its names (`tf.train`) and with its defaults."""

from __future__ import annotations

from ..core.custom_objects import register_keras_serializable
from ..core.tensor import Tensor, Variable
from .optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, RMSprop
from .schedules import InverseTimeDecay

__all__ = ["adadelta", "adagrad", "adam", "adamax", "momentum", "rmsprop", "sgd"]


def sgd(learning_rate: float) -> SGD:
    """w -= learning_rate * g. `tf.train.sgd`.

    Example:
        >>> w = pw.Variable([4.0], name="w")
        >>> pw.train.sgd(0.25).minimize(lambda: (w * w).sum())
        >>> w.tolist()
        [2.0]
    """
    return SGD(learning_rate)


def momentum(learning_rate: float, momentum: float, use_nesterov: bool = False) -> SGD:
    """v = momentum * v + g; w -= learning_rate * v. `tf.train.momentum`."""
    return SGD(learning_rate, momentum, use_nesterov)


def adagrad(learning_rate: float, initial_accumulator_value: float = 0.1) -> Adagrad:
    """`tf.train.adagrad`."""
    return Adagrad(learning_rate, initial_accumulator_value)


def adadelta(
    learning_rate: float = 0.001, rho: float = 0.95, epsilon: float | None = None
) -> Adadelta:
    """`tf.train.adadelta`, which divides by the gradients before this one, where Zeiler
    and Keras's `Adadelta` count it in; epsilon is 1e-7 for None.
    """
    return _Adadelta(learning_rate, rho, 1e-7 if epsilon is None else epsilon)


@register_keras_serializable("tensorflow.js", "adadelta")
class _Adadelta(Adadelta):
    """TensorFlow.js's."""

    def change(self, g: Tensor, shared: Tensor, *slots: Variable) -> Tensor:
        gradients, steps = slots
        step = (steps + self.epsilon).sqrt() / (gradients + self.epsilon).sqrt() * g
        gradients.assign(gradients * self.rho + g * g * (1 - self.rho))
        steps.assign(steps * self.rho + step * step * (1 - self.rho))
        return shared * step


def adam(
    learning_rate: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float | None = None,
) -> Adam:
    """`tf.train.adam`: epsilon, 1e-7 for None, is added to the root of the corrected
    mean, where Keras's `Adam` adds it before the correction.
    """
    return _Adam(learning_rate, beta1, beta2, 1e-7 if epsilon is None else epsilon)


@register_keras_serializable("tensorflow.js", "adam")
class _Adam(Adam):
    """TensorFlow.js's."""

    corrected = True


def adamax(
    learning_rate: float = 0.002,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float | None = None,
    decay: float = 0.0,
) -> Adamax:
    """`tf.train.adamax`, its rate divided by 1 + step * decay; epsilon is 1e-7 for
    None.
    """
    rate = InverseTimeDecay(learning_rate, 1, decay) if decay else learning_rate
    return Adamax(rate, beta1, beta2, 1e-7 if epsilon is None else epsilon)


def rmsprop(
    learning_rate: float,
    decay: float = 0.9,
    momentum: float = 0.0,
    epsilon: float | None = None,
    centered: bool = False,
) -> RMSprop:
    """`tf.train.rmsprop`; epsilon is 1e-7 for None. Where it is `centered`, epsilon is
    added to the variance, as in Keras: TensorFlow.js takes it off, and may end in NaN.
    """
    return RMSprop(learning_rate, decay, momentum, 1e-7 if epsilon is None else epsilon, centered)
