"""What a model learns from, and what is kept aside to test it on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from .dataset import Dataset
from .structure import arrays, length_of, rows, stacked


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


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Dataset, Dataset]:
    """Two data sets, of the first and the last examples of an array, of a tuple or list
    of arrays of equally many rows, or of a data set, which is brought into memory (one
    of batches example by example, and batched again).

    Args:
        left_size, right_size: how many examples, as a whole number or as a share of
            them; one that is not said is what the other leaves.
        shuffle: whether the examples are shuffled first, by `seed`.
        preferred_backend: nothing here; Keras's choice of the kind of data set.

    Raises:
        ValueError: sizes that leave one side empty, or that are more than there is.

    Example:
        >>> left, right = pw.utils.split_dataset(np.arange(10), left_size=0.8)
        >>> len(left), [int(x) for x in right]
        (8, [8, 9])
    """
    batch_size = None
    if isinstance(dataset, Dataset):
        batch_size = dataset.batch_size
        examples = dataset if batch_size is None else dataset.unbatch()
        whole = stacked(list(examples))
    else:
        whole = arrays(tuple(dataset) if isinstance(dataset, list) else dataset)
    n = length_of(whole, "split_dataset")
    left, right = _sizes(left_size, right_size, n)
    order = list(range(n))
    if shuffle:
        random.Random(seed).shuffle(order)
    halves = (
        Dataset.from_tensor_slices(rows(whole, some)) for some in (order[:left], order[n - right :])
    )
    first, second = halves if batch_size is None else (half.batch(batch_size) for half in halves)
    return first, second


def _sizes(left: float | None, right: float | None, n: int) -> tuple[int, int]:
    if left is None and right is None:
        raise ValueError("split_dataset: say left_size or right_size, as a number or a share")
    counts: list[int | None] = []
    for name, size in (("left_size", left), ("right_size", right)):
        if size is None:
            counts.append(None)
            continue
        if isinstance(size, bool) or not isinstance(size, (int, float)):
            raise TypeError(f"split_dataset: {name} must be a number, got {type(size).__name__}")
        most = 1 if isinstance(size, float) else n
        if not 0 < size < most:
            raise ValueError(f"split_dataset: {name} must be above 0 and below {most}, got {size}")
        counts.append(round(size * n) if isinstance(size, float) else size)
    first, second = counts
    first = n - (second or 0) if first is None else first
    second = n - first if second is None else second
    if first + second > n or not first or not second:
        raise ValueError(
            f"split_dataset: {first} and {second} examples cannot be had of {n}; both sides need"
            " some"
        )
    return first, second
