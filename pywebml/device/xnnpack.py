"""The CPU device of a tab without WebGPU: NumPy, with products, convolutions and pools
computed by XNNPACK through web/runtime/xnnpack.js.

XNNPACK has a memory of its own. A buffer's newest value is here as an array, there, or
both, and moves when the other side needs it: weights stay there, and so do results that
go from one of its kernels to the next. A plan's calls to neighbouring kernels are one
call of a JavaScript function.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from .reference import DTYPE, FIX, ReferenceDevice
from .seam import OutOfMemory, Program


class _Value(NamedTuple):
    """What a buffer holds in the library, as a Spec says it."""

    shape: tuple[int, ...]
    dtype: str


class _Step(NamedTuple):
    """A bind group whose op the library computes: its buffers, with the specs that they
    are read and left as, and the library's number for the calls.
    """

    ins: tuple[tuple[int, Any], ...]
    outs: tuple[tuple[int, Any], ...]
    calls: int


def page_cpu_device(library: Any) -> ReferenceDevice:
    """A device on the library that the page has opened; plain NumPy where that is None,
    as in a tab that opened WebGPU.
    """
    return ReferenceDevice() if library is None else XnnpackDevice(library)


class XnnpackDevice(ReferenceDevice):
    """`library` is an `Xnnpack` of web/runtime/xnnpack.js."""

    takes_wholes = False

    def __init__(self, library: Any):
        super().__init__()
        self.adapter = replace(
            self.adapter,
            name=f"XNNPACK and NumPy {np.__version__} in WebAssembly, {_threads(library.threads)}",
            backend="XNNPACK",
        )
        self._library = library
        # Looked up once: each attribute of a JsProxy costs microseconds.
        self._js_play, self._js_write, self._js_read, self._js_hold = (
            library.play,
            library.write,
            library.read,
            library.hold,
        )
        self._kernels: dict[str, int] = {}
        self._integers: dict[tuple[int, ...], int] = {}
        self._constants: dict[bytes, int] = {}
        self._scratch: list[int] = []
        # (buffer, shape) -> the library's number
        self._tensors: dict[tuple[int, tuple[int, ...]], int] = {}
        self._lowered: dict[int, Any] = {}  # pipeline -> its calls, or None
        self._calls: dict[int, Any] = {}  # by group, of those whose op has any
        self._steps: dict[int, _Step] = {}  # by group, as soon as it was played
        self._held: dict[int, int] = {}  # buffer that has memory in the library -> bytes of it
        # buffer whose newest value the library has -> spec of that value
        self._there: dict[int, Any] = {}
        # steps that wait for the next ones, or for somebody who wants their results
        self._queue = array("i")

    def free(self, buffer: int) -> None:
        self._there.pop(buffer, None)
        if self._held.pop(buffer, 0):
            self._library.drop(buffer)
        super().free(buffer)

    def upload_image(self, buffer: int, picture: Any) -> None:
        """An ImageBitmap, VideoFrame, canvas or ImageData; or RGBA bytes."""
        if isinstance(picture, (bytes, bytearray, memoryview, np.ndarray)):
            self.upload(buffer, picture)
        else:
            self._hold(buffer, self._capacity[buffer])
            self._arrays.pop(buffer, None)
            self._there[buffer] = _Value((self._library.picture(buffer, picture),), "uint8")

    def compile(self, programs: Sequence[Program]) -> list[int]:
        pipelines = super().compile(programs)
        for pipeline in pipelines:
            if pipeline not in self._lowered:
                op, ins, outs = self._programs[pipeline]
                self._lowered[pipeline] = op.calls(ins, outs)
        return pipelines

    def _forget(self, pipeline: int) -> None:
        super()._forget(pipeline)
        del self._lowered[pipeline]

    def bind(self, pipeline: int, buffers: Sequence[int], params: bytes = b"") -> int:
        group = super().bind(pipeline, buffers, params)
        calls = self._lowered[pipeline]
        if calls is not None:
            self._calls[group] = calls
        return group

    def unbind(self, group: int) -> None:
        self._calls.pop(group, None)
        step = self._steps.pop(group, None)
        if step is not None:
            self._library.forget(step.calls)
        super().unbind(group)

    def _play(self, commands: array[int]) -> None:
        super()._play(commands)
        self._flush()

    def _compute(self, group: int) -> None:
        step = self._steps.get(group)
        if step is None:
            if group not in self._calls:
                super()._compute(group)
                return
            step = self._step(group)
        for buffer, spec in step.ins:
            if buffer not in self._there:
                self._send(buffer, spec)
        for buffer, spec in step.outs:
            self._hold(buffer, self._capacity[buffer])
            self._arrays.pop(buffer, None)
            self._there[buffer] = spec
        self._queue.append(step.calls)

    def _flush(self) -> None:
        if self._queue:
            queue, self._queue = self._queue, array("i")
            if trouble := self._js_play(*queue.buffer_info()):
                raise OutOfMemory(f"{trouble}; {FIX}")

    def _lose(self, buffer: int) -> None:
        super()._lose(buffer)
        self._there.pop(buffer, None)
        if self._held.pop(buffer, 0):
            self._library.drop(buffer)

    # where the newest value of a buffer is

    def _get(self, buffer: int) -> np.ndarray | None:
        spec = self._there.get(buffer)
        if spec is not None and buffer not in self._arrays:
            self._flush()
            value = np.empty(spec.shape, DTYPE[spec.dtype])
            self._js_read(buffer, _address(value), value.nbytes)
            self._arrays[buffer] = value
        return super()._get(buffer)

    def _set(self, buffer: int, value: np.ndarray) -> None:
        self._there.pop(buffer, None)
        super()._set(buffer, value)

    def _size(self, buffer: int) -> int:
        spec = self._there.get(buffer)
        if spec is None or buffer in self._arrays:
            return super()._size(buffer)
        return math.prod(spec.shape) * np.dtype(DTYPE[spec.dtype]).itemsize

    def _send(self, buffer: int, spec: Any) -> None:
        self._flush()  # calls that wait may read what was there
        value = np.ascontiguousarray(self.seen((buffer, spec)))
        self._hold(buffer, self._capacity[buffer])
        self._js_write(buffer, _address(value), value.nbytes)
        self._there[buffer] = spec

    def _hold(self, buffer: int, nbytes: int) -> None:
        """Gives a buffer memory in the library. OutOfMemory."""
        if self._held.get(buffer, 0) < nbytes:
            if not self._js_hold(buffer, nbytes):
                raise OutOfMemory(
                    f"{nbytes / 1e6:.0f} MB do not fit into XNNPACK's memory beside the"
                    f" {sum(self._held.values()) / 1e6:.0f} MB in use; {FIX}"
                )
            self._held[buffer] = nbytes

    # from calls to integers

    def _step(self, group: int) -> _Step:
        (_, ins, outs), buffers = self._groups[group]
        for buffer in buffers:  # or tensors could not be told where they are
            self._hold(buffer, self._capacity[buffer])
        numbers = self._resolved(self._calls[group], buffers)
        step = _Step(
            tuple(zip(buffers, ins, strict=False)),
            tuple(zip(buffers[len(ins) :], outs, strict=True)),
            self._library.calls(*numbers.buffer_info()),
        )
        self._steps[group] = step
        return step

    def _resolved(self, calls: Any, buffers: Sequence[int]) -> array[int]:
        """Places in calls become the library's tensors, tuples addresses of integers,
        names of kernels their numbers.
        """
        scratch = [self._scratch_buffer(i, nbytes) for i, nbytes in enumerate(calls.scratch_bytes)]
        constants = [self._constant(values) for values in calls.constants]
        places = [*buffers, *scratch, *reversed(constants)]  # the first constant is number -1
        numbers = array("i")
        for call in calls.calls:
            numbers.append(self._kernel(call.kernel))
            numbers.append(len(call.args))
            for arg in call.args:
                if isinstance(arg, int):
                    numbers.append(arg)
                elif hasattr(arg, "shape"):
                    numbers.append(self._tensor(places[arg.index], arg.shape))
                else:
                    numbers.append(self._list(arg))
        return numbers

    def _kernel(self, name: str) -> int:
        if name not in self._kernels:
            self._kernels[name] = self._library.kernel(name)
        return self._kernels[name]

    def _tensor(self, buffer: int, shape: tuple[int, ...]) -> int:
        tensor = self._tensors.get((buffer, shape))
        if tensor is None:
            tensor = self._tensors[buffer, shape] = len(self._tensors) + 1
            self._library.tensor(tensor, buffer, int(np.prod(shape)))
        return tensor

    def _list(self, integers: tuple[int, ...]) -> int:
        if integers not in self._integers:
            data = array("i", integers)
            address = self._library.integers(*data.buffer_info())
            if not address:
                raise OutOfMemory(f"XNNPACK's memory is full; {FIX}")
            self._integers[integers] = address
        return self._integers[integers]

    def _scratch_buffer(self, i: int, nbytes: int) -> int:
        """One after the other may use it, so there is one for all first scratches, one
        for all second ones, and so on.
        """
        while i >= len(self._scratch):
            self._next += 1
            self._scratch.append(self._next)
        self._hold(self._scratch[i], nbytes)
        return self._scratch[i]

    def _constant(self, values: tuple[float, ...]) -> int:
        data = array("f", values)
        bits = data.tobytes()  # 0.0 and -0.0 are equal, NaN and NaN are not
        if bits not in self._constants:
            self._next += 1
            self._hold(self._next, 4 * len(data))
            self._js_write(self._next, data.buffer_info()[0], 4 * len(data))
            self._constants[bits] = self._next
        return self._constants[bits]


def _threads(n: int) -> str:
    return "one thread" if n == 1 else f"{n} threads"


def _address(value: np.ndarray) -> int:
    return int(value.__array_interface__["data"][0])
