"""A row for each op that is written as ONNX nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ...ops.scatter.places import strides
from . import pictures
from .calls import Call, NotWritten
from .elementwise import activated, elementwise
from .recurrent import recurrent
from .values import END, FIRST, LAST, Batches, Value

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np


def _matmul(c: Call) -> list[Value]:
    c.refuse_joined()
    op, w = c.op, c.w
    names = [c.last(0), c.last(1)]
    turned = [op.transpose_a, op.transpose_b]
    bias = [c.last(2)] if len(c.ins) > 2 else []
    if all(value.rank == 2 for value in c.ins[:2]):
        y = w.add("Gemm", *names, *bias, transA=int(turned[0]), transB=int(turned[1]))
        return c.gives(activated(w, y, op.activation))
    for at, which in enumerate("ab"):
        perm = list(range(c.ins[at].rank))
        if which in op.heads:
            perm[-3], perm[-2] = perm[-2], perm[-3]
        if turned[at]:
            perm[-2], perm[-1] = perm[-1], perm[-2]
        if perm != sorted(perm):
            names[at] = w.add("Transpose", names[at], perm=perm)
    y = w.add("MatMul", *names)
    if bias:
        y = w.add("Add", y, *bias)
    if "y" in op.heads:
        perm = list(range(len(c.sizes[0])))
        perm[-3], perm[-2] = perm[-2], perm[-3]
        y = w.add("Transpose", y, perm=perm)
    return c.gives(activated(w, y, op.activation))


def _softmax(kind: str) -> Callable[[Call], list[Value]]:
    def write(c: Call) -> list[Value]:
        x, dtype = c.last(), c.dtypes[0]
        if c.op.scale != 1:
            x = c.w.add("Mul", x, c.w.constant(c.op.scale, dtype))
        if c.op.causal:
            steps, classes = c.sizes[0][-2:]
            if isinstance(steps, Batches) or isinstance(classes, Batches):
                raise NotWritten("it looks at what came before in a batch of any size")
            seen = np.tri(steps, classes)
            x = c.w.add("Where", c.w.constant(seen, "bool"), x, c.w.constant(-np.inf, dtype))
        return c.gives(c.w.add(kind, x, axis=-1))

    return write


def _layer_norm(c: Call) -> list[Value]:
    op, w, dtype = c.op, c.w, c.dtypes[0]
    rest = [c.last(at) for at in range(1, len(c.ins))]
    size = c.sizes[0][-1]
    if op.centred:
        if not op.scaled:
            rest.insert(0, w.constant(np.ones(size), dtype))
        y = w.add("LayerNormalization", c.last(), *rest, axis=-1, epsilon=op.epsilon)
        return c.gives(y)
    x = c.last()
    squares = w.add("ReduceMean", w.add("Mul", x, x), axes=[-1], keepdims=1)
    y = w.add("Div", x, w.add("Sqrt", w.add("Add", squares, w.constant(op.epsilon, dtype))))
    if op.scaled:
        y = w.add("Mul", y, rest[0])
    return c.gives(w.add("Add", y, rest[-1]) if op.shifted else y)


def _reduce(c: Call) -> list[Value]:
    op, w, value = c.op, c.w, c.ins[0]
    pooling = {"mean": "GlobalAveragePool", "max": "GlobalMaxPool"}.get(op.kind)
    if value.rank == 4 and tuple(op.axes) == (1, 2) and pooling and value.dtype == "float32":
        pooled = w.add(pooling, c.first())
        return c.gives(pooled, first=True) if op.keepdims else c.gives(w.add("Flatten", pooled))
    x = c.last()
    if value.dtype == "bool":
        x = w.cast(x, c.dtypes[0] if op.kind in ("sum", "prod") else "int32")
    kind = "Reduce" + op.kind.capitalize()
    if op.kind == "sum":  # the one that takes its axes as an input in this version
        y = w.add(kind, x, w.ints(*op.axes), keepdims=int(op.keepdims))
    else:
        y = w.add(kind, x, axes=list(op.axes), keepdims=int(op.keepdims))
    return c.gives(w.cast(y, "bool") if c.dtypes[0] == "bool" else y)


def _arg_reduce(c: Call) -> list[Value]:
    kind = "ArgMax" if c.op.largest else "ArgMin"
    y = c.w.add(kind, c.last(), axis=c.op.axis, keepdims=int(c.op.keepdims))
    return c.gives(c.w.cast(y, "int32"))


def _concat(c: Call) -> list[Value]:
    first, name, place = c.layout()
    axis = c.op.axis % len(c.sizes[0])
    names = [name(at) for at in range(len(c.ins))]
    return c.gives(c.w.add("Concat", *names, axis=place(axis)), first)


def _pad(c: Call) -> list[Value]:
    first, name, _ = c.layout()
    paddings = [c.op.paddings[axis] for axis in FIRST] if first else c.op.paddings
    sides = c.w.ints(*(before for before, _ in paddings), *(after for _, after in paddings))
    value = [c.w.constant(c.op.value, c.dtypes[0])] if c.op.value else []
    return c.gives(c.w.add("Pad", name(0), sides, *value), first)


def _slice(c: Call) -> list[Value]:
    return _sliced(c, [(begin, 1) for begin in c.op.begin], c.op.size)


def _strided_slice(c: Call) -> list[Value]:
    return _sliced(c, list(zip(c.op.begin, c.op.step, strict=True)), c.op.size)


def _sliced(c: Call, starts: Sequence[tuple[int, int]], sizes: Sequence[int]) -> list[Value]:
    """The axes of which not all is taken. Where the batch's size is open, so must all
    of it be taken.
    """
    rows = []
    before, after = c.ins[0].sizes, c.sizes[0]
    for axis, ((begin, step), size) in enumerate(zip(starts, sizes, strict=True)):
        if (begin, step) == (0, 1) and before[axis] == after[axis]:
            continue
        if isinstance(after[axis], Batches) or (isinstance(before[axis], Batches) and begin):
            raise NotWritten("it takes a part of the batch")
        end = begin + step * size
        rows.append((begin, end if end >= 0 else -END, axis, step))
    if not rows:
        return [c.ins[0]]
    return c.gives(
        c.w.add("Slice", c.last(), *(c.w.ints(*column) for column in zip(*rows, strict=True)))
    )


def _flip(c: Call) -> list[Value]:
    axes = c.op.axes
    ends = [c.w.ints(*(n,) * len(axes)) for n in (-1, -END)]
    steps = c.w.ints(*(-1,) * len(axes))
    return c.gives(c.w.add("Slice", c.last(), *ends, c.w.ints(*axes), steps))


def _transpose(c: Call) -> list[Value]:
    value, perm = c.ins[0], tuple(c.op.perm)
    if perm == FIRST and value.first:
        return c.gives(value.first)
    if perm == LAST:
        return c.gives(c.last(), first=True)
    return c.gives(c.w.add("Transpose", c.last(), perm=perm))


def _reshape(c: Call) -> list[Value]:
    return [c.w.seen_as(c.ins[0], c.sizes[0])]


def _broadcast(c: Call) -> list[Value]:
    """Sizes that stay are 1 there, so that the batch's need not be known."""
    value, sizes = c.ins[0], c.sizes[0]
    now = (1,) * (len(sizes) - value.rank) + value.sizes
    target = tuple(1 if a == b else b for a, b in zip(now, sizes, strict=True))
    return c.gives(c.w.add("Expand", c.last(), c.w.shape(target)))


