"""`cart_pole`: a policy learns to keep a pole upright on a cart; and the page of that
name.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from ...formats.loading import write_model
from ...host.files import checked_place, write_or_beside
from ...host.progress import Step
from ...vis.charts import Lines
from ...vis.screens import Screen, duration
from ...vis.svg import svg
from ..app import App, Given, Outcome, Reaches
from ..options import option
from .files import read_policy
from .learner import Learner, PoleOptions, mean
from .physics import MOST_STEPS, TAU
from .results import summary
from .session import PoleSession

ROWS = 12  # of the table


@dataclass(frozen=True)
class PoleCommand(PoleOptions):
    """What the command takes besides."""

    out: str | None = option(
        None, "where a picture of how it learned goes", metavar="FILE.svg", writes=True, form=False
    )
    save: str | None = option(
        None, "where the policy goes", metavar="FILE.zip", writes=True, form=False
    )
    load: str | None = option(
        None, "a policy to go on with, that --save or the page wrote", metavar="FILE.zip",
        form=False,
    )  # fmt: skip


async def run(given: Given) -> Outcome:
    """The `cart_pole` command."""
    options: PoleCommand = given.options
    out = checked_place(options.out) if options.out else None
    place = checked_place(options.save) if options.save else None
    given.take_device()
    screen = given.screen
    model = await read_policy(options.load, options.load) if options.load else None
    learner = Learner(options.narrowed(PoleOptions), model)
    screen.line(
        f"{options.games} games side by side; each ends after {MOST_STEPS} steps"
        f" ({MOST_STEPS * TAU:g} s), or when the pole falls or the track ends"
    )
    history: list[list[float]] = []  # steps of each game, iteration by iteration
    start, stopped = time.perf_counter(), False
    while learner.iterations < options.iterations and not stopped and not learner.solved:
        played = await learner.iterate()
        history.append(played.lengths)
        stopped = given.stop()
        logs = {"mean steps": played.mean}
        screen.progress(Step("learning", learner.iterations, options.iterations, logs))
    seconds = time.perf_counter() - start
    if stopped:
        screen.line(f"stopped by Ctrl-C after {learner.iterations} iterations", "warning")
    lengths = await learner.test()
    data = {
        **summary(learner, lengths),
        "history": [mean(lengths) for lengths in history],
        "seconds": seconds,
        "picture": None,
        "policy": None,
    }
    if history:
        _show(history, screen, options.games)
    steps = int(sum(map(sum, history)))
    screen.line(
        f"keeps the pole up for {data['mean_steps']:.0f} of {MOST_STEPS} steps on average in"
        f" {data['tested']} new games; {data['won']} are won",
        "title",
    )
    screen.line(f"{learner.iterations} iterations, {steps:,} steps of games, {duration(seconds)}")
    if out is not None and history:
        data["picture"] = str(write_or_beside(out, svg(_chart(history, options.games)).encode()))
        screen.line(f"written: {data['picture']}")
    if place is not None:
        await write_model(learner.model, str(place))
        data["policy"] = str(place)
        screen.line(f"policy: {place}")
    hints = () if place else ("cart_pole --save policy.zip    (its page takes it as well)",)
    return Outcome(data, 130 if stopped else 0, hints=hints)


def _chart(history: list[list[float]], games: int) -> Lines:
    series = {
        "mean": [mean(lengths) for lengths in history],
        "longest": [max(lengths) for lengths in history],
        "shortest": [min(lengths) for lengths in history],
    }
    over = [float(i + 1) for i in range(len(history))]
    return Lines(series, over, f"Steps of {games} games, iteration by iteration", "iteration")


def _show(history: list[list[float]], screen: Screen, games: int) -> None:
    screen.chart(_chart(history, games))
    every = -(-len(history) // ROWS)
    numbers = sorted({*range(0, len(history), every), len(history) - 1})
    rows = [
        (i + 1, f"{mean(history[i]):.1f}", f"{min(history[i]):.0f}", f"{max(history[i]):.0f}")
        for i in numbers
    ]
    screen.table(["iteration", "mean steps", "shortest", "longest"], rows, right=range(4))


APP = App(
    name="cart_pole",
    says="Learn to keep a pole upright on a cart, by playing.",
    run=run,
    title="Balance a pole",
    card="A network plays many games at once until it keeps a pole upright. Or try it yourself.",
    known_as=("CartPole", "reinforcement learning", "policy gradient", "game"),
    options=PoleCommand,
    session=PoleSession,
    shows=("cart_pole", "cart_pole --games 128 --out learning.svg", "cart_pole --save policy.zip"),
    reaches=(Reaches("mean_steps", above=400, seconds=60),),
    page=True,
    stops=True,
)
