"""What optimizers share: the learning rate on the device, state per parameter, and the
options that every one has.
"""

from __future__ import annotations

import inspect
import re
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from ... import ops
from ...core.calling import unknown
from ...core.op import Op
from ...core.registry import Registry
from ...core.runtime import Recorder
from ...core.tensor import Tensor, Variable, tensor
from ...core.trace import eager
from ...host.warned import warn
from ..arguments import text
from ..schedules import SCHEDULES
from .descent import Descent
from .formula import Formula
from .options import LearningRate, Options, Rate, rate_of, schedule_of

_INSTEAD = {
    "lr": "it is called learning_rate",
    "decay": "give learning_rate a schedule, such as optimizers.schedules.InverseTimeDecay",
    "jit_compile": "leave it out, every step is recorded and replayed",
}


class Optimizer(Formula, Descent):
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
    takes_options = True
    """Whether `Options` are arguments of its constructor."""

    def __init__(
        self,
        learning_rate: Rate | Mapping[str, Any],
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
        self._schedule = schedule_of(learning_rate)
        self._rate = 0.0 if self._schedule else rate_of(learning_rate)
        self._kernel = None if self._schedule or self.options.said() else kernel
        self._powers = powers
        self._slots = dict(slots or {})
        if self.options.use_ema:
            self._slots["average"] = 0.0
        if self.options.gradient_accumulation_steps:
            self._slots["accumulated"] = 0.0
        self._steps = 0
        self._shared: dict[str, Variable] = {}
        self._remembered: dict[int, tuple[Variable, dict[str, Variable]]] = {}
        self._not_decayed: dict[int, Variable] = {}
        self._not_decayed_names: tuple[str, ...] = ()
        self._trains: Callable[[], Any] | None = None

    def __init_subclass__(cls) -> None:
        """The options are arguments of every one, for `help` and for editors."""
        own = [p for p in inspect.signature(cls.__init__).parameters.values() if p.name != "self"]
        takes_more = bool(own) and own[-1].kind is inspect.Parameter.VAR_KEYWORD
        if not takes_more or not cls.takes_options:
            return
        names = {p.name for p in own}
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        common = [(f.name, f.default) for f in fields(Options)] + [("name", None)]
        listed = [
            inspect.Parameter(name, kind, default=default)
            for name, default in common
            if name not in names
        ]
        options = own[-1].replace(name="kwargs")
        cls.__signature__ = inspect.Signature([*own[:-1], *listed, options])  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        """The options by their names, as Keras has them."""
        options = vars(self).get("options")
        if options is None or name[0] == "_" or not hasattr(options, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(options, name)

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
    def parts(self) -> dict[str, Optimizer]:
        """The optimizers that this one goes around, each by what its state's names
        begin with in a file.
        """
        return {}

    @property
    def stepping(self) -> list[Optimizer]:
        """The optimizers that step: this one, or those that it goes around."""
        return [self]

    @property
    def learning_rate(self) -> Any:
        """May be set at any time, in the middle of `fit` too; TypeError where a
        schedule says it.
        """
        return self._schedule or LearningRate(self._rate, self._set_rate)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        schedule = schedule_of(value)
        if self._schedule is not None and schedule is None:
            raise TypeError(f"{self.name}: the learning rate is that of {self._schedule}")
        if schedule is not None:
            if self._shared:
                raise TypeError(
                    f"{self.name} has made steps by a number: give {schedule} to a new optimizer"
                )
            self._schedule, self._kernel = schedule, None
            return
        self._rate = rate_of(value)
        if "hyper" in self._shared:
            hyper = self._shared["hyper"]
            hyper.assign(ops.concat([tensor([self._rate]), ops.slice(hyper, (1,), (3,))]))
        elif "rate" in self._shared:
            self._shared["rate"].assign(self._rate)

    def _set_rate(self, value: Any) -> None:
        self.learning_rate = value

    @property
    def iterations(self) -> Any:
        """How many steps it has made, an int32 scalar: with gradient accumulation,
        those that moved the parameters. RuntimeError inside a recorded step where
        nothing on the device counts them.
        """
        every = self.options.gradient_accumulation_steps or 1
        if "iterations" in self._shared:
            return ops.cast(ops.floor(self._shared["iterations"] / float(every)), "int32")
        if Recorder.trace is not None:
            raise RuntimeError(
                f"{self.name}: read iterations outside of a recorded step, the host counts them"
            )
        return tensor(self._steps, dtype="int32")

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
                            value if isinstance(value, Tensor) else ops.fill(v.shape, value),
                            trainable=False,
                            name=f"{self.name}/{v.path}/{slot}",
                        )
                        for slot, value in self.slots_of(v).items()
                    }
                    self._remembered[id(v)] = v, slots

    def slots_of(self, v: Variable) -> dict[str, Any]:
        """What is remembered for a parameter, and its first value: a number of its
        shape, or a tensor.
        """
        return dict(self._slots)

    def shared_state(self) -> dict[str, Any]:
        """What all parameters share, and how it starts."""
        if self._kernel is not None:
            return {"hyper": [self._rate, *self._powers, 0.0]}
        state = {} if self._schedule else {"rate": self._rate}
        o = self.options
        counts = self.counts or self._schedule or o.use_ema or o.gradient_accumulation_steps
        return {**state, "iterations": 0.0} if counts else state

    @property
    def variables(self) -> list[Variable]:
        """All state: what is shared, then what is remembered, parameter by parameter."""
        remembered = (slots.values() for _, slots in self._remembered.values())
        return [*self._shared.values(), *(v for slots in remembered for v in slots)]

    def apply(
        self, grads: Sequence[Tensor], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """One step, in place; Keras 3's `apply`. The variables are those it was built
        for where none are said. ValueError if there are not as many gradients as
        variables, or for variables that an optimizer in use has not seen.
        """
        variables = trainable_variables
        if variables is None:
            variables = [v for v, _ in self._remembered.values()]
            if not variables:
                raise ValueError(
                    f"{self.name}: apply needs trainable_variables, or build(variables) before"
                )
        if len(grads) != len(variables):
            raise ValueError(
                f"{self.name}: {len(grads)} gradients for {len(variables)} variables; pass one"
                " a variable"
            )
        grads, variables = self._present(grads, variables)
        unknown = [v for v in variables if id(v) not in self._remembered]
        if unknown and self._shared:
            raise ValueError(
                f"{self.name}: variable {unknown[0].name!r} of shape {unknown[0].shape} is new to"
                " this optimizer, whose step count belongs to others: make another one, or call"
                " build(all variables) before the first step"
            )
        self.build(variables)
        if self._kernel is not None:
            for v, g in zip(variables, grads, strict=True):
                slots = self._remembered[id(v)][1]
                self._kernel(v, g, *slots.values(), self._shared["hyper"])
            self._advance()
        else:
            scale = self.options.loss_scale_factor
            scaled = [g / scale for g in grads] if scale else grads
            self._apply_formula(scaled, variables)
        for v in variables:
            if v.constraint is not None:
                v.assign(v.constraint(v))
        self._count()

    def _present(
        self, grads: Sequence[Any], variables: Sequence[Variable]
    ) -> tuple[Sequence[Tensor], Sequence[Variable]]:
        """Those that have a gradient; warns of others, whose gradient is None."""
        without = [v.path for v, g in zip(variables, grads, strict=True) if g is None]
        if not without:
            return grads, variables
        pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
        if not pairs:
            raise ValueError(f"{self.name}: there is no gradient for any variable")
        warn(
            f"{self.name}: there are no gradients for {', '.join(without)}, which stay as they are"
        )
        return [g for g, _ in pairs], [v for _, v in pairs]

    def _count(self) -> None:
        """One step more: now, or whenever what is being recorded is replayed."""
        if Recorder.trace is None:
            self._steps += 1
        else:
            Recorder.trace.replayed.append(self._counted)

    def _counted(self) -> None:
        self._steps += 1

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`, as gradients for `apply` should be of."""
        scale = self.options.loss_scale_factor
        return loss if scale is None else loss * scale

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        """These don't decay: variables, or those whose name a pattern is in. Before the
        first step.
        """
        self._not_decayed |= {id(v): v for v in var_list or ()}
        self._not_decayed_names += tuple(var_names or ())

    def _decays(self, v: Variable) -> bool:
        names = self._not_decayed_names
        return id(v) not in self._not_decayed and not any(re.search(n, v.name) for n in names)

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
        if known.pop("decay", None):
            raise ValueError(f"{cls.__name__}: decay={config['decay']!r} is not supported")
        return cls(**known)


def _gone() -> None:
    """A model that was trained and is no more."""


OPTIMIZERS: Registry[Optimizer] = Registry(
    "optimizer", Optimizer, hint=", or an instance such as Adam(learning_rate=1e-4)"
)
