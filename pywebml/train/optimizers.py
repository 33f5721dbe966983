"""Optimizers with Keras's names, arguments and defaults. Their state stays on the
device, the learning rate included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import ops
from ..core.op import Op
from ..core.tensor import Tensor, Variable, tensor
from ..core.trace import eager


class Optimizer:
    """Base of the optimizers: owns what is remembered for each parameter and `hyper`,
    from which the update kernels read the learning rate; so setting it takes effect at
    the next step and nothing is recorded again.
    """

    name = "optimizer"

    def __init__(
        self,
        learning_rate: float,
        update: Op,
        powers: tuple[float, float] = (0.0, 0.0),
        slots: int = 0,
    ):
        self._rate = _rate(learning_rate)
        self._update, self._powers, self._slots = update, powers, slots
        self._hyper: Variable | None = None
        self._remembered: dict[int, tuple[Variable, list[Variable]]] = {}

    @property
    def learning_rate(self) -> float:
        """May be set at any time, in the middle of `fit` too."""
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._rate = _rate(value)
        if self._hyper is not None:
            self._hyper.assign(
                ops.concat([tensor([self._rate]), ops.slice(self._hyper, (1,), (3,))])
            )

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes what is remembered for variables that are new to this optimizer, as
        zeros.
        """
        with eager():
            if self._hyper is None:
                self._hyper = Variable(
                    [self._rate, *self._powers, 0.0], trainable=False, name=f"{self.name}/hyper"
                )
            for v in variables:
                if id(v) not in self._remembered:
                    made = [
                        Variable(
                            ops.zeros(v.shape), trainable=False, name=f"{self.name}/{v.name}/{i}"
                        )
                        for i in range(self._slots)
                    ]
                    self._remembered[id(v)] = v, made

    @property
    def variables(self) -> list[Variable]:
        """All state: hyper, then what is remembered, parameter by parameter."""
        return ([] if self._hyper is None else [self._hyper]) + [
            r for _, made in self._remembered.values() for r in made
        ]

    def apply(self, gradients: Sequence[Tensor], variables: Sequence[Variable]) -> None:
        """One step, in place; Keras 3's `apply`. ValueError if there are not as many
        gradients as variables.
        """
        if len(gradients) != len(variables):
            raise ValueError(
                f"{self.name}: {len(gradients)} gradients for {len(variables)} variables; pass one"
                " a variable"
            )
        self.build(variables)
        for v, g in zip(variables, gradients, strict=True):
            self._update(v, g, *self._remembered[id(v)][1], self._hyper)
        self._advance()

    def apply_gradients(self, pairs: Iterable[tuple[Tensor, Variable]]) -> None:
        """`apply`, for (gradient, variable) pairs, as in TensorFlow."""
        gradients, variables = zip(*pairs, strict=True)
        self.apply(gradients, variables)

    def _advance(self) -> None:
        """What happens to `hyper` after a step."""

    def get_config(self) -> dict[str, Any]:
        return {"learning_rate": self.learning_rate}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Optimizer:
        """An optimizer from Keras's config; `lr` and `decay: 0` of older files are
        understood.
        """
        known = dict(config)
        if "lr" in known:
            known.setdefault("learning_rate", known.pop("lr"))
        for key in (
            "name",
            "amsgrad",
            "decay",
            "weight_decay",
            "clipnorm",
            "global_clipnorm",
            "clipvalue",
            "use_ema",
            "jit_compile",
        ):
            if known.pop(key, None) and key not in ("name", "jit_compile"):
                raise ValueError(f"{cls.__name__}: {key}={config[key]!r} is not supported")
        return cls(**known)


class SGD(Optimizer):
    """w -= rate * g; with momentum v = momentum * v - rate * g and w += v, or with
    `nesterov` w += momentum * v - rate * g.
    """

    name = "sgd"

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False):
        self.momentum, self.nesterov = _fraction("SGD: momentum", momentum), bool(nesterov)
        super().__init__(
            learning_rate,
            ops.SGDUpdate(self.momentum, self.nesterov),
            slots=int(self.momentum != 0),
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


class Adam(Optimizer):
    """Kingma & Ba 2015, algorithm 1, with both averages corrected for their start at
    zero.
    """

    name = "adam"

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
    ):
        self.beta_1, self.beta_2 = (
            _fraction("Adam: beta_1", beta_1),
            _fraction("Adam: beta_2", beta_2),
        )
        self.epsilon = 1e-7 if epsilon is None else float(epsilon)
        super().__init__(
            learning_rate,
            ops.AdamUpdate(self.beta_1, self.beta_2, self.epsilon),
            (self.beta_1, self.beta_2),
            slots=2,
        )

    def _advance(self) -> None:
        ops.AdamAdvance(self.beta_1, self.beta_2)(self._hyper)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


class RMSprop(Optimizer):
    """g divided by the root of its moving mean square; `centered` takes the moving mean
    off first (Graves 2013).
    """

    name = "rmsprop"

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
    ):
        self.rho, self.momentum = (
            _fraction("RMSprop: rho", rho),
            _fraction("RMSprop: momentum", momentum),
        )
        self.epsilon, self.centered = 1e-7 if epsilon is None else float(epsilon), bool(centered)
        update = ops.RMSpropUpdate(self.rho, self.momentum, self.epsilon, self.centered)
        super().__init__(
            learning_rate, update, slots=1 + int(self.momentum != 0) + int(self.centered)
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }


_BY_NAME: dict[str, Any] = {cls.name: cls for cls in (SGD, Adam, RMSprop)}


def get(identifier: Any) -> Optimizer:
    """An optimizer from a name, a config `{class_name, config}`, a class or an
    instance.
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        return identifier()  # type: ignore[call-arg]
    config: dict[str, Any] = {}
    if isinstance(identifier, dict):
        identifier, config = identifier["class_name"], identifier.get("config") or {}
    if isinstance(identifier, str) and identifier.lower() in _BY_NAME:
        return _BY_NAME[identifier.lower()].from_config(config)
    raise ValueError(
        f"unknown optimizer {identifier!r}; known: {', '.join(_BY_NAME)}, or an instance such as"
        " Adam(learning_rate=1e-4)"
    )


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """{class_name, config}, as Keras writes it."""
    return {"class_name": type(optimizer).__name__, "config": optimizer.get_config()}


def _rate(value: float) -> float:
    if not isinstance(value, (int, float)) and not hasattr(value, "__float__"):
        raise TypeError(f"learning_rate must be a number, got {value!r}")
    if not float(value) >= 0:
        raise ValueError(f"learning_rate must not be negative, got {value!r}")
    return float(value)


def _fraction(what: str, value: float) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"{what} must be in [0, 1), got {value!r}")
    return float(value)
