"""What came of a training, as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...device import get_device
from .learner import Learner, mean
from .physics import MOST_STEPS


def summary(learner: Learner, lengths: Sequence[float]) -> dict[str, Any]:
    """Of a policy that played games of these lengths."""
    return {
        "mean_steps": mean(lengths),
        "won": sum(length == MOST_STEPS for length in lengths),
        "tested": len(lengths),
        "iterations": learner.iterations,
        "hidden": learner.model.weights[1].shape[0],
        "adapter": get_device().adapter.name,
    }
