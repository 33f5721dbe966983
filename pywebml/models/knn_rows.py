"""A KNNClassifier's examples on the device, and the vote of the nearest of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.capture import Captured, capture
from ..core.runtime import copy_into
from ..core.spec import Spec
from ..core.tensor import Tensor, Variable, tensor
from ..device import get_device

ROOM = 64
"""Rows that there is room for at first."""
FAR = -2.0  # below every cosine: of what is no neighbour


class Block(NamedTuple):
    """Rows that share a buffer, and of each its class's number: -1 for no example."""

    rows: Variable
    numbers: Variable


class Rows:
    """Rows of `size` numbers, of unit length, each of a class that has a number. They
    lie in blocks, each as large as one of the adapter's bindings at most, with room for
    more: adding one writes its row, and only where the last block is full does it
    double, or another begin.
    """

    def __init__(self, size: int):
        self.size, self.n = size, 0
        self.blocks: list[Block] = []
        self.vote: Captured | None = None
        self._starts: list[int] = []

    def add(self, rows: Tensor, numbers: Sequence[int]) -> None:
        """Puts rows [n, size] behind those that are there."""
        at = 0
        while at < len(numbers):
            room = self._room(len(numbers) - at)
            some = rows[at : at + room] if at or room < len(numbers) else rows
            _put(self.blocks[-1], some, numbers[at : at + room], self.n - self._starts[-1])
            self.n += some.shape[0]
            at += room

    @property
    def room(self) -> int:
        """Rows that there is room for."""
        return sum(block.rows.shape[0] for block in self.blocks)

    def votes(self, example: Tensor, k: int, classes: int) -> Tensor:
        """See `_vote`: one replay."""
        if self.vote is None:
            self.vote = capture(_vote)
        votes: Tensor = self.vote(example, k, classes, *(part for b in self.blocks for part in b))
        return votes

    def pieces(self, places: Sequence[int]) -> Iterator[tuple[Tensor, list[int]]]:
        """(rows, their places) of places that ascend, block by block."""
        ends = [*self._starts, self.n][1:]
        for block, start, end in zip(self.blocks, self._starts, ends, strict=True):
            some = [place for place in places if start <= place < end]
            if some:
                inside = tensor([place - start for place in some], dtype="int32")
                yield ops.gather(block.rows, inside), some

    def taken(self, places: Sequence[int]) -> Tensor:
        """Rows of places that ascend, in one tensor."""
        parts = [rows for rows, _ in self.pieces(places)]
        if not parts:
            return ops.zeros((0, self.size))
        return ops.concat(parts, 0) if len(parts) > 1 else parts[0]

    def _room(self, least: int) -> int:
        """How many rows the last block takes, once there is room for `least` or for as
        many as a block may have.
        """
        most = max(1, get_device().adapter.max_binding // (4 * self.size))
        last = self.blocks[-1].rows.shape[0] if self.blocks else 0
        filled = self.n - self._starts[-1] if self.blocks else 0
        if filled == last:
            if last >= most or not self.blocks:
                self._starts.append(self.n)
                self.blocks.append(_block(min(rounded(least, ROOM), most), self.size))
            else:
                before = self.blocks.pop()
                self.blocks.append(_block(min(rounded(filled + least, ROOM), most), self.size))
                copy_into(before.rows.buffer, self.blocks[-1].rows.buffer, 0)
                copy_into(before.numbers.buffer, self.blocks[-1].numbers.buffer, 0)
            self.vote = None  # which has recorded the blocks before
        return self.blocks[-1].rows.shape[0] - (self.n - self._starts[-1])


def rounded(least: int, first: int) -> int:
    """The power of two, from `first` up, that is enough."""
    return max(first, 1 << (least - 1).bit_length())


def _block(room: int, size: int) -> Block:
    rows = Variable.unset(Spec((room, size), "float32"))
    rows.assign(ops.zeros(rows.shape))
    return Block(rows, Variable(ops.fill((room,), -1, "int32")))


def _put(block: Block, rows: Tensor, numbers: Sequence[int], at: int) -> None:
    copy_into(rows.buffer, block.rows.buffer, 4 * rows.shape[1] * at)
    whose = tensor(list(numbers), dtype="int32")
    copy_into(whose.buffer, block.numbers.buffer, 4 * at)


def _rows_of_unit_length(x: Tensor) -> Tensor:
    """[n, size], each divided by its largest value first, so that no square overflows.
    A row of zeros stays as it is.
    """
    top = ops.max(ops.abs(x), 1, True)
    x = x / ops.where(top > 0, top, 1.0)
    return x / ops.maximum(ops.sqrt(ops.sum(x * x, 1, True)), 1.0)  # from 1 up, unless zeros


def _one(x: Tensor) -> Tensor:
    return _rows_of_unit_length(x.reshape(1, -1))


unit, units = capture(_one, copy=False), capture(_rows_of_unit_length)


def _vote(example: Tensor, k: int, classes: int, *blocks: Tensor) -> Tensor:
    """[1 + classes]: the winner's number, and how many of the k nearest each class has.
    `blocks`: rows, numbers of rows, rows ...
    """
    one = _one(example)
    pairs = zip(blocks[::2], blocks[1::2], strict=True)
    similar, near = zip(*(_nearest(rows, numbers, one, k) for rows, numbers in pairs), strict=True)
    nearest, whose = similar[0], near[0]
    if len(similar) > 1:  # equally near ones keep their order here, too
        nearest, places = ops.top_k(ops.concat(list(similar), 0), k)
        whose = ops.gather(ops.concat(list(near), 0), places)
    there = nearest > FAR
    equal = ops.equal(whose.reshape(k, 1), ops.arange(classes).reshape(1, classes))
    votes = ops.sum(equal.astype("float32"), 0)
    # nearest first: the first of those with most votes has the nearest neighbour
    of_each = ops.where(there, ops.gather(votes, ops.maximum(whose, 0)), 0.0)
    winner = ops.gather(whose, ops.argmax(of_each).reshape(1)).astype("float32")
    return ops.concat([winner, votes], 0)


def _nearest(rows: Tensor, numbers: Tensor, one: Tensor, k: int) -> tuple[Any, Tensor]:
    """(cosines, classes' numbers) of the k nearest of a block, or of all it has."""
    similar = ops.matmul(rows, one, transpose_b=True).reshape(-1)
    counts = ops.logical_and(numbers >= 0, ops.logical_not(ops.is_nan(similar)))
    nearest = ops.top_k(ops.where(counts, similar, FAR), min(k, rows.shape[0]))
    there = nearest.values > FAR
    return nearest.values, ops.where(there, ops.gather(numbers, nearest.indices), -1)
