"""`bench`: this machine's timings, one file a subject. Rows are plain data; the peers are measured in turns with us."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..step import Step
from . import conv, convnet, frame, head, matmul, memory, scale
from .measure import Row

SUBJECTS: dict[str, Callable[[], Iterator[Row]]] = {
    "head": head.rows,
    "frame": frame.rows,
    "convnet": convnet.rows,
    "matmul": matmul.rows,
    "conv": conv.rows,
    "depthwise": conv.depthwise_rows,
    "scale": scale.rows,
    "memory": memory.rows,
}


def bench(subjects: tuple[str, ...] = tuple(SUBJECTS), listener: Callable[[Step], None] = lambda step: None) -> Iterator[Row]:
    """The rows of the subjects, on the device in use, as they are measured. ValueError for a subject that is not in SUBJECTS."""
    for name in subjects:
        if name not in SUBJECTS:
            raise ValueError(f"no benchmark called {name!r}; there are {', '.join(SUBJECTS)}")
    for i, name in enumerate(subjects):
        listener(Step(f"bench {name}", i, len(subjects)))
        yield from SUBJECTS[name]()
    listener(Step("bench", len(subjects), len(subjects)))


__all__ = ["SUBJECTS", "Row", "bench"]
