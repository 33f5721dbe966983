"""Reverse-mode gradients. While a tape is open, ops on watched tensors leave nodes behind; the walk back calls each op's `vjp`.

`vjp` is itself written in ops, so a walk inside an outer tape is recorded there: gradients of gradients need nothing more.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_open_tapes = 0
_count = 0


class Node:
    """One op that ran on a tape: its inputs, and where they came from. `op` is None for a watched tensor."""

    __slots__ = ("buffers", "ins", "number", "op", "parents", "specs", "versions")

    def __init__(self, op: Any, ins: Sequence[Any], parents: Sequence[Any], buffers: Sequence[Any], specs: Sequence[Any]):
        global _count
        _count += 1
        self.op, self.ins, self.parents, self.number = op, tuple(ins), tuple(parents), _count
        # results are kept as buffers, not tensors: a tensor knows its node, and a cycle would hold GPU memory until gc runs
        self.buffers, self.specs = tuple(buffers), tuple(specs)
        self.versions = tuple(t.buffer.version for t in ins)


def record(op: Any, ins: Sequence[Any], buffers: Sequence[Any], specs: Sequence[Any]) -> Node | None:
    """A node for what just ran, if a tape is open and an input is watched."""
    if not _open_tapes or not any(t._node for t in ins):
        return None
    return Node(op, ins, [t._node for t in ins], buffers, specs)


@contextmanager
def _tape(watched: Sequence[Any]) -> Iterator[list[Node]]:
    """Opens a tape on `watched`. Each gets a node of its own whose parent is what it had, so that outer tapes see through."""
    global _open_tapes
    before = [t._node for t in watched]
    leaves = [Node(None, [t], [t._node], [t.buffer], [t.spec]) for t in watched]
    for t, leaf in zip(watched, leaves, strict=True):
        t._node = (leaf, 0)
    _open_tapes += 1
    try:
        yield leaves
    finally:
        _open_tapes -= 1
        for t, node in zip(watched, before, strict=True):
            t._node = node


def _walk(value: Any, seed: Any, leaves: Sequence[Node]) -> list[Any]:
    """The gradients of `value` at the leaves, None where it does not depend on one."""
    from .tensor import Tensor

    stop = {leaf.number: i for i, leaf in enumerate(leaves)}
    found: list[Any] = [None] * len(leaves)
    if value._node is None:
        return found
    pending: dict[int, tuple[Node, list[Any]]] = {}
    order: list[int] = []

    def give(parent: tuple[Node, int], gradient: Any) -> None:
        node, i = parent
        if node.number not in pending:
            pending[node.number] = node, [None] * len(node.specs)
            heapq.heappush(order, -node.number)
        held = pending[node.number][1]
        held[i] = gradient if held[i] is None else held[i] + gradient

    give(value._node, seed)
    while order:
        node, grads = pending.pop(-heapq.heappop(order))
        if node.number in stop:
            found[stop[node.number]] = grads[0]
            continue
        if node.op is None:  # watched by another tape: the gradient passes through
            if node.parents[0] is not None:
                give(node.parents[0], grads[0])
            continue
        for t, parent, version in zip(node.ins, node.parents, node.versions, strict=True):
            if parent is not None and t.buffer.version != version:
                raise RuntimeError(
                    f"a variable of shape {t.shape} was overwritten between {node.op.name} and its gradient; "
                    "compute gradients first, then assign"
                )
        ins = tuple(Tensor(t.buffer, t.spec, parent) for t, parent in zip(node.ins, node.parents, strict=True))
        outs = tuple(Tensor(b, s, (node, i)) for i, (b, s) in enumerate(zip(node.buffers, node.specs, strict=True)))
        for parent, gradient in zip(node.parents, node.op.vjp(ins, outs, tuple(grads)), strict=True):
            if parent is not None and gradient is not None:
                give(parent, gradient)
    return found


def _ones_like(value: Any) -> Any:
    from .tensor import METHODS

    return METHODS["ones_like"](value)


def _scalar(value: Any) -> Any:
    from .tensor import Tensor

    if not isinstance(value, Tensor) or value.size != 1 or value.dtype != "float32":
        raise ValueError(f"gradients need a float32 scalar, got {value!r}; reduce it first, for example with .mean()")
    return value


def _zeros(like: Any) -> Any:
    from .tensor import METHODS

    return METHODS["zeros_like"](like)


def variable_grads(f: Callable[[], Any], variables: Sequence[Any], seed: Any = None) -> tuple[Any, list[Any]]:
    """Calls `f()` and returns its scalar value and the gradients at `variables` (zeros where it does not depend on one).

    With a `seed` the value may have any shape, the seed's, and the gradients are those of the sum of value times seed.
    """
    with _tape(variables) as leaves:
        value = f() if seed is not None else _scalar(f())
    if seed is not None and seed.shape != value.shape:
        raise ValueError(f"the seed's shape must be the value's, {value.shape}, got {seed.shape}")
    found = _walk(value, _ones_like(value) if seed is None else seed, leaves)
    return value, [_zeros(v) if g is None else g for v, g in zip(variables, found, strict=True)]


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns `f`'s scalar value and its gradient at argument `argnums` (a tuple of them for a sequence)."""

    def call(*args: Any) -> Any:
        from .tensor import Tensor, as_tensor

        picked = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        watched = list(args)
        for i in picked:
            held = as_tensor(args[i])
            watched[i] = Tensor(held.buffer, held.spec, held._node)  # a tensor of our own to watch
        at = [watched[i] for i in picked]
        with _tape(at) as leaves:
            value = _scalar(f(*watched))
        found = [_zeros(t) if g is None else g for t, g in zip(at, _walk(value, _ones_like(value), leaves), strict=True)]
        return value, found[0] if isinstance(argnums, int) else tuple(found)

    return call


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns the gradient of scalar `f` at argument `argnums`. Apply it again for second derivatives."""
    both = value_and_grad(f, argnums)
    return lambda *args: both(*args)[1]


def stop_gradient(x: Any) -> Any:
    """The same values, seen as constant by gradients."""
    from .tensor import Tensor

    return Tensor(x.buffer, x.spec)
