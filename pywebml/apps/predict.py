"""`predict`: what pictures show, by a taught model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ..data.folders import Skipped
from .app import App, Given, Outcome, Takes
from .fetching import progress_of_fetching
from .options import Options, dtype_option, option, sums_option
from .pictures import PICTURES, progress_of_pictures, reasons
from .predictors import Fetching, open_predictor

Prediction = TypedDict(
    "Prediction",
    {"picture": str, "class": str, "probability": float, "probabilities": dict[str, float]},
)


@dataclass(frozen=True)
class PredictOptions(Options):
    """How pictures are looked at."""

    mirror: bool = option(
        False, "look at what a mirror shows, as a model was taught that saw a mirrored camera"
    )
    dtype: str = dtype_option()
    sums: str = sums_option()


def predict(
    model: str | Path,
    pictures: Sequence[str | Path],
    progress: Callable[[int, int], None] | None = None,
    dtype: str = "float32",
    mirror: bool = False,
    fetching: Fetching = None,
) -> tuple[list[Prediction], list[Skipped]]:
    """(one prediction per readable picture, what was skipped). `model` is what
    `open_predictor` takes, `fetching` too.

    FileNotFoundError or ValueError if the model cannot be read, its extractor has other
    weights now, or no picture can be read.
    """
    labels, look = open_predictor(model, dtype, fetching)
    answers = look(pictures, progress, mirror)
    predictions: list[Prediction] = []
    for i, row in zip(answers.kept, answers.rows, strict=True):
        each = {label: float(p) for label, p in zip(labels, row, strict=True)}
        best = max(each, key=lambda label: each[label])
        predictions.append(
            {
                "picture": str(pictures[i]),
                "class": best,
                "probability": each[best],
                "probabilities": each,
            }
        )
    return predictions, answers.skipped


def run(given: Given) -> Outcome:
    """The `predict` command."""
    options: PredictOptions = given.options
    given.take_device(options.dtype, options.sums)
    predictions, skipped = predict(
        given.inputs["model"],
        given.inputs["pictures"],
        progress_of_pictures(given.screen),
        options.dtype,
        options.mirror,
        progress_of_fetching(given.screen, given.inputs["model"]),
    )
    rows = [(p["picture"], p["class"], f"{p['probability']:.3f}") for p in predictions]
    given.screen.table(["picture", "class", "probability"], rows, right=[2])
    return Outcome(predictions, skipped=reasons(skipped))


APP = App(
    name="predict",
    says="Say what pictures show, by a taught model.",
    run=run,
    options=PredictOptions,
    takes=(
        Takes(
            "model",
            "what `teach` saved, a project of the Teach page, an export of Teachable Machine, or a"
            " model of Keras or TensorFlow.js with a list of its labels; a path or an address",
            metavar="MODEL",
        ),
        PICTURES,
    ),
    shows=("predict hands.zip new.jpg",),
    unmeasured="as good as the model that it is given; `teach` says how good that is",
)
