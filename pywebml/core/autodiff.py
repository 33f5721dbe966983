"""Reverse-mode gradients. While a tape is open, ops on watched tensors leave nodes
behind; the walk back calls each op's `vjp`.

`vjp` is itself written in ops, so a walk inside an outer tape is recorded there:
gradients of gradients need nothing more.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_open_tapes = 0
_count = 0
_closed = 0
"""Nodes up to this number are of tapes that are closed: what they say is history, and
no gradient goes through it.
"""


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


def _origin(t: Any) -> tuple[Node, int] | None:
    """The node that made `t` on an open tape, and which of its results `t` is."""
    return t._node if t._node is not None and t._node[0].number > _closed else None


def record(
    op: Any, ins: Sequence[Any], buffers: Sequence[Any], specs: Sequence[Any]
) -> Node | None:
    """A node for what just ran, if a tape is open and an input is watched."""
    if not _open_tapes:
        return None
    parents = [_origin(t) for t in ins]
    return Node(op, ins, parents, buffers, specs) if any(parents) else None


@contextmanager
def _tape(watched: Sequence[Any]) -> Iterator[list[Node]]:
    """Opens a tape on `watched`. Each gets a node of its own whose parent is what it
    had, so that outer tapes see through.
    """
    global _open_tapes, _closed
    if not _open_tapes:
        _closed = _count
    before = {id(t): (t, t._node) for t in watched}  # one may be watched twice
    leaves = {
        key: Node(None, [t], [_origin(t)], [t.buffer], [t.spec]) for key, (t, _) in before.items()
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


def _walk(origin: tuple[Node, int] | None, seed: Any, leaves: Sequence[Node]) -> list[Any]:
    """The gradients at the leaves of what came from `origin`, None where it does not
    depend on one.
    """
    from .tensor import Tensor

    found: dict[int, Any] = {leaf.number: None for leaf in leaves}
    pending: dict[int, tuple[Node, list[Any]]] = {}
    order: list[int] = []

    def give(parent: tuple[Node, int], gradient: Any) -> None:
        node, i = parent
        if node.number not in pending:
            pending[node.number] = node, [None] * len(node.specs)
            heapq.heappush(order, -node.number)
        held = pending[node.number][1]
        held[i] = gradient if held[i] is None else held[i] + gradient

    if origin is not None:
        give(origin, seed)
    while order:
        node, grads = pending.pop(-heapq.heappop(order))
        if node.number in found:
            found[node.number] = grads[0]
            continue
        if node.op is None:  # watched by another tape: the gradient passes through
            if node.parents[0] is not None:
                give(node.parents[0], grads[0])
            continue
        for t, version in zip(node.ins, node.versions, strict=True):
            if t.buffer.version != version:
                raise RuntimeError(
                    f"a variable of shape {t.shape} was overwritten between {node.op.name} and its"
                    " gradient; compute gradients first, then assign"
                )
        ins = tuple(
            Tensor(t.buffer, t.spec, parent)
            for t, parent in zip(node.ins, node.parents, strict=True)
        )
        outs = tuple(
            Tensor(b, s, (node, i))
            for i, (b, s) in enumerate(zip(node.buffers, node.specs, strict=True))
        )
        for parent, gradient in zip(
            node.parents, node.op.vjp(ins, outs, tuple(grads)), strict=True
        ):
            if parent is not None and gradient is not None:
                give(parent, gradient)
    return [found[leaf.number] for leaf in leaves]


def _ones_like(value: Any) -> Any:
    from .tensor import METHODS

    return METHODS["ones_like"](value)


def _scalar(value: Any) -> Any:
    from .tensor import Tensor

    if not isinstance(value, Tensor) or value.size != 1 or value.dtype != "float32":
        raise ValueError(
            f"gradients need a float32 scalar, got {value!r}; reduce it first, for example with"
            " .mean()"
        )
    return value


def _zeros(like: Any) -> Any:
    from .tensor import METHODS

    return METHODS["zeros_like"](like)


def _value_and_grads(
    f: Callable[[], Any], watched: Sequence[Any], seed: Any = None
) -> tuple[Any, list[Any]]:
    with _tape(watched) as leaves:
        value = f() if seed is not None else _scalar(f())
        origin = _origin(value)  # before the tape closes: `value` may itself be watched
    if seed is not None and seed.shape != value.shape:
        raise ValueError(f"the seed's shape must be the value's, {value.shape}, got {seed.shape}")
    found = _walk(origin, _ones_like(value) if seed is None else seed, leaves)
    # without an outer tape nobody needs the value's history, which would keep every
    # intermediate result alive
    return value if _open_tapes else stop_gradient(value), [
        _zeros(t) if g is None else g for t, g in zip(watched, found, strict=True)
    ]


def variable_grads(
    f: Callable[[], Any], variables: Sequence[Any], seed: Any = None
) -> tuple[Any, list[Any]]:
    """Calls `f()` and returns its scalar value and the gradients at `variables` (zeros
    where it does not depend on one).

    With a `seed` the value may have any shape, the seed's, and the gradients are those
    of the sum of value times seed.
    """
    return _value_and_grads(f, variables, seed)


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns `f`'s scalar value and its gradient at argument `argnums`
    (a tuple of them for a sequence).
    """

    def call(*args: Any) -> Any:
        from .tensor import Tensor, as_tensor

        picked = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        watched = list(args)
        for i in picked:
            held = as_tensor(args[i])
            watched[i] = Tensor(held.buffer, held.spec, held._node)  # a tensor of our own to watch
        value, found = _value_and_grads(lambda: f(*watched), [watched[i] for i in picked])
        return value, found[0] if isinstance(argnums, int) else tuple(found)

    return call


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns the gradient of scalar `f` at argument `argnums`. Apply
    it again for second derivatives.
    """
    both = value_and_grad(f, argnums)
    return lambda *args: both(*args)[1]


def stop_gradient(x: Any) -> Any:
    """The same values, seen as constant by gradients. Of a variable, the values it has
    now.
    """
    from .tensor import Tensor, Variable

    held = x.reshape(x.shape) if isinstance(x, Variable) else x
    return Tensor(held.buffer, held.spec)
