"""`playground`: a small network learns from points in the plane, and shows how; and the
Playground page.
"""

from __future__ import annotations

import math
import time

from ...host.progress import Step
from ...vis.charts import Lines
from ...vis.screens import duration
from ..app import App, Given, Outcome, Reaches
from .network import Playground, PlaygroundOptions, figures_of
from .picture import picture
from .session import PlaygroundSession, summary

DIVERGED = (
    "the loss is no longer a number after epoch {}: its steps are too long; give a learning rate"
    " below {:g}"
)


async def run(given: Given) -> Outcome:
    """The `playground` command."""
    options: PlaygroundOptions = given.options
    given.take_device()
    screen, playground = given.screen, Playground(options)
    sizes = " - ".join(map(str, [len(options.feature_names), *options.layer_sizes, 1]))
    screen.line(f"points: {options.data}; network: {sizes}, {options.activation}")
    history: dict[str, list[float]] = {"train_loss": [], "test_loss": []}
    start, stopped = time.perf_counter(), False
    while playground.epoch < options.epochs and not stopped:
        playground.train(playground.steps_per_epoch)
        figures = figures_of(await playground.look(), options.classifies)
        logs = {name: value for name, value in figures.items() if value is not None}
        if not math.isfinite(logs["train_loss"]):
            raise ValueError(DIVERGED.format(playground.epoch, options.learning_rate))
        for name, values in history.items():
            values.append(logs[name])
        screen.progress(
            Step("training", min(playground.epoch, options.epochs), options.epochs, logs)
        )
        stopped = given.stop()
    seconds = time.perf_counter() - start
    outcome = await summary(playground)
    if stopped:
        screen.line(f"stopped by Ctrl-C after {playground.epoch} epochs", "warning")
    screen.picture(picture(playground, await playground.look()))
    screen.chart(Lines(history, range(1, len(history["train_loss"]) + 1), "Loss, epoch by epoch"))
    screen.line(_words(outcome), "title")
    screen.line(f"{playground.steps} steps in {duration(seconds)}")
    return Outcome({**outcome, "history": history, "seconds": seconds}, 130 if stopped else 0)


def _words(outcome: dict[str, float | None]) -> str:
    said = f"test loss {outcome['test_loss']:.4f}, training loss {outcome['train_loss']:.4f}"
    if outcome["test_accuracy"] is None:
        return said
    return f"test accuracy {outcome['test_accuracy']:.3f}, {said}"


APP = App(
    name="playground",
    says="Watch a small network learn to tell points apart.",
    run=run,
    title="Playground",
    card=(
        "Build a small network by hand, and watch each of its neurons learn, live. Spirals, rings"
        " and hills to try it on."
    ),
    known_as=("neurons", "layers", "neural network", "spiral", "decision surface"),
    options=PlaygroundOptions,
    session=PlaygroundSession,
    shows=("playground", "playground --data xor --features x1,x2 --hidden 4"),
    reaches=(Reaches("test_accuracy", above=0.95, seconds=60),),
    page=True,
    stops=True,
)
