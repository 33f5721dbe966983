"""Files that have suffered: a seed gives the same ones again."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

INTERESTING = (0, 1, 2, 4, 8, 16, 32, 63, 64, 65, 127, 128, 254, 255)


def mutated(data: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """`count` broken versions of `data`: bits and bytes changed, parts cut out,
    doubled, swapped, filled, and the end missing.
    """
    rng = random.Random(seed)
    for _ in range(count):
        broken = bytearray(data)
        for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
            _change(broken, rng)
        yield bytes(broken)


def _change(data: bytearray, rng: random.Random) -> None:
    if not data:
        data += b"\0"
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.choice((1, 2, 4, 8, 32, 200)))
    kind = rng.randrange(8)
    if kind == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at] = rng.choice(INTERESTING)
    elif kind == 2:
        del data[at:end]
    elif kind == 3:
        data[at:at] = data[at:end]
    elif kind == 4:
        data[at:end] = bytes([rng.choice((0, 255, 48, 57))]) * (end - at)
    elif kind == 5:
        data[at:end] = rng.randbytes(end - at)
    elif kind == 6:
        del data[at:]
    else:
        other = rng.randrange(len(data))
        data[at:end] = data[other : other + end - at]


class Survey:
    """What came of many files."""

    def __init__(self) -> None:
        self.loaded, self.refused = 0, 0
        self.slowest, self.biggest = 0.0, 0

    def try_all(self, files: Iterator[Any], load: Callable[[Any], Any]) -> Survey:
        """Each file loads or raises ValueError; anything else is an error of the test.
        Time and memory of the worst one are noted.
        """
        for file in files:
            tracemalloc.start()
            start = time.perf_counter()
            try:
                load(file)
                self.loaded += 1
            except ValueError:
                self.refused += 1
            finally:
                self.slowest = max(self.slowest, time.perf_counter() - start)
                self.biggest = max(self.biggest, tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
        return self

    def __str__(self) -> str:
        return (
            f"{self.loaded} loaded, {self.refused} refused, slowest {self.slowest:.2f} s, biggest"
            f" {self.biggest >> 10} KiB"
        )
