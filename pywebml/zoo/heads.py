"""The small head that is taught on a frozen network's features."""

from __future__ import annotations

from ..layers import Dense
from ..layers.initializers import VarianceScaling
from ..models import Sequential

MOST = 256
"""Pictures per step at most: docs/scaling.md has what larger and smaller ones reach."""


def new_head(features: int, units: int, classes: int, seed: int = 0) -> Sequential:
    """Dense(units, relu) -> Dense(classes, softmax) on `features` numbers a picture,
    not compiled. The same seed gives the same start.

    Example:
        >>> from pywebml.zoo.heads import new_head
        >>> [w.shape for w in new_head(1280, 100, 3).weights]
        [(1280, 100), (100,), (100, 3), (3,)]
    """
    return Sequential(
        [
            Dense(
                units,
                activation="relu",
                kernel_initializer=VarianceScaling(seed=seed),
                input_shape=(features,),
            ),
            Dense(
                classes,
                activation="softmax",
                kernel_initializer=VarianceScaling(seed=seed + 1),
            ),
        ]
    )


def batch_of(pictures: int, fraction: float) -> int:
    """Pictures of a step, where so many are trained on.

    Example:
        >>> from pywebml.zoo.heads import batch_of
        >>> batch_of(60, 0.4), batch_of(100_000, 0.4)
        (24, 256)
    """
    return min(MOST, max(1, int(pictures * fraction)))
