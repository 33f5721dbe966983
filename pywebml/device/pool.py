"""Buffer sizes and the pool that hands freed buffers out again. Shared by all devices."""

from __future__ import annotations

from collections import defaultdict


def size_class(nbytes: int, limit: int | None = None) -> int:
    """The capacity a request is rounded up to: four steps per octave, at least 256
    bytes, so at most 25 % is unused.

    Where that would be more than a device's `limit`, only up to whole words.
    """
    if nbytes <= 256:
        return 256
    step = 1 << (nbytes - 1).bit_length() - 3
    capacity = -(-nbytes // step) * step
    return capacity if limit is None or capacity <= limit else -(-nbytes // 4) * 4


class Pool:
    """Free buffers by capacity. `put` says which buffers to destroy when more than
    `limit` bytes wait.
    """

    def __init__(self, limit: int = 512 << 20):
        self.limit = limit
        self.waiting = 0
        self._free: defaultdict[int, list[int]] = defaultdict(list)

    def take(self, capacity: int) -> int | None:
        if stack := self._free[capacity]:
            self.waiting -= capacity
            return stack.pop()
        return None

    def put(self, buffer: int, capacity: int) -> list[int]:
        self._free[capacity].append(buffer)
        self.waiting += capacity
        dropped: list[int] = []
        while self.waiting > self.limit:
            size = max(c for c, stack in self._free.items() if stack)
            dropped.append(self._free[size].pop(0))
            self.waiting -= size
        return dropped

    def drain(self) -> list[int]:
        """All that wait, which are to be destroyed."""
        dropped = [buffer for stack in self._free.values() for buffer in stack]
        self._free.clear()
        self.waiting = 0
        return dropped
