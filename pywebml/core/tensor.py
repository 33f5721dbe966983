"""Tensors: shapes and dtypes over device buffers, and `apply`, which runs an op on
them.

A tensor's buffer goes back to the pool when Python forgets the tensor. Ops are queued
and played together when somebody reads a value; inside `capture` they go into the trace
instead.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from ..device import get_device, run_sync
from ..host.lazy import np
from . import tape
from .basic import Assign, Reshape
from .calling import ints, strict
from .chained import Chained
from .host_data import OutOfRange, holds, to_bytes
from .methods import Methods
from .op import Op
from .runtime import SMALL, Buffer, Recorder, Unset, flush, memory, ready, run_now
from .spec import Spec, common_dtype
from .trace import eager
from .values import Values
from .watching import watchers


class Tensor(Values, Methods, Chained):
    """An n-dimensional array on the device: `shape`, `dtype` ('float32', 'float16',
    'int32', 'uint32', 'bool', 'uint8', 'complex64').

    Made by `pw.tensor` or by ops. Operators and NumPy's method names work, and so does
    every function of `pw.ops` that takes a tensor first; `await t.data()` or
    `t.numpy()` read it back.

    Example:
        >>> x = pw.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> (x * 2 + 1).sum(axis=0).tolist()
        [10.0, 14.0]
        >>> x[:, 0].tolist()
        [1.0, 3.0]
    """

    __slots__ = ("__weakref__", "_keras_mask", "_node", "buffer", "spec")
    __array_priority__ = 1000  # NumPy leaves `array + tensor` to us

    def __init__(self, buffer: Buffer, spec: Spec, node: tuple[Any, int] | None = None):
        self.buffer, self.spec, self._node = buffer, spec, node

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a scalar tensor has no length")
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        if Recorder.trace is not None or self.buffer.id == -1:
            return f"Tensor(shape={self.shape}, dtype={self.dtype})"
        if self.size > 1000:
            return (
                f"Tensor(shape={self.shape}, dtype={self.dtype}, on"
                f" {self.buffer.device.adapter.name})"
            )
        try:
            values = np.array2string(self.numpy(), separator=", ", prefix="Tensor(")
        except ImportError:  # a browser tab that has not loaded it
            values = str(self.tolist())
        return f"Tensor({values}, dtype={self.dtype})"

    # making others

    def reshape(self, *shape: Any) -> Tensor:
        """The same values in another shape; one entry may be -1."""
        return reshape(
            self, shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        )

    def astype(self, dtype: str) -> Tensor:
        """The values converted; floats are cut towards zero on the way to integers."""
        return self.cast(dtype)

    @property
    def T(self) -> Tensor:
        """Axes reversed."""
        return self.transpose()

    def dispose(self) -> None:
        """Gives the memory back now instead of when Python forgets the tensor."""
        flush()
        self.buffer.free()
        Buffer.disposals += 1

    def __copy__(self) -> Tensor:
        return self  # its values never change

    def __deepcopy__(self, memo: Any) -> Tensor:
        return self.__copy__()

    def __reduce__(self) -> Any:
        return _restored, (self._bytes(), self.shape, self.dtype)

    def __getitem__(self, key: Any) -> Tensor:
        return self.getitem(key)

    def __neg__(self) -> Tensor:
        return self.neg()

    def __abs__(self) -> Tensor:
        return self.abs()

    def __pos__(self) -> Tensor:
        return self

    def __invert__(self) -> Tensor:
        return self.bitwise_not()

    def __round__(self, digits: int | None = None) -> Tensor:
        if digits is not None:
            raise TypeError(
                f"round of a tensor is to whole numbers, got {digits} digits; write round(x *"
                f" {10.0**digits:g}) / {10.0**digits:g}"
            )
        return self.round()

    def __floor__(self) -> Tensor:
        return self.floor()

    def __ceil__(self) -> Tensor:
        return self.ceil()

    __hash__ = object.__hash__


_born = itertools.count()


class Variable(Tensor):
    """A tensor whose buffer stays: `assign` overwrites it in place, eagerly or inside
    `capture`. Layers keep weights in these. TensorFlow.js's `tf.variable`.

    Example:
        >>> step = pw.Variable([0.0, 1.0], name="step")
        >>> step.assign(step + 1)
        >>> step.tolist()
        [1.0, 2.0]
    """

    __slots__ = ("autocast", "born", "constraint", "name", "path", "regularizer", "trainable")

    @strict
    def __init__(
        self, initial: Any, trainable: bool = True, name: str = "", dtype: str | None = None
    ):
        value = as_tensor(initial, dtype)
        if value.buffer.id == -1:
            raise RuntimeError(
                f"variable {name!r} was made of a recorded tensor; make variables before capture,"
                " or inside `with eager():`"
            )
        super().__init__(Buffer(get_device(), value.spec.nbytes), value.spec)
        self._know(trainable, name, (not trainable, next(_born)))
        with eager():
            self.assign(value)

    @property
    def value(self) -> Tensor:
        """The values as they are now, which later assignments leave alone."""
        copied: Tensor = self.clone()
        return copied

    def assign_add(self, value: Any) -> None:
        """Adds to the values."""
        self.assign(self + as_tensor(value, self.dtype))

    def assign_sub(self, value: Any) -> None:
        """Takes from the values."""
        self.assign(self - as_tensor(value, self.dtype))

    @classmethod
    def unset(cls, spec: Spec, trainable: bool = True, name: str = "") -> Variable:
        """One without a value: its first `assign` gives it memory. For weights that a
        file has, whose shapes are compared with the file's before anything is made.
        """
        variable = cls.__new__(cls)
        Tensor.__init__(variable, Unset(get_device(), spec.nbytes), spec)
        variable._know(trainable, name, (not trainable, next(_born)))
        return variable

    def _know(
        self,
        trainable: bool,
        name: str,
        born: tuple[bool, int],
        regularizer: Any = None,
        constraint: Any = None,
        path: str | None = None,
        autocast: bool = True,
    ) -> None:
        self.trainable, self.name = trainable, name
        # where it stands: the names of the layers around it, then its own
        self.path = name if path is None else path
        self.born = born  # the place among a layer's weights
        # what its penalty is, and what an optimizer brings it back to after each step
        self.regularizer, self.constraint = regularizer, constraint
        self.autocast = autocast  # whether layers in mixed precision see it in float16

    def _known(self) -> tuple[Any, ...]:
        return (
            self.trainable, self.name, self.born, self.regularizer, self.constraint, self.path,
            self.autocast,
        )  # fmt: skip

    def __copy__(self) -> Variable:
        """One of its own, with the same values; nothing is read back."""
        unset = isinstance(self.buffer, Unset)
        copied = Variable.unset(self.spec) if unset else Variable(self)
        copied._know(*self._known())
        return copied

    def __reduce__(self) -> Any:
        return _restored, (*super().__reduce__()[1], self._known())

    def assign(self, value: Any) -> None:
        """Overwrites the values. ValueError if the shape differs."""
        own = not isinstance(value, Tensor)
        if own:
            value = tensor(value, dtype=self.dtype)
        if value.shape != self.shape:
            raise ValueError(
                f"variable {self.path!r} has shape {self.shape}, cannot assign shape {value.shape}"
            )
        if value.dtype != self.dtype:
            value = value.astype(self.dtype)
        if isinstance(self.buffer, Unset):
            device, nbytes = self.buffer.device, self.buffer.nbytes
            self.buffer = value.buffer if own else Buffer(device, nbytes)
            self.buffer.host = None  # it will change
        if value.buffer is not self.buffer:  # a kernel must not write what it reads
            if not self.trainable:
                tape.spare(self, self.clone)
            apply(Assign(), (self, value))


def tensor(data: Any, shape: int | Sequence[int] | None = None, dtype: str | None = None) -> Tensor:
    """A tensor of numbers, NumPy arrays, pandas tables, anything with the buffer
    protocol or DLPack, of other tensors (which stay on the device), or nested lists of
    such.

    Without `dtype`: bools give 'bool', integers 'int32', complex numbers 'complex64',
    other numbers 'float32'.
    ValueError for ragged data, a shape that does not fit, or integers out of
    range; TypeError for anything that is not numbers.

    Example:
        >>> pw.tensor([[1, 2], [3, 4]]).dtype
        'int32'
        >>> pw.tensor([1.0, 2.0, 3.0, 4.0], shape=(2, 2)).tolist()
        [[1.0, 2.0], [3.0, 4.0]]
        >>> pw.tensor([np.zeros(2), pw.tensor([1.0, 2.0])]).tolist()
        [[0.0, 0.0], [1.0, 2.0]]
    """
    if isinstance(shape, str):
        raise TypeError(f"tensor takes data and shape by place: write dtype={shape!r}")
    if isinstance(data, Tensor):
        out = data if dtype in (None, data.dtype) else data.astype(str(dtype))
    elif holds(data, Tensor):
        out = _stacked(data, dtype)
    else:
        out = _restored(*to_bytes(data, dtype))
    return out if shape is None else reshape(out, shape)


def _restored(
    raw: bytes | memoryview,
    shape: tuple[int, ...],
    dtype: str,
    of_variable: tuple[Any, ...] | None = None,
) -> Tensor:
    """The tensor of these bytes, or a variable (what it knows of itself)."""
    spec = Spec(shape, dtype)
    flush()
    buffer = Buffer(get_device(), spec.nbytes)
    if raw:
        buffer.device.upload(buffer.id, raw)
    if of_variable is None:
        if dtype in ("int32", "uint32", "bool") and spec.nbytes <= SMALL:
            buffer.host = bytes(raw)
        return Tensor(buffer, spec)
    variable = Variable.__new__(Variable)
    Tensor.__init__(variable, buffer, spec)
    variable._know(*of_variable)
    return variable


def _stacked(items: Sequence[Any], dtype: str | None) -> Tensor:
    """Lists with tensors in them: joined on the device, so that nothing is read back
    and gradients go through.
    """
    rows = [tensor(item) for item in items]
    dtype = dtype or common_dtype([row.dtype for row in rows])
    return Tensor._stack([row.astype(dtype) for row in rows])  # type: ignore[no-any-return]


def as_tensor(data: Any, dtype: str | None = None) -> Tensor:
    """`data` if it is a tensor already (of that dtype), else a new one."""
    return (
        data
        if isinstance(data, Tensor) and dtype in (None, data.dtype)
        else tensor(data, dtype=dtype)
    )


def as_numbers(data: Any) -> Tensor:
    """`as_tensor` where floats will do: whole numbers beyond int32 become float32."""
    try:
        return as_tensor(data)
    except OutOfRange:
        return tensor(data, dtype="float32")


def reshape(x: Any, shape: int | Sequence[int]) -> Tensor:
    """The same values in another shape, without copying; one entry may be -1.
    ValueError if the sizes differ.

    Example:
        >>> ops.reshape(pw.tensor([1, 2, 3, 4]), (2, -1)).tolist()
        [[1, 2], [3, 4]]
    """
    x = as_tensor(x)
    want = list(ints(shape, "reshape: shape"))
    if want.count(-1) == 1:
        known = math.prod(d for d in want if d != -1)
        if x.size % (known or 1) == 0:
            want[want.index(-1)] = x.size // (known or 1)
    if math.prod(want) != x.size or any(d < 0 for d in want):
        raise ValueError(f"cannot reshape {x.shape} ({x.size} values) to {tuple(want)}")
    return apply(Reshape(tuple(want)), (x,))  # type: ignore[no-any-return]


def apply(op: Op, tensors: Sequence[Any]) -> Any:
    """Runs `op`: eagerly, or into the trace being recorded. One output comes back as a
    tensor, several as a tuple, none as None.
    """
    ins = tuple(t if isinstance(t, Tensor) else as_tensor(t) for t in tensors)
    specs = tuple(t.spec for t in ins)
    outs = op.outputs(*specs)
    device = ins[0].buffer.device if ins else get_device()
    for t in ins:
        if t.buffer.device is not device:
            raise ValueError(
                f"{op.name} got tensors of two devices ({device.adapter.name},"
                f" {t.buffer.device.adapter.name}); make both on one"
            )
        if t.buffer.id == -1 and Recorder.trace is None:
            raise RuntimeError(
                f"{op.name} got a tensor of shape {t.shape} that was disposed, or made inside"
                " `capture` and not returned"
            )
    if isinstance(op, Reshape) and not isinstance(ins[0], Variable):
        buffers = [ins[0].buffer]
    elif Recorder.trace is not None:
        buffers = Recorder.trace.record(op, [t.buffer for t in ins], specs, outs, device)
    else:
        buffers = run_now(op, [t.buffer for t in ins], specs, outs, device)
    for i in op.writes:
        ins[i].buffer.version += 1
        ins[i].buffer.host = None
    node = tape.record(op, ins, buffers, outs) if outs else None
    results = tuple(
        Tensor(b, s, (node, i) if node else None)
        for i, (b, s) in enumerate(zip(buffers, outs, strict=True))
    )
    if watchers and Recorder.trace is None:
        for watcher in tuple(watchers):
            watcher.saw_op(op, ins, results)
    if len(results) == 1:
        return results[0]
    return results or None


def _run_op(op: Op, *tensors: Any) -> Any:
    return apply(op, tensors)


Op.__call__ = _run_op  # type: ignore[assignment,method-assign]  # ops stand below tensors


__all__ = [
    "Buffer", "Tensor", "Variable", "apply", "as_numbers", "as_tensor", "flush", "memory", "ready",
    "reshape", "run_sync", "tensor",
]  # fmt: skip
