"""Reverse-mode gradients. While a tape is open, ops on watched tensors leave nodes
behind; the walk back calls each op's `vjp`.

`vjp` is itself written in ops, so a walk inside an outer tape is recorded there:
gradients of gradients need nothing more.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from .basic import Fill
from .calling import ints, is_int
from .spec import BOUNDS, FLOATS, widened
from .tape import Node, is_open, opened, opened_on_variables, origin
from .tensor import Tensor, Variable, apply, as_tensor, tensor
from .watching import walking_back


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
        with walking_back(node.op.name, node.line):
            if node.op.halves_back:
                back = node.op.vjp(ins, outs, tuple(grads))
            else:
                back = node.op.vjp(_wide(ins), _wide(outs), _wide(grads))
        for t, parent, gradient in zip(node.ins, node.parents, back, strict=True):
            if parent is not None and gradient is not None:
                give(parent, _like(gradient, t))
    return [gradients[leaf.number] for leaf in leaves]


def _wide(tensors: Sequence[Any]) -> tuple[Any, ...]:
    """float16 as float32, for a gradient that knows no other."""
    return tuple(None if t is None else widened(t) for t in tensors)


def _like(gradient: Any, t: Any) -> Any:
    """A gradient in the float type of its tensor."""
    differs = gradient.dtype != t.dtype and {gradient.dtype, t.dtype} <= set(FLOATS)
    return gradient.astype(t.dtype) if differs else gradient


def _scalar(value: Any) -> Any:
    if not isinstance(value, Tensor) or value.size != 1 or value.dtype != "float32":
        raise ValueError(
            f"gradients of variables need a float32 scalar, got {value!r}; reduce it first, for"
            " example with .mean(), or give a seed"
        )
    return value


def _seeded(value: Any, seed: Any) -> Any:
    """What the value is multiplied with before it is summed up: ones, where no seed is
    given.
    """
    if not isinstance(value, Tensor) or (seed is None and value.dtype != "float32"):
        raise ValueError(
            f"gradients are those of a float32 tensor, but the function gave {value!r}; return one"
            " (of 3.0, where it is called with 3), or say dy"
        )
    if seed is None:
        return filled(value, 1.0)
    dtype = "complex64" if value.dtype == "complex64" else "float32"
    seed = as_tensor(seed(value) if callable(seed) else seed, dtype)
    if seed.shape != value.shape:
        raise ValueError(
            f"the seed's shape (dy) must be the value's, {value.shape}, got {seed.shape}"
        )
    return seed


def filled(like: Tensor, value: float) -> Any:
    """One value in the shape of another tensor, in float32 for one of whole numbers."""
    dtype = "float32" if like.dtype in BOUNDS else like.dtype
    return apply(Fill(like.shape, value, 0.0, dtype), ())


def with_history(value: Any) -> Any:
    """The value; without an outer tape nobody needs its history, which would keep every
    intermediate result alive.
    """
    return value if is_open() else stop_gradient(value)


def _or_zeros(gradients: Sequence[Any], watched: Sequence[Any]) -> list[Any]:
    return [filled(t, 0.0) if g is None else g for t, g in zip(watched, gradients, strict=True)]


def _value_and_grads(
    f: Callable[[], Any], watched: Sequence[Any], seed: Any = None
) -> tuple[Any, list[Any]]:
    with opened(watched) as leaves:
        value = f()
        seed = _seeded(value, seed)
        source = origin(value)  # before the tape closes: `value` may itself be watched
    return with_history(value), _or_zeros(_walk(source, seed, leaves), watched)


def variable_grads(
    f: Callable[[], Any], variables: Sequence[Any] | None = None, seed: Any = None
) -> tuple[Any, Any]:
    """Calls `f()` and returns its scalar value and the gradients at `variables` (zeros
    where it does not depend on one); without a list {name: gradient} of all trainable
    variables that `f` reads.

    With a `seed` the value may have any shape, the seed's, and the gradients are those
    of the sum of value times seed; it may be a function of the value. TensorFlow.js's
    `tf.variableGrads`; Keras's way is tf.GradientTape. ValueError unless the value is a
    float32 scalar, or has the seed's shape, and for two variables of one name.

    Example:
        >>> w = pw.Variable([1.0, 2.0], name="w")
        >>> value, (gradient,) = pw.variable_grads(lambda: (w * w).sum(), [w])
        >>> float(value), gradient.tolist()
        (5.0, [2.0, 4.0])
        >>> value, gradients = pw.variable_grads(lambda: (w * w).sum())
        >>> gradients["w"].tolist()
        [2.0, 4.0]
    """
    if variables is not None and not isinstance(variables, (list, tuple)):
        raise TypeError(
            f"variables must be a list, got a {type(variables).__name__}; write [w] for one"
        )

    def value_of() -> Any:
        return f() if seed is not None else _scalar(f())

    if variables is not None:
        return _value_and_grads(value_of, variables, seed)
    value, pairs = gradients_of_variables(value_of, seed)
    names = [variable.path for _, variable in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(
            f"variable_grads: {names.count(twice[0])} variables are named {twice[0]!r}; give them"
            " names of their own, or list the variables"
        )
    return value, {variable.path: gradient for gradient, variable in pairs}


def gradients_of_variables(
    f: Callable[[], Any], seed: Any = None
) -> tuple[Any, list[tuple[Any, Any]]]:
    """f()'s value, and (gradient, variable) of all trainable variables that it reads."""
    with opened_on_variables() as watched:
        value = f()
        weights = _seeded(value, seed)
        source = origin(value)
    variables = [variable for variable, _, _ in watched.values()]
    gradients = _walk(source, weights, [leaf for _, _, leaf in watched.values()])
    every = _or_zeros(gradients, variables)
    return with_history(value), list(zip(every, variables, strict=True))


