"""Tapes: while one is open, ops on watched tensors leave nodes behind, which
`core/autodiff.py` walks back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .spec import BOUNDS

_open_tapes = 0
_paused = False
_seen: list[dict[int, tuple[Any, Any, Any]]] = []
"""Where those tapes that `opened_on_variables` opened keep what they see, the outermost
first.
"""
_count = 0
_closed = 0
"""Nodes up to this number are of tapes that are closed: what they say is history, and
no gradient goes through it.
"""


_readers: dict[int, list[Node]] = {}
"""Nodes that have read a variable which is not trained, by its id."""


def is_open() -> bool:
    """Whether somebody records gradients."""
    return _open_tapes > 0


class Node:
    """One op that ran on a tape: its inputs, and where they came from. `op` is None for
    a watched tensor.
    """

    __slots__ = ("buffers", "ins", "line", "number", "op", "parents", "specs", "versions")

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
        self.line = ""  # of the user's code, where `pw.debug` looks on


def origin(t: Any) -> tuple[Node, int] | None:
    """The node that made `t` on an open tape, and which of its results `t` is."""
    return t._node if t._node is not None and t._node[0].number > _closed else None


def record(
    op: Any, ins: Sequence[Any], buffers: Sequence[Any], specs: Sequence[Any]
) -> Node | None:
    """A node for what just ran, if a tape is open and an input is watched."""
    if not _open_tapes or _paused:
        return None
    _see(ins)
    parents = [origin(t) for t in ins]
    if not any(parents):
        return None
    if all(spec.dtype in BOUNDS for spec in specs) and any(
        parent and t.dtype not in BOUNDS for t, parent in zip(ins, parents, strict=True)
    ):
        return None  # whole numbers of floats: steps, without a slope
    node = Node(op, ins, parents, buffers, specs)
    for t in ins:
        if getattr(t, "trainable", True) is False:
            _readers.setdefault(id(t), []).append(node)
    return node


def spare(variable: Any, copy: Callable[[], Any]) -> None:
    """Leaves the nodes that have read a variable what they read, before it is
    overwritten: layers that keep states read them and put the next in their place.
    """
    nodes = _readers.pop(id(variable), None)
    if not nodes:
        return
    with paused():
        copied = copy()
    for node in nodes:
        read = [t is variable for t in node.ins]
        node.ins = tuple(copied if r else t for r, t in zip(read, node.ins, strict=True))
        versions = zip(read, node.versions, strict=True)
        node.versions = tuple(copied.buffer.version if r else v for r, v in versions)


@contextmanager
def opened_on_variables() -> Iterator[dict[int, tuple[Any, Any, Node]]]:
    """Opens a tape on all trainable variables that an op reads inside, each from then
    on: {its id: (the variable, what it had, its node)}, in this order.
    """
    watched: dict[int, tuple[Any, Any, Node]] = {}
    _seen.append(watched)
    try:
        with opened([]):
            yield watched
    finally:
        _seen.pop()
        for variable, node, _ in watched.values():
            variable._node = node


def _see(tensors: Sequence[Any]) -> None:
    for watched in _seen:
        for t in tensors:
            if getattr(t, "trainable", False) and id(t) not in watched:
                leaf = Node(None, [t], [origin(t)], [t.buffer], [t.spec])
                watched[id(t)] = t, t._node, leaf
                t._node = (leaf, 0)


@contextmanager
def paused() -> Iterator[None]:
    """Nothing is written down inside, but by tapes that are opened there."""
    global _paused
    before, _paused = _paused, True
    try:
        yield
    finally:
        _paused = before


@contextmanager
def opened(watched: Sequence[Any]) -> Iterator[list[Node]]:
    """Opens a tape on `watched`. Each gets a node of its own whose parent is what it
    had, so that outer tapes see through.
    """
    global _open_tapes, _closed, _paused
    if not _open_tapes:
        _closed = _count
    _see(watched)
    before = {id(t): (t, t._node) for t in watched}  # one may be watched twice
    leaves = {
        key: Node(None, [t], [origin(t)], [t.buffer], [t.spec]) for key, (t, _) in before.items()
    }
    for key, (t, _) in before.items():
        if t.dtype == "float16":
            raise TypeError(
                f"gradients are not taken at float16 tensors, got {t.shape}; use astype('float32')"
                " (float16 is for networks that only run)"
            )
        t._node = (leaves[key], 0)
    _open_tapes += 1
    pause, _paused = _paused, False
    try:
        yield [leaves[id(t)] for t in watched]
    finally:
        _open_tapes -= 1
        if not _open_tapes:
            _readers.clear()
        _paused = pause
        for t, node in before.values():
            t._node = node
