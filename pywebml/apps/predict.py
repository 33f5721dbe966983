"""`predict`: what pictures show, by a taught model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

from ..data.pictures import Skipped, extract_features
from ..formats.archive import load_taught


Prediction = TypedDict("Prediction", {"picture": str, "class": str, "probability": float, "probabilities": dict[str, float]})


def predict(
    model: str | Path, pictures: Sequence[str | Path], progress: Callable[[int, int], None] | None = None
) -> tuple[list[Prediction], list[Skipped]]:
    """(one prediction a readable picture, what was skipped). ValueError if the model or all pictures cannot be read."""
    taught = load_taught(model)
    features = extract_features(taught.extractor, pictures, progress)
    rows = features.values.reshape(features.values.shape[0], -1)
    found = []
    for i, row in zip(features.kept, taught.head.predict(rows).numpy(), strict=True):
        probabilities = {name: float(p) for name, p in zip(taught.classes, row, strict=True)}
        best = max(probabilities, key=lambda name: probabilities[name])
        found.append(
            Prediction({"picture": str(pictures[i]), "class": best, "probability": probabilities[best], "probabilities": probabilities})
        )
    return found, features.skipped
