"""A step in tensors: what the options make of an optimizer's formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.tensor import Tensor, Variable
from ..schedules import LearningRateSchedule
from .options import Options

_COUNTED = ("iterations", "rate", "hyper")
"""What all parameters share and a step that moves nothing may change."""


class Formula:
    """What an optimizer says of its step, and how that is played."""

    options: Options
    _schedule: LearningRateSchedule | None
    _shared: dict[str, Variable]
    _remembered: dict[int, tuple[Variable, dict[str, Variable]]]

    def shared(self, rate: Tensor, step: Any) -> Any:
        """The numbers that the steps of all parameters share, from the learning rate
        and the number of this step, 1 for the first.
        """
        return rate

    def change(self, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        """What a gradient subtracts from its parameter; assigns to the slots."""
        raise NotImplementedError

    def change_of(self, v: Tensor, g: Tensor, shared: Any, *slots: Variable) -> Tensor:
        """`change`, for those that look at the parameter's value, too."""
        return self.change(g, shared, *slots)

    def _decays(self, v: Variable) -> bool:
        raise NotImplementedError

    def _apply_formula(self, gradients: Sequence[Tensor], variables: Sequence[Variable]) -> None:
        """Each parameter's step in tensors: numbers that all share come first, since
        they are of another shape and so a launch of their own.
        """
        o, count = self.options, self._shared.get("iterations")
        rate: Any = self._schedule(count) if self._schedule and count is not None else None
        rate = self._shared["rate"] if rate is None else rate
        every = o.gradient_accumulation_steps
        step: Any = count
        moves: Any = None
        if count is not None and every:  # counts all calls; `step` is the number of moves
            step = (count / float(every)).floor() + 1.0
            moves = (step * float(every)).equal(count + 1.0)
            gradients = self._accumulated(gradients, variables, moves, every)
        if count is not None:
            count.assign(count + 1.0)
        # after the count, which is the step's number where nothing is accumulated
        before = {n: v.value for n, v in self._shared.items() if n not in _COUNTED} if every else {}
        shared = self.shared(rate, step)
        for name, value in before.items():
            self._shared[name].assign(moves.where(self._shared[name], value))
        staying = 1.0 - rate * o.weight_decay if o.weight_decay else None
        for v, g in zip(variables, self._clipped(gradients), strict=True):
            slots = dict(self._remembered[id(v)][1])
            average = slots.pop("average", None)
            slots.pop("accumulated", None)
            was = [slot.value for slot in slots.values()] if every else []
            decays = staying is not None and self._decays(v)
            value = v * staying if decays else v
            value = value - self.change_of(value, g, shared, *slots.values())
            if moves is not None:
                value = moves.where(value, v)
                for slot, old in zip(slots.values(), was, strict=True):
                    slot.assign(moves.where(slot, old))
            v.assign(value)
            if average is not None and count is not None:
                self._average(v, average, count)

    def _average(self, v: Variable, average: Variable, count: Tensor) -> None:
        """Moves the average; the first is the parameter itself."""
        o = self.options
        before = ((count - 1.0) / float(o.gradient_accumulation_steps or 1)).floor()
        weight = (before > 0.0).where(1.0 - o.ema_momentum, 1.0)
        average.assign(average + (v - average) * weight)
        if o.ema_overwrite_frequency:
            every, now = float(o.ema_overwrite_frequency), before + 1.0
            v.assign(((now / every).floor() * every).equal(now).where(average, v))

    def _accumulated(
        self, gradients: Sequence[Tensor], variables: Sequence[Variable], moves: Tensor, every: int
    ) -> list[Tensor]:
        """The mean of this gradient and those kept, which are let go where it moves."""
        means = []
        for v, g in zip(variables, gradients, strict=True):
            sum_so_far = self._remembered[id(v)][1]["accumulated"]
            total = sum_so_far + g
            means.append(total / float(every))
            sum_so_far.assign(moves.where(0.0, total))
        return means

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


def _shrinking(square: Tensor, norm: float) -> Tensor:
    """What a vector with this squared length is multiplied by to be at most `norm`
    long.
    """
    return norm / square.sqrt().maximum(norm)
