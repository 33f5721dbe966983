"""The arguments that every optimizer has, and how they are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ...host.lazy import np
from ..arguments import flag, number, optional, whole
from ..schedules import SCHEDULES, CalledRate, LearningRateSchedule, check_schedule

Rate = float | LearningRateSchedule | Callable[..., Any]


@dataclass(frozen=True)
class Options:
    """What every optimizer takes by name, with Keras's meanings and defaults.

    Example:
        >>> pw.optimizers.SGD(0.1, clipnorm=1.0).options.clipnorm
        1.0
    """

    weight_decay: float | None = None
    """w -= rate * weight_decay * w in each step, beside the gradient's part."""
    clipnorm: float | None = None
    """Each gradient is scaled down to this norm."""
    clipvalue: float | None = None
    """Each gradient's values are limited to +-clipvalue."""
    global_clipnorm: float | None = None
    """All gradients together are scaled down to this norm."""
    use_ema: bool = False
    """Moving averages of the parameters: see `Optimizer.finalize_variable_values`."""
    ema_momentum: float = 0.99
    ema_overwrite_frequency: int | None = None
    """After every so many steps, the parameters become their averages."""
    loss_scale_factor: float | None = None
    """Gradients are divided by it: they are those of a loss that is so many times
    larger, so that half floats hold them. `fit` sees to that by itself.
    """
    gradient_accumulation_steps: int | None = None
    """Of so many steps one moves the parameters, by the mean of their gradients."""

    def __post_init__(self) -> None:
        names = ("clipnorm", "clipvalue", "global_clipnorm")
        for name in (*names, "weight_decay"):
            optional(name, number, getattr(self, name), least=0)
        clips = [name for name in names if getattr(self, name)]
        if len(clips) > 1:
            raise ValueError(f"only one of {' and '.join(clips)} can be set")
        flag("use_ema", self.use_ema)
        number("ema_momentum", self.ema_momentum, least=0, most=1)
        optional("ema_overwrite_frequency", whole, self.ema_overwrite_frequency, 1)
        optional("loss_scale_factor", number, self.loss_scale_factor, above=0)
        optional("gradient_accumulation_steps", whole, self.gradient_accumulation_steps, 2)

    def said(self) -> dict[str, Any]:
        """Those that are not as they are by themselves."""
        defaults = {f.name: f.default for f in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != defaults[name]}


class LearningRate(float):
    """A rate as a number, which may be read and assigned as Keras's variable is."""

    def __new__(cls, value: float, assign: Callable[[Any], None]) -> LearningRate:
        rate = super().__new__(cls, value)
        rate.assign = assign  # type: ignore[method-assign, assignment]
        return rate

    def assign(self, value: Any) -> None:
        """Another rate from the next step on."""

    def numpy(self) -> Any:
        """As NumPy's float32."""
        return np.float32(self)

    def item(self) -> float:
        """As Python's."""
        return float(self)


def rate_of(value: Any) -> float:
    """A learning rate as a number; ValueError for what is none."""
    return float(number("learning_rate", value, least=0))


def fraction(what: str, value: float) -> float:
    """`value` in [0, 1). ValueError otherwise."""
    return float(number(what, value, least=0, below=1))


def epsilon_of(title: str, value: Any) -> float:
    """What keeps a division from zero, 1e-7 for None."""
    return 1e-7 if value is None else float(number(f"{title}: epsilon", value, least=0))


def schedule_of(value: Any) -> LearningRateSchedule | None:
    """A learning rate that is none number: a schedule, its config, or a function."""
    if isinstance(value, (LearningRateSchedule, Mapping)):
        try:
            schedule: LearningRateSchedule = SCHEDULES.get(value)
        except ValueError as error:
            raise ValueError(f"learning_rate: {error}") from None
        check_schedule(schedule)
        return schedule
    if callable(value) and not isinstance(value, type):
        return CalledRate(value)
    return None
