"""Data and models small enough to follow, for the tests of training."""

from __future__ import annotations

from typing import Any

import numpy as np

from pywebml import layers, models

Array = Any


def blobs(n: int = 90, classes: int = 3, seed: int = 0) -> tuple[Array, Array]:
    """Points around one centre a class: easy to learn."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    centres = np.random.default_rng(9).normal(size=(classes, 6)) * 3
    return (centres[y] + rng.normal(size=(n, 6))).astype(np.float32), y


def head(classes: int = 3, activation: str | None = "softmax") -> models.Model:
    return models.Sequential(
        [
            layers.Input((6,)),
            layers.Dense(8, activation="relu"),
            layers.Dense(classes, activation=activation),
        ]
    )


def linear(value: float = 0.0) -> models.Model:
    """One weight, for steps that can be followed by hand."""
    model = models.Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False)])
    model.set_weights([[[value]]])
    return model
