"""What the page talks to: points in the square from -1 to 1, and a curve that follows
them.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from ..app import method
from .fit import SHOWN, CurveFit, CurveOptions, Look
from .points import Point, Scale

MOST_STEPS = 500  # of one frame
ROOM = 200  # points


class CurveSession:
    """The points and the curve that the page shows."""

    def __init__(self) -> None:
        self._options = CurveOptions()
        self._own: list[Point] | None = None
        self._fit: CurveFit | None = None

    def revive(self) -> None:
        """On a new device the curve begins anew."""
        self._fit = self._made()

    def _made(self, before: CurveFit | None = None) -> CurveFit:
        points = self._options.points() if self._own is None else self._own
        return CurveFit(points, self._options, Scale(), ROOM, before)

    @property
    def _current(self) -> CurveFit:
        if self._fit is None:
            self.revive()
        assert self._fit is not None
        return self._fit

    @method(options=CurveOptions)
    async def build(
        self, options: Mapping[str, Any], points: Any = None, anew: bool = False
    ) -> dict[str, Any]:
        """`{points, shown, steps_per_epoch, ...frame}`: takes `points`, x and y of each
        from -1 to 1, one after the other, or draws those of the options (Float32Array),
        and makes the curve, which keeps its weights where it stays of its kind, unless
        `anew`. `shown`: how many values of a curve there are. ValueError for what is
        out of its limits.
        """
        chosen = CurveOptions(**options)
        own = None if points is None else _pairs(points)
        before, self._own = self._fit, own
        self._options = chosen
        if before is not None and not anew and _alike(before.options, chosen):
            before.options = chosen
            before.place(chosen.points() if own is None else own)
        else:
            self._fit = self._made(None if anew else before)
        flat = [number for point in self._current.points for number in point]
        return {
            "points": memoryview(array("f", flat)),
            "shown": SHOWN,
            "steps_per_epoch": 1,
            **await self.frame(0),
        }

    @method()
    async def frame(self, steps: int) -> dict[str, Any]:
        """`{steps, epoch, train_loss, r2, curve, coefficients, diverged}` after so many
        more steps (500 at most) over all points. `curve`: a Float32Array of its y, from
        x = -1 to 1; `coefficients` of each power of x, from 1 up, null for a network.
        Where the loss has left all bounds, `diverged` is true and the curve has begun
        anew; without points there is no loss (null), and no step.
        """
        if not 0 <= steps <= MOST_STEPS:
            raise ValueError(f"steps must be from 0 to {MOST_STEPS}, got {steps}")
        fit = self._current
        if fit.points:
            fit.train(steps)
        steps = fit.steps  # others may come while it is read
        look = await fit.look()
        if fit.points and look.diverged:
            self._fit = fit = self._made()
            return {**_frame(fit, await fit.look(), 0), "diverged": True}
        return _frame(fit, look, steps)

    @method()
    async def summary(self) -> dict[str, Any]:
        """What the command's --json writes, but for its history and seconds."""
        return await summary(self._current)


def _frame(fit: CurveFit, look: Look, steps: int) -> dict[str, Any]:
    there = bool(fit.points)
    return {
        "steps": steps,
        "epoch": steps,
        "train_loss": look.loss if there else None,
        "r2": fit.r2(look.loss) if there else None,
        "curve": memoryview(array("f", look.curve)),
        "coefficients": look.coefficients,
        "diverged": False,
    }


def _alike(before: CurveOptions, now: CurveOptions) -> bool:
    """Whether only the points differ, so that what is recorded still holds."""
    names = ("kind", "optimizer", "learning_rate")
    return all(getattr(before, name) == getattr(now, name) for name in names)


def _pairs(numbers: Sequence[float]) -> list[Point]:
    values = [float(number) for number in numbers]
    if len(values) % 2 or len(values) > 2 * ROOM or not all(-1 <= v <= 1 for v in values):
        raise ValueError(
            f"points must be at most {ROOM} pairs of numbers from -1 to 1, got {len(values)}"
            " numbers"
        )
    return list(zip(values[::2], values[1::2], strict=True))


async def summary(fit: CurveFit) -> dict[str, Any]:
    """What came of a fit, as JSON data. Without points there is no loss."""
    look = await fit.look()
    chosen = {each.name: getattr(fit.options, each.name) for each in CurveOptions.declared()}
    there = bool(fit.points) and math.isfinite(look.loss)
    return {
        "options": chosen,
        "points": len(fit.points),
        "steps": fit.steps,
        "loss": look.loss if there else None,
        "r2": fit.r2(look.loss) if there else None,
        "coefficients": look.coefficients,
    }
