"""Data that come batch by batch: generators, data sets, anything that can be iterated,
of known and unknown length, larger than memory or without end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from ..core.host_data import is_stream
from ..data.dataset import Dataset
from ..data.py_dataset import PyDataset
from ..host.warned import warn

Parts = tuple[Any, Any, Any]
"""x, labels and weights of a batch, None for what there is not."""


def is_source(data: Any) -> bool:
    """Whether it gives batches, and is no array or list of numbers."""
    return isinstance(data, PyDataset) or is_stream(data) or hasattr(type(data), "__aiter__")


def parts_of(batch: Any) -> Parts:
    """x, (x, y) or (x, y, sample_weight), in a list too, or {"xs", "ys"} as
    TensorFlow.js has them. ValueError for more.
    """
    if isinstance(batch, dict) and batch.keys() == {"xs", "ys"}:
        batch = batch["xs"], batch["ys"]
    parts = tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            f"a batch is x, (x, y) or (x, y, sample_weight), got {len(parts)} parts; several inputs"
            " are a list inside, ([x1, x2], y)"
        )
    x, y, weights = (*parts, None, None)[:3]
    return x, y, weights


def refuse_beside(data: Any, **others: Any) -> None:
    """ValueError for labels or weights beside data that bring their own."""
    for name, value in others.items():
        if value is not None:
            raise ValueError(
                f"{name} cannot stand beside x as {_kind(data)}: let each of its batches be (x, y)"
                " or (x, y, sample_weight)"
            )


class Source:
    """The batches of some data, epoch by epoch. With `steps` an epoch has so many, and
    the next goes on where it ended, unless each begins `anew`; else it has all there
    are.
    """

    def __init__(
        self,
        data: Any,
        steps: int | None = None,
        order: random.Random | None = None,
        anew: bool = False,
    ):
        self.data, self._told, self._order = data, steps, order
        self._anew = anew or steps is None
        self.count = length_of(data)
        """How many batches there are in all, None as long as nobody knows."""
        if self.count is None and steps is None and _is_endless(data):
            raise ValueError(
                f"{_kind(data)} has no end: say how many batches are an epoch, steps_per_epoch"
                " (of validation_data validation_steps, in evaluate and predict steps)"
            )
        self._batches: Any = None
        self._taken = 0

    @property
    def steps(self) -> int | None:
        """How many batches an epoch has, None as long as nobody knows."""
        return self._told or self.count

    def begin(self) -> None:
        """A new epoch."""
        self._taken = 0
        self._hook("on_epoch_begin")
        if self._anew:
            self._batches = None

    def take(self) -> Any:
        """The next batch, as it comes; None after the last of this epoch."""
        if self._told == self._taken:
            return self._ended()
        for _ in range(2):
            if self._batches is None:
                self._batches = self._fresh()
            try:
                batch = next(self._batches)
            except StopIteration:
                self._batches = None
                if self._told is None or self._taken:
                    return self._ended()  # else the last epoch took all, and it begins again
            else:
                self._taken += 1
                return batch
        return self._ended()

    async def next(self) -> Any:
        """`take`, also from what is iterated by `async for`."""
        if not hasattr(type(self.data), "__aiter__") or hasattr(type(self.data), "__iter__"):
            return self.take()
        if self._told == self._taken:
            return self._ended()
        for _ in range(2):
            if self._batches is None:
                self._batches = aiter(self.data)
            try:
                batch = await anext(self._batches)
            except StopAsyncIteration:
                self._batches = None
                if self._told is None or self._taken:
                    return self._ended()
            else:
                self._taken += 1
                return batch
        return self._ended()

    async def skip(self, epochs: int) -> None:
        """Goes on as if so many epochs had been taken, the first of which has begun. Of
        what is read by number the orders are drawn; of a data set that is iterated anew
        each iteration is begun, which draws its order; all else is read.
        """
        for epoch in range(epochs):
            if epoch:
                self.begin()
            if isinstance(self.data, PyDataset) and self.count is not None and self._anew:
                self._batches = self._batches or self._fresh()
                self._hook("on_epoch_end")
            elif isinstance(self.data, Dataset) and self._anew:
                if self._batches is None:
                    await self.next()
            else:
                while await self.next() is not None:
                    pass

    def _fresh(self) -> Iterator[Any]:
        if not isinstance(self.data, PyDataset):
            if not hasattr(type(self.data), "__iter__"):
                raise TypeError(
                    f"predict awaits nothing, and {_kind(self.data)} is iterated by async for: give"
                    " predict_on_batch one batch after another"
                )
            return iter(self.data)
        if self.count is None:
            return _numbered(self.data)
        numbers = list(range(self.count))
        if self._order is not None:
            self._order.shuffle(numbers)
        return (self.data[i] for i in numbers)

    def _ended(self) -> None:
        self._hook("on_epoch_end")
        if self._told is None:
            self.count = self._taken
        elif self._taken < self._told:
            warn(
                f"{_kind(self.data)} ran out of data after {self._taken} of {self._told} batches of"
                " an epoch: give it more, or fewer steps"
            )

    def _hook(self, name: str) -> None:
        if isinstance(self.data, PyDataset):
            getattr(self.data, name)()


def length_of(data: Any) -> int | None:
    """How many batches there are, None where that is not known or there is no end."""
    if isinstance(data, PyDataset):
        return data.num_batches
    try:
        return len(data)
    except (TypeError, NotImplementedError):
        return None


def _is_endless(data: Any) -> bool:
    if isinstance(data, PyDataset):
        return True
    cardinality = getattr(data, "cardinality", None)
    return callable(cardinality) and cardinality() == -1


def _numbered(data: PyDataset) -> Iterator[Any]:
    number = 0
    while True:
        yield data[number]
        number += 1


def _kind(data: Any) -> str:
    name = type(data).__name__
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"
