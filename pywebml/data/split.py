"""What a model learns from, and what is kept aside to test it on."""

from __future__ import annotations

import random
from collections.abc import Sequence


def split(
    labels: Sequence[int], fraction: float, seed: int = 0, groups: Sequence[int] | None = None
) -> tuple[list[int], list[int]]:
    """Indices for training and for validation, each class divided alike (stratified),
    both in ascending order.

    Of a class of n pictures round(n * fraction) are held back, but at least one where n
    allows it and never all. `fraction` 0 holds back nothing. Pictures of one group
    (equal numbers in `groups`) stay together: fewer or more may be held back then, and
    none of a class that is one group, or where each would take more than half of it.
    Raises ValueError unless 0 <= fraction < 1.
    """
    if not 0 <= fraction < 1:
        raise ValueError(
            f"the validation fraction must be at least 0 and less than 1, got {fraction}"
        )
    rng = random.Random(seed)
    validation: list[int] = []
    for label in sorted(set(labels)):
        mine = [i for i, x in enumerate(labels) if x == label]
        rng.shuffle(mine)
        count = max(1, round(len(mine) * fraction)) if fraction else 0
        together: dict[int, list[int]] = {}
        for i in mine:
            together.setdefault(groups[i] if groups else i, []).append(i)
        validation += _held_back(list(together.values()), min(count, len(mine) - 1))
    apart = set(validation)
    return [i for i in range(len(labels)) if i not in apart], sorted(validation)


def _held_back(groups: list[list[int]], count: int) -> list[int]:
    """Whole groups of `count` pictures in all, as nearly as they fit, in their order;
    at least the smallest, if it is at most half of all.
    """
    if count < 1:
        return []
    chosen: list[int] = []
    for group in groups:
        if len(chosen) + len(group) <= count:
            chosen += group
    smallest = min(groups, key=len)
    return chosen or (smallest if 2 * len(smallest) <= sum(map(len, groups)) else [])
