"""`classify`: which of its own classes a pretrained network sees in pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from ..data.pictures import Skipped, load_picture
from ..zoo import load_extractor

Guess = TypedDict("Guess", {"class": int, "label": str, "probability": float})


class Classified(TypedDict):
    picture: str
    top: list[Guess]


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
    network = load_extractor(extractor, dtype=dtype)
    labels = network.classes
    found: list[Classified] = []
    skipped: list[Skipped] = []
    for i, picture in enumerate(pictures):
        try:
            pixels: Any = network.pixels(load_picture(picture, network.input_size, fit="crop"))
        except ValueError as error:
            skipped.append(Skipped(Path(picture), str(error)))
            continue
        probabilities = network.classify(pixels).numpy()[0]
        best = np.argsort(-probabilities, kind="stable")[:top]
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
        found.append(Classified(picture=str(picture), top=guesses))
        if progress:
            progress(i + 1, len(pictures))
    if not found:
        raise ValueError("; ".join(s.reason for s in skipped[:3]))
    return found, skipped
