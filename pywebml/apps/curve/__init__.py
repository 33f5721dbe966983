"""`curve`: a curve is fitted to points by gradient descent; and the page of that name."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...host.files import checked_place, said_in_words, write_or_beside
from ...host.progress import Step
from ...vis.charts import Lines, Points
from ...vis.screens import duration
from ...vis.svg import svg
from ..app import App, Given, Outcome, Reaches, Takes
from ..options import option
from .fit import SHOWN, CurveFit, CurveOptions, Look
from .points import read_points
from .polynomials import formula
from .session import CurveSession, summary

LOOKS = 60  # at the curve, on the way
DIVERGED = (
    "the loss has left all bounds after {} steps: give a learning rate below {:g}, or another"
    " optimizer"
)


@dataclass(frozen=True)
class CurveCommand(CurveOptions):
    """What the command takes besides."""

    out: str | None = option(
        None, "where a picture of points and curve goes", metavar="FILE.svg", writes=True,
        form=False,
    )  # fmt: skip


async def run(given: Given) -> Outcome:
    """The `curve` command."""
    options: CurveCommand = given.options
    out = checked_place(options.out) if options.out else None
    table = given.inputs.get("points")
    if table is None:
        points = options.points()
    else:
        with said_in_words(f"{table} cannot be read", "name a CSV file of two columns"):
            points = read_points(Path(table))
    given.take_device()
    screen, fit = given.screen, CurveFit(points, options.narrowed(CurveOptions))
    screen.line(f"{len(points)} points of {table or f'a {options.data}'}; {_kind(options)}")
    losses, counted, start, stopped = [], [], time.perf_counter(), False
    look = await fit.look()
    while fit.steps < options.steps and not stopped:
        fit.train(min(-(-options.steps // LOOKS), options.steps - fit.steps))
        look = await fit.look()
        if look.diverged:
            raise ValueError(DIVERGED.format(fit.steps, options.learning_rate))
        losses.append(look.loss)
        counted.append(fit.steps)
        screen.progress(Step("fitting", fit.steps, options.steps, {"loss": look.loss}))
        stopped = given.stop()
    seconds = time.perf_counter() - start
    data: dict[str, Any] = {**await summary(fit), "history": losses, "seconds": seconds}
    if stopped:
        screen.line(f"stopped by Ctrl-C after {fit.steps} steps", "warning")
    chart = _chart(fit, look)
    screen.chart(chart)
    screen.chart(Lines({"loss": losses}, counted, "Loss, step by step", "step"))
    if look.coefficients is not None:
        rows = [(f"x^{power}", f"{value:.6g}") for power, value in enumerate(look.coefficients)]
        screen.table(["power", "coefficient"], rows, right=[1])
        screen.line(formula(look.coefficients))
    screen.line(_words(data), "title")
    screen.line(f"{fit.steps} steps in {duration(seconds)}")
    data["picture"] = None
    if out is not None:
        data["picture"] = str(write_or_beside(out, svg(chart).encode()))
        screen.line(f"written: {data['picture']}")
    return Outcome(data, 130 if stopped else 0)


def _kind(options: CurveOptions) -> str:
    if options.model == "polynomial":
        return f"a polynomial of degree {options.degree}, {options.optimizer}"
    return f"a network of two hidden layers of {options.neurons}, {options.optimizer}"


def _chart(fit: CurveFit, look: Look) -> Points:
    scale = fit.scale
    across = [scale.x_middle + scale.x_half * (2 * i / (SHOWN - 1) - 1) for i in range(SHOWN)]
    curve = list(zip(across, look.curve, strict=True))
    return Points({"points": fit.points, "curve": curve}, "Points and curve", joined=["curve"])


def _words(data: dict[str, Any]) -> str:
    loss = f"loss {data['loss']:.4g} (mean squared error)"
    return loss if data["r2"] is None else f"{loss}, R² {data['r2']:.4f}"


APP = App(
    name="curve",
    says="Fit a curve to points, step by step.",
    run=run,
    title="Fit a curve",
    card="Put points on a plane and watch a polynomial, or a small network, bend towards them.",
    known_as=("polynomial regression", "least squares", "points", "linear regression"),
    options=CurveCommand,
    session=CurveSession,
    takes=(
        Takes(
            "points",
            "a CSV file, x and y a line (points are drawn without one)",
            metavar="POINTS.csv",
            optional=True,
        ),
    ),
    shows=(
        "curve",
        "curve points.csv --degree 4 --out curve.svg",
        "curve --data step --model network",
    ),
    reaches=(Reaches("r2", above=0.9, seconds=60),),
    page=True,
    stops=True,
)
