"""Keras's functions about tensors, and those that call functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import ops
from ...core.autodiff import stop_gradient as _stop_gradient
from ...core.custom_gradient import custom_gradient
from ...core.derivatives import jvp as _jvp
from ...core.runtime import Recorder
from ...core.spec import BOUNDS
from ...core.tensor import Tensor
from .. import tree
from .support import dtype_of, to_tensor

__all__ = [
    "associative_scan", "cast", "cond", "convert_to_numpy", "convert_to_tensor",
    "custom_gradient", "dtype", "fori_loop", "is_tensor", "jvp", "map", "saturate_cast", "scan",
    "scatter", "scatter_update", "shape", "slice", "slice_update", "stop_gradient", "switch",
    "unstack", "vectorize", "vectorized_map", "while_loop",
]  # fmt: skip


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Tensor:
    """x as a tensor."""
    if sparse or ragged:
        raise ValueError("convert_to_tensor: there are no sparse or ragged tensors here")
    return to_tensor(x, dtype)


def convert_to_numpy(x: Any) -> Any:
    """x as an array of NumPy's, read back from the device."""
    from ...host.lazy import np

    return x.numpy() if isinstance(x, Tensor) else np.array(x)


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor."""
    return isinstance(x, Tensor)


def shape(x: Any) -> tuple[int, ...]:
    """The sizes of x's axes."""
    return tuple(x.shape if hasattr(x, "shape") else to_tensor(x).shape)


def dtype(x: Any) -> str:
    """The dtype's name: dtype([1]) is 'int32'."""
    return str(x.dtype if hasattr(x, "shape") else to_tensor(x).dtype)


def cast(x: Any, dtype: Any) -> Tensor:
    """x in another dtype."""
    return to_tensor(x).astype(dtype_of(dtype))


def saturate_cast(x: Any, dtype: Any) -> Tensor:
    """As `cast`, the nearest there is for what is too large."""
    dtype = dtype_of(dtype)
    x = to_tensor(x)
    if dtype in BOUNDS and "bool" not in (dtype, x.dtype):
        low, high = BOUNDS[dtype]
        # the largest float below 2^31
        x = ops.minimum(ops.maximum(x, low), min(high, 2147483520 if "f" in x.dtype else high))
    return x.astype(dtype)


def stop_gradient(variable: Any) -> Tensor:
    """The same values, through which no gradient goes."""
    return _stop_gradient(to_tensor(variable))


def jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """(what fun gives, its derivative along the tangents)."""
    if has_aux:
        raise ValueError("jvp: has_aux is not here; call fun for what else it gives")
    return _jvp(fun, tuple(primals), tuple(tangents))


# --- parts of tensors


def slice(inputs: Any, start_indices: Any, shape: Any) -> Tensor:
    """The part of this shape that begins there."""
    inputs = to_tensor(inputs)
    starts = _starts(start_indices, inputs.shape, shape)
    return ops.slice(inputs, starts, list(shape))


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Tensor:
    """`inputs` with `updates` from there on."""
    inputs, updates = to_tensor(inputs), to_tensor(updates)
    starts = _starts(start_indices, inputs.shape, updates.shape)
    borders = [
        (first, whole - first - part)
        for first, whole, part in zip(starts, inputs.shape, updates.shape, strict=True)
    ]
    new = ops.pad(updates.astype(inputs.dtype), borders)
    inside = ops.pad(ops.ones(updates.shape, "int32"), borders).astype("bool")
    return ops.where(inside, new, inputs)


def _starts(indices: Any, whole: Sequence[int], part: Sequence[int]) -> list[int]:
    """Moved inside where the part would reach beyond, as JAX does."""
    starts = indices.tolist() if hasattr(indices, "tolist") else list(indices)
    starts = [int(s) for s in starts]
    return [max(0, min(s, n - p)) for s, n, p in zip(starts, whole, part, strict=True)]


def scatter(indices: Any, values: Any, shape: Any) -> Tensor:
    """Zeros with `values` added at these places."""
    return ops.scatter_nd(to_tensor(indices, "int32"), values, tuple(shape))


