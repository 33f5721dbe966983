"""What optimizers share: the learning rate on the device, state per parameter, and the
options that every one has.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from ... import ops
from ...core.calling import unknown
from ...core.op import Op
from ...core.registry import Registry
from ...core.tensor import Tensor, Variable, tensor
from ...core.trace import eager
from ..arguments import flag, number, optional, text, whole
from ..schedules import SCHEDULES, LearningRateSchedule, check_schedule

Rate = float | LearningRateSchedule


_INSTEAD = {
    "lr": "it is called learning_rate",
    "decay": "give learning_rate a schedule, such as optimizers.schedules.InverseTimeDecay",
    "jit_compile": "leave it out, every step is recorded and replayed",
}


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

    def __post_init__(self) -> None:
        names = ("clipnorm", "clipvalue", "global_clipnorm")
        for name in (*names, "weight_decay"):
            optional(name, number, getattr(self, name), least=0)
        clips = [name for name in names if getattr(self, name)]
        if len(clips) > 1:
            raise ValueError(f"only one of {' and '.join(clips)} can be set")
        flag("use_ema", self.use_ema)
        fraction("ema_momentum", self.ema_momentum)
        optional("ema_overwrite_frequency", whole, self.ema_overwrite_frequency, 1)

    def said(self) -> dict[str, Any]:
        """Those that are not as they are by themselves."""
        defaults = {f.name: f.default for f in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != defaults[name]}


class Optimizer:
    """Base of the optimizers.

    A subclass says in `change` what is subtracted from a parameter, with tensors, and
    assigns what it remembers; captured, that is one launch per parameter. Where it has
    a kernel of its own, that is used as long as no option and no schedule ask for more.

    The learning rate is read on the device; so setting it takes effect at the next step
    and nothing is recorded again. A schedule is computed there from the number of
    steps.

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> adam = pw.optimizers.Adam(learning_rate=0.1)
        >>> adam.apply([pw.tensor([0.5, -0.5])], [w])
        >>> w.numpy()
        array([0.9, 2.1], dtype=float32)
    """

    name = "optimizer"
    counts = False
    """Whether `shared` asks for the number of the step."""

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule | Mapping[str, Any],
        slots: Mapping[str, float] | None = None,
        kernel: Op | None = None,
        powers: tuple[float, float] = (0.0, 0.0),
        **options: Any,
    ):
        """`slots`: what is remembered per parameter, and its first value. `kernel`: the
        op of a whole update, with the `powers` that its `hyper` starts with.
        """
        if (name := options.pop("name", None)) is not None:
            self.name = text("name", name)
        common = [f.name for f in fields(Options)]
        if strange := sorted(options.keys() - set(common)):
            own = [name for name in inspect.signature(type(self)).parameters if name != "options"]
            raise unknown(type(self).__name__, strange, [*own, *common, "name"], **_INSTEAD)
        self.options = Options(**options)
        self._schedule: LearningRateSchedule | None = None
        if isinstance(learning_rate, (LearningRateSchedule, Mapping)):
            try:
                self._schedule = SCHEDULES.get(learning_rate)
            except ValueError as error:
                raise ValueError(f"learning_rate: {error}") from None
            check_schedule(self._schedule)
        self._rate = 0.0 if self._schedule else rate_of(learning_rate)
        self._kernel = None if self._schedule or self.options.said() else kernel
        self._powers = powers
        self._slots = dict(slots or {})
        if self.options.use_ema:
            self._slots["average"] = 0.0
        self._shared: dict[str, Variable] = {}
        self._remembered: dict[int, tuple[Variable, dict[str, Variable]]] = {}
        self._not_decayed: dict[int, Variable] = {}
        self._trains: Callable[[], Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """For a copy, or a pickle, with the model that it trains: variables go by what
        they are, not by where they lie.
        """
        return {
            **vars(self),
            "_remembered": list(self._remembered.values()),
            "_not_decayed": list(self._not_decayed.values()),
            "_trains": () if self._trains is None else (self._trains(),),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._remembered = {id(v): (v, slots) for v, slots in state["_remembered"]}
        self._not_decayed = {id(v): v for v in state["_not_decayed"]}
        for model in state["_trains"]:
            self._trains = _gone if model is None else weakref.ref(model)
        self._trains = self._trains or None

    def check_free(self, model: Any) -> None:
        """ValueError where it has trained another model than this: its step count and
        averages are that one's.
        """
        if self._trains is not None and self._trains() is not model:
            other = self._trains()
            of = f"model {other.name!r}" if other is not None else "another model"
            kind = type(self).__name__
            raise ValueError(
                f"this {kind} has trained {of}, and its step count and averages are that one's:"
                f" give {model.name!r} one of its own, such as"
                f" {kind}.from_config(optimizer.get_config())"
            )

    def claim(self, model: Any) -> None:
        """Makes what is remembered for the model's parameters. An optimizer is for one
        model; ValueError where it has trained another.
        """
        self.check_free(model)
        self._trains = weakref.ref(model)
        self.build(model.trainable_weights)

    @property
    def learning_rate(self) -> Any:
        """May be set at any time, in the middle of `fit` too; TypeError where a
        schedule says it.
        """
        return self._schedule or self._rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        if self._schedule is not None:
            raise TypeError(f"{self.name}: the learning rate is that of {self._schedule}")
        self._rate = rate_of(value)
        if "hyper" in self._shared:
            hyper = self._shared["hyper"]
            hyper.assign(ops.concat([tensor([self._rate]), ops.slice(hyper, (1,), (3,))]))
        elif "rate" in self._shared:
            self._shared["rate"].assign(self._rate)

    lr = learning_rate  # as Keras 2 calls it

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes what is remembered for variables that are new to this optimizer."""
        with eager():
            if not self._shared:
                self._shared = {
                    name: Variable(value, trainable=False, name=f"{self.name}/{name}")
                    for name, value in self.shared_state().items()
                }
            for v in variables:
                if id(v) not in self._remembered:
                    slots = {
                        slot: Variable(
                            ops.fill(v.shape, value),
                            trainable=False,
                            name=f"{self.name}/{v.name}/{slot}",
                        )
                        for slot, value in self._slots.items()
                    }
                    self._remembered[id(v)] = v, slots

    def shared_state(self) -> dict[str, Any]:
        """What all parameters share, and how it starts."""
        if self._kernel is not None:
            return {"hyper": [self._rate, *self._powers, 0.0]}
        state = {} if self._schedule else {"rate": self._rate}
        counts = self.counts or self._schedule or self.options.use_ema
        return {**state, "iterations": 0.0} if counts else state

    @property
    def variables(self) -> list[Variable]:
        """All state: what is shared, then what is remembered, parameter by parameter."""
        remembered = (slots.values() for _, slots in self._remembered.values())
        return [*self._shared.values(), *(v for slots in remembered for v in slots)]

    def apply(self, gradients: Sequence[Tensor], variables: Sequence[Variable]) -> None:
        """One step, in place; Keras 3's `apply`. ValueError if there are not as many
        gradients as variables, or for variables that an optimizer in use has not seen.
        """
        if len(gradients) != len(variables):
            raise ValueError(
                f"{self.name}: {len(gradients)} gradients for {len(variables)} variables; pass one"
                " a variable"
            )
        unknown = [v for v in variables if id(v) not in self._remembered]
        if unknown and self._shared:
            raise ValueError(
                f"{self.name}: variable {unknown[0].name!r} of shape {unknown[0].shape} is new to"
                " this optimizer, whose step count belongs to others: make another one, or call"
                " build(all variables) before the first step"
            )
        self.build(variables)
        if self._kernel is not None:
            for v, g in zip(variables, gradients, strict=True):
                slots = self._remembered[id(v)][1]
                self._kernel(v, g, *slots.values(), self._shared["hyper"])
            self._advance()
        else:
            self._apply_formula(self._clipped(gradients), variables)
        for v in variables:
            if v.constraint is not None:
                v.assign(v.constraint(v))

    def _apply_formula(self, gradients: Sequence[Tensor], variables: Sequence[Variable]) -> None:
        """Each parameter's step in tensors: numbers that all share come first, since
        they are of another shape and so a launch of their own.
        """
        o, step = self.options, self._shared.get("iterations")
        rate: Any = self._schedule(step) if self._schedule and step is not None else None
        rate = self._shared["rate"] if rate is None else rate
        if step is not None:
            step.assign(step + 1.0)
        shared = self.shared(rate, step)
        staying = 1.0 - rate * o.weight_decay if o.weight_decay else None
        if o.use_ema and step is not None:
            weight = (step > 1.0).where(1.0 - o.ema_momentum, 1.0)  # the first is the average
            every = float(o.ema_overwrite_frequency or 0)
            overwrites = ((step / every).floor() * every).equal(step) if every else None
        for v, g in zip(variables, gradients, strict=True):
            slots = dict(self._remembered[id(v)][1])
            average = slots.pop("average", None)
            change = self.change(g, shared, *slots.values())
            decays = staying is not None and id(v) not in self._not_decayed
            v.assign((v * staying if decays else v) - change)
            if average is not None:
                average.assign(average + (v - average) * weight)
                if overwrites is not None:
                    v.assign(overwrites.where(average, v))

    def _clipped(self, gradients: Sequence[Tensor]) -> Sequence[Tensor]:
        o = self.options
        if o.clipvalue:
            return [g.clip_by_value(-o.clipvalue, o.clipvalue) for g in gradients]
        if o.clipnorm:
            return [g * _shrinking(g.square().sum(), o.clipnorm) for g in gradients]
        if o.global_clipnorm and gradients:
            squares = [g.square().sum() for g in gradients]
            total = squares[0]
            for square in squares[1:]:
                total = total + square
            factor = _shrinking(total, o.global_clipnorm)
            return [g * factor for g in gradients]
        return gradients

    def shared(self, rate: Tensor, step: Any) -> Any:
        """The numbers that the steps of all parameters share, from the learning rate
        and the number of this step, 1 for the first.
        """
        return rate

    def change(self, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        """What a gradient subtracts from its parameter; assigns to the slots."""
        raise NotImplementedError

    def apply_gradients(self, pairs: Iterable[tuple[Tensor, Variable]]) -> None:
        """`apply`, for (gradient, variable) pairs, as in TensorFlow."""
        gradients, variables = zip(*pairs, strict=True)
        self.apply(gradients, variables)

    def exclude_from_weight_decay(self, variables: Sequence[Variable]) -> None:
        """These don't decay. Before the first step."""
        self._not_decayed |= {id(v): v for v in variables}

    def averages(self) -> list[tuple[Variable, Variable]]:
        """(parameter, its moving average), none where `use_ema` does not ask for them."""
        remembered = self._remembered.values()
        return [(v, slots["average"]) for v, slots in remembered if "average" in slots]

    def finalize_variable_values(self, variables: Sequence[Variable]) -> None:
        """Overwrites parameters with their moving averages, where `use_ema` asks for
        these: at the end of training.
        """
        for v in variables:
            if self.options.use_ema and id(v) in self._remembered:
                v.assign(self._remembered[id(v)][1]["average"])

    def _advance(self) -> None:
        """What happens to `hyper` after a step of the kernel."""

    def get_config(self) -> dict[str, Any]:
        rate = SCHEDULES.serialize(self._schedule) if self._schedule else self._rate
        return {"learning_rate": rate, **self.options.said()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Optimizer:
        """An optimizer from Keras's config; `lr` and `decay: 0` of older files are
        understood.
        """
        known = dict(config)
        if "lr" in known:
            known.setdefault("learning_rate", known.pop("lr"))
        for key in ("name", "jit_compile", "is_legacy_optimizer"):
            known.pop(key, None)
        for key in ("decay", "loss_scale_factor", "gradient_accumulation_steps"):
            if known.pop(key, None):
                raise ValueError(f"{cls.__name__}: {key}={config[key]!r} is not supported")
        return cls(**known)


def _gone() -> None:
    """A model that was trained and is no more."""


def _shrinking(square: Tensor, norm: float) -> Tensor:
    """What a vector with this squared length is multiplied by to be at most `norm`
    long.
    """
    return norm / square.sqrt().maximum(norm)


def rate_of(value: Any) -> float:
    """A learning rate as a number; ValueError for what is none."""
    return float(number("learning_rate", value, least=0))


def fraction(what: str, value: float) -> float:
    """`value` in [0, 1). ValueError otherwise."""
    return float(number(what, value, least=0, below=1))


def epsilon_of(title: str, value: Any) -> float:
    """What keeps a division from zero, 1e-7 for None."""
    return 1e-7 if value is None else float(number(f"{title}: epsilon", value, least=0))


OPTIMIZERS: Registry[Optimizer] = Registry(
    "optimizer", Optimizer, hint=", or an instance such as Adam(learning_rate=1e-4)"
)


def get(identifier: Any) -> Optimizer:
    """An optimizer from a name, a config `{class_name, config}`, a class or an
    instance.
    """
    optimizer: Optimizer = OPTIMIZERS.get(identifier)
    cls = type(optimizer)
    if cls.change is Optimizer.change and cls.apply is Optimizer.apply:
        raise TypeError(
            f"the optimizer {cls.__name__} must say its change(gradient, shared, *slots), what is"
            " subtracted from a parameter"
        )
    return optimizer


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """{class_name, config}, as Keras writes it."""
    return dict(OPTIMIZERS.serialize(optimizer))
