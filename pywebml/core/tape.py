"""Tapes: while one is open, ops on watched tensors leave nodes behind, which
`core/autodiff.py` walks back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_open_tapes = 0
_count = 0
_closed = 0
"""Nodes up to this number are of tapes that are closed: what they say is history, and
no gradient goes through it.
"""


def is_open() -> bool:
    """Whether somebody records gradients."""
    return _open_tapes > 0


class Node:
    """One op that ran on a tape: its inputs, and where they came from. `op` is None for
    a watched tensor.
    """

    __slots__ = ("buffers", "ins", "number", "op", "parents", "specs", "versions")

    def __init__(
        self,
        op: Any,
        ins: Sequence[Any],
        parents: Sequence[Any],
        buffers: Sequence[Any],
        specs: Sequence[Any],
    ):
        global _count
        _count += 1
        self.op, self.ins, self.parents, self.number = op, tuple(ins), tuple(parents), _count
        # results are kept as buffers, not tensors: a tensor knows its node, and a cycle
        # would hold GPU memory until gc runs
        self.buffers, self.specs = tuple(buffers), tuple(specs)
        self.versions = tuple(t.buffer.version for t in ins)


def origin(t: Any) -> tuple[Node, int] | None:
    """The node that made `t` on an open tape, and which of its results `t` is."""
    return t._node if t._node is not None and t._node[0].number > _closed else None


def record(
    op: Any, ins: Sequence[Any], buffers: Sequence[Any], specs: Sequence[Any]
) -> Node | None:
    """A node for what just ran, if a tape is open and an input is watched."""
    if not _open_tapes:
        return None
    parents = [origin(t) for t in ins]
    return Node(op, ins, parents, buffers, specs) if any(parents) else None


@contextmanager
def opened(watched: Sequence[Any]) -> Iterator[list[Node]]:
    """Opens a tape on `watched`. Each gets a node of its own whose parent is what it
    had, so that outer tapes see through.
    """
    global _open_tapes, _closed
    if not _open_tapes:
        _closed = _count
    before = {id(t): (t, t._node) for t in watched}  # one may be watched twice
    leaves = {
        key: Node(None, [t], [origin(t)], [t.buffer], [t.spec]) for key, (t, _) in before.items()
    }
    for key, (t, _) in before.items():
        if t.dtype != "float32":
            raise TypeError(
                f"gradients are taken at float32 tensors, got {t.dtype} {t.shape}; write 3.0"
                " instead of 3, or use astype('float32') (float16 is for networks that only run)"
            )
        t._node = (leaves[key], 0)
    _open_tapes += 1
    try:
        yield [leaves[id(t)] for t in watched]
    finally:
        _open_tapes -= 1
        for t, node in before.values():
            t._node = node