def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Tensor:
    """`inputs` with `updates` at these places, or with their sum, 'add'."""
    inputs, indices = to_tensor(inputs), to_tensor(indices, "int32")
    if reduction is None:
        return ops.tensor_scatter_update(inputs, indices, to_tensor(updates, inputs.dtype))
    if reduction == "add":
        return inputs + ops.scatter_nd(indices, to_tensor(updates, inputs.dtype), inputs.shape)
    raise ValueError(f"scatter_update: reduction must be None or 'add', got {reduction!r}")


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The entries of an axis: unstack([[1, 2]], axis=1) is [[1], [2]]."""
    parts = ops.unstack(to_tensor(x), axis=axis)
    if num not in (None, len(parts)):
        raise ValueError(f"unstack: axis {axis} has {len(parts)} entries, not num={num}")
    return parts


# --- functions of functions


def _said(value: Any, what: str) -> Any:
    """A number that Python has to know."""
    if isinstance(value, Tensor):
        if Recorder.trace is not None:
            raise RuntimeError(
                f"{what}: in a recorded step no value is read back; compute both with where(), or"
                " give a number of Python's"
            )
        return value.item()
    return value


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """What true_fn gives where pred holds, else what false_fn gives."""
    if isinstance(pred, Tensor) and Recorder.trace is not None:
        yes, no = true_fn(), false_fn()
        return tree.map_structure(lambda a, b: ops.where(pred.astype("bool"), a, b), yes, no)
    return true_fn() if _said(pred, "cond") else false_fn()


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """What the branch of this number gives, the first or last for one beyond."""
    number = int(_said(index, "switch"))
    return branches[max(0, min(number, len(branches) - 1))](*operands)


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:  # fmt: skip
    """loop_vars after `body`, again and again while `cond` holds."""
    several = isinstance(loop_vars, (tuple, list))
    state = tuple(loop_vars) if several else (loop_vars,)
    steps = 0
    while maximum_iterations is None or steps < maximum_iterations:
        if not _said(cond(*state), "while_loop"):
            break
        after = body(*state)
        state = tuple(after) if isinstance(after, (tuple, list)) else (after,)
        steps += 1
    state = tuple(tree.map_structure(to_tensor, s) for s in state)
    return state if several else state[0]


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """The state after body_fun(i, state) for i from lower to upper - 1."""
    state = init_val
    for i in range(int(_said(lower, "fori_loop")), int(_said(upper, "fori_loop"))):
        state = body_fun(i, state)
    return tree.map_structure(to_tensor, state)


def scan(
    f: Callable[[Any, Any], Any], init: Any, xs: Any = None, length: int | None = None,
    reverse: bool = False, unroll: Any = 1,
) -> Any:  # fmt: skip
    """(the last state, all outputs) of (state, output) = f(state, x) over rows."""
    if xs is None and length is None:
        raise ValueError("scan: give xs, or the length")
    leaves = [] if xs is None else tree.flatten(xs)
    count = to_tensor(leaves[0]).shape[0] if leaves else int(length or 0)
    order = range(count)[::-1] if reverse else range(count)
    state, outputs = init, []
    for i in order:
        x = None if xs is None else tree.map_structure(lambda a, i=i: to_tensor(a)[i], xs)
        state, y = f(state, x)
        outputs.append(y)
    outputs = outputs[::-1] if reverse else outputs
    return None if state is None else tree.map_structure(to_tensor, state), _stacked(outputs)


def _stacked(outputs: Sequence[Any]) -> Any:
    if not outputs or all(y is None for y in outputs):
        return None
    return tree.map_structure(lambda *ys: ops.stack([to_tensor(y) for y in ys]), *outputs)


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """What f gives for each entry of the first axis."""
    return scan(lambda _, x: (None, f(x)), None, xs)[1]


def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """As `map`."""
    return map(function, elements)


def vectorize(
    pyfunc: Callable[..., Any], *, excluded: Any = None, signature: str | None = None
) -> Any:
    """pyfunc for single numbers, over arrays that are broadcast."""
    if signature is not None:
        raise ValueError("vectorize: there are no signatures here; use map")

    def call(*args: Any) -> Any:
        args = tuple(a if i in (excluded or ()) else to_tensor(a) for i, a in enumerate(args))
        tensors = [a for i, a in enumerate(args) if i not in (excluded or ())]
        shape: tuple[int, ...] = ()
        for tensor in tensors:
            shape = (ops.zeros(shape) + ops.zeros(tensor.shape)).shape
        flat = [ops.broadcast_to(t, shape).reshape(-1) for t in tensors]

        def one(items: Any) -> Any:
            left = iter(items)
            return pyfunc(*(a if i in (excluded or ()) else next(left)
                            for i, a in enumerate(args)))  # fmt: skip

        return tree.map_structure(lambda y: y.reshape(shape), map(one, flat))

    return call


def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Running results of f along an axis, in pairs: about 2 log2(n) calls of it."""
    from .arrays import flip

    if reverse:
        turned = tree.map_structure(lambda x: flip(x, axis), elems)
        done = associative_scan(f, turned, axis=axis)
        return tree.map_structure(lambda x: flip(x, axis), done)
    elems = tree.map_structure(to_tensor, elems)
    count, step = tree.flatten(elems)[0].shape[axis], 1
    while step < count:
        before = tree.map_structure(lambda x, s=step: _part(x, axis, 0, count - s), elems)
        after = tree.map_structure(lambda x, s=step: _part(x, axis, s, count), elems)
        first = tree.map_structure(lambda x, s=step: _part(x, axis, 0, s), elems)
        joined = f(before, after)
        elems = tree.map_structure(lambda a, b: ops.concat([a, b], axis), first, joined)
        step *= 2
    return elems


def _part(x: Tensor, axis: int, start: int, stop: int) -> Tensor:
    sizes = [-1] * x.ndim
    begin = [0] * x.ndim
    begin[axis], sizes[axis] = start, stop - start
    return ops.slice(x, begin, sizes)
