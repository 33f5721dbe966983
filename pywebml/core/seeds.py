"""Seeds: the stream from which every random choice without a seed of its own is drawn."""

from __future__ import annotations

import random
from typing import Any

_seeds = random.Random()


def set_seed(seed: int) -> None:
    """Makes everything drawn from now on (weights, dropout, shuffling) the same on
    every run and every host.

    Example:
        >>> pw.set_seed(7)
        >>> first = pw.Sequential([layers.Dense(1, input_shape=(2,))]).weights[0].tolist()
        >>> pw.set_seed(7)
        >>> pw.Sequential([layers.Dense(1, input_shape=(2,))]).weights[0].tolist() == first
        True
    """
    _seeds.seed(int(seed))


def state() -> Any:
    """Where the stream is, for `give_state`: numbers."""
    return _seeds.getstate()


def give_state(state: Any) -> None:
    """Puts the stream where it was."""
    _seeds.setstate(state)


def next_seed() -> int:
    """A seed for something that was given none, from the stream that `set_seed` starts."""
    return _seeds.getrandbits(32)
