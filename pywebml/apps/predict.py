"""`predict`: what pictures show, by a taught model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

from ..data.pictures import Skipped
from ..formats.heads import read_archive
from ..zoo import load_described
from ..zoo.extraction import extract_features

Prediction = TypedDict(
    "Prediction",
    {"picture": str, "class": str, "probability": float, "probabilities": dict[str, float]},
)


def predict(
    model: str | Path,
    pictures: Sequence[str | Path],
    progress: Callable[[int, int], None] | None = None,
    dtype: str = "float32",
) -> tuple[list[Prediction], list[Skipped]]:
    """(one prediction a readable picture, what was skipped).

    FileNotFoundError or ValueError if the model cannot be read, its extractor has other
    weights now, or no picture can be read.
    """
    head, metadata = read_archive(model)
    features = extract_features(
        load_described(metadata["extractor"], dtype=dtype), pictures, progress
    )
    rows = head.predict(features.values.reshape(features.values.shape[0], -1)).numpy()
    found: list[Prediction] = []
    for i, row in zip(features.kept, rows, strict=True):
        each = {label: float(p) for label, p in zip(metadata["labels"], row, strict=True)}
        best = max(each, key=lambda label: each[label])
        found.append(
            {
                "picture": str(pictures[i]),
                "class": best,
                "probability": each[best],
                "probabilities": each,
            }
        )
    return found, features.skipped
