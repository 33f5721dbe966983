"""The device: buffers and bind groups by number, and command lists played."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from typing import Any

from ...host import settings
from ..pool import Pool, size_class
from ..seam import COMMAND, COPY, Device, OutOfMemory, Program, TooLarge
from .adapters import CLOCK, open_adapter, pick_adapter
from .clock import Clock
from .mapping import Mapping
from .pipelines import Pipelines
from .readback import Readback, Reading
from .trouble import PROCESS, is_full, told
from .uniforms import Uniforms
from .uploads import LARGE, Uploads

_MAX_BATCH = 4096  # commands per submit: drivers limit how much one command buffer may hold
USAGE = "STORAGE|COPY_SRC|COPY_DST"
# commands of a longer list that a GPU at rest is given first, and then, to start on
# while others are encoded
_AHEAD = (8, 16)


class NativeDevice(Device):
    """`checks=True` keeps naga's bounds and loop checks in our kernels (12 to 25 times
    slower matmul; for tests).

    Raises RuntimeError naming the fix when there is no Vulkan, Metal or D3D12 adapter.
    """

    gone = ""
    """Why it cannot be used any more."""

    def __init__(self, adapter: Any = None, checks: bool | None = None):
        PROCESS.check()
        from wgpu import GPUError, GPUPipelineError  # optional, and heavy
        from wgpu.backends.wgpu_native import _api

        self._api, self.errors = _api, (GPUError, GPUPipelineError)
        self._lib, self._ffi = _api.lib, _api.ffi
        adapter = adapter or pick_adapter()
        if adapter is None:
            raise RuntimeError(
                "no GPU adapter found; install a Vulkan driver (Debian: mesa-vulkan-drivers) or use"
                " device='cpu'"
            )
        self.checks = settings.CHECKS() if checks is None else checks
        self._device, self.adapter = open_adapter(adapter)
        self._queue = self._device.queue
        self._pool = Pool()
        self._buffers: dict[int, Any] = {}
        self.used_bytes = 0
        self._pipelines = Pipelines(self._device, self.checks)
        self._groups: dict[int, Any] = {}
        self._uniforms = Uniforms(self._device)
        way = Mapping(self._device, self.adapter.name), lambda encoder: self._submit(encoder)
        self._readback = Readback(self._device, *way)
        self._uploads = Uploads(self._device, *way)
        self._next = 0
        self._at_rest = True  # somebody has waited for all that was submitted
        self._clock: Clock | None = None
        PROCESS.open(self)

    # buffers

    @told
    def alloc(self, nbytes: int) -> int:
        capacity = size_class(nbytes, self.adapter.max_binding)
        if capacity > self.adapter.max_binding:
            raise TooLarge(nbytes, self.adapter)
        buffer = self._pool.take(capacity)
        if buffer is None:
            fresh = self._fresh(nbytes, capacity)
            self._next += 1
            buffer = self._next
            self._buffers[buffer] = fresh
        self.used_bytes += capacity
        return buffer

    def _fresh(self, nbytes: int, capacity: int) -> Any:
        """A new buffer, for which others that nobody uses make room. OutOfMemory."""
        for last in (False, True):
            try:
                return self._device.create_buffer(size=capacity, usage=USAGE)
            except self.errors as error:
                if not is_full(error):
                    raise
                if last:
                    raise OutOfMemory(
                        f"a tensor of {nbytes / 1e6:.0f} MB does not fit into the memory of"
                        f" {self.adapter.name} beside the {self.used_bytes / 1e6:.0f} MB in use;"
                        " take smaller batches, or device='cpu'"
                    ) from error
            for dropped in self._pool.drain():
                self._buffers.pop(dropped).destroy()
        raise AssertionError

    def free(self, buffer: int) -> None:
        if self.gone:
            return
        capacity = self._buffers[buffer].size
        self.used_bytes -= capacity
        for dropped in self._pool.put(buffer, capacity):
            self._buffers.pop(dropped).destroy()

    @told
    def upload(self, buffer: int, data: Any, offset: int = 0) -> None:
        view = memoryview(data).cast("B")
        if view.nbytes % 4:
            view = memoryview(bytes(view) + bytes(-view.nbytes % 4))
        if view.nbytes >= LARGE:
            self._uploads.write(self._buffers[buffer], offset, view)
        elif view.nbytes:
            self._queue.write_buffer(self._buffers[buffer], offset, view)

    def upload_image(self, buffer: int, picture: Any) -> None:
        self.upload(buffer, picture)

    async def download(self, buffer: int, nbytes: int) -> bytes:
        reading = self._begun(buffer, nbytes)
        await self.settled()
        return self._ended(reading)

    def download_sync(self, buffer: int, nbytes: int) -> bytes:
        data = self._ended(self._begun(buffer, nbytes))
        self._at_rest = True
        return data

    @told
    def _begun(self, buffer: int, nbytes: int) -> Reading:
        return self._readback.start(self._buffers[buffer], nbytes)

    @told
    def _ended(self, reading: Reading) -> bytes:
        return self._readback.finish(reading)

    # pipelines and bind groups

    @told
    def compile(self, programs: Sequence[Program]) -> list[int]:
        for program in programs:
            self.adapter.require(program)
        return self._pipelines.compile(programs)

    @told
    def bind(self, pipeline: int, buffers: Sequence[int], params: bytes = b"") -> int:
        _, layout, letters = self._pipelines.by_number[pipeline]
        ffi = self._ffi
        storage = len(letters) - letters.count("u")
        if len(buffers) != storage:
            raise ValueError(
                f"the kernel has {storage} storage bindings, got {len(buffers)} buffers"
            )
        entries = ffi.new("WGPUBindGroupEntry[]", len(letters))
        for i, buffer in enumerate(buffers):
            bound = self._buffers[buffer]
            entries[i].binding, entries[i].buffer, entries[i].size = i, bound._internal, bound.size
        if storage < len(letters):
            slab, offset = self._uniforms.slot(params)
            entry = entries[storage]
            entry.binding, entry.buffer, entry.offset, entry.size = (
                storage,
                slab._internal,
                offset,
                len(params),
            )
        descriptor = ffi.new("WGPUBindGroupDescriptor *")
        descriptor.layout, descriptor.entryCount, descriptor.entries = (
            layout._internal,
            len(letters),
            entries,
        )
        self._next += 1
        self._groups[self._next] = self._api.libf.wgpuDeviceCreateBindGroup(
            self._device._internal, descriptor
        )
        return self._next

    def unbind(self, group: int) -> None:
        if self.gone:
            return
        self._lib.wgpuBindGroupRelease(self._groups.pop(group))

    # playing

    @told
    def run(self, commands: array[int]) -> None:
        start, end = 0, len(commands) // COMMAND
        for ahead in _AHEAD if self._at_rest else ():
            if start + ahead + _AHEAD[0] <= end:
                self._play(commands, start, start + ahead)
                start += ahead
        self._at_rest = False
        for first in range(start, end, _MAX_BATCH):
            self._play(commands, first, min(end, first + _MAX_BATCH))

    def _play(self, commands: array[int], start: int, end: int) -> None:
        lib, ffi, groups, pipelines = self._lib, self._ffi, self._groups, self._pipelines.by_number
        set_pipeline, set_group = (
            lib.wgpuComputePassEncoderSetPipeline,
            lib.wgpuComputePassEncoderSetBindGroup,
        )
        dispatch = lib.wgpuComputePassEncoderDispatchWorkgroups
        encoder = lib.wgpuDeviceCreateCommandEncoder(self._device._internal, ffi.NULL)
        null, current, one = ffi.NULL, None, None
        numbers = iter(commands[start * COMMAND : end * COMMAND])
        for pipeline, group, x, y, z, last in zip(*[numbers] * COMMAND, strict=True):
            if pipeline == COPY:
                if one is not None:
                    self._end_pass(one)
                    one = None
                source, target = self._buffers[group]._internal, self._buffers[x]._internal
                lib.wgpuCommandEncoderCopyBufferToBuffer(encoder, source, z, target, last, y)
                continue
            if one is None:
                way = null if self._clock is None else self._clock.next_pass()
                one, current = lib.wgpuCommandEncoderBeginComputePass(encoder, way), None
            if pipeline != current:
                set_pipeline(one, pipelines[pipeline][0]._internal)
                current = pipeline
            set_group(one, 0, groups[group], 0, null)
            dispatch(one, x, y, z)
        if one is not None:
            self._end_pass(one)
        self._submit(encoder)

    def _end_pass(self, one: Any) -> None:
        self._lib.wgpuComputePassEncoderEnd(one)
        self._lib.wgpuComputePassEncoderRelease(one)

    def _submit(self, encoder: Any) -> int:
        """The number of the submission, to wait for."""
        handle = self._api.libf.wgpuCommandEncoderFinish(encoder, self._ffi.NULL)
        submission = self._api.libf.wgpuQueueSubmitForIndex(
            self._queue._internal, 1, self._ffi.new("WGPUCommandBuffer[]", [handle])
        )
        self._lib.wgpuCommandBufferRelease(handle)
        self._lib.wgpuCommandEncoderRelease(encoder)
        return int(submission)

    def start_clock(self) -> bool:
        if CLOCK in self._device.features:
            self._clock = Clock(self._device, self._queue, self._readback, self._submit)
        return self._clock is not None

    def read_clock(self) -> float:
        return super().read_clock() if self._clock is None else self._clock.read()

    def stop_clock(self) -> None:
        self._clock = None

    async def settled(self) -> None:
        if self.adapter.software:  # lavapipe says "done" too early unless one waits
            return await asyncio.to_thread(self.sync)
        await asyncio.sleep(0)
        while not self._lib.wgpuDevicePoll(self._device._internal, False, self._ffi.NULL):
            await asyncio.sleep(0.0002)
        self._at_rest = True

    def sync(self) -> None:
        self._lib.wgpuDevicePoll(self._device._internal, True, self._ffi.NULL)
        self._at_rest = True

    def memory(self) -> dict[str, int]:
        return {
            "buffers": len(self._buffers),
            "bytes": self.used_bytes,
            "pooled_bytes": self._pool.waiting,
            "bind_groups": len(self._groups),
            "pipelines": len(self._pipelines.by_number),
        }
