"""What every data set is: elements that are made anew at each iteration."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from os import PathLike
from typing import Any

from ..core.tensor import Tensor
from .orders import batched, looking
from .structure import mapped, spec_of, stacked

INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2
_TOGETHER = 64
"""Elements that `save` writes together."""


class Elements:
    """The half of `Dataset` that one looks at."""

    def __init__(
        self,
        start: Callable[[], Iterable[Any]],
        length: float | None = None,
        open_rows: bool = False,
    ):
        if not callable(start):
            raise TypeError(
                f"Dataset takes a function that starts an iteration, got {type(start).__name__};"
                " for arrays there is Dataset.from_tensor_slices"
            )
        self._start, self._length, self._open_rows = start, length, open_rows
        self._spec: Any = None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._start())

    async def __aiter__(self) -> AsyncIterator[Any]:
        """`async for`: other tasks, and in a tab the worker's messages, have their
        turn before each element.
        """
        for element in self:
            await asyncio.sleep(0)
            yield element

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        """How many elements. TypeError where nobody knows, or there is no end."""
        if self._length is None or math.isinf(self._length):
            why = "nobody knows how long it is" if self._length is None else "it has no end"
            raise TypeError(f"this data set has no length: {why}")
        return int(self._length)

    def cardinality(self) -> int:
        """How many elements: -1 for no end, -2 where nobody knows."""
        if self._length is None:
            return UNKNOWN_CARDINALITY
        return INFINITE_CARDINALITY if math.isinf(self._length) else int(self._length)

    @property
    def element_spec(self) -> Any:
        """Shape and dtype of each array of an element, `ElementSpec(shape, dtype)` in
        the element's structure, None for sizes that vary from batch to batch. Looks at
        the first element. ValueError where there is none.
        """
        if self._spec is None:
            with looking():
                for element in self:
                    self._spec = spec_of(element, self._open_rows)
                    return self._spec
            raise ValueError("this data set has no elements: nobody knows what they look like")
        return self._spec

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements with every tensor read from the device."""
        for element in self:
            yield mapped(lambda part: part.numpy() if isinstance(part, Tensor) else part, element)

    async def to_array(self) -> list[Any]:
        """All elements in a list; `list(data)` without waiting. TensorFlow.js's name."""
        return list(self)

    async def for_each_async(self, f: Callable[[Any], Any]) -> None:
        """Calls `f` with each element, and awaits what it gives. TensorFlow.js's name."""
        for element in self:
            result = f(element)
            if hasattr(result, "__await__"):
                await result

    def reduce(self, initial_state: Any, reduce_func: Callable[[Any, Any], Any]) -> Any:
        """reduce_func(reduce_func(initial_state, first), second) ..."""
        state = initial_state
        for element in self:
            state = reduce_func(state, element)
        return state

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the elements as rows of `.npy` files, some megabytes each: into a
        folder, or in a browser tab to "opfs://NAME". `Dataset.load` reads them.
        Written whole or not at all: OSError where they do not fit. ValueError for
        elements of different types or shapes.

        Example:
            >>> import tempfile
            >>> folder = tempfile.mkdtemp() + "/squares"
            >>> pw.data.Dataset.range(5).map(lambda n: n * n).save(folder)
            >>> again = pw.data.Dataset.load(folder).shuffle(5, seed=1).batch(5)
            >>> sorted(next(iter(again)).tolist())
            [0, 1, 4, 9, 16]
        """
        from .row_files import write  # when it is asked for

        of_rows = getattr(self._start, "batches", None)  # many at a time
        write(
            path,
            of_rows(_TOGETHER, False) if of_rows else batched(self, _TOGETHER, False, stacked),
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {_counted(self.cardinality())}>"


def _counted(cardinality: int) -> str:
    words = {UNKNOWN_CARDINALITY: "an unknown number of elements", INFINITE_CARDINALITY: "no end"}
    return words.get(cardinality, f"{cardinality} elements")
