"""The GPU of a browser tab, through web/runtime/gpu.js. Python writes integers into its
own heap and passes pointers: a command list of any length costs one call of a
JavaScript function.
"""

from __future__ import annotations

import asyncio
import json
from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from typing import Any

from ..host.page import page
from ..host.waiting import run_sync
from .pool import Pool, size_class
from .seam import COMMAND, Adapter, Device, Program, TooLarge

_SLAB = 64 << 10  # bytes per buffer of uniform blocks
_ALIGN = 256  # WebGPU's minUniformBufferOffsetAlignment
_MOST_SLOTS = 65536  # of them that are remembered
_MAX_BATCH = 4096  # commands per submit


def page_device(choice: str) -> PageDevice | None:
    """A device on the adapter that the page has opened, or None where it found none:
    for "auto" also where it is software, unless the page's address asks for it.
    """
    from pyodide.ffi import create_proxy  # type: ignore[import-not-found]

    gpu = page(choice).gpu(choice)
    if gpu is None:
        return None
    device = PageDevice(gpu)
    gpu.answer = create_proxy(device.answered)
    return device


class _Read(asyncio.Future[None]):
    """Bytes on their way. Who waits for them goes on at once when they are there: the
    event loop's next turn, which a future would leave it to, comes 0.07 ms later in
    Pyodide.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, data: array[int]):
        super().__init__(loop=loop)
        self.data = data  # where JavaScript writes
        self._waiting: list[tuple[Callable[[Any], object], Context]] = []

    def add_done_callback(
        self, function: Callable[[Any], object], *, context: Context | None = None
    ) -> None:
        if self.done():
            super().add_done_callback(function, context=context)
        else:
            self._waiting.append((function, context or copy_context()))

    def remove_done_callback(self, function: Callable[[Any], object]) -> int:
        left = [waiter for waiter in self._waiting if waiter[0] != function]
        removed, self._waiting = len(self._waiting) - len(left), left
        return removed

    def cancel(self, msg: Any | None = None) -> bool:
        waiting, self._waiting = self._waiting, []
        for function, context in waiting:  # these have time
            super().add_done_callback(function, context=context)
        return super().cancel(msg)

    def settle(self, error: Exception | None) -> None:
        """Nothing where it was cancelled."""
        if self.done():
            return
        if error is None:
            self.set_result(None)
        else:
            self.set_exception(error)
        waiting, self._waiting = self._waiting, []
        loop = self.get_loop()
        for function, context in waiting:
            if asyncio.current_task(loop) is None:
                context.run(function, self)
            # JavaScript answers while a task waits inside Python (JSPI), and tasks do
            # not nest
            else:
                loop.call_soon(function, self, context=context)


class PageDevice(Device):
    """`gpu` is a `Gpu` of web/runtime/gpu.js, or anything with its methods; it calls
    `answered` when a read is done.

    Pipelines are compiled in the background by the browser, so an error in a kernel is
    raised by the next `download`, with the kernel's name and the line.
    """

    def __init__(self, gpu: Any):
        self._gpu = gpu
        about = gpu.describe()
        about = about.to_py() if hasattr(about, "to_py") else about
        self.adapter = Adapter(
            about["name"],
            "wgsl",
            "WebGPU",
            bool(about["software"]),
            frozenset(about["features"]),
            int(about["max_groups"]),
            int(about["max_binding"]),
            int(about["max_workgroup_bytes"]),
            min_subgroup=int(about["min_subgroup"]),
            max_subgroup=int(about["max_subgroup"]),
        )
        # Looked up once: each attribute of a JsProxy costs microseconds.
        self._js_run, self._js_bind, self._js_upload, self._js_alloc, self._js_read = (
            gpu.run,
            gpu.bind,
            gpu.upload,
            gpu.alloc,
            gpu.read,
        )
        self._pool = Pool()
        self._capacities: dict[int, int] = {}
        self._used_bytes = 0
        self._pipelines: dict[Program, int] = {}
        self._layouts: list[str] = []
        self._groups: dict[int, int] = {}  # of each its slab, or 0
        self._uniform_slots: OrderedDict[bytes, tuple[int, int]] = OrderedDict()
        self._slab, self._slab_offset = 0, _SLAB
        self._slab_uses: Counter[int] = Counter()
        self._reads: dict[int, _Read] = {}
        self._next = 0

    # buffers

    def _new(self) -> int:
        self._next += 1
        return self._next

    def alloc(self, nbytes: int) -> int:
        capacity = size_class(nbytes, self.adapter.max_binding)
        if capacity > self.adapter.max_binding:
            raise TooLarge(nbytes, self.adapter)
        self._used_bytes += capacity
        buffer = self._pool.take(capacity)
        if buffer is None:
            buffer = self._new()
            self._js_alloc(buffer, capacity)
            self._capacities[buffer] = capacity
        return buffer

    def free(self, buffer: int) -> None:
        capacity = self._capacities[buffer]
        self._used_bytes -= capacity
        for dropped in self._pool.put(buffer, capacity):
            del self._capacities[dropped]
            self._gpu.destroy(dropped)

    def upload(self, buffer: int, data: Any, offset: int = 0) -> None:
        words = array("B")
        words.frombytes(memoryview(data).cast("B"))
        words.frombytes(bytes(-len(words) % 4))
        if words:
            self._js_upload(buffer, offset, words.buffer_info()[0], len(words))

    def upload_image(self, buffer: int, picture: Any) -> None:
        """An ImageBitmap, VideoFrame or canvas; or RGBA bytes."""
        if isinstance(picture, (bytes, bytearray, memoryview)):
            self.upload(buffer, picture)
        else:
            self._gpu.uploadImage(buffer, picture)

    async def download(self, buffer: int, nbytes: int) -> bytes:
        # `data` is where JavaScript writes, so it lives until then, whatever becomes of
        # the task that waits. Its own promise would be no simpler: Pyodide makes two
        # functions for each that is awaited, and takes 0.1 ms.
        data = array("B", bytes(nbytes))
        number = self._new()
        read = self._reads[number] = _Read(asyncio.get_running_loop(), data)
        self._js_read(buffer, nbytes, data.buffer_info()[0], number)
        await read
        return data.tobytes()

    def answered(self, read: int, trouble: str) -> None:
        """A read is done, or went wrong: `trouble` is a text for people."""
        self._reads.pop(read).settle(
            RuntimeError(f"{self.adapter.name}: {trouble}") if trouble else None
        )

    def download_sync(self, buffer: int, nbytes: int) -> bytes:
        return run_sync(self.download(buffer, nbytes))

    # pipelines and bind groups

    def compile(self, programs: Sequence[Program]) -> list[int]:
        for program in programs:
            if program not in self._pipelines:
                self.adapter.require(program)
                constants = json.dumps(dict(program.constants))
                self._pipelines[program] = self._gpu.compile(
                    program.name, program.source, program.entry, constants, program.layout
                )
                self._layouts.append(program.layout)
        return [self._pipelines[p] for p in programs]

    def bind(self, pipeline: int, buffers: Sequence[int], params: bytes = b"") -> int:
        letters = self._layouts[pipeline]
        storage = len(letters) - letters.count("u")
        if len(buffers) != storage:
            raise ValueError(
                f"the kernel has {storage} storage bindings, got {len(buffers)} buffers"
            )
        slab, offset, fresh = self._uniform(params) if storage < len(letters) else (0, 0, False)
        words = array("i", (pipeline, slab, offset, len(params), fresh, storage, *buffers))
        words.frombytes(params)
        group = self._new()
        self._js_bind(group, words.buffer_info()[0])
        self._groups[group] = slab
        self._slab_uses[slab] += 1
        return group

    def unbind(self, group: int) -> None:
        self._gpu.unbind(group)
        self._leave(self._groups.pop(group))

    def _uniform(self, params: bytes) -> tuple[int, int, bool]:
        """(buffer, offset, whether it has yet to be written). Equal blocks share a slot
        and slots are never rewritten. A slab goes with the last slot and bind group in
        it.
        """
        slot = self._uniform_slots.get(params)
        if slot is not None:
            return *slot, False
        size = -(-len(params) // _ALIGN) * _ALIGN
        if self._slab_offset + size > _SLAB:
            full, self._slab, self._slab_offset = self._slab, self._new(), 0
            self._js_alloc(self._slab, _SLAB, True)
            self._slab_uses[self._slab] += 1  # the next slots
            self._leave(full)
        slot = self._uniform_slots[params] = self._slab, self._slab_offset
        self._slab_offset += size
        self._slab_uses[self._slab] += 1
        if len(self._uniform_slots) > _MOST_SLOTS:
            self._leave(self._uniform_slots.popitem(last=False)[1][0])
        return *slot, True

    def _leave(self, slab: int) -> None:
        """One use of a slab less; 0 is none."""
        self._slab_uses[slab] -= 1
        if slab and not self._slab_uses[slab]:
            del self._slab_uses[slab]
            self._gpu.destroy(slab)

    # playing

    def run(self, commands: array[int]) -> None:
        pointer, n = commands.buffer_info()
        for start in range(0, n, COMMAND * _MAX_BATCH):
            self._js_run(pointer + 4 * start, min(n - start, COMMAND * _MAX_BATCH))

    async def settled(self) -> None:
        await self._gpu.settled()

    def sync(self) -> None:
        run_sync(self.settled())

    def memory(self) -> dict[str, int]:
        return {
            "buffers": len(self._capacities),
            "bytes": self._used_bytes,
            "pooled_bytes": self._pool.waiting,
            "bind_groups": len(self._groups),
            "pipelines": len(self._pipelines),
        }
