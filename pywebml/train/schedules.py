"""Learning rates that follow the number of steps, with Keras's names, arguments and
formulas. They are computed on the device, from a step that is counted there: a captured
step stays captured, and nothing is read back.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from ..core.calling import named
from ..core.registry import Registry
from ..core.tensor import Tensor, as_tensor
from .arguments import flag, number, numbers, optional, text

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


class LearningRateSchedule:
    """Base of the schedules: `at`, or `__call__` as in Keras, says the rate of a step,
    a float32 scalar that is 0 for the first; it is made of ops and operators. The
    constructor's arguments are attributes, and the config.

    Example:
        >>> from pywebml.train.schedules import LearningRateSchedule
        >>> class Halving(LearningRateSchedule):
        ...     def at(self, step):
        ...         return 0.1 * 0.5 ** step
        >>> round(float(Halving()(2)), 4)
        0.025
    """

    def __init_subclass__(cls) -> None:
        if "__init__" in vars(cls):
            cls.__init__ = named(cls.__init__)  # type: ignore[method-assign]

    def __call__(self, step: Any) -> Tensor:
        return self.at(as_tensor(step, "float32"))

    def at(self, step: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} must say its at(step) -> rate")

    def get_config(self) -> dict[str, Any]:
        names = list(inspect.signature(type(self)).parameters)
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LearningRateSchedule:
        return cls(**config)

    def __repr__(self) -> str:
        config = self.get_config().items()
        settings = ", ".join(f"{name}={value!r}" for name, value in config if name != "name")
        return f"{type(self).__name__}({settings})"

    def __format__(self, form: str) -> str:
        return repr(self)  # where a rate is said as a number


class CalledRate(LearningRateSchedule):
    """A learning rate that a function gives: of the step, or of nothing."""

    def __init__(self, function: Callable[..., Any]):
        self.function = function
        parameters = inspect.signature(function).parameters.values()
        self._takes_step = any(p.default is p.empty for p in parameters)

    def at(self, step: Tensor) -> Tensor:
        try:
            rate = self.function(step) if self._takes_step else self.function()
            value = as_tensor(rate, "float32")
        except (TypeError, ValueError) as error:
            raise ValueError(f"learning_rate: {self!r} fails on a step: {error}") from error
        if value.size != 1:
            raise ValueError(
                f"learning_rate: {self!r} must give a number for a step, got shape {value.shape}"
            )
        return value.reshape(())

    def get_config(self) -> dict[str, Any]:
        raise TypeError("a learning rate that a function gives cannot be written into a config")

    def __repr__(self) -> str:
        return f"{self.function!r:.80}"


def check_schedule(schedule: LearningRateSchedule) -> None:
    """TypeError for a subclass that says no rate."""
    cls = type(schedule)
    if cls.at is LearningRateSchedule.at and cls.__call__ is LearningRateSchedule.__call__:
        raise TypeError(f"the schedule {cls.__name__} must say its at(step) -> rate")


SCHEDULES: Registry[LearningRateSchedule] = Registry("schedule", LearningRateSchedule)


def _rate(thing: LearningRateSchedule, name: str, value: Any) -> float:
    return number(f"{type(thing).__name__}: {name}", value, least=0)


def _steps(thing: LearningRateSchedule, name: str, value: Any) -> float:
    return number(f"{type(thing).__name__}: {name}", value, above=0)


@SCHEDULES("ExponentialDecay")
class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate^(step / decay_steps), the exponent rounded
    down where it is a `staircase`.

    Example:
        >>> halved = pw.optimizers.schedules.ExponentialDecay(0.1, 100, 0.5)
        >>> [round(halved(step).item(), 4) for step in (0, 50, 100, 200)]
        [0.1, 0.0707, 0.05, 0.025]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ):
        self.name = text(f"{type(self).__name__}: name", name)
        self.initial_learning_rate = _rate(self, "initial_learning_rate", initial_learning_rate)
        self.decay_rate = _rate(self, "decay_rate", decay_rate)
        self.decay_steps = _steps(self, "decay_steps", decay_steps)
        self.staircase = flag(f"{type(self).__name__}: staircase", staircase)

    def at(self, step: Tensor) -> Tensor:
        part = step / self.decay_steps
        power = part.floor() if self.staircase else part
        return float(self.decay_rate) ** power * self.initial_learning_rate


@SCHEDULES("PiecewiseConstantDecay")
class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and with step boundaries[0], values[1] up to boundaries[1], and
    so on. ValueError unless there is one value more than boundaries.

    Example:
        >>> rate = pw.optimizers.schedules.PiecewiseConstantDecay([100], [0.1, 0.01])
        >>> [round(rate(step).item(), 4) for step in (0, 100, 101)]
        [0.1, 0.1, 0.01]
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ):
        title = type(self).__name__
        self.name = text(f"{title}: name", name)
        self.boundaries = numbers(f"{title}: boundaries", boundaries)
        self.values = numbers(f"{title}: values", values, least=0)
        if any(later <= former for former, later in pairwise(self.boundaries)):
            raise ValueError(f"{title}: boundaries must grow, got {boundaries!r}")
        if len(self.boundaries) != len(self.values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay: there must be one value more than boundaries, got"
                f" {len(self.values)} and {len(self.boundaries)}"
            )

    def at(self, step: Tensor) -> Tensor:
        rate: Any = step * 0.0 + float(self.values[-1])
        for boundary, value in zip(self.boundaries[::-1], self.values[-2::-1], strict=True):
            rate = (step <= float(boundary)).where(float(value), rate)
        return rate


@SCHEDULES("PolynomialDecay")
class PolynomialDecay(LearningRateSchedule):
    """(initial_learning_rate - end_learning_rate) * (1 - step / decay_steps)^power +
    end_learning_rate, and no less afterwards; with `cycle` decay_steps grows to the
    next multiple instead.

    Example:
        >>> rate = pw.optimizers.schedules.PolynomialDecay(0.1, 100, 0.02)
        >>> [round(rate(step).item(), 4) for step in (0, 50, 200)]
        [0.1, 0.06, 0.02]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ):
        self.name = text(f"{type(self).__name__}: name", name)
        self.initial_learning_rate = _rate(self, "initial_learning_rate", initial_learning_rate)
        self.end_learning_rate = _rate(self, "end_learning_rate", end_learning_rate)
        self.decay_steps = _steps(self, "decay_steps", decay_steps)
        self.power = _rate(self, "power", power)
        self.cycle = flag("PolynomialDecay: cycle", cycle)

    def at(self, step: Tensor) -> Tensor:
        part = step / self.decay_steps
        part = part / part.ceil().maximum(1.0) if self.cycle else part.minimum(1.0)
        range_ = self.initial_learning_rate - self.end_learning_rate
        return (1 - part) ** self.power * range_ + self.end_learning_rate