def _watched(args: Sequence[Any], argnums: int | Sequence[int]) -> tuple[list[Any], list[Any]]:
    """(the arguments, with tensors of our own in these places; those)."""
    picked, own = ints(argnums, "argnums"), list(args)
    if beyond := [i for i in picked if not -len(args) <= i < len(args)]:
        raise TypeError(
            f"argnums names argument {beyond[0]}, but the function was called with {len(args)}"
        )
    for i in picked:
        x = as_tensor(args[i])
        own[i] = Tensor(x.buffer, x.spec, x._node)
    return own, [own[i] for i in picked]


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns `f`'s value and its gradient at argument `argnums` (a
    tuple of them for a sequence).

    Of a value with several numbers it is the gradient of their sum, each weighted with
    `dy` (of the value's shape) where the call gives one: `value_and_grad(f)(x, dy=w)`.
    ValueError unless the value is float32.

    Example:
        >>> value, gradient = pw.value_and_grad(lambda x: (x * x).sum())(pw.tensor([1.0, 3.0]))
        >>> float(value), gradient.tolist()
        (10.0, [2.0, 6.0])
    """
    ints(argnums, "argnums")

    def call(*args: Any, dy: Any = None) -> Any:
        own, watched = _watched(args, argnums)
        value, gradients = _value_and_grads(lambda: f(*own), watched, dy)
        return value, gradients[0] if is_int(argnums) else tuple(gradients)

    return call


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns the gradient of `f` at argument `argnums`. Apply it again
    for second derivatives.

    Of a value with several numbers it is the gradient of their sum, each weighted with
    `dy` where the call gives one. ValueError unless the value is float32.

    Example:
        >>> cube = lambda x: x * x * x
        >>> float(pw.grad(cube)(2.0)), float(pw.grad(pw.grad(cube))(2.0))
        (12.0, 12.0)
        >>> pw.grad(cube)([1.0, 2.0], dy=[1.0, 10.0]).tolist()
        [3.0, 120.0]
    """
    both = value_and_grad(f, argnums)
    return lambda *args, dy=None: both(*args, dy=dy)[1]


def value_and_grads(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that returns `f`'s value and its gradients at all arguments, which it
    takes as one list: TensorFlow.js's `tf.valueAndGrads`. `dy` as for `value_and_grad`.

    Example:
        >>> value, gradients = pw.value_and_grads(lambda a, b: a * b)([2.0, 3.0])
        >>> float(value), [float(g) for g in gradients]
        (6.0, [3.0, 2.0])
    """

    def call(args: Sequence[Any], dy: Any = None) -> tuple[Any, list[Any]]:
        if not isinstance(args, (list, tuple)):
            raise TypeError(
                f"grads takes the arguments of the function as a list, got a {type(args).__name__};"
                " write [x]"
            )
        value, gradients = value_and_grad(f, range(len(args)))(*args, dy=dy)
        return value, list(gradients)

    return call


def grads(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that returns the gradients of `f` at all arguments, which it takes as
    one list: TensorFlow.js's `tf.grads`. `dy` as for `grad`.

    Example:
        >>> [float(g) for g in pw.grads(lambda a, b: a * b)([2.0, 3.0])]
        [3.0, 2.0]
    """
    both = value_and_grads(f)
    return lambda args, dy=None: both(args, dy)[1]


def value_and_rows(
    f: Callable[..., Any], argnums: int | Sequence[int], args: Sequence[Any]
) -> tuple[Any, list[list[Any]]]:
    """(`f`'s value, for each of its numbers the gradients at these arguments): one walk
    forward, and back once for each number. ValueError for more than 4,096 of them.
    """
    own, watched = _watched(args, argnums)
    with opened(watched) as leaves:
        value = f(*own)
        _seeded(value, None)
        source = origin(value)
    n = value.size
    if n > _MOST_ROWS:
        raise ValueError(
            f"jacobian: the value has {n} numbers, and each takes a walk back; it is for at most"
            f" {_MOST_ROWS}"
        )
    walks = (_walk(source, _one_at(i, value), leaves) for i in range(n))
    return with_history(value), [_or_zeros(gradients, watched) for gradients in walks]


def _one_at(i: int, like: Tensor) -> Tensor:
    """1 for number i of another tensor, 0 for the others."""
    numbers = array("f", bytes(4 * like.size))
    numbers[i] = 1.0
    return tensor(numbers).reshape(like.shape)


_MOST_ROWS = 4096


def stop_gradient(x: Any) -> Any:
    """The same values, seen as constant by gradients. Of a variable, the values it has
    now. JAX's name; TensorFlow's, too.

    Example:
        >>> float(pw.grad(lambda x: x * pw.stop_gradient(x))(3.0))
        3.0
    """
    values = x.reshape(x.shape) if isinstance(x, Variable) else as_tensor(x)
    return Tensor(values.buffer, values.spec)