def _fill(c: Call) -> list[Value]:
    if c.op.step:
        raise NotWritten("it counts through the batch")
    value = c.w.constant(c.op.start, c.dtypes[0])
    return c.gives(c.w.add("Expand", value, c.w.shape(c.sizes[0])))


def _gather(c: Call) -> list[Value]:
    """Indices outside are clamped, which ONNX Runtime refuses."""
    axis = c.op.axis % c.ins[0].rank
    size = c.ins[0].sizes[axis]
    indices = c.last(1)
    if isinstance(size, Batches):
        raise NotWritten("it picks from the batch")
    if c.ins[1].array is None:
        indices = c.w.cast(indices, "int32")
        ends = [c.w.constant(n, "int32") for n in (0, size - 1)]
        indices = c.w.add("Clip", indices, *ends)
    return c.gives(c.w.add("Gather", c.last(), indices, axis=axis))


def _one_hot(c: Call) -> list[Value]:
    values = c.w.constant([c.op.off, c.op.on], c.dtypes[0])
    indices = c.w.cast(c.last(), "int64")
    # negative indices count from the end in ONNX: those outside become depth + 1
    inside = c.w.add("GreaterOrEqual", indices, c.w.constant(0, "int64"))
    indices = c.w.add("Where", inside, indices, c.w.constant(c.op.depth + 1, "int64"))
    return c.gives(c.w.add("OneHot", indices, c.w.constant(c.op.depth, "int64"), values, axis=-1))


