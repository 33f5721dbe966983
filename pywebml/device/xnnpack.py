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
from collections.abc import Callable, Sequence
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
    are read and left as, the library's number for the calls, and what these use there.
    """

    ins: tuple[tuple[int, Any], ...]
    outs: tuple[tuple[int, Any], ...]
    calls: int
    uses: list[tuple[_Shared, Any]]


class _Shared:
    """What steps have in common in the library, by keys, as long as one uses it: of
    shapes, and so of tensors, there is no end.
    """

    def __init__(self, make: Callable[[Any], int], drop: Callable[[Any, int], None]):
        self._make, self._drop = make, drop
        self._numbers: dict[Any, list[int]] = {}  # key -> number, how many steps use it

    def __len__(self) -> int:
        return len(self._numbers)

    def take(self, key: Any) -> int:
        if key not in self._numbers:
            self._numbers[key] = [self._make(key), 0]
        self._numbers[key][1] += 1
        return self._numbers[key][0]

    def leave(self, key: Any) -> None:
        entry = self._numbers[key]
        entry[1] -= 1
        if not entry[1]:
            del self._numbers[key]
            self._drop(key, entry[0])


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
        # by the integers, the floats' bytes, and (buffer, shape)
        self._lists = _Shared(self._list, lambda _, at: library.drop_integers(at))
        self._constants = _Shared(self._constant, lambda _, buffer: self._drop(buffer))
        self._tensors = _Shared(self._tensor, lambda _, tensor: library.drop_tensor(tensor))
        self._scratch: list[int] = []
        self._lowered: dict[int, Any] = {}  # pipeline -> its calls, or None
        self._calls: dict[int, Any] = {}  # by group, of those whose op has any
        self._steps: dict[int, _Step] = {}  # by group, as soon as it was played
        self._held: dict[int, int] = {}  # buffer that has memory in the library -> bytes of it
        # buffer whose newest value the library has -> spec of that value
        self._there: dict[int, Any] = {}
        # steps that wait for the next ones, or for somebody who wants their results
        self._queue = array("i")

    def free(self, buffer: int) -> None:
        self._drop(buffer)
        super().free(buffer)

    def _drop(self, buffer: int) -> None:
        self._there.pop(buffer, None)
        if self._held.pop(buffer, 0):
            self._library.drop(buffer)

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
            self._leave(step.uses)
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
        self._drop(buffer)

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
        uses: list[tuple[_Shared, Any]] = []
        try:
            numbers = self._resolved(self._calls[group], buffers, uses)
        except OutOfMemory:
            self._leave(uses)
            raise
        step = _Step(
            tuple(zip(buffers, ins, strict=False)),
            tuple(zip(buffers[len(ins) :], outs, strict=True)),
            self._library.calls(*numbers.buffer_info()),
            uses,
        )
        self._steps[group] = step
        return step

    def _resolved(
        self, calls: Any, buffers: Sequence[int], uses: list[tuple[_Shared, Any]]
    ) -> array[int]:
        """Places in calls become the library's tensors, tuples addresses of integers,
        names of kernels their numbers. What they use is noted.
        """

        def take(shared: _Shared, key: Any) -> int:
            number = shared.take(key)
            uses.append((shared, key))
            return number

        scratch = [self._scratch_buffer(i, nbytes) for i, nbytes in enumerate(calls.scratch_bytes)]
        # by their bits: 0.0 and -0.0 are equal, NaN and NaN are not
        floats = [array("f", values).tobytes() for values in calls.constants]
        constants = [take(self._constants, bits) for bits in floats]
        places = [*buffers, *scratch, *reversed(constants)]  # the first constant is number -1
        numbers = array("i")
        for call in calls.calls:
            numbers.append(self._kernel(call.kernel))
            numbers.append(len(call.args))
            for arg in call.args:
                if isinstance(arg, int):
                    numbers.append(arg)
                elif hasattr(arg, "shape"):
                    numbers.append(take(self._tensors, (places[arg.index], arg.shape)))
                else:
                    numbers.append(take(self._lists, arg))
        return numbers

    def _leave(self, uses: list[tuple[_Shared, Any]]) -> None:
        for shared, key in reversed(uses):  # a constant's tensors before its memory
            shared.leave(key)

    def _kernel(self, name: str) -> int:
        if name not in self._kernels:
            self._kernels[name] = self._library.kernel(name)
        return self._kernels[name]

    def _tensor(self, key: tuple[int, tuple[int, ...]]) -> int:
        buffer, shape = key
        self._next += 1
        self._library.tensor(self._next, buffer, math.prod(shape))
        return self._next

    def _list(self, integers: tuple[int, ...]) -> int:
        data = array("i", integers)
        address: int = self._library.integers(*data.buffer_info())
        if not address:
            raise OutOfMemory(f"XNNPACK's memory is full; {FIX}")
        return address

    def _scratch_buffer(self, i: int, nbytes: int) -> int:
        """One after the other may use it, so there is one for all first scratches, one
        for all second ones, and so on.
        """
        while i >= len(self._scratch):
            self._next += 1
            self._scratch.append(self._next)
        self._hold(self._scratch[i], nbytes)
        return self._scratch[i]

    def _constant(self, bits: bytes) -> int:
        self._next += 1
        self._hold(self._next, len(bits))
        data = array("f", bits)
        self._js_write(self._next, data.buffer_info()[0], len(bits))
        return self._next


def _threads(n: int) -> str:
    return "one thread" if n == 1 else f"{n} threads"


def _address(value: np.ndarray) -> int:
    return int(value.__array_interface__["data"][0])
