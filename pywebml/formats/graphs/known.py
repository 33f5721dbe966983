"""Values of a graph that the host knows: constants, and shapes with what is computed
from them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...core.runtime import Recorder
from ...core.spec import Spec
from ...core.tensor import Tensor, tensor
from ...core.trace import Trace, eager
from ...device import get_device
from ..wire.stored import Weight, elements

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np

SMALL = 4096
"""So many values at most are computed on the host."""
MOST = 1 << 28
"""Values of a tensor: a file of a few bytes may ask for any shape."""
_HERE = {
    "float32": "float32", "float64": "float32", "float16": "float32", "bfloat16": "float32",
    "bool": "bool", "uint32": "uint32",
}  # fmt: skip
_LETTERS: dict[str, Any] = {"float32": "f", "int32": "i", "bool": "?"}


class Known:
    """A value that the host knows, decoded and put on a device when somebody wants it
    so.

    Example:
        >>> from pywebml.formats.graphs import Known
        >>> Known.of([2, 3]).tolist(), Known.of([2, 3]).dtype
        ([2, 3], 'int32')
    """

    def __init__(self, weight: Weight):
        self.weight = weight
        self.shape = weight.shape
        self.dtype = _HERE.get(weight.dtype, "int32")
        self._on: dict[Any, Tensor] = {}

    @classmethod
    def of(cls, values: Any) -> Known:
        """One of numbers, lists of them, or an array; int64 becomes int32."""
        array = np.asarray(values)
        if array.dtype.kind in "iu" and array.dtype != np.uint32:
            array = np.clip(array, -(2**31), 2**31 - 1).astype(np.int32)
        elif array.dtype.kind == "f":
            array = array.astype(np.float32)
        return cls(Weight.of(array))

    @property
    def size(self) -> int:
        return elements(self.shape)

    def array(self) -> np.ndarray:
        values = self.weight.array()
        return values if values.dtype == self.dtype else values.astype(self.dtype)

    def tolist(self) -> Any:
        """As Python's numbers; without NumPy for what is stored as it is."""
        letter = _LETTERS.get(self.weight.stored_as)
        if letter is None or self.weight.quantization or not self.size:
            return self.array().tolist()
        view: Any = memoryview(self.weight.raw).cast("B").cast(letter)
        return view.cast("B").cast(letter, self.shape).tolist() if self.shape else view[0]

    def tensor(self, stays: bool = True) -> Tensor:
        """On the device in use, put there once; `stays` where it is wanted again."""
        device = get_device()
        if device in self._on:
            return self._on[device]
        with eager():
            placed = tensor(self.weight.decoded(), dtype=self.dtype).reshape(self.shape)
        if stays:
            self._on[device] = placed
        return placed


class Laid:
    """A value that lies in another order than its shape says, which a format's ops may
    hand to each other; others take `tensor()`.
    """

    shape: tuple[int, ...]
    ndim: int
    dtype: str

    def tensor(self) -> Tensor:
        raise NotImplementedError


Value = Tensor | Known | Laid


def in_order(value: Value) -> Tensor | Known:
    return value.tensor() if isinstance(value, Laid) else value


def on_host(call: Callable[..., Any], inputs: Sequence[Known | None]) -> list[Known] | None:
    """The outcome of a function of small known values, by its ops' meaning in NumPy, so
    that nothing waits for the device. None where it is large, or the function reads
    what only the device has.
    """
    trace = Trace(get_device())
    values: dict[Any, Any] = {}
    tensors: list[Tensor | None] = []
    for value in inputs:
        if value is None:
            tensors.append(None)
            continue
        spec = Spec(value.shape, value.dtype)
        buffer = trace.virtual(spec)
        values[buffer] = value.array()
        tensors.append(Tensor(buffer, spec))
    before, Recorder.trace = Recorder.trace, trace
    try:
        result = call(*tensors)
        several = isinstance(result, (list, tuple))
        outputs = [in_order(one) for one in (result if several else [result])]
    finally:
        Recorder.trace = before
    for step in trace.steps:
        ins = [_seen(values, b, s) for b, s in zip(step.ins, step.in_specs, strict=True)]
        largest = max((s.size for s in step.out_specs), default=0)
        if largest > MOST:
            raise ValueError(f"{largest} values in one tensor; at most {MOST} are computed")
        if any(v is None for v in ins) or largest > SMALL:
            return None
        with np.errstate(all="ignore"):
            outs = step.op.numpy(*ins)
        arrays = outs if isinstance(outs, tuple) else (outs,)
        values.update(zip(step.outs, arrays, strict=True))
    results = []
    for one in outputs:
        if isinstance(one, Known):
            results.append(one)
            continue
        array = _seen(values, one.buffer, one.spec)
        if array is None:
            return None
        results.append(Known(Weight.of(array.astype(one.dtype))))
    return results


def _seen(values: dict[Any, Any], buffer: Any, spec: Spec) -> Any:
    """The values of a buffer in this shape, None where the host has none."""
    array = values.get(buffer)
    if array is None and buffer.host is not None:
        word = "uint32" if spec.dtype == "bool" else spec.dtype
        array = np.frombuffer(buffer.host, word)
    if array is None:
        return None
    return np.asarray(array).reshape(spec.shape).astype(spec.dtype, copy=False)