def _scan(c: Call) -> list[Value]:
    if c.op.product or c.ins[0].dtype == "bool":
        raise NotWritten("ONNX has running sums of numbers alone")
    axis = c.w.constant(c.ins[0].rank - 1, "int64")
    how = {"exclusive": int(c.op.exclusive), "reverse": int(c.op.reverse)}
    return c.gives(c.w.add("CumSum", c.last(), axis, **how))


def _take_along(c: Call) -> list[Value]:
    return c.gives(c.w.add("GatherElements", c.last(0), c.last(1), axis=-1))


def _arg_sort(c: Call) -> list[Value]:
    """Of equal ones both put the lower place first."""
    w = c.w
    values, places = w.free("values"), w.free("places")
    inputs = [c.last(), w.ints(c.op.most)]
    w.node("TopK", inputs, [values, places], axis=-1, largest=int(c.op.descending))
    return c.gives(w.cast(places, "int32"))


def _flat_index(c: Call) -> list[Value]:
    """The numbers of entries that rows of indices name."""
    if c.w.batch is not None:
        raise NotWritten("its sizes may be the batch's; give the inputs a fixed one")
    w, sizes = c.w, c.op.sizes
    indices = w.cast(c.last(), "int64")
    most = w.constant([n - 1 for n in sizes], "int64")
    nearest = w.add("Min", w.add("Max", indices, w.constant(0, "int64")), most)
    steps = w.constant(strides(sizes), "int64")
    flat = w.add("ReduceSum", w.add("Mul", nearest, steps), w.ints(-1), keepdims=0)
    if not c.op.clip:
        moved = w.add("Abs", w.add("Sub", indices, nearest))
        away = w.add("ReduceSum", moved, w.ints(-1), keepdims=0)
        zero, outside = w.constant(0, "int64"), w.constant(-1, "int64")
        flat = w.add("Where", w.add("Equal", away, zero), flat, outside)
    return c.gives(w.cast(flat, "int32"))


def _elementwise(c: Call) -> list[Value]:
    first, name, _ = c.layout()
    names = [name(at) for at in range(len(c.ins))]
    results = elementwise(c.w, c.op, names, [value.dtype for value in c.ins])
    where = "first" if first else "last"
    triples = zip(results, c.sizes, c.dtypes, strict=True)
    return [Value(sizes, dtype, **{where: result}) for result, sizes, dtype in triples]


OPS: dict[str, Callable[[Call], list[Value]]] = {
    "Conv2D": pictures.conv,
    "DepthwiseConv2D": pictures.depthwise,
    "Conv2DInputGrad": lambda c: pictures.transposed(
        c, c.known(1, "filter").transpose(3, 2, 0, 1), 1
    ),
    "DepthwiseConv2DInputGrad": lambda c: pictures.transposed(
        c, pictures.by_channel(c), c.ins[1].array.shape[2]
    ),
    "MaxPool": pictures.pool("MaxPool"),
    "AvgPool": pictures.pool("AveragePool"),
    "MatMul": _matmul,
    "Softmax": _softmax("Softmax"),
    "LogSoftmax": _softmax("LogSoftmax"),
    "LayerNorm": _layer_norm,
    "Reduce": _reduce,
    "ArgReduce": _arg_reduce,
    "Concat": _concat,
    "Pad": _pad,
    "Slice": _slice,
    "StridedSlice": _strided_slice,
    "Flip": _flip,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "BroadcastTo": _broadcast,
    "Fill": _fill,
    "Gather": _gather,
    "OneHot": _one_hot,
    "TakeAlong": _take_along,
    "Scan": _scan,
    "ArgSort": _arg_sort,
    "FlatIndex": _flat_index,
    "ResizeNearest": pictures.resize("nearest"),
    "ResizeBilinear": pictures.resize("linear"),
    "PixelsToTensor": pictures.pixels,
    "LSTM": recurrent("LSTM", (0, 3, 1, 2)),
    "GRU": recurrent("GRU", (0, 1, 2)),
    "SimpleRNN": recurrent("RNN", (0,)),
    "Elementwise": _elementwise,
}
"""By the names of the ops' classes."""
