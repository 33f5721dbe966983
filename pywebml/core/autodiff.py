"""Reverse-mode gradients. While a tape is open, ops on watched tensors leave nodes
behind; the walk back calls each op's `vjp`.

`vjp` is itself written in ops, so a walk inside an outer tape is recorded there:
gradients of gradients need nothing more.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Any

from .basic import Fill
from .calling import ints, is_int
from .tape import Node, is_open, opened, origin
from .tensor import Tensor, Variable, apply, as_tensor


def _walk(source: tuple[Node, int] | None, seed: Any, leaves: Sequence[Node]) -> list[Any]:
    """The gradients at the leaves of what came from `source`, None where it does not
    depend on one.
    """
    gradients: dict[int, Any] = {leaf.number: None for leaf in leaves}
    pending: dict[int, tuple[Node, list[Any]]] = {}
    order: list[int] = []

    def give(parent: tuple[Node, int], gradient: Any) -> None:
        node, i = parent
        if node.number not in pending:
            pending[node.number] = node, [None] * len(node.specs)
            heapq.heappush(order, -node.number)
        sums = pending[node.number][1]
        sums[i] = gradient if sums[i] is None else sums[i] + gradient

    if source is not None:
        give(source, seed)
    while order:
        node, grads = pending.pop(-heapq.heappop(order))
        if node.number in gradients:
            gradients[node.number] = grads[0]
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
    return [gradients[leaf.number] for leaf in leaves]


def _scalar(value: Any) -> Any:
    if not isinstance(value, Tensor) or value.size != 1 or value.dtype != "float32":
        raise ValueError(
            f"gradients need a float32 scalar, got {value!r}; reduce it first, for example with"
            " .mean()"
        )
    return value


def _filled(like: Tensor, value: float) -> Any:
    return apply(Fill(like.shape, value, 0.0, like.dtype), ())


def _value_and_grads(
    f: Callable[[], Any], watched: Sequence[Any], seed: Any = None
) -> tuple[Any, list[Any]]:
    with opened(watched) as leaves:
        value = f() if seed is not None else _scalar(f())
        seed = seed(value) if callable(seed) else seed
        source = origin(value)  # before the tape closes: `value` may itself be watched
    if seed is not None and seed.shape != value.shape:
        raise ValueError(f"the seed's shape must be the value's, {value.shape}, got {seed.shape}")
    gradients = _walk(source, _filled(value, 1.0) if seed is None else seed, leaves)
    # without an outer tape nobody needs the value's history, which would keep every
    # intermediate result alive
    return value if is_open() else stop_gradient(value), [
        _filled(t, 0.0) if g is None else g for t, g in zip(watched, gradients, strict=True)
    ]


def variable_grads(
    f: Callable[[], Any], variables: Sequence[Any], seed: Any = None
) -> tuple[Any, list[Any]]:
    """Calls `f()` and returns its scalar value and the gradients at `variables` (zeros
    where it does not depend on one).

    With a `seed` the value may have any shape, the seed's, and the gradients are those
    of the sum of value times seed; it may be a function of the value. TensorFlow.js's
    `tf.variableGrads`; Keras's way is tf.GradientTape. ValueError unless the value is a
    float32 scalar, or has the seed's shape.

    Example:
        >>> w = pw.Variable([1.0, 2.0])
        >>> value, (gradient,) = pw.variable_grads(lambda: (w * w).sum(), [w])
        >>> float(value), gradient.tolist()
        (5.0, [2.0, 4.0])
    """
    if not isinstance(variables, (list, tuple)):
        raise TypeError(
            f"variables must be a list, got a {type(variables).__name__}; write [w] for one"
        )
    return _value_and_grads(f, variables, seed)


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns `f`'s scalar value and its gradient at argument `argnums`
    (a tuple of them for a sequence). ValueError unless the value is a float32 scalar.

    Example:
        >>> value, gradient = pw.value_and_grad(lambda x: (x * x).sum())(pw.tensor([1.0, 3.0]))
        >>> float(value), gradient.tolist()
        (10.0, [2.0, 6.0])
    """

    picked = ints(argnums, "argnums")

    def call(*args: Any) -> Any:
        if beyond := [i for i in picked if not -len(args) <= i < len(args)]:
            raise TypeError(
                f"argnums names argument {beyond[0]}, but the function was called with {len(args)}"
            )
        watched = list(args)
        for i in picked:
            x = as_tensor(args[i])
            watched[i] = Tensor(x.buffer, x.spec, x._node)  # a tensor of our own to watch
        value, gradients = _value_and_grads(lambda: f(*watched), [watched[i] for i in picked])
        return value, gradients[0] if is_int(argnums) else tuple(gradients)

    return call


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns the gradient of scalar `f` at argument `argnums`. Apply
    it again for second derivatives. ValueError unless `f` gives a float32 scalar.

    Example:
        >>> cube = lambda x: x * x * x
        >>> float(pw.grad(cube)(2.0)), float(pw.grad(pw.grad(cube))(2.0))
        (12.0, 12.0)
    """
    both = value_and_grad(f, argnums)
    return lambda *args: both(*args)[1]


def stop_gradient(x: Any) -> Any:
    """The same values, seen as constant by gradients. Of a variable, the values it has
    now. JAX's name; TensorFlow's, too.

    Example:
        >>> float(pw.grad(lambda x: x * pw.stop_gradient(x))(3.0))
        3.0
    """
    values = x.reshape(x.shape) if isinstance(x, Variable) else as_tensor(x)
    return Tensor(values.buffer, values.spec)