@SCHEDULES("InverseTimeDecay")
class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps), step / decay_steps
    rounded down where it is a `staircase`.

    Example:
        >>> rate = pw.optimizers.schedules.InverseTimeDecay(0.1, 100, 1.0)
        >>> [round(rate(step).item(), 4) for step in (0, 100, 300)]
        [0.1, 0.05, 0.025]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ):
        self.name = text(f"{type(self).__name__}: name", name)
        self.initial_learning_rate = _rate(self, "initial_learning_rate", initial_learning_rate)
        self.decay_rate = _rate(self, "decay_rate", decay_rate)
        self.decay_steps = _steps(self, "decay_steps", decay_steps)
        self.staircase = flag(f"{type(self).__name__}: staircase", staircase)

    def at(self, step: Tensor) -> Tensor:
        part = step / self.decay_steps
        part = part.floor() if self.staircase else part
        return self.initial_learning_rate / (part * self.decay_rate + 1.0)


@SCHEDULES("CosineDecay")
class CosineDecay(LearningRateSchedule):
    """Half a cosine from initial_learning_rate to alpha * initial_learning_rate within
    decay_steps (Loshchilov & Hutter 2017); with a `warmup_target`, from that, which is
    reached along a line within warmup_steps.

    Example:
        >>> decay = pw.optimizers.schedules.CosineDecay
        >>> rate = decay(0.0, 100, warmup_target=0.1, warmup_steps=10)
        >>> [round(rate(step).item(), 4) for step in (0, 5, 10, 110)]
        [0.0, 0.05, 0.1, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ):
        self.name = text(f"{type(self).__name__}: name", name)
        self.initial_learning_rate = _rate(self, "initial_learning_rate", initial_learning_rate)
        self.alpha = _rate(self, "alpha", alpha)
        self.decay_steps = _steps(self, "decay_steps", decay_steps)
        self.warmup_target = optional("CosineDecay: warmup_target", number, warmup_target, least=0)
        self.warmup_steps = _rate(self, "warmup_steps", warmup_steps)

    def at(self, step: Tensor) -> Tensor:
        if self.warmup_target is None:
            return self._falling(step, self.initial_learning_rate)
        falling = self._falling((step - self.warmup_steps).maximum(0.0), self.warmup_target)
        if not self.warmup_steps:
            return falling
        slope = (self.warmup_target - self.initial_learning_rate) / self.warmup_steps
        rising = step * slope + self.initial_learning_rate
        return (step < float(self.warmup_steps)).where(rising, falling)

    def _falling(self, step: Tensor, start: float) -> Tensor:
        part = (step / self.decay_steps).minimum(1.0)
        return _half_cosine(part, 1.0, self.alpha) * start


@SCHEDULES("CosineDecayRestarts")
class CosineDecayRestarts(LearningRateSchedule):
    """`CosineDecay` again and again: each `t_mul` times as long and `m_mul` times as
    high as the one before, the first over first_decay_steps.

    Example:
        >>> rate = pw.optimizers.schedules.CosineDecayRestarts(0.1, 100)
        >>> [round(rate(step).item(), 4) for step in (0, 50, 100, 200)]
        [0.1, 0.05, 0.1, 0.05]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ):
        self.name = text(f"{type(self).__name__}: name", name)
        self.initial_learning_rate = _rate(self, "initial_learning_rate", initial_learning_rate)
        self.alpha = _rate(self, "alpha", alpha)
        self.first_decay_steps = _steps(self, "first_decay_steps", first_decay_steps)
        self.t_mul, self.m_mul = _steps(self, "t_mul", t_mul), _rate(self, "m_mul", m_mul)

    def at(self, step: Tensor) -> Tensor:
        part = step / self.first_decay_steps
        if self.t_mul == 1:
            restarts = part.floor()
            part = part - restarts
        else:
            # the small number: where a restart falls on a step, the logarithm may be
            # just below the whole number
            grown = (part * (self.t_mul - 1) + 1).log() / math.log(self.t_mul)
            restarts = (grown + 1e-5).floor()
            length = float(self.t_mul) ** restarts
            part = (part - (length - 1) / (self.t_mul - 1)) / length
        height = float(self.m_mul) ** restarts
        return _half_cosine(part, height, self.alpha) * self.initial_learning_rate


def _half_cosine(part: Tensor, height: Any, alpha: float) -> Tensor:
    """From `height` to 0 as `part` goes from 0 to 1, squeezed to end at alpha."""
    return ((part * math.pi).cos() + 1) * 0.5 * height * (1 - alpha) + alpha


def get(identifier: Any) -> LearningRateSchedule:
    """A schedule from a name, a config, a class or an instance."""
    schedule: LearningRateSchedule = SCHEDULES.get(identifier)
    return schedule


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """{"class_name", "config"}, as Keras writes it."""
    return dict(SCHEDULES.serialize(learning_rate_schedule))


def deserialize(config: Any, custom_objects: Any = None) -> LearningRateSchedule:
    """The schedule that `serialize` wrote. Names of `custom_objects` come first."""
    word = config.get("class_name") if isinstance(config, dict) else config
    if custom_objects and word in custom_objects:
        schedule: LearningRateSchedule = custom_objects[word].from_config(config["config"])
        return schedule
    return get(config)
