"""`classify`: which of its own classes a pretrained network sees in pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from ..data.folders import Skipped
from ..data.pictures import load_picture
from .app import App, Given, Outcome
from .options import Options, dtype_option, extractor_option, option, sums_option
from .pictures import PICTURES, progress_of_pictures, reasons

Guess = TypedDict("Guess", {"class": int, "label": str, "probability": float})


class Classified(TypedDict):
    """One picture, and its likeliest classes first."""

    picture: str
    top: list[Guess]


@dataclass(frozen=True)
class ClassifyOptions(Options):
    """By which network, and how many of its classes to name."""

    extractor: str = extractor_option()
    dtype: str = dtype_option()
    sums: str = sums_option()
    top: int = option(5, "how many classes to name", low=1)


def classify(
    pictures: Sequence[str | Path],
    extractor: str,
    top: int = 5,
    progress: Callable[[int, int], None] | None = None,
    dtype: str = "float32",
) -> tuple[list[Classified], list[Skipped]]:
    """(the `top` likeliest classes of each readable picture, what was skipped).

    The middle square of a picture is looked at, as these networks were trained to.
    ValueError if no picture can be read.
    """
    from ..zoo import load_extractor  # all networks, when a job runs

    network = load_extractor(extractor, dtype=dtype)
    labels = network.classes
    classified: list[Classified] = []
    skipped: list[Skipped] = []
    for i, picture in enumerate(pictures):
        try:
            pixels: Any = network.pixels(load_picture(picture, network.input_size, fit="crop"))
        except ValueError as error:
            skipped.append(Skipped(Path(picture), str(error)))
            continue
        probabilities = network.classify(pixels).numpy()[0]
        best = (-probabilities).argsort(kind="stable")[:top]
        guesses = [
            Guess(
                {
                    "class": int(c),
                    "label": labels[c] if labels else str(c),
                    "probability": float(probabilities[c]),
                }
            )
            for c in best
        ]
        classified.append(Classified(picture=str(picture), top=guesses))
        if progress:
            progress(i + 1, len(pictures))
    if not classified:
        raise ValueError("; ".join(s.reason for s in skipped[:3]))
    return classified, skipped


def run(given: Given) -> Outcome:
    """The `classify` command."""
    options: ClassifyOptions = given.options
    given.take_device(options.dtype, options.sums)
    classified, skipped = classify(
        given.inputs["pictures"],
        options.extractor,
        options.top,
        progress_of_pictures(given.screen),
        options.dtype,
    )
    for picture in classified:
        given.screen.line(picture["picture"], "title")
        rows = [
            (f"{c['probability']:.3f}", c["label"], f"(class {c['class']})") for c in picture["top"]
        ]
        given.screen.table(["probability", "label", ""], rows, right=[0])
    return Outcome(classified, skipped=reasons(skipped))


APP = App(
    name="classify",
    says="Say which of ImageNet's 1,000 classes pictures show.",
    run=run,
    options=ClassifyOptions,
    takes=(PICTURES,),
    shows=("classify cat.jpg --top 3",),
    unmeasured="as good as the pretrained network; tests/cli has pictures of known classes",
)
