"""A loss that is scaled so that half floats hold its gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import reduce
from typing import Any

from ... import ops
from ...core.calling import unknown
from ...core.tensor import Tensor, Variable
from ..arguments import number, whole
from .base import OPTIMIZERS, Optimizer
from .options import Options


@OPTIMIZERS("LossScaleOptimizer")
class LossScaleOptimizer(Optimizer):
    """Another optimizer, for a loss whose scale finds itself: a step with a gradient
    that is not finite changes nothing but halves the scale, and so many finite steps
    one after another double it. All that happens on the device. Keras's
    `LossScaleOptimizer`; `compile` takes it by itself for a model of the policy
    "mixed_float16".

    Args:
        inner_optimizer: what steps, by unscaled gradients.
        initial_scale: what the loss is multiplied by at first.
        dynamic_growth_steps: after how many finite steps the scale doubles.

    Example:
        >>> w = pw.Variable([1.0])
        >>> sgd = pw.optimizers.LossScaleOptimizer(pw.optimizers.SGD(0.5), 1024.0)
        >>> sgd.apply([pw.tensor([1024.0])], [w])
        >>> sgd.apply([pw.tensor([float("inf")])], [w])
        >>> w.tolist(), sgd.dynamic_scale.item()
        ([0.5], 512.0)
    """

    name = "loss_scale_optimizer"
    takes_options = False

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ):
        title = "LossScaleOptimizer"
        if not isinstance(inner_optimizer, Optimizer):
            raise TypeError(f"{title}: inner_optimizer must be one, got {inner_optimizer!r:.80}")
        if isinstance(inner_optimizer, LossScaleOptimizer):
            raise ValueError(f"{title}: inner_optimizer scales the loss already; give its own")
        defaults = {f.name: f.default for f in fields(Options)}
        for key, value in kwargs.items():
            if key == "dynamic" and not value:
                raise ValueError(
                    f"{title}: the scale is dynamic; for a fixed one give an optimizer"
                    " loss_scale_factor"
                )
            if key in defaults and value != defaults[key]:
                raise ValueError(f"{title} has no {key}: give it to the inner optimizer")
        if strange := sorted(set(kwargs) - {"dynamic", *defaults}):
            known = ["inner_optimizer", "initial_scale", "dynamic_growth_steps", "name"]
            raise unknown(title, strange, known)
        self.initial_scale = number(f"{title}: initial_scale", initial_scale, above=0)
        self.dynamic_growth_steps = whole(f"{title}: dynamic_growth_steps", dynamic_growth_steps, 1)
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner_optimizer
        for inner in (inner_optimizer, *inner_optimizer.parts.values()):
            inner.options = replace(inner.options, loss_scale_factor=None)
            if not inner._shared:  # its steps are counted, and left out, where it is computed
                inner._kernel, inner.counts = None, True

    @property
    def parts(self) -> dict[str, Optimizer]:
        return {"": self.inner_optimizer}

    @property
    def stepping(self) -> list[Optimizer]:
        return self.inner_optimizer.stepping

    def shared_state(self) -> dict[str, Any]:
        return {"step_counter": 0.0, "dynamic_scale": float(self.initial_scale)}

    def check_free(self, model: Any) -> None:
        super().check_free(model)
        self.inner_optimizer.check_free(model)

    def claim(self, model: Any) -> None:
        super().claim(model)
        self.inner_optimizer.claim(model)

    def build(self, variables: Sequence[Variable]) -> None:
        super().build(variables)
        self.inner_optimizer.build(variables)

    @property
    def dynamic_scale(self) -> Variable | None:
        """The scale, None before `build`."""
        return self._shared.get("dynamic_scale")

    @property
    def step_counter(self) -> Variable | None:
        """How many steps were finite since the scale changed, None before `build`."""
        return self._shared.get("step_counter")

    @property
    def variables(self) -> list[Variable]:
        return [*super().variables, *self.inner_optimizer.variables]

    def apply(
        self, grads: Sequence[Tensor], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """One step, or none where a gradient is not finite."""
        variables = trainable_variables
        if variables is None:
            variables = [v for v, _ in self._remembered.values()]
        if len(grads) == len(variables) and variables:
            grads, variables = self._present(grads, variables)
            self.build(variables)
        else:
            self.inner_optimizer.apply(grads, trainable_variables)  # says what is wrong
            return
        scale, count = self._shared["dynamic_scale"], self._shared["step_counter"]
        finite = reduce(ops.logical_and, [ops.all(ops.is_finite(g)) for g in grads])
        written = [*variables, *self.inner_optimizer.variables]
        before = [v.value for v in written]
        unscaled = [finite.where(g / scale, 0.0) for g in grads]
        self.inner_optimizer.apply(unscaled, variables)
        for v, value in zip(written, before, strict=True):
            v.assign(finite.where(v, value))
        grows = (count + 1.0).equal(float(self.dynamic_growth_steps))
        factor = finite.where(grows.where(2.0, 1.0), 0.5)
        count.assign(finite.where(grows.where(0.0, count + 1.0), 0.0))
        scale.assign(scale * factor)

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the scale as it is now."""
        return loss * self._shared.get("dynamic_scale", float(self.initial_scale))

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    lr = learning_rate

    @property
    def iterations(self) -> Any:
        """How many steps were made: those left out don't count."""
        return self.inner_optimizer.iterations

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def averages(self) -> list[tuple[Variable, Variable]]:
        return self.inner_optimizer.averages()

    def finalize_variable_values(self, variables: Sequence[Variable]) -> None:
        self.inner_optimizer.finalize_variable_values(variables)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inner_optimizer": OPTIMIZERS.serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Optimizer:
        inner = OPTIMIZERS.get(config["inner_optimizer"])
        return cls(inner, **{key: v for key, v in config.items() if key != "inner_optimizer"})


def scaling(optimizer: Optimizer) -> Optimizer:
    """An optimizer for a loss whose scale finds itself: one that is such stays."""
    is_one = isinstance(optimizer, LossScaleOptimizer)
    return optimizer if is_one else LossScaleOptimizer(optimizer)
