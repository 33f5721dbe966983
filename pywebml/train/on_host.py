"""Data of `fit`, `evaluate` and `predict` that one buffer of the device cannot hold:
they stay on the host, and their batches are gathered there while the device computes,
in the order in which it would have taken them.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from ..core.tensor import Tensor
from ..data.host_rows import HostRows, Listed, Picked, ahead, is_worth_a_thread
from ..data.structure import mapped, parts_of
from ..data.structure import rows as rows_of
from ..device import get_device
from ..host.lazy import np
from .batches import Batch, model_inputs
from .passes import Incoming, Ordered, spans
from .sources import Parts
from .steps import Step
from .trainee import Trainee


class Examples:
    """x, labels and weights [n, ...] on the host: arrays, or tuples and dicts of them;
    None for what there is not.
    """

    def __init__(self, x: Any, y: Any = None, weights: Any = None):
        self._names = [
            name for name, part in zip("xyw", (x, y, weights), strict=True) if part is not None
        ]
        self._element = tuple(part for part in (x, y, weights) if part is not None)
        lengths = [{len(part) for part in parts_of(element)} for element in self._element]
        self.n = min(lengths[0])
        if len(lengths[0]) > 1:
            raise ValueError(f"all inputs must have one length, got {sorted(lengths[0])}")
        for what, several in zip(self._names[1:], lengths[1:], strict=True):
            if several != {self.n}:
                name = "y" if what == "y" else "sample_weight"
                raise ValueError(
                    f"x has {self.n} examples but {name} has {min(several - {self.n})}; they must"
                    " be equally long"
                )

    @classmethod
    def of(cls, model: Trainee, x: Any, y: Any = None, weights: Any = None) -> Examples | None:
        """What is given to a model, where it stays on the host; None for what fits."""
        most = get_device().adapter.max_binding
        if not any(_stays(value, most) for value in (x, y, weights)):
            return None
        outputs = len(model.output_names) if model.built else 1
        inputs = len(model.inputs) if model.built else 1
        if model.says_itself and not model.built and isinstance(x, (list, tuple)):
            inputs = len(x)
        return cls(
            _rows_of(x, inputs),
            None if y is None else _rows_of(y, outputs),
            None if weights is None else _rows_of(weights, outputs),
        )

    def take(self, numbers: Any) -> Parts:
        """Those of these numbers, or of a slice."""
        element = dict(zip(self._names, rows_of(self._element, numbers), strict=True))
        return element["x"], element.get("y"), element.get("w")

    def batches(self, numbers: Sequence[Any]) -> Iterator[Parts]:
        """Those of each of the numbers."""
        if is_worth_a_thread(self._element):
            return ahead(self.take, numbers)
        return map(self.take, numbers)

    def rows(self, start: int, stop: int) -> Examples:
        """Examples start ... stop - 1."""
        element = mapped(lambda leaf: Picked(leaf, range(start, stop)), self._element)
        said = dict(zip(self._names, element, strict=True))
        return Examples(said["x"], said.get("y"), said.get("w"))


def _stays(value: Any, most: int) -> bool:
    """Whether one array of it has more than `most` bytes on the device, or is not meant
    to go there as a whole.
    """
    if isinstance(value, (HostRows, Picked)) or getattr(value, "stays_on_host", False):
        return True
    if isinstance(value, Mapping):
        return any(_stays(part, most) for part in value.values())
    return _nbytes(value) > most


def _nbytes(value: Any) -> int:
    """About, in words of four bytes; of lists by their first items."""
    if value is None or isinstance(value, (Tensor, str, bytes)):
        return 0
    shape = getattr(value, "shape", None)
    if isinstance(shape, (tuple, list)):
        return 4 * math.prod(shape)
    if isinstance(value, (list, tuple)) and value:
        return len(value) * _nbytes(value[0])
    return 4


def _rows_of(value: Any, several: int) -> Any:
    """Arrays as `HostRows`, lists of several inputs or outputs as tuples of them."""
    if isinstance(value, Mapping):
        return {name: _rows_of(part, 1) for name, part in value.items()}
    if (
        isinstance(value, (list, tuple))
        and len(value) == several
        and all(getattr(part, "ndim", 0) > 0 for part in value)
    ):
        return tuple(_rows_of(part, 1) for part in value)
    if isinstance(value, (Tensor, HostRows, Picked)) or hasattr(value, "stays_on_host"):
        return value
    if isinstance(value, list) and value and isinstance(value[0], (int, float)):
        return Listed(value)
    return HostRows.of([np.asarray(value)])


class OnHost(Ordered):
    """Of examples on the host: a step is one replay that takes its batch. The order is
    that of `OnDevice`, and so are the figures.
    """

    def __init__(
        self,
        model: Trainee,
        data: Examples,
        incoming: Incoming,
        work: Step,
        batch_size: int,
        steps: int | None = None,
        generator: Any = None,
        anew: bool = False,
    ):
        super().__init__(model, work, data.n, batch_size, steps, generator, anew)
        self._examples, self._incoming = data, incoming
        self._batches: Iterator[Parts] | None = None

    @property
    def data(self) -> Batch:
        assert self._incoming.batch is not None  # there is no step without one
        return self._incoming.batch

    def begin(self) -> None:
        super().begin()
        self._stop()

    async def next(self) -> Batch | None:
        if self._span() is None:
            return None
        if self._batches is None:
            left = self._spans[self.at - 1 :]
            order = None if self._order is None else await self._order.data()
            self._batches = self._examples.batches(
                [slice(*span) if order is None else order[slice(*span)] for span in left]
            )
        return await self._incoming.bring(next(self._batches))

    def step(self, item: Batch) -> None:
        self._step_on(item)

    async def settle(self) -> None:
        await self._incoming.settle()

    def close(self) -> None:
        self._stop()
        super().close()

    def _stop(self) -> None:
        """Ends what gathers ahead."""
        if isinstance(self._batches, Generator):
            self._batches.close()
        self._batches = None


class HostBatches:
    """Batches of examples on the host, once, as of `Rows`."""

    def __init__(self, model: Trainee, data: Examples, batch_size: int, most: int | None = None):
        self._model, self._incoming = model, Incoming(model)
        self._batches = data.batches([slice(*s) for s in spans(data.n, batch_size, most)])
        self.steps = len(spans(data.n, batch_size, most))

    def take(self) -> Batch | None:
        """The inputs of the next batch, None after the last."""
        parts = next(self._batches, None)
        return None if parts is None else Batch(model_inputs(self._model, parts[0]), (), ())

    async def next(self) -> Batch | None:
        """The next batch, None after the last."""
        parts = next(self._batches, None)
        return None if parts is None else await self._incoming.bring(parts)

    async def settle(self) -> None:
        await self._incoming.settle()
